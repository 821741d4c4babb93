package openflow

func (m *ErrorMsg) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 4)
	put16(s, uint16(m.ErrType))
	put16(s[2:], uint16(m.Code))
	if m.ErrType == ErrExperimenter {
		b, s = grow(b, 4)
		put32(s, m.Experimenter)
	}
	return append(b, m.Data...), nil
}

// errorMsg reads an error; one of an experimenter has its id in front of the data (OpenFlow 1.3.5 §7.5.4).
func (d *decoder) errorMsg(b []byte) (*ErrorMsg, error) {
	if err := d.atLeast(b, 4, "body"); err != nil {
		return nil, err
	}
	m := &ErrorMsg{ErrType: ErrorType(u16(b)), Code: ErrorCode(u16(b[2:]))}
	b = b[4:]
	if m.ErrType == ErrExperimenter {
		if err := d.atLeast(b, 4, "experimenter"); err != nil {
			return nil, err
		}
		m.Experimenter = u32(b)
		b = b[4:]
	}
	m.Data = clone(b)
	return m, nil
}
