package openflow

// Parse reads one whole message. Errors are of type *ParseError; the header is valid as soon as it could be read, also when the
// body is bad, so that an answer can carry the xid. Hello and ErrorMsg are accepted in every version, since they
// are exchanged before a version is agreed on (OpenFlow 1.3.5 §6.3.1); others only in Version.
//
// A message does not refer to frame afterwards, save PacketIn.Data.
func Parse(frame []byte) (Header, Message, error) {
	var d decoder
	h, err := d.start(frame)
	if err != nil {
		return h, nil, err
	}
	m, err := d.message(h)
	if err != nil {
		return h, nil, err
	}
	return h, m, nil
}

// asMessage turns a concrete result into an interface. A nil pointer may be inside it when err is set; Parse drops it then.
func asMessage[M Message](m M, err error) (Message, error) { return m, err }

// start checks the header against the frame.
func (d *decoder) start(frame []byte) (Header, error) {
	h, err := ParseHeader(frame)
	if err != nil {
		return h, err
	}
	d.typ, d.frame = h.Type, frame[:len(frame):len(frame)]
	if int(h.Length) != len(frame) {
		reason := "says " + utoa(uint64(h.Length)) + " bytes, the frame has " + utoa(uint64(len(frame)))
		return h, d.fail(d.frame[2:], "length", reason, badRequestLen)
	}
	if h.Version != Version && h.Type != TypeHello && h.Type != TypeError {
		return h, d.fail(d.frame, "version", "is "+utoa(uint64(h.Version))+", want 4", badRequestVersion)
	}
	return h, nil
}

// message reads the body behind the header.
func (d *decoder) message(h Header) (Message, error) {
	b := d.frame[HeaderLen:]
	switch h.Type {
	case TypeHello:
		return asMessage(d.hello(h.Version, b))
	case TypeError:
		return asMessage(d.errorMsg(b))
	case TypeEchoRequest:
		return &EchoRequest{Data: clone(b)}, nil
	case TypeEchoReply:
		return &EchoReply{Data: clone(b)}, nil
	case TypeExperimenter:
		return d.experimenterMsg(h, b)
	case TypeFeaturesRequest:
		return &FeaturesRequest{}, d.exactly(b, 0, "body")
	case TypeFeaturesReply:
		return asMessage(d.featuresReply(b))
	case TypeGetConfigRequest:
		return &GetConfigRequest{}, d.exactly(b, 0, "body")
	case TypeGetConfigReply:
		c, err := d.switchConfig(b)
		return &GetConfigReply{c}, err
	case TypeSetConfig:
		c, err := d.switchConfig(b)
		return &SetConfig{c}, err
	case TypePacketIn:
		m := &PacketIn{}
		return m, d.packetIn(m, b, nil)
	case TypeFlowRemoved:
		return asMessage(d.flowRemoved(b))
	case TypePortStatus:
		return asMessage(d.portStatus(b))
	case TypePacketOut:
		return asMessage(d.packetOut(b))
	case TypeFlowMod:
		return asMessage(d.flowMod(b))
	case TypeGroupMod:
		return asMessage(d.groupMod(b))
	case TypePortMod:
		return asMessage(d.portMod(b))
	case TypeTableMod:
		return asMessage(d.tableMod(b))
	case TypeMultipartRequest:
		return asMessage(d.multipartRequest(b))
	case TypeMultipartReply:
		return asMessage(d.multipartReply(b))
	case TypeBarrierRequest:
		return &BarrierRequest{}, d.exactly(b, 0, "body")
	case TypeBarrierReply:
		return &BarrierReply{}, d.exactly(b, 0, "body")
	case TypeGetQueueRequest:
		return asMessage(d.getQueueRequest(b))
	case TypeGetQueueReply:
		return asMessage(d.getQueueReply(b))
	case TypeRoleRequest:
		role, gen, err := d.role(b)
		return &RoleRequest{role, gen}, err
	case TypeRoleReply:
		role, gen, err := d.role(b)
		return &RoleReply{role, gen}, err
	case TypeGetAsyncRequest:
		return &GetAsyncRequest{}, d.exactly(b, 0, "body")
	case TypeGetAsyncReply:
		c, err := d.asyncConfig(b)
		return &GetAsyncReply{c}, err
	case TypeSetAsync:
		c, err := d.asyncConfig(b)
		return &SetAsync{c}, err
	case TypeMeterMod:
		return asMessage(d.meterMod(b))
	default:
		return &Unknown{MsgType: h.Type, Body: clone(b)}, nil
	}
}
