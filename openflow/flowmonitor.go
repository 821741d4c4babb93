package openflow

// FlowMonitorID names a flow monitor of one connection; the controller picks it (EXT-187).
type FlowMonitorID uint32

// FlowMonitorFlags say what a flow monitor reports (EXT-187, enum onf_flow_monitor_flags).
type FlowMonitorFlags uint16

// Flags of a flow monitor.
const (
	MonitorInitial      FlowMonitorFlags = 1 << 0 // first the entries that there are
	MonitorAdd          FlowMonitorFlags = 1 << 1
	MonitorDelete       FlowMonitorFlags = 1 << 2
	MonitorModify       FlowMonitorFlags = 1 << 3
	MonitorInstructions FlowMonitorFlags = 1 << 4 // updates carry instructions
	MonitorOwn          FlowMonitorFlags = 1 << 5 // also what this controller changed itself, in full
)

// FlowMonitorRequest sets up monitors. The answer is a FlowMonitorReply with the request's xid; what changes later comes as further
// replies, with xid 0 from Open vSwitch.
type FlowMonitorRequest []FlowMonitor

// FlowMonitor is one monitor (EXT-187, struct onf_flow_monitor_request).
type FlowMonitor struct {
	Monitor FlowMonitorID
	Flags   FlowMonitorFlags
	OutPort PortNo  // entries with this output only; PortAny for all
	Table   TableID // TableAll for all
	Match   Match   // entries that it covers
}

// FlowEvent is what happened to a flow entry (EXT-187, enum onf_flow_update_event).
type FlowEvent uint16

// Events of flow entries.
const (
	FlowAdded    FlowEvent = 0
	FlowDeleted  FlowEvent = 1
	FlowModified FlowEvent = 2
	FlowAbbrev   FlowEvent = 3 // the controller's own change, told by its xid
)

// flowEventNames are indexed by FlowEvent and never written.
var flowEventNames = [...]string{"ADDED", "DELETED", "MODIFIED", "ABBREV"}

// String is the extension's name, or the number of an event that is not known.
func (e FlowEvent) String() string {
	if int(e) < len(flowEventNames) {
		return flowEventNames[e]
	}
	return utoa(uint64(e))
}

// FlowMonitorReply lists changes, in their order.
type FlowMonitorReply []FlowUpdate

// FlowUpdate is one change (EXT-187, structs onf_flow_update_full and onf_flow_update_abbrev). FlowAbbrev has XID and no other field, an event
// that is not known has Data and no other.
type FlowUpdate struct {
	Event        FlowEvent
	Reason       FlowRemovedReason // of FlowDeleted
	Priority     uint16
	IdleTimeout  uint16 // seconds; 0 for none
	HardTimeout  uint16 // seconds; 0 for none
	Table        TableID
	Cookie       uint64
	Match        Match
	Instructions []Instruction // when MonitorInstructions was asked for
	XID          uint32        // of the request that changed the entry
	Data         []byte        // all behind length and event
}

// FlowMonitorCancel ends a monitor (EXT-187, struct onf_flow_monitor_cancel). It has no answer but an error.
type FlowMonitorCancel struct{ Monitor FlowMonitorID }

// FlowMonitorPaused tells that the switch reports no more for now, as its buffer is full: changes are being missed (EXT-187).
type FlowMonitorPaused struct{}

// FlowMonitorResumed tells that all that was missed since FlowMonitorPaused has been reported in sum (EXT-187).
type FlowMonitorResumed struct{}

// Type is TypeExperimenter.
func (*FlowMonitorCancel) Type() Type { return TypeExperimenter }

// Type is TypeExperimenter.
func (*FlowMonitorPaused) Type() Type { return TypeExperimenter }

// Type is TypeExperimenter.
func (*FlowMonitorResumed) Type() Type { return TypeExperimenter }

// MultipartType is MultipartExperimenter.
func (FlowMonitorRequest) MultipartType() MultipartType { return MultipartExperimenter }

// MultipartType is MultipartExperimenter.
func (FlowMonitorReply) MultipartType() MultipartType { return MultipartExperimenter }
