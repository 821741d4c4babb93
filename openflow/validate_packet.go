package openflow

// ethernetHeaderLen is the length in bytes of the shortest thing that is a packet.
const ethernetHeaderLen = 14

// validate checks a packet to send (OpenFlow 1.3.5 §7.3.7).
func (m *PacketOut) validate() *ValidationError {
	const number = "7.3.7"
	standard := m.InPort != 0 && m.InPort <= PortMax || m.InPort == PortLocal
	switch {
	case !standard && m.InPort != PortController:
		return broken("in_port", number, errorAnswer{ErrBadRequest, CodeBadRequestPort}, "%s is no port that a packet comes from", m.InPort)
	case m.BufferID == NoBuffer && len(m.Data) < ethernetHeaderLen:
		return broken("data", number, errorAnswer{ErrBadRequest, CodeBadRequestPacket}, "%d bytes and no buffer, which is no packet", len(m.Data))
	}
	packet := packetView{anything: true, toTables: true}
	return packet.apply(m.Actions)
}

// validate checks a packet that a switch sent: its match has to tell the port (OpenFlow 1.3.5 §7.4.1).
func (m *PacketIn) validate() *ValidationError {
	if e := validateMatch(m.Match); e != nil {
		return e
	}
	if _, ok := m.Match.InPort(); !ok {
		return broken("match", "7.4.1", errorAnswer{ErrBadMatch, CodeBadMatchField}, "no in_port")
	}
	return nil
}
