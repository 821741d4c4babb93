package openflow

// typeNames are indexed by Type and never written.
var typeNames = [...]string{
	TypeHello:            "HELLO",
	TypeError:            "ERROR",
	TypeEchoRequest:      "ECHO_REQUEST",
	TypeEchoReply:        "ECHO_REPLY",
	TypeExperimenter:     "EXPERIMENTER",
	TypeFeaturesRequest:  "FEATURES_REQUEST",
	TypeFeaturesReply:    "FEATURES_REPLY",
	TypeGetConfigRequest: "GET_CONFIG_REQUEST",
	TypeGetConfigReply:   "GET_CONFIG_REPLY",
	TypeSetConfig:        "SET_CONFIG",
	TypePacketIn:         "PACKET_IN",
	TypeFlowRemoved:      "FLOW_REMOVED",
	TypePortStatus:       "PORT_STATUS",
	TypePacketOut:        "PACKET_OUT",
	TypeFlowMod:          "FLOW_MOD",
	TypeGroupMod:         "GROUP_MOD",
	TypePortMod:          "PORT_MOD",
	TypeTableMod:         "TABLE_MOD",
	TypeMultipartRequest: "MULTIPART_REQUEST",
	TypeMultipartReply:   "MULTIPART_REPLY",
	TypeBarrierRequest:   "BARRIER_REQUEST",
	TypeBarrierReply:     "BARRIER_REPLY",
	TypeGetQueueRequest:  "QUEUE_GET_CONFIG_REQUEST",
	TypeGetQueueReply:    "QUEUE_GET_CONFIG_REPLY",
	TypeRoleRequest:      "ROLE_REQUEST",
	TypeRoleReply:        "ROLE_REPLY",
	TypeGetAsyncRequest:  "GET_ASYNC_REQUEST",
	TypeGetAsyncReply:    "GET_ASYNC_REPLY",
	TypeSetAsync:         "SET_ASYNC",
	TypeMeterMod:         "METER_MOD",
}

// String is the standard's name without OFPT_; "TYPE_99" for a type that is not known.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "TYPE_" + utoa(uint64(t))
}

// Type is TypeHello.
func (*Hello) Type() Type { return TypeHello }

// Type is TypeError.
func (*ErrorMsg) Type() Type { return TypeError }

// Type is TypeEchoRequest.
func (*EchoRequest) Type() Type { return TypeEchoRequest }

// Type is TypeEchoReply.
func (*EchoReply) Type() Type { return TypeEchoReply }

// Type is TypeExperimenter.
func (*Experimenter) Type() Type { return TypeExperimenter }

// Type is TypeFeaturesRequest.
func (*FeaturesRequest) Type() Type { return TypeFeaturesRequest }

// Type is TypeFeaturesReply.
func (*FeaturesReply) Type() Type { return TypeFeaturesReply }

// Type is TypeGetConfigRequest.
func (*GetConfigRequest) Type() Type { return TypeGetConfigRequest }

// Type is TypeGetConfigReply.
func (*GetConfigReply) Type() Type { return TypeGetConfigReply }

// Type is TypeSetConfig.
func (*SetConfig) Type() Type { return TypeSetConfig }

// Type is TypePacketIn.
func (*PacketIn) Type() Type { return TypePacketIn }

// Type is TypePacketOut.
func (*PacketOut) Type() Type { return TypePacketOut }

// Type is TypeFlowMod.
func (*FlowMod) Type() Type { return TypeFlowMod }

// Type is TypeGroupMod.
func (*GroupMod) Type() Type { return TypeGroupMod }

// Type is TypeMeterMod.
func (*MeterMod) Type() Type { return TypeMeterMod }

// Type is TypePortStatus.
func (*PortStatus) Type() Type { return TypePortStatus }

// Type is TypeFlowRemoved.
func (*FlowRemoved) Type() Type { return TypeFlowRemoved }

// Type is TypeBarrierRequest.
func (*BarrierRequest) Type() Type { return TypeBarrierRequest }

// Type is TypeBarrierReply.
func (*BarrierReply) Type() Type { return TypeBarrierReply }

// Type is TypeRoleRequest.
func (*RoleRequest) Type() Type { return TypeRoleRequest }

// Type is TypeRoleReply.
func (*RoleReply) Type() Type { return TypeRoleReply }

// Type is TypePortMod.
func (*PortMod) Type() Type { return TypePortMod }

// Type is TypeTableMod.
func (*TableMod) Type() Type { return TypeTableMod }

// Type is TypeGetQueueRequest.
func (*GetQueueRequest) Type() Type { return TypeGetQueueRequest }

// Type is TypeGetQueueReply.
func (*GetQueueReply) Type() Type { return TypeGetQueueReply }

// Type is TypeGetAsyncRequest.
func (*GetAsyncRequest) Type() Type { return TypeGetAsyncRequest }

// Type is TypeGetAsyncReply.
func (*GetAsyncReply) Type() Type { return TypeGetAsyncReply }

// Type is TypeSetAsync.
func (*SetAsync) Type() Type { return TypeSetAsync }

// Type is TypeMultipartRequest.
func (*MultipartRequest) Type() Type { return TypeMultipartRequest }

// Type is TypeMultipartReply.
func (*MultipartReply) Type() Type { return TypeMultipartReply }

// Type is the type that was received.
func (m *Unknown) Type() Type { return m.MsgType }
