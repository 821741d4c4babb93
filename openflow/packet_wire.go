package openflow

func (m *PacketIn) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 16)
	put32(s, m.BufferID)
	put16(s[4:], m.TotalLen)
	s[6], s[7] = byte(m.Reason), byte(m.Table)
	put64(s[8:], m.Cookie)
	b = append(appendMatch(b, m.Match), 0, 0)
	return append(b, m.Data...), nil
}

// packetIn fills m. The two bytes between match and data put the frame's IP header on a multiple of four (OpenFlow 1.3.5 §7.4.1).
func (d *decoder) packetIn(m *PacketIn, b []byte, seen *interner) error {
	if err := d.atLeast(b, 16, "body"); err != nil {
		return err
	}
	match, rest, err := d.match(b[16:], seen)
	if err != nil {
		return err
	}
	if err := d.atLeast(rest, 2, "padding"); err != nil {
		return err
	}
	*m = PacketIn{
		BufferID: u32(b),
		TotalLen: u16(b[4:]),
		Reason:   PacketInReason(b[6]),
		Table:    TableID(b[7]),
		Cookie:   u64(b[8:]),
		Match:    match,
		Data:     rest[2:],
	}
	return nil
}

func (m *PacketOut) appendBody(b []byte) ([]byte, error) {
	start := len(b)
	b, s := growZero(b, 16)
	put32(s, m.BufferID)
	put32(s[4:], uint32(m.InPort))
	b, err := appendActions(b, m.Actions)
	if err != nil {
		return b, err
	}
	put16(b[start+8:], uint16(len(b)-start-16))
	return append(b, m.Data...), nil
}

func (d *decoder) packetOut(b []byte) (*PacketOut, error) {
	if err := d.atLeast(b, 16, "body"); err != nil {
		return nil, err
	}
	size := int(u16(b[8:]))
	if size > len(b)-16 {
		return nil, d.fail(b[8:], "actions_len", "reaches past the end", badRequestLen)
	}
	list, err := d.actions(b[16 : 16+size])
	if err != nil {
		return nil, err
	}
	return &PacketOut{BufferID: u32(b), InPort: PortNo(u32(b[4:])), Actions: list, Data: clone(b[16+size:])}, nil
}
