package openflow

// PortMod changes how a port behaves (OpenFlow 1.3.5 §7.3.4.3).
type PortMod struct {
	Port      PortNo
	HWAddr    MAC        // must be the port's: a guard against a port that changed
	Config    PortConfig // the bits to set
	Mask      PortConfig // the bits that change
	Advertise uint32     // feature bits, enum ofp_port_features; 0 for no change
}

// TableMod configures a table (OpenFlow 1.3.5 §7.3.3).
type TableMod struct {
	Table  TableID // TableAll for all
	Config uint32  // reserved by the standard; 0
}

// GetQueueRequest asks for the queues of a port (OpenFlow 1.3.5 §7.3.6).
type GetQueueRequest struct{ Port PortNo } // PortAny for all

// GetQueueReply lists queues.
type GetQueueReply struct {
	Port   PortNo
	Queues []QueueConfig
}

// QueueConfig is one queue (OpenFlow 1.3.5 §7.2.2, struct ofp_packet_queue).
type QueueConfig struct {
	Queue      uint32
	Port       PortNo
	Properties []QueueProperty
}

// Kinds of queue properties (enum ofp_queue_properties).
const (
	QueueMinRate      uint16 = 1
	QueueMaxRate      uint16 = 2
	QueueExperimenter uint16 = 0xffff
)

// QueueProperty is one property of a queue.
type QueueProperty struct {
	Kind uint16
	Data []byte // all behind the eight bytes of its header
}

// Rate is the rate of a QueueMinRate or QueueMaxRate, in tenths of a percent of the port's speed; above 1000 it is disabled.
func (p QueueProperty) Rate() (uint16, bool) {
	if (p.Kind != QueueMinRate && p.Kind != QueueMaxRate) || len(p.Data) < 2 {
		return 0, false
	}
	return uint16(p.Data[0])<<8 | uint16(p.Data[1]), true
}

// GetAsyncRequest asks which asynchronous messages a controller gets (OpenFlow 1.3.5 §7.3.10).
type GetAsyncRequest struct{}

// AsyncConfig says which asynchronous messages a controller gets. Bit n stands for reason n; element 0 counts in the roles equal and
// master, element 1 in the role slave.
type AsyncConfig struct {
	PacketIn    [2]uint32
	PortStatus  [2]uint32
	FlowRemoved [2]uint32
}

// GetAsyncReply tells the masks in force.
type GetAsyncReply struct{ AsyncConfig }

// SetAsync sets the masks; it has no answer but an error.
type SetAsync struct{ AsyncConfig }
