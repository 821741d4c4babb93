package openflow

import "errors"

// Lengths in bytes in front of the match (EXT-187), and of an abbreviated update.
const (
	flowMonitorLen    = 16
	flowUpdateLen     = 24
	flowAbbrevLen     = 8
	flowUpdateMinimum = 8
)

func (r FlowMonitorRequest) appendRequest(b []byte) ([]byte, error) {
	return appendList(appendExperimenterHeader(b, ExperimenterONF, ExpTypeFlowMonitor), r, appendFlowMonitor)
}

// appendFlowMonitor writes struct onf_flow_monitor_request; the length in it is that of the match without padding.
func appendFlowMonitor(b []byte, m *FlowMonitor) ([]byte, error) {
	b, s := growZero(b, flowMonitorLen)
	put32(s, uint32(m.Monitor))
	put16(s[4:], uint16(m.Flags))
	put16(s[6:], uint16(4+len(m.Match)))
	put32(s[8:], uint32(m.OutPort))
	s[12] = byte(m.Table)
	return appendMatch(b, m.Match), nil
}

func (d *decoder) flowMonitorRequest(b []byte) (FlowMonitorRequest, error) {
	var list FlowMonitorRequest
	for len(b) > 0 {
		if err := d.atLeast(b, flowMonitorLen, "flow monitor"); err != nil {
			return nil, err
		}
		match, rest, err := d.matchOfLen(b[flowMonitorLen:], u16(b[6:]))
		if err != nil {
			return nil, err
		}
		list = append(list, FlowMonitor{
			Monitor: FlowMonitorID(u32(b)),
			Flags:   FlowMonitorFlags(u16(b[4:])),
			OutPort: PortNo(u32(b[8:])),
			Table:   TableID(b[12]),
			Match:   match,
		})
		b = rest
	}
	return list, nil
}

// matchOfLen reads a match whose length also stands in front of it.
func (d *decoder) matchOfLen(b []byte, n uint16) (Match, []byte, error) {
	m, rest, err := d.match(b, nil)
	if err == nil && int(n) != 4+len(m) {
		err = d.fail(b, "match_len", "is not the length in the match", badMatchLen)
	}
	return m, rest, err
}

func (r FlowMonitorReply) appendReply(b []byte) ([]byte, error) {
	return appendList(appendExperimenterHeader(b, ExperimenterONF, ExpTypeFlowMonitor), r, appendFlowUpdate)
}

func appendFlowUpdate(b []byte, u *FlowUpdate) ([]byte, error) {
	start := len(b)
	b, s := grow(b, 4)
	put16(s[2:], uint16(u.Event))
	var err error
	switch u.Event {
	case FlowAdded, FlowDeleted, FlowModified:
		b, err = appendFlowUpdateFull(b, u)
	case FlowAbbrev:
		b, s = grow(b, 4)
		put32(s, u.XID)
	default:
		b = append(b, u.Data...)
	}
	size := len(b) - start
	switch {
	case err != nil:
	case size > MaxMessageLen:
		err = ErrTooLong
	case size%8 != 0:
		err = errors.New("flow update: length is not a multiple of 8")
	}
	put16(b[start:], uint16(size))
	return b, err
}

// appendFlowUpdateFull writes struct onf_flow_update_full behind length and event.
func appendFlowUpdateFull(b []byte, u *FlowUpdate) ([]byte, error) {
	b, s := growZero(b, flowUpdateLen-4)
	put16(s, uint16(u.Reason))
	put16(s[2:], u.Priority)
	put16(s[4:], u.IdleTimeout)
	put16(s[6:], u.HardTimeout)
	put16(s[8:], uint16(4+len(u.Match)))
	s[10] = byte(u.Table)
	put64(s[12:], u.Cookie)
	return appendInstructions(appendMatch(b, u.Match), u.Instructions)
}

func (d *decoder) flowMonitorReply(b []byte) (FlowMonitorReply, error) {
	list := FlowMonitorReply(makeList[FlowUpdate](b, 0, flowUpdateMinimum))
	for len(b) > 0 {
		if err := d.atLeast(b, flowUpdateMinimum, "flow update"); err != nil {
			return nil, err
		}
		one, rest, err := d.element(b, int(u16(b)), flowUpdateMinimum, true, "flow update", badRequestLen)
		if err != nil {
			return nil, err
		}
		u, err := d.flowUpdate(one)
		if err != nil {
			return nil, err
		}
		list, b = append(list, u), rest
	}
	return list, nil
}

// flowUpdate reads one update, all of b.
func (d *decoder) flowUpdate(b []byte) (FlowUpdate, error) {
	event := FlowEvent(u16(b[2:]))
	switch event {
	case FlowAdded, FlowDeleted, FlowModified:
		return d.flowUpdateFull(event, b)
	case FlowAbbrev:
		return FlowUpdate{Event: event, XID: u32(b[4:])}, d.exactly(b, flowAbbrevLen, "flow update")
	default:
		return FlowUpdate{Event: event, Data: clone(b[4:])}, nil
	}
}

func (d *decoder) flowUpdateFull(event FlowEvent, b []byte) (FlowUpdate, error) {
	if err := d.atLeast(b, flowUpdateLen, "flow update"); err != nil {
		return FlowUpdate{}, err
	}
	reason := u16(b[4:])
	if reason > 0xff {
		return FlowUpdate{}, d.fail(b[4:], "reason", "is "+utoa(uint64(reason))+", want less than 256", badRequestLen)
	}
	match, rest, err := d.matchOfLen(b[flowUpdateLen:], u16(b[12:]))
	if err != nil {
		return FlowUpdate{}, err
	}
	instructions, err := d.instructions(rest)
	if err != nil {
		return FlowUpdate{}, err
	}
	return FlowUpdate{
		Event:        event,
		Reason:       FlowRemovedReason(reason),
		Priority:     u16(b[6:]),
		IdleTimeout:  u16(b[8:]),
		HardTimeout:  u16(b[10:]),
		Table:        TableID(b[14]),
		Cookie:       u64(b[16:]),
		Match:        match,
		Instructions: instructions,
	}, nil
}

func (m *FlowMonitorCancel) appendBody(b []byte) ([]byte, error) {
	b, s := grow(appendExperimenterHeader(b, ExperimenterONF, ExpTypeFlowMonitorCancel), 4)
	put32(s, uint32(m.Monitor))
	return b, nil
}

func (d *decoder) flowMonitorCancel(b []byte) (*FlowMonitorCancel, error) {
	if err := d.exactly(b, 4, "body"); err != nil {
		return nil, err
	}
	return &FlowMonitorCancel{Monitor: FlowMonitorID(u32(b))}, nil
}

func (*FlowMonitorPaused) appendBody(b []byte) ([]byte, error) {
	return appendExperimenterHeader(b, ExperimenterONF, ExpTypeFlowMonitorPaused), nil
}

func (*FlowMonitorResumed) appendBody(b []byte) ([]byte, error) {
	return appendExperimenterHeader(b, ExperimenterONF, ExpTypeFlowMonitorResumed), nil
}
