package openflow

import "fmt"

// Type is a message type (OpenFlow 1.3.5 §7.1, enum ofp_type).
type Type uint8

// Message types.
const (
	TypeHello            Type = 0
	TypeError            Type = 1
	TypeEchoRequest      Type = 2
	TypeEchoReply        Type = 3
	TypeExperimenter     Type = 4
	TypeFeaturesRequest  Type = 5
	TypeFeaturesReply    Type = 6
	TypeGetConfigRequest Type = 7
	TypeGetConfigReply   Type = 8
	TypeSetConfig        Type = 9
	TypePacketIn         Type = 10
	TypeFlowRemoved      Type = 11
	TypePortStatus       Type = 12
	TypePacketOut        Type = 13
	TypeFlowMod          Type = 14
	TypeGroupMod         Type = 15
	TypePortMod          Type = 16
	TypeTableMod         Type = 17
	TypeMultipartRequest Type = 18
	TypeMultipartReply   Type = 19
	TypeBarrierRequest   Type = 20
	TypeBarrierReply     Type = 21
	TypeGetQueueRequest  Type = 22
	TypeGetQueueReply    Type = 23
	TypeRoleRequest      Type = 24
	TypeRoleReply        Type = 25
	TypeGetAsyncRequest  Type = 26
	TypeGetAsyncReply    Type = 27
	TypeSetAsync         Type = 28
	TypeMeterMod         Type = 29
)

// Header starts every message (OpenFlow 1.3.5 §7.1, struct ofp_header).
type Header struct {
	Version uint8
	Type    Type
	Length  uint16 // of the whole message, this header included
	XID     uint32 // a reply carries the xid of its request
}

// Message is one OpenFlow message without its header. The set is closed: the types of this package, all as pointers.
type Message interface {
	// Type is the message type that goes into the header.
	Type() Type
	appendBody(b []byte) ([]byte, error)
}

// Hello opens a session (OpenFlow 1.3.5 §7.5.1).
type Hello struct {
	// Versions are the wire versions of the version bitmap, ascending. Empty: no bitmap was sent,
	// and the version of the header is the highest that the sender speaks.
	Versions []uint8
	// Unknown are elements other than the version bitmap, as raw bytes with their padding.
	Unknown []byte
	// Elements are all elements as raw bytes, when Versions and Unknown do not tell how they came: another order, a longer bitmap.
	// Append then writes them and nothing else. Parse leaves it nil wherever it can; leave it nil in a hello of your own.
	Elements []byte
}

// ErrorMsg reports a request that failed (OpenFlow 1.3.5 §7.5.4). It is an error, so that it can be returned as one.
type ErrorMsg struct {
	ErrType ErrorType
	Code    ErrorCode // its meaning depends on ErrType
	// Experimenter is set when ErrType is ErrExperimenter.
	Experimenter uint32
	// Data holds at least the first 64 bytes of the failed request, or text for ErrHelloFailed.
	Data []byte
}

// EchoRequest asks whether the peer is alive (OpenFlow 1.3.5 §7.5.2).
type EchoRequest struct{ Data []byte }

// EchoReply answers EchoRequest with the same data (OpenFlow 1.3.5 §7.5.3).
type EchoReply struct{ Data []byte }

// Experimenter is a message of somebody else's making, kept raw (OpenFlow 1.3.5 §7.5.5). Those of the ONF that are known have types of
// their own: BundleControl, BundleAdd, FlowMonitorCancel, FlowMonitorPaused, FlowMonitorResumed and RoleStatus.
type Experimenter struct {
	ID      uint32
	ExpType uint32
	Data    []byte
}

// FeaturesRequest asks for FeaturesReply (OpenFlow 1.3.5 §7.3.1).
type FeaturesRequest struct{}

// FeaturesReply says who the switch is (OpenFlow 1.3.5 §7.3.1, struct ofp_switch_features).
type FeaturesReply struct {
	DatapathID   DatapathID
	Buffers      uint32
	Tables       uint8
	AuxiliaryID  uint8
	Capabilities Capabilities
}

// Capabilities is a bit set of what a switch can do (enum ofp_capabilities).
type Capabilities uint32

// Capabilities of a switch.
const (
	CapFlowStats   Capabilities = 1 << 0
	CapTableStats  Capabilities = 1 << 1
	CapPortStats   Capabilities = 1 << 2
	CapGroupStats  Capabilities = 1 << 3
	CapIPReasm     Capabilities = 1 << 5
	CapQueueStats  Capabilities = 1 << 6
	CapPortBlocked Capabilities = 1 << 8
)

// GetConfigRequest asks for GetConfigReply (OpenFlow 1.3.5 §7.3.2).
type GetConfigRequest struct{}

// SwitchConfig is how a switch treats fragments and how much of a packet it sends (OpenFlow 1.3.5 §7.3.2).
type SwitchConfig struct {
	Flags       uint16
	MissSendLen uint16 // bytes of a packet sent to the controller; CMLNoBuffer for all of it
}

// Controller max_len values (OpenFlow 1.3.5 §7.2.5).
const (
	CMLMax      uint16 = 0xffe5
	CMLNoBuffer uint16 = 0xffff
)

// GetConfigReply tells the configuration in force.
type GetConfigReply struct{ SwitchConfig }

// SetConfig sets the configuration; it has no answer but an error.
type SetConfig struct{ SwitchConfig }

// PacketInReason says why a packet was sent to the controller (enum ofp_packet_in_reason).
type PacketInReason uint8

// Reasons of a packet-in.
const (
	ReasonNoMatch    PacketInReason = 0
	ReasonAction     PacketInReason = 1
	ReasonInvalidTTL PacketInReason = 2
)

// PacketIn is a packet that a switch sends to the controller (OpenFlow 1.3.5 §7.4.1).
type PacketIn struct {
	BufferID uint32
	TotalLen uint16 // of the frame on the wire; Data may hold less
	Reason   PacketInReason
	Table    TableID
	Cookie   uint64 // of the flow entry that sent it
	Match    Match  // the packet's metadata: at least in_port
	Data     []byte // a part of the frame given to Parse: valid as long as that is
}

// InPort is the port by which the packet came in; 0 when the switch did not say.
func (p *PacketIn) InPort() PortNo {
	n, _ := p.Match.InPort()
	return n
}

// PacketOut has a switch send a packet (OpenFlow 1.3.5 §7.3.7).
type PacketOut struct {
	BufferID uint32
	InPort   PortNo // PortController when it comes from nowhere
	Actions  []Action
	Data     []byte
}

// FlowModCommand is what to do with flow entries (enum ofp_flow_mod_command).
type FlowModCommand uint8

// Commands of a FlowMod.
const (
	FlowAdd          FlowModCommand = 0
	FlowModify       FlowModCommand = 1
	FlowModifyStrict FlowModCommand = 2
	FlowDelete       FlowModCommand = 3
	FlowDeleteStrict FlowModCommand = 4
)

// FlowFlags are the flags of a flow entry (enum ofp_flow_mod_flags).
type FlowFlags uint16

// Flags of a flow entry.
const (
	FlagSendFlowRem  FlowFlags = 1 << 0
	FlagCheckOverlap FlowFlags = 1 << 1
	FlagResetCounts  FlowFlags = 1 << 2
	FlagNoPktCounts  FlowFlags = 1 << 3
	FlagNoByteCounts FlowFlags = 1 << 4
)

// FlowMod adds, changes or deletes flow entries (OpenFlow 1.3.5 §7.3.4.1).
type FlowMod struct {
	Cookie       uint64
	CookieMask   uint64 // for modify and delete: the bits of the cookie that must match; 0 for all
	Table        TableID
	Command      FlowModCommand
	IdleTimeout  uint16 // seconds; 0 for none
	HardTimeout  uint16 // seconds; 0 for none
	Priority     uint16
	BufferID     uint32  // NoBuffer, or the packet to send through the new entry
	OutPort      PortNo  // for delete: entries with this output only; PortAny for all
	OutGroup     GroupID // for delete: entries with this group only; GroupAny for all
	Flags        FlowFlags
	Match        Match
	Instructions []Instruction
}

// GroupModCommand is what to do with a group (enum ofp_group_mod_command).
type GroupModCommand uint16

// Commands of a GroupMod.
const (
	GroupAdd    GroupModCommand = 0
	GroupModify GroupModCommand = 1
	GroupDelete GroupModCommand = 2
)

// GroupType is how a group picks buckets (enum ofp_group_type).
type GroupType uint8

// Group types.
const (
	GroupTypeAll      GroupType = 0 // every bucket: multicast
	GroupTypeSelect   GroupType = 1
	GroupTypeIndirect GroupType = 2
	GroupTypeFF       GroupType = 3 // the first live bucket: fast failover
)

// GroupMod adds, changes or deletes a group (OpenFlow 1.3.5 §7.3.4.2).
type GroupMod struct {
	Command   GroupModCommand
	GroupType GroupType
	Group     GroupID
	Buckets   []Bucket
}

// Bucket is one set of actions of a group (struct ofp_bucket).
type Bucket struct {
	Weight     uint16  // select groups only
	WatchPort  PortNo  // fast failover: alive while this port is; PortAny for none
	WatchGroup GroupID // fast failover: alive while this group is; GroupAny for none
	Actions    []Action
}

// MeterModCommand is what to do with a meter (enum ofp_meter_mod_command).
type MeterModCommand uint16

// Commands of a MeterMod.
const (
	MeterAdd    MeterModCommand = 0
	MeterModify MeterModCommand = 1
	MeterDelete MeterModCommand = 2
)

// MeterFlags tell the unit of a meter's bands and whether the burst size counts (enum ofp_meter_flags).
type MeterFlags uint16

// Flags of a meter.
const (
	MeterKbps      MeterFlags = 1 << 0
	MeterPktps     MeterFlags = 1 << 1
	MeterBurst     MeterFlags = 1 << 2
	MeterFlagStats MeterFlags = 1 << 3
)

// MeterMod adds, changes or deletes a meter (OpenFlow 1.3.5 §7.3.4.4).
type MeterMod struct {
	Command MeterModCommand
	Flags   MeterFlags
	Meter   MeterID
	Bands   []Band
}

// BandType is what a band does with what exceeds it (enum ofp_meter_band_type).
type BandType uint16

// Band types.
const (
	BandDrop         BandType = 1
	BandDSCPRemark   BandType = 2
	BandExperimenter BandType = 0xffff
)

// Band is one rate limit of a meter (struct ofp_meter_band_header).
type Band struct {
	Type         BandType
	Rate         uint32 // kbit/s or packets/s, as the meter's flags say
	Burst        uint32 // kbit or packets
	PrecLevel    uint8  // BandDSCPRemark only
	Experimenter uint32 // BandExperimenter only
	Data         []byte // BandExperimenter only: what follows the experimenter id
}

// PortReason says what happened to a port (enum ofp_port_reason).
type PortReason uint8

// Reasons of a port status.
const (
	PortAdded    PortReason = 0
	PortDeleted  PortReason = 1
	PortModified PortReason = 2
)

// PortStatus tells a change of a port (OpenFlow 1.3.5 §7.4.3).
type PortStatus struct {
	Reason PortReason
	Port   Port
}

// Port describes a port (OpenFlow 1.3.5 §7.2.1, struct ofp_port).
type Port struct {
	No         PortNo
	HWAddr     MAC
	Name       string
	Config     PortConfig
	State      PortState
	Curr       uint32 // feature bits, enum ofp_port_features
	Advertised uint32
	Supported  uint32
	Peer       uint32
	CurrSpeed  uint32 // kbit/s
	MaxSpeed   uint32 // kbit/s
}

// PortConfig is a bit set of what was configured (enum ofp_port_config).
type PortConfig uint32

// Port configuration bits.
const (
	PortDown       PortConfig = 1 << 0
	PortNoRecv     PortConfig = 1 << 2
	PortNoFwd      PortConfig = 1 << 5
	PortNoPacketIn PortConfig = 1 << 6
)

// PortState is a bit set of what was observed (enum ofp_port_state).
type PortState uint32

// Port state bits.
const (
	PortLinkDown PortState = 1 << 0
	PortBlocked  PortState = 1 << 1
	PortLive     PortState = 1 << 2
)

// FlowRemovedReason says why an entry went (enum ofp_flow_removed_reason).
type FlowRemovedReason uint8

// Reasons of a flow removal.
const (
	RemovedIdleTimeout FlowRemovedReason = 0
	RemovedHardTimeout FlowRemovedReason = 1
	RemovedDelete      FlowRemovedReason = 2
	RemovedGroupDelete FlowRemovedReason = 3
)

// FlowRemoved tells that an entry with FlagSendFlowRem went (OpenFlow 1.3.5 §7.4.2).
type FlowRemoved struct {
	Cookie       uint64
	Priority     uint16
	Reason       FlowRemovedReason
	Table        TableID
	DurationSec  uint32
	DurationNsec uint32
	IdleTimeout  uint16
	HardTimeout  uint16
	PacketCount  uint64
	ByteCount    uint64
	Match        Match
}

// BarrierRequest is answered when everything before it has been carried out (OpenFlow 1.3.5 §7.3.8).
type BarrierRequest struct{}

// BarrierReply answers BarrierRequest.
type BarrierReply struct{}

// Role is a controller's role at a switch (enum ofp_controller_role).
type Role uint32

// Controller roles.
const (
	RoleNoChange Role = 0
	RoleEqual    Role = 1
	RoleMaster   Role = 2
	RoleSlave    Role = 3
)

// RoleRequest asks for a role (OpenFlow 1.3.5 §7.3.9).
type RoleRequest struct {
	Role         Role
	GenerationID uint64
}

// RoleReply tells the role in force.
type RoleReply struct {
	Role         Role
	GenerationID uint64
}

// Unknown is a message of a type this package does not know, kept raw so that it survives.
type Unknown struct {
	MsgType Type
	Body    []byte
}

// Error describes the failure in the standard's words.
func (e *ErrorMsg) Error() string {
	return fmt.Sprintf("switch refused: %s/%s", e.ErrType, e.CodeName())
}
