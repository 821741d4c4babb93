package openflow

func (m *EchoRequest) appendBody(b []byte) ([]byte, error) { return append(b, m.Data...), nil }

func (m *EchoReply) appendBody(b []byte) ([]byte, error) { return append(b, m.Data...), nil }

func (m *Unknown) appendBody(b []byte) ([]byte, error) { return append(b, m.Body...), nil }

func (*BarrierRequest) appendBody(b []byte) ([]byte, error) { return b, nil }

func (*BarrierReply) appendBody(b []byte) ([]byte, error) { return b, nil }

func (m *Experimenter) appendBody(b []byte) ([]byte, error) {
	return appendExperimenter(b, m.ID, m.ExpType, m.Data)
}

// appendExperimenter writes what experimenter messages and multipart bodies have in common.
func appendExperimenter(b []byte, id, expType uint32, data []byte) ([]byte, error) {
	b, s := grow(b, 8)
	put32(s, id)
	put32(s[4:], expType)
	return append(b, data...), nil
}

func (d *decoder) experimenter(b []byte) (*Experimenter, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return nil, err
	}
	return &Experimenter{ID: u32(b), ExpType: u32(b[4:]), Data: clone(b[8:])}, nil
}
