package openflow

// Lengths in bytes of a port description and of the name in it (OpenFlow 1.3.5 §7.2.1, struct ofp_port).
const (
	portLen     = 64
	portNameLen = 16
)

func (m *PortStatus) appendBody(b []byte) ([]byte, error) {
	b, s := growZero(b, 8)
	s[0] = byte(m.Reason)
	return appendPort(b, &m.Port)
}

func (d *decoder) portStatus(b []byte) (*PortStatus, error) {
	if err := d.exactly(b, 8+portLen, "body"); err != nil {
		return nil, err
	}
	return &PortStatus{Reason: PortReason(b[0]), Port: readPort(b[8:])}, nil
}

func appendPort(b []byte, p *Port) ([]byte, error) {
	b, s := growZero(b, portLen)
	put32(s, uint32(p.No))
	copy(s[8:], p.HWAddr[:])
	if err := putName(s[16:16+portNameLen], p.Name, "port name"); err != nil {
		return b, err
	}
	put32(s[32:], uint32(p.Config))
	put32(s[36:], uint32(p.State))
	put32(s[40:], p.Curr)
	put32(s[44:], p.Advertised)
	put32(s[48:], p.Supported)
	put32(s[52:], p.Peer)
	put32(s[56:], p.CurrSpeed)
	put32(s[60:], p.MaxSpeed)
	return b, nil
}

// readPort reads portLen bytes.
func readPort(b []byte) Port {
	return Port{
		No:         PortNo(u32(b)),
		HWAddr:     MAC(b[8:14]),
		Name:       cstring(b[16 : 16+portNameLen]),
		Config:     PortConfig(u32(b[32:])),
		State:      PortState(u32(b[36:])),
		Curr:       u32(b[40:]),
		Advertised: u32(b[44:]),
		Supported:  u32(b[48:]),
		Peer:       u32(b[52:]),
		CurrSpeed:  u32(b[56:]),
		MaxSpeed:   u32(b[60:]),
	}
}

func (m *PortMod) appendBody(b []byte) ([]byte, error) {
	b, s := growZero(b, 32)
	put32(s, uint32(m.Port))
	copy(s[8:], m.HWAddr[:])
	put32(s[16:], uint32(m.Config))
	put32(s[20:], uint32(m.Mask))
	put32(s[24:], m.Advertise)
	return b, nil
}

func (d *decoder) portMod(b []byte) (*PortMod, error) {
	if err := d.exactly(b, 32, "body"); err != nil {
		return nil, err
	}
	return &PortMod{
		Port:      PortNo(u32(b)),
		HWAddr:    MAC(b[8:14]),
		Config:    PortConfig(u32(b[16:])),
		Mask:      PortConfig(u32(b[20:])),
		Advertise: u32(b[24:]),
	}, nil
}
