package openflow

// MultipartType is a kind of multipart message (OpenFlow 1.3.5 §7.3.5, enum ofp_multipart_type).
type MultipartType uint16

// Multipart types.
const (
	MultipartDesc          MultipartType = 0
	MultipartFlow          MultipartType = 1
	MultipartAggregate     MultipartType = 2
	MultipartTable         MultipartType = 3
	MultipartPortStats     MultipartType = 4
	MultipartQueue         MultipartType = 5
	MultipartGroup         MultipartType = 6
	MultipartGroupDesc     MultipartType = 7
	MultipartGroupFeatures MultipartType = 8
	MultipartMeter         MultipartType = 9
	MultipartMeterConfig   MultipartType = 10
	MultipartMeterFeatures MultipartType = 11
	MultipartTableFeatures MultipartType = 12
	MultipartPortDesc      MultipartType = 13
	MultipartExperimenter  MultipartType = 0xffff
)

// MultipartMore is the flag of a part that is followed by another.
const MultipartMore uint16 = 1 << 0

// MultipartRequest asks for state of a switch (OpenFlow 1.3.5 §7.3.5).
type MultipartRequest struct {
	Flags uint16
	Body  RequestBody
}

// MultipartReply is one part of the answer (OpenFlow 1.3.5 §7.3.5).
type MultipartReply struct {
	Flags uint16
	Body  ReplyBody
}

// RequestBody is the body of a multipart request. The set is closed.
type RequestBody interface {
	MultipartType() MultipartType
	appendRequest(b []byte) ([]byte, error)
}

// ReplyBody is the body of a multipart reply. The set is closed. List bodies of several parts can be joined with JoinReplies.
type ReplyBody interface {
	MultipartType() MultipartType
	appendReply(b []byte) ([]byte, error)
}

// DescRequest asks for Desc.
type DescRequest struct{}

// Desc describes a switch in words (OpenFlow 1.3.5 §7.3.5.1).
type Desc struct {
	Manufacturer string
	Hardware     string
	Software     string
	Serial       string
	Datapath     string
}

// FlowStatsRequest asks for flow entries (OpenFlow 1.3.5 §7.3.5.2).
type FlowStatsRequest struct {
	Table      TableID
	OutPort    PortNo
	OutGroup   GroupID
	Cookie     uint64
	CookieMask uint64
	Match      Match
}

// FlowStatsReply lists flow entries.
type FlowStatsReply []FlowStats

// FlowStats is one flow entry as the switch holds it.
type FlowStats struct {
	Table        TableID
	DurationSec  uint32
	DurationNsec uint32
	Priority     uint16
	IdleTimeout  uint16
	HardTimeout  uint16
	Flags        FlowFlags
	Cookie       uint64
	PacketCount  uint64
	ByteCount    uint64
	Match        Match
	Instructions []Instruction
}

// AggregateRequest asks for sums over flow entries (OpenFlow 1.3.5 §7.3.5.3).
type AggregateRequest struct {
	Table      TableID
	OutPort    PortNo
	OutGroup   GroupID
	Cookie     uint64
	CookieMask uint64
	Match      Match
}

// AggregateReply gives the sums.
type AggregateReply struct {
	PacketCount uint64
	ByteCount   uint64
	FlowCount   uint32
}

// TableStatsRequest asks for the counters of every table (OpenFlow 1.3.5 §7.3.5.4).
type TableStatsRequest struct{}

// TableStatsReply lists tables.
type TableStatsReply []TableStats

// TableStats are the counters of one table.
type TableStats struct {
	Table        TableID
	ActiveCount  uint32
	LookupCount  uint64
	MatchedCount uint64
}

// PortStatsRequest asks for counters of one port, or of all with PortAny (OpenFlow 1.3.5 §7.3.5.6).
type PortStatsRequest struct{ Port PortNo }

// PortStatsReply lists ports' counters.
type PortStatsReply []PortStats

// PortStats are the counters of one port. A counter that the switch does not keep is all ones.
type PortStats struct {
	Port         PortNo
	RxPackets    uint64
	TxPackets    uint64
	RxBytes      uint64
	TxBytes      uint64
	RxDropped    uint64
	TxDropped    uint64
	RxErrors     uint64
	TxErrors     uint64
	RxFrameErr   uint64
	RxOverErr    uint64
	RxCRCErr     uint64
	Collisions   uint64
	DurationSec  uint32
	DurationNsec uint32
}

// GroupStatsRequest asks for counters of one group, or of all with GroupAll (OpenFlow 1.3.5 §7.3.5.9).
type GroupStatsRequest struct{ Group GroupID }

// GroupStatsReply lists groups' counters.
type GroupStatsReply []GroupStats

// GroupStats are the counters of one group.
type GroupStats struct {
	Group        GroupID
	RefCount     uint32
	PacketCount  uint64
	ByteCount    uint64
	DurationSec  uint32
	DurationNsec uint32
	Buckets      []BucketCounter
}

// BucketCounter counts what went through one bucket.
type BucketCounter struct {
	PacketCount uint64
	ByteCount   uint64
}

// GroupDescRequest asks for all groups (OpenFlow 1.3.5 §7.3.5.10).
type GroupDescRequest struct{}

// GroupDescReply lists groups.
type GroupDescReply []GroupDesc

// GroupDesc is one group as the switch holds it.
type GroupDesc struct {
	GroupType GroupType
	Group     GroupID
	Buckets   []Bucket
}

// MeterStatsRequest asks for counters of one meter, or of all with MeterAll (OpenFlow 1.3.5 §7.3.5.12).
type MeterStatsRequest struct{ Meter MeterID }

// MeterStatsReply lists meters' counters.
type MeterStatsReply []MeterStats

// MeterStats are the counters of one meter.
type MeterStats struct {
	Meter        MeterID
	FlowCount    uint32
	PacketIn     uint64
	ByteIn       uint64
	DurationSec  uint32
	DurationNsec uint32
	Bands        []BandCounter
}

// BandCounter counts what exceeded one band.
type BandCounter struct {
	PacketCount uint64
	ByteCount   uint64
}

// MeterConfigRequest asks for one meter, or all with MeterAll (OpenFlow 1.3.5 §7.3.5.13).
type MeterConfigRequest struct{ Meter MeterID }

// MeterConfigReply lists meters.
type MeterConfigReply []MeterConfig

// MeterConfig is one meter as the switch holds it.
type MeterConfig struct {
	Flags MeterFlags
	Meter MeterID
	Bands []Band
}

// PortDescRequest asks for all ports (OpenFlow 1.3.5 §7.3.5.7).
type PortDescRequest struct{}

// PortDescReply lists ports.
type PortDescReply []Port

// RawRequest is a multipart request of a type not known here, kept raw.
type RawRequest struct {
	Kind MultipartType
	Data []byte
}

// RawReply is a multipart reply of a type not known here, kept raw.
type RawReply struct {
	Kind MultipartType
	Data []byte
}
