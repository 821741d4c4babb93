package openflow

import "fmt"

func (m *BundleControl) appendBody(b []byte) ([]byte, error) {
	b = appendExperimenterHeader(b, ExperimenterONF, ExpTypeBundleControl)
	b, s := grow(b, 8)
	put32(s, uint32(m.Bundle))
	put16(s[4:], uint16(m.Step))
	put16(s[6:], uint16(m.Flags))
	return appendList(b, m.Properties, appendExperimenterProperty)
}

func (d *decoder) bundleControl(b []byte) (*BundleControl, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return nil, err
	}
	properties, err := d.experimenterProperties(b[8:])
	if err != nil {
		return nil, err
	}
	return &BundleControl{
		Bundle:     BundleID(u32(b)),
		Step:       BundleStep(u16(b[4:])),
		Flags:      BundleFlags(u16(b[6:])),
		Properties: properties,
	}, nil
}

// appendBody writes the message inside with the xid of the one outside, which the header just in front of the body has.
func (m *BundleAdd) appendBody(b []byte) ([]byte, error) {
	xid := u32(b[len(b)-4:])
	b = appendExperimenterHeader(b, ExperimenterONF, ExpTypeBundleAdd)
	b, s := grow(b, 8)
	put32(s, uint32(m.Bundle))
	put32(s[4:], uint32(m.Flags))
	start := len(b)
	if _, ok := m.Message.(*BundleAdd); ok {
		return b, fmt.Errorf("bundled message: a bundle in a bundle")
	}
	b, err := Append(b, xid, m.Message)
	if err != nil {
		return b, fmt.Errorf("bundled message: %w", err)
	}
	if len(m.Properties) == 0 {
		return b, nil // without properties the message is not padded
	}
	return appendList(pad8(b, start), m.Properties, appendExperimenterProperty)
}

func (d *decoder) bundleAdd(outer Header, b []byte) (*BundleAdd, error) {
	if err := d.atLeast(b, 8+HeaderLen, "body"); err != nil {
		return nil, err
	}
	size := int(u16(b[8+2:]))
	frame, rest, err := d.element(b[8:], size, HeaderLen, false, "bundled message", bundleMsgLen)
	if err != nil {
		return nil, err
	}
	inner, err := d.bundled(outer, frame)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 { // with properties the message is padded, without it is not
		if err := d.atLeast(rest, -size&7+8, "property"); err != nil {
			return nil, err
		}
		rest = rest[-size&7:]
	}
	properties, err := d.experimenterProperties(rest)
	if err != nil {
		return nil, err
	}
	return &BundleAdd{Bundle: BundleID(u32(b)), Flags: BundleFlags(u16(b[6:])), Message: inner, Properties: properties}, nil
}

// bundled reads the message inside.
func (d *decoder) bundled(outer Header, frame []byte) (Message, error) {
	inner := decoder{nested: true, at: d.offset(frame)}
	h, err := inner.start(frame)
	if err != nil {
		return nil, err
	}
	if h.Version != Version {
		return nil, d.fail(frame, "bundled message", "version is "+utoa(uint64(h.Version))+", want 4", badRequestVersion)
	}
	if h.XID != outer.XID {
		return nil, d.fail(frame[4:], "bundled message", "its xid is not that of the message around it", bundleMsgXID)
	}
	return inner.message(h)
}
