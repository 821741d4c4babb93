package openflow

// QueueStatsRequest asks for counters of queues (OpenFlow 1.3.5 §7.3.5.8).
type QueueStatsRequest struct {
	Port  PortNo // PortAny for all
	Queue uint32 // QueueAll for all
}

// QueueAll stands for every queue (OpenFlow 1.3.5 §7.2.2).
const QueueAll uint32 = 0xffffffff

// QueueStatsReply lists queues' counters.
type QueueStatsReply []QueueStats

// QueueStats are the counters of one queue.
type QueueStats struct {
	Port         PortNo
	Queue        uint32
	TxBytes      uint64
	TxPackets    uint64
	TxErrors     uint64
	DurationSec  uint32
	DurationNsec uint32
}

// GroupFeaturesRequest asks what groups a switch can do (OpenFlow 1.3.5 §7.3.5.11).
type GroupFeaturesRequest struct{}

// GroupFeatures says what groups a switch can do. The arrays are indexed by GroupType.
type GroupFeatures struct {
	Types        uint32 // bit n: GroupType n
	Capabilities uint32 // enum ofp_group_capabilities
	MaxGroups    [4]uint32
	Actions      [4]uint32 // bit n: action type n
}

// MeterFeaturesRequest asks what meters a switch can do (OpenFlow 1.3.5 §7.3.5.14).
type MeterFeaturesRequest struct{}

// MeterFeatures says what meters a switch can do.
type MeterFeatures struct {
	MaxMeter     uint32
	BandTypes    uint32 // bit n: BandType n
	Capabilities uint32 // bits of MeterFlags
	MaxBands     uint8
	MaxColor     uint8
}

// TableFeaturesRequest asks what tables can do, when empty, and sets it otherwise (OpenFlow 1.3.5 §7.3.5.5).
type TableFeaturesRequest []TableFeatures

// TableFeaturesReply lists tables.
type TableFeaturesReply []TableFeatures

// TableFeatures says what one table can do.
type TableFeatures struct {
	Table         TableID
	Name          string
	MetadataMatch uint64
	MetadataWrite uint64
	Config        uint32
	MaxEntries    uint32
	Properties    []TableProperty
}

// TableProperty is one property of a table, kept raw (OpenFlow 1.3.5 §7.3.5.5.2).
type TableProperty struct {
	Kind uint16
	Data []byte // all behind type and length, without the padding
}

// ExperimenterRequest is a multipart request of somebody else's making (OpenFlow 1.3.5 §7.3.5.15). The ONF's flow monitor has a type of its
// own: FlowMonitorRequest.
type ExperimenterRequest struct {
	ID      uint32
	ExpType uint32
	Data    []byte
}

// ExperimenterReply answers ExperimenterRequest.
type ExperimenterReply struct {
	ID      uint32
	ExpType uint32
	Data    []byte
}
