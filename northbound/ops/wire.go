package ops

import (
	"net/netip"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// List is the answer to a request for a collection.
type List[T any] struct {
	// Revision numbers the state that the items were read from; it grows with every change.
	Revision uint64 `json:"revision"`
	// At is when the answer was made, by the controller's clock. Ages are told from it, not from the reader's clock.
	At    time.Time `json:"at"`
	Items []T       `json:"items"`
}

// PortRef names a port of a switch, by number and by name.
type PortRef struct {
	Switch     topology.SwitchID `json:"switch"`
	SwitchName string            `json:"switch_name,omitempty"` // absent: the switch is not known any more
	Port       topology.PortID   `json:"port"`
	PortName   string            `json:"port_name,omitempty"` // absent: the switch has no such port now
}

// EndpointRef names a registered endpoint.
type EndpointRef struct {
	ID    uuid.UUID  `json:"id"`
	Label string     `json:"label,omitempty"`
	Addr  netip.Addr `json:"addr,omitzero"` // absent: no endpoint has the id any more
}

// FlowRef names a network flow.
type FlowRef struct {
	ID     uuid.UUID  `json:"id"`
	Label  string     `json:"label,omitempty"`
	Source netip.Addr `json:"source,omitzero"` // S; absent: unknown
	Group  netip.Addr `json:"group,omitzero"`  // G
}

// Hop is a directed link that something takes: From sends, To receives.
type Hop struct {
	From PortRef `json:"from"`
	To   PortRef `json:"to"`
}

// Switch is one switch that is or was connected.
type Switch struct {
	ID        topology.SwitchID `json:"id"`
	ChassisID string            `json:"chassis_id"` // as IS-06 and our LLDP name it
	Name      string            `json:"name"`
	Connected bool              `json:"connected"`
	Since     time.Time         `json:"since,omitzero"` // of the present state of Connected
	Remote    string            `json:"remote,omitempty"`
	Software  string            `json:"software,omitempty"`
	Drained   bool              `json:"drained"` // taken out of use for maintenance
	// InSync says that everything wanted is proven installed.
	InSync bool `json:"in_sync"`
	// Verified is when have was last found or made equal to want by reading the switch; absent: not since it connected.
	Verified time.Time `json:"verified,omitzero"`
	// VerifySeconds is how long that took after the session opened.
	VerifySeconds float64   `json:"verify_seconds"`
	Flows         int       `json:"flows"`  // entries wanted
	Groups        int       `json:"groups"` // groups wanted
	Drift         uint64    `json:"drift"`  // differences that audits found and repaired
	Created       time.Time `json:"created,omitzero"`
	Updated       time.Time `json:"updated,omitzero"` // when ports last changed
	Ports         []Port    `json:"ports"`
}

// Port is one port of a switch.
type Port struct {
	PortRef
	Kind    string       `json:"kind"`           // "edge", "link" or "local"
	Peer    string       `json:"peer,omitempty"` // the port at the other end of a link; hosts at an edge port
	MAC     topology.MAC `json:"mac"`
	AdminUp bool         `json:"admin_up"`
	LinkUp  bool         `json:"link_up"`
	Live    bool         `json:"live"`
	Usable  bool         `json:"usable"` // all three
	// HeldUntil is until when the port is not used, because it went up and down too often; absent: it is used. Live is false meanwhile.
	HeldUntil time.Time          `json:"held_until,omitzero"`
	Speed     topology.Bandwidth `json:"speed,omitzero"` // absent: the switch does not tell
	// In and Out account for what the port takes in and sends; absent at a switch's local port. Senders are accounted for where they come in,
	// links between switches and receivers where they go out.
	In  *Account `json:"in,omitempty"`
	Out *Account `json:"out,omitempty"`
}

// Account is one direction of a port, for admission: what it carries, how much of that flows may reserve, and which have.
type Account struct {
	Capacity topology.Bandwidth `json:"capacity"` // by configuration, as the switch reports, or the default
	Limit    topology.Bandwidth `json:"limit"`    // the most that may be reserved
	Reserved topology.Bandwidth `json:"reserved"`
	Flows    []Share            `json:"flows"`              // by which Reserved is held
	Measured *Traffic           `json:"measured,omitempty"` // absent: not asked for by rates=true, or the switch could not be read
}

// Share is what one flow has reserved.
type Share struct {
	FlowRef
	Amount topology.Bandwidth `json:"amount"`
}

// Link is one direction of a link and what is reserved on it.
type Link struct {
	Hop
	Usable   bool               `json:"usable"`
	Drained  bool               `json:"drained"` // taken out of use for maintenance, it or a switch at one of its ends
	Capacity topology.Bandwidth `json:"capacity"`
	Reserved topology.Bandwidth `json:"reserved"`
	Limit    topology.Bandwidth `json:"limit"`              // the most that may be reserved
	Flows    []Share            `json:"flows"`              // by which Reserved is held
	Measured *Traffic           `json:"measured,omitempty"` // sent by From; absent: not asked for by rates=true, or the switch could not be read
	// HeldUntil is until when the link is not used, because one of its ports went up and down too often; absent: it is used if usable.
	HeldUntil time.Time `json:"held_until,omitzero"`
	Created   time.Time `json:"created,omitzero"`
	Updated   time.Time `json:"updated,omitzero"`
}

// Host is a MAC address with one of its IP addresses, where it was seen.
type Host struct {
	MAC      topology.MAC `json:"mac"`
	Addr     netip.Addr   `json:"addr,omitzero"` // absent: only the MAC address is known
	At       PortRef      `json:"at"`
	By       string       `json:"by"`                 // what gave it away: "arp", "igmp", "lldp", "restored"
	Endpoint *EndpointRef `json:"endpoint,omitempty"` // absent: not registered
	Since    time.Time    `json:"since,omitzero"`
	Last     time.Time    `json:"last,omitzero"`
}

// Attachment names a switch port as LLDP does (IS-06 v1.0.1, endpoint).
type Attachment struct {
	ChassisID string `json:"chassis_id"`
	PortID    string `json:"port_id"`
}

// Endpoint is a registered endpoint and where it was found.
type Endpoint struct {
	ID           uuid.UUID           `json:"id"`
	Label        string              `json:"label,omitempty"`
	Role         flows.Role          `json:"role"`
	MAC          topology.MAC        `json:"mac"`
	Addr         netip.Addr          `json:"addr"`
	ChassisID    string              `json:"chassis_id,omitempty"` // the host's own, by LLDP
	Attached     *Attachment         `json:"attached,omitempty"`
	MaxBandwidth *topology.Bandwidth `json:"max_bandwidth,omitempty"` // absent: no bound
	Bound        *PortRef            `json:"bound,omitempty"`         // the port it is served at; absent: unknown
	Seen         time.Time           `json:"seen,omitzero"`           // when the host was last heard there; absent: never
	Object       flows.ObjectID      `json:"object"`
	Created      time.Time           `json:"created,omitzero"`
	Updated      time.Time           `json:"updated,omitzero"`
}

// Flow is a network flow and what became of it.
type Flow struct {
	ID        uuid.UUID          `json:"id"`
	Label     string             `json:"label,omitempty"`
	Sender    EndpointRef        `json:"sender"`
	SenderAt  *PortRef           `json:"sender_at,omitempty"` // absent: the sender was not found yet
	Source    netip.Addr         `json:"source,omitzero"`     // S
	Group     netip.Addr         `json:"group"`               // G
	Bandwidth topology.Bandwidth `json:"bandwidth"`
	Reserved  topology.Bandwidth `json:"reserved"` // on each link of the tree: bandwidth times the profile's peak
	Profile   flows.Profile      `json:"profile"`
	DSCP      flows.DSCP         `json:"dscp"`
	Forward   bool               `json:"forward_flow"`
	Receivers []Receiver         `json:"receivers"`
	Tree      []Hop              `json:"tree"`   // the links that carry or reserve it
	Object    flows.ObjectID     `json:"object"` // its group and meter number on every switch
	Cookie    string             `json:"cookie"` // of its flow entries on every switch, in hexadecimal
	Created   time.Time          `json:"created,omitzero"`
	Updated   time.Time          `json:"updated,omitzero"`
}

// Receiver is one receiver of a flow.
type Receiver struct {
	Endpoint EndpointRef        `json:"endpoint"`
	At       *PortRef           `json:"at,omitempty"` // absent: the endpoint was not found yet
	State    core.ReceiverState `json:"state"`
	Reason   string             `json:"reason,omitempty"`
	Joined   bool               `json:"joined"` // a standing IGMP membership asks for the flow
	Since    time.Time          `json:"since,omitzero"`
	Path     []Hop              `json:"path"` // empty at the sender's own switch, or without a path
}

// Membership is what one host asks for by IGMP.
type Membership struct {
	Group    netip.Addr   `json:"group"`
	MAC      topology.MAC `json:"mac"`
	Addr     netip.Addr   `json:"addr,omitzero"`
	At       PortRef      `json:"at"`
	Mode     string       `json:"mode"` // "INCLUDE" or "EXCLUDE" (RFC 3376 §2)
	Sources  []netip.Addr `json:"sources"`
	Version  string       `json:"version"`            // "IGMPv3"
	Endpoint *EndpointRef `json:"endpoint,omitempty"` // absent: none is registered there
	Flows    []FlowRef    `json:"flows"`              // what it gets by this
	Verdict  string       `json:"verdict"`            // "allowed", or why not
	Since    time.Time    `json:"since,omitzero"`
	Expires  time.Time    `json:"expires,omitzero"`
}

// Denial is one thing that a host asked for or sent and was not allowed.
type Denial struct {
	Kind     core.DenialKind `json:"kind"` // "join", "send", "host", "query" or "report"
	MAC      topology.MAC    `json:"mac"`
	Addr     netip.Addr      `json:"addr,omitzero"`
	At       PortRef         `json:"at"`
	Group    netip.Addr      `json:"group"`
	Sources  []netip.Addr    `json:"sources"` // what a join named; empty: any source
	Endpoint *EndpointRef    `json:"endpoint,omitempty"`
	Reason   string          `json:"reason"`
	Count    uint64          `json:"count"`
	First    time.Time       `json:"first,omitzero"`
	Last     time.Time       `json:"last,omitzero"`
}

// Side picks what to show of a switch's tables.
type Side string

// Sides of a switch's tables.
const (
	SideHave Side = "have" // what the switch holds, read from it
	SideWant Side = "want" // what it should hold
	SideDiff Side = "diff" // lines that only one side has
)

// Mark tells on which side of a diff a line is.
type Mark string

// Marks of a line.
const (
	MarkNone    Mark = ""  // not a diff
	MarkMissing Mark = "+" // wanted, and the switch does not have it
	MarkSurplus Mark = "-" // the switch has it, and it is not wanted
)

// Tables is what a switch holds, should hold, or where the two differ.
type Tables struct {
	Revision   uint64            `json:"revision"`
	At         time.Time         `json:"at"`
	Switch     topology.SwitchID `json:"switch"`
	SwitchName string            `json:"switch_name"`
	Side       Side              `json:"side"`
	Have       int               `json:"have"` // lines on that side, before the filter
	Want       int               `json:"want"`
	Lines      []TableLine       `json:"lines"`
}

// TableLine is one meter, group or flow entry.
type TableLine struct {
	Mark Mark   `json:"mark,omitempty"`
	Text string `json:"text"` // in the notation of ovs-ofctl
	// Purpose is what the line is there for, in a few words: a flow's label or "<source> → <group>", an endpoint's label with its address,
	// or the kind of traffic.
	Purpose string `json:"purpose"`
	// Kind is the kind of owner, as package flows names it.
	Kind     string       `json:"kind"`
	Flow     *FlowRef     `json:"flow,omitempty"`     // the flow that it serves
	Endpoint *EndpointRef `json:"endpoint,omitempty"` // the endpoint that it serves
}

// Session is one open OpenFlow session and what it counted since it began.
type Session struct {
	Switch     topology.SwitchID `json:"switch"`
	SwitchName string            `json:"switch_name,omitempty"`
	Peer       string            `json:"peer"` // the switch's address and port
	Since      time.Time         `json:"since"`
	In         MessageCounts     `json:"in"`  // from the switch
	Out        MessageCounts     `json:"out"` // to it, what waits included
	// QueueBytes wait to be written; QueuePeakBytes is the most that ever did.
	QueueBytes     int `json:"queue_bytes"`
	QueuePeakBytes int `json:"queue_peak_bytes"`
	// Pending counts requests and batches that await an answer.
	Pending int `json:"pending"`
	// Batch is from sending a program to the answer to its last barrier; Request to the whole answer to a question; Echo is the keep-alive of a
	// switch that is silent.
	Batch   RoundTrips `json:"batch"`
	Request RoundTrips `json:"request"`
	Echo    RoundTrips `json:"echo"`

	Errors      uint64 `json:"errors"`       // OFPT_ERROR messages from the switch
	ParseErrors uint64 `json:"parse_errors"` // messages from the switch that could not be read
	Unmatched   uint64 `json:"unmatched"`    // messages from the switch that have no place: late answers, commands
	Dropped     uint64 `json:"dropped"`      // packet-ins beyond what is kept during the handshake
	QueueFull   uint64 `json:"queue_full"`   // times that something was not sent because too much waited
}

// MessageCounts counts messages of one direction and their bytes, headers included.
type MessageCounts struct {
	Messages uint64                  `json:"messages"`
	Bytes    uint64                  `json:"bytes"`
	Types    map[string]MessageCount `json:"types"` // those of which there was one, by their names without "OFPT_"
}

// MessageCount is the part of one message type.
type MessageCount struct {
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
}

// RoundTrips sums up times from a question to its answer, in seconds; all are 0 while there was none.
type RoundTrips struct {
	Count uint64  `json:"count"`
	Last  float64 `json:"last_seconds"`
	Mean  float64 `json:"mean_seconds"`
	Max   float64 `json:"max_seconds"`
}

// Counters count what happened since start. Names and meanings are those of [core.Counters].
type Counters struct {
	PacketIns       uint64 `json:"packet_ins"`
	Joins           uint64 `json:"joins"`
	Leaves          uint64 `json:"leaves"`
	DeniedJoins     uint64 `json:"denied_joins"`
	DeniedSenders   uint64 `json:"denied_senders"`
	Reroutes        uint64 `json:"reroutes"`
	Batches         uint64 `json:"batches"`
	RefusedItems    uint64 `json:"refused_items"`
	DriftRepaired   uint64 `json:"drift_repaired"`
	ForgedLLDP      uint64 `json:"forged_lldp"`
	SpoofedLLDP     uint64 `json:"spoofed_lldp"`
	SpoofedARP      uint64 `json:"spoofed_arp"`
	SpoofedIGMP     uint64 `json:"spoofed_igmp"`
	HeldDown        uint64 `json:"held_down"`
	Malformed       uint64 `json:"malformed"`
	LocationClashes uint64 `json:"location_clashes"`
	SpoofedRouters  uint64 `json:"spoofed_routers"`
	Unanswered      uint64 `json:"unanswered"`
	Refusals        uint64 `json:"refusals"`
	DroppedReports  uint64 `json:"dropped_reports"`
	IgnoredReports  uint64 `json:"ignored_reports"`
	ForeignQueries  uint64 `json:"foreign_queries"`
}

// Version says what is running.
type Version struct {
	Version  string `json:"version"`            // of Crosspoint
	Revision string `json:"revision,omitempty"` // of its source
	Go       string `json:"go"`                 // the toolchain that built it
	Platform string `json:"platform"`           // operating system and processor
}

// Health says how the controller and its switches are.
type Health struct {
	// Status is "ok" when every known switch is connected and in sync and changes can be saved, else "degraded". A controller that does not
	// answer has none: the request fails with status 503.
	Status    string    `json:"status"`
	Revision  uint64    `json:"revision"`
	At        time.Time `json:"at"`
	Switches  int       `json:"switches"`  // known
	Connected int       `json:"connected"` // of them
	InSync    int       `json:"in_sync"`   // of those connected
	// Store is missing when the controller does not tell.
	Store *StoreHealth `json:"store,omitempty"`
}

// StoreHealth says whether what clients are promised survives a restart.
type StoreHealth struct {
	// Reason is why changes cannot be saved, and so are refused; missing when they can.
	Reason   string    `json:"reason,omitempty"`
	Since    time.Time `json:"since,omitzero"` // of the reason
	Unsaved  int       `json:"unsaved"`        // records in force that a restart would lose; they are saved as soon as that works
	Failures uint64    `json:"failures"`       // writes that failed since the controller started
}
