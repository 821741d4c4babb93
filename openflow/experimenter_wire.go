package openflow

func (m *Experimenter) appendBody(b []byte) ([]byte, error) {
	return appendExperimenter(b, m.ID, m.ExpType, m.Data)
}

// appendExperimenter writes what experimenter messages and multipart bodies have in common.
func appendExperimenter(b []byte, id, expType uint32, data []byte) ([]byte, error) {
	return append(appendExperimenterHeader(b, id, expType), data...), nil
}

func appendExperimenterHeader(b []byte, id, expType uint32) []byte {
	b, s := grow(b, 8)
	put32(s, id)
	put32(s[4:], expType)
	return b
}

// experimenterMsg reads an experimenter message: typed when it is one of the ONF's that are known, else raw.
func (d *decoder) experimenterMsg(h Header, b []byte) (Message, error) {
	raw, err := d.experimenter(b)
	if err != nil || raw.ID != ExperimenterONF {
		return &raw, err
	}
	body := b[8:]
	switch raw.ExpType {
	case ExpTypeFlowMonitorCancel:
		return asMessage(d.flowMonitorCancel(body))
	case ExpTypeFlowMonitorPaused:
		return &FlowMonitorPaused{}, d.exactly(body, 0, "end")
	case ExpTypeFlowMonitorResumed:
		return &FlowMonitorResumed{}, d.exactly(body, 0, "end")
	case ExpTypeRoleStatus:
		return asMessage(d.roleStatus(body))
	case ExpTypeBundleControl:
		return asMessage(d.bundleControl(body))
	case ExpTypeBundleAdd:
		if d.nested { // a bundle in a bundle has no meaning: it stays raw, so that depth is bounded
			break
		}
		return asMessage(d.bundleAdd(h, body))
	}
	raw.Data = clone(body)
	return &raw, nil
}

// experimenter reads id and type, and Data save for the ONF's, which may be typed.
func (d *decoder) experimenter(b []byte) (Experimenter, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return Experimenter{}, err
	}
	m := Experimenter{ID: u32(b), ExpType: u32(b[4:])}
	if m.ID != ExperimenterONF {
		m.Data = clone(b[8:])
	}
	return m, nil
}

func (d *decoder) experimenterRequest(b []byte) (RequestBody, error) {
	raw, err := d.experimenter(b)
	if err != nil {
		return nil, err
	}
	if raw.ID == ExperimenterONF {
		if raw.ExpType == ExpTypeFlowMonitor {
			return d.flowMonitorRequest(b[8:])
		}
		raw.Data = clone(b[8:])
	}
	return ExperimenterRequest(raw), nil
}

func (d *decoder) experimenterReply(b []byte) (ReplyBody, error) {
	raw, err := d.experimenter(b)
	if err != nil {
		return nil, err
	}
	if raw.ID == ExperimenterONF {
		if raw.ExpType == ExpTypeFlowMonitor {
			return d.flowMonitorReply(b[8:])
		}
		raw.Data = clone(b[8:])
	}
	return ExperimenterReply(raw), nil
}

// appendExperimenterProperty writes one property and its padding.
func appendExperimenterProperty(b []byte, p *ExperimenterProperty) ([]byte, error) {
	return appendTableProperty(b, &TableProperty{Kind: p.Kind, Data: p.Data})
}

// experimenterProperties reads properties that fill b; the padding to eight bytes is not part of a property's length.
func (d *decoder) experimenterProperties(b []byte) ([]ExperimenterProperty, error) {
	list := makeList[ExperimenterProperty](b, 2, 8)
	for len(b) > 0 {
		if err := d.atLeast(b, 8, "property"); err != nil {
			return nil, err
		}
		size := int(u16(b[2:]))
		if size < 4 {
			return nil, d.fail(b, "property", "length less than its header", badRequestLen)
		}
		_, rest, err := d.element(b, (size+7)&^7, 8, true, "property", badRequestLen)
		if err != nil {
			return nil, err
		}
		list, b = append(list, ExperimenterProperty{Kind: u16(b), Data: clone(b[4:size])}), rest
	}
	return list, nil
}
