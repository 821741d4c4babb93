package openflow

func (m *FlowMod) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 40)
	put64(s, m.Cookie)
	put64(s[8:], m.CookieMask)
	s[16], s[17] = byte(m.Table), byte(m.Command)
	put16(s[18:], m.IdleTimeout)
	put16(s[20:], m.HardTimeout)
	put16(s[22:], m.Priority)
	put32(s[24:], m.BufferID)
	put32(s[28:], uint32(m.OutPort))
	put32(s[32:], uint32(m.OutGroup))
	put32(s[36:], uint32(m.Flags)<<16)
	return appendInstructions(appendMatch(b, m.Match), m.Instructions)
}

func (d *decoder) flowMod(b []byte) (*FlowMod, error) {
	if err := d.atLeast(b, 40, "body"); err != nil {
		return nil, err
	}
	match, rest, err := d.match(b[40:], nil)
	if err != nil {
		return nil, err
	}
	room := &flowModRoom{}
	d.instructionRoom, d.actionRoom = room.instructions[:], room.actions[:]
	list, err := d.instructions(rest)
	if err != nil {
		return nil, err
	}
	room.m = FlowMod{
		Cookie:       u64(b),
		CookieMask:   u64(b[8:]),
		Table:        TableID(b[16]),
		Command:      FlowModCommand(b[17]),
		IdleTimeout:  u16(b[18:]),
		HardTimeout:  u16(b[20:]),
		Priority:     u16(b[22:]),
		BufferID:     u32(b[24:]),
		OutPort:      PortNo(u32(b[28:])),
		OutGroup:     GroupID(u32(b[32:])),
		Flags:        FlowFlags(u16(b[36:])),
		Match:        match,
		Instructions: list,
	}
	return &room.m, nil
}

// flowModRoom is a message with room for the lists that most have, so that they take one allocation together.
type flowModRoom struct {
	m            FlowMod
	instructions [3]Instruction
	actions      [3]Action
}

func (m *FlowRemoved) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 40)
	put64(s, m.Cookie)
	put16(s[8:], m.Priority)
	s[10], s[11] = byte(m.Reason), byte(m.Table)
	put32(s[12:], m.DurationSec)
	put32(s[16:], m.DurationNsec)
	put16(s[20:], m.IdleTimeout)
	put16(s[22:], m.HardTimeout)
	put64(s[24:], m.PacketCount)
	put64(s[32:], m.ByteCount)
	return appendMatch(b, m.Match), nil
}

func (d *decoder) flowRemoved(b []byte) (*FlowRemoved, error) {
	if err := d.atLeast(b, 40, "body"); err != nil {
		return nil, err
	}
	match, rest, err := d.match(b[40:], nil)
	if err != nil {
		return nil, err
	}
	return &FlowRemoved{
		Cookie:       u64(b),
		Priority:     u16(b[8:]),
		Reason:       FlowRemovedReason(b[10]),
		Table:        TableID(b[11]),
		DurationSec:  u32(b[12:]),
		DurationNsec: u32(b[16:]),
		IdleTimeout:  u16(b[20:]),
		HardTimeout:  u16(b[22:]),
		PacketCount:  u64(b[24:]),
		ByteCount:    u64(b[32:]),
		Match:        match,
	}, d.exactly(rest, 0, "end")
}
