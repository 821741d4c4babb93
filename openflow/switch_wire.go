package openflow

func (*FeaturesRequest) appendBody(b []byte) ([]byte, error) { return b, nil }

func (*GetConfigRequest) appendBody(b []byte) ([]byte, error) { return b, nil }

func (*GetAsyncRequest) appendBody(b []byte) ([]byte, error) { return b, nil }

func (m *FeaturesReply) appendBody(b []byte) ([]byte, error) {
	b, s := growZero(b, 24)
	put64(s, uint64(m.DatapathID))
	put32(s[8:], m.Buffers)
	s[12], s[13] = m.Tables, m.AuxiliaryID
	put32(s[16:], uint32(m.Capabilities))
	return b, nil
}

func (d *decoder) featuresReply(b []byte) (*FeaturesReply, error) {
	if err := d.exactly(b, 24, "body"); err != nil {
		return nil, err
	}
	return &FeaturesReply{
		DatapathID:   DatapathID(u64(b)),
		Buffers:      u32(b[8:]),
		Tables:       b[12],
		AuxiliaryID:  b[13],
		Capabilities: Capabilities(u32(b[16:])),
	}, nil
}

// appendBody serves GetConfigReply and SetConfig, which embed SwitchConfig.
func (c *SwitchConfig) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 4)
	put16(s, c.Flags)
	put16(s[2:], c.MissSendLen)
	return b, nil
}

func (d *decoder) switchConfig(b []byte) (SwitchConfig, error) {
	if err := d.exactly(b, 4, "body"); err != nil {
		return SwitchConfig{}, err
	}
	return SwitchConfig{Flags: u16(b), MissSendLen: u16(b[2:])}, nil
}

// masks lists the six masks in the order of the wire (OpenFlow 1.3.5 §7.3.10, struct ofp_async_config).
func (c *AsyncConfig) masks() [6]*uint32 {
	return [6]*uint32{&c.PacketIn[0], &c.PacketIn[1], &c.PortStatus[0], &c.PortStatus[1], &c.FlowRemoved[0], &c.FlowRemoved[1]}
}

// appendBody serves GetAsyncReply and SetAsync, which embed AsyncConfig.
func (c *AsyncConfig) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 24)
	for i, m := range c.masks() {
		put32(s[4*i:], *m)
	}
	return b, nil
}

func (d *decoder) asyncConfig(b []byte) (c AsyncConfig, err error) {
	if err := d.exactly(b, 24, "body"); err != nil {
		return AsyncConfig{}, err
	}
	for i, m := range c.masks() {
		*m = u32(b[4*i:])
	}
	return c, nil
}

func (m *RoleRequest) appendBody(b []byte) ([]byte, error) {
	return appendRole(b, m.Role, m.GenerationID)
}

func (m *RoleReply) appendBody(b []byte) ([]byte, error) {
	return appendRole(b, m.Role, m.GenerationID)
}

func appendRole(b []byte, r Role, generation uint64) ([]byte, error) {
	b, s := growZero(b, 16)
	put32(s, uint32(r))
	put64(s[8:], generation)
	return b, nil
}

func (d *decoder) role(b []byte) (Role, uint64, error) {
	if err := d.exactly(b, 16, "body"); err != nil {
		return 0, 0, err
	}
	return Role(u32(b)), u64(b[8:]), nil
}

func (m *TableMod) appendBody(b []byte) ([]byte, error) {
	b, s := growZero(b, 8)
	s[0] = byte(m.Table)
	put32(s[4:], m.Config)
	return b, nil
}

func (d *decoder) tableMod(b []byte) (*TableMod, error) {
	if err := d.exactly(b, 8, "body"); err != nil {
		return nil, err
	}
	return &TableMod{Table: TableID(b[0]), Config: u32(b[4:])}, nil
}
