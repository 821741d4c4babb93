package openflow

func (m *EchoRequest) appendBody(b []byte) ([]byte, error) { return append(b, m.Data...), nil }

func (m *EchoReply) appendBody(b []byte) ([]byte, error) { return append(b, m.Data...), nil }

func (m *Unknown) appendBody(b []byte) ([]byte, error) { return append(b, m.Body...), nil }

func (*BarrierRequest) appendBody(b []byte) ([]byte, error) { return b, nil }

func (*BarrierReply) appendBody(b []byte) ([]byte, error) { return b, nil }
