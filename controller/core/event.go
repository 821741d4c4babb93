package core

import (
	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// Event is something that happened: a switch spoke, a client asked, time passed. The set is closed.
type Event interface{ event() }

// Conn numbers a control connection, so that what comes late from an old one is told from the new one. Never reused.
type Conn uint64

// SwitchUp says that a session with a switch was opened and its handshake done.
type SwitchUp struct {
	Switch topology.SwitchID
	Conn   Conn
	Remote string // the peer's address and port
	Desc   openflow.Desc
	Ports  []topology.Port
}

// SwitchDown says that a session ended.
type SwitchDown struct {
	Switch topology.SwitchID
	Conn   Conn
	Reason string
}

// PacketIn is a packet that a switch punted.
type PacketIn struct {
	Switch  topology.SwitchID
	Conn    Conn
	Message *openflow.PacketIn
}

// PortChange is a PORT_STATUS.
type PortChange struct {
	Switch topology.SwitchID
	Conn   Conn
	Gone   bool // the port was deleted
	Port   topology.Port
}

// TablesRead answers the effect ReadTables.
type TablesRead struct {
	Switch topology.SwitchID
	Conn   Conn
	Seq    uint64
	Have   flows.Tables
	Err    error // reading failed; Have is empty
}

// CountersRead answers the effect ReadCounters: packets and bytes of each entry, by cookie.
type CountersRead struct {
	Switch   topology.SwitchID
	Conn     Conn
	Counters []Counter
}

// Counter is what one entry has matched since it was installed.
type Counter struct {
	Cookie  uint64
	Packets uint64
	Bytes   uint64
}

// BatchDone answers the effect Program.
type BatchDone struct {
	Switch  topology.SwitchID
	Conn    Conn
	Seq     uint64
	Err     error // nothing is known of the batch: no barrier was answered
	Refused []flows.Refusal
}

// Tick says that time has passed; see State.Next.
type Tick struct{}

// Ticket marks the intent that a Reply answers. Given by the shell; 0 for nobody.
type Ticket uint64

// Intent is what a client wants changed. It is answered by exactly one Reply with the same ticket.
type Intent struct {
	Ticket Ticket
	Change Change
}

// Change is the content of an intent. The set is closed.
type Change interface{ change() }

// PutEndpoint registers an endpoint.
type PutEndpoint struct{ Endpoint flows.Endpoint }

// PatchEndpoint changes an endpoint's attributes.
type PatchEndpoint struct {
	ID    uuid.UUID
	Patch flows.EndpointPatch
}

// DeleteEndpoint removes an endpoint that no flow names.
type DeleteEndpoint struct{ ID uuid.UUID }

// PutFlow creates a network flow.
type PutFlow struct{ Flow flows.NetworkFlow }

// PatchFlow changes a network flow's attributes.
type PatchFlow struct {
	ID    uuid.UUID
	Patch flows.FlowPatch
}

// DeleteFlow removes a network flow and everything that serves it.
type DeleteFlow struct{ ID uuid.UUID }

// AddReceivers appends authorised receivers to a network flow.
type AddReceivers struct {
	Flow      uuid.UUID
	Receivers []uuid.UUID
}

// RemoveReceiver takes one authorised receiver from a network flow.
type RemoveReceiver struct {
	Flow     uuid.UUID
	Receiver uuid.UUID
}

// Drain takes a switch, or a cable, out of use for maintenance: what can move moves, and nothing new goes there. It is answered with a
// MoveReport.
type Drain struct {
	What SwitchOrCable
	// Try has only said what would happen.
	Try bool
}

// Undrain gives a switch or cable back to use. Nothing moves by that; see Optimise.
type Undrain struct{ What SwitchOrCable }

// SwitchOrCable is a part of the network that can be drained: a cable between two switches, named by the port at one of its ends, or a whole switch.
type SwitchOrCable struct {
	Switch topology.SwitchID
	Port   topology.PortID // 0: the whole switch
}

// Optimise moves flows to better trees, which failures and maintenance left where room was. It is answered with a MoveReport.
type Optimise struct {
	// Try has only said what would happen.
	Try bool
}

// Salvo moves receivers from flow to flow, all of them or none. It is answered with a SalvoReport.
type Salvo struct{ Takes []Take }

// Take moves one receiver from a flow to another.
type Take struct {
	Receiver uuid.UUID
	From     uuid.UUID // Nil: the receiver is only added
	To       uuid.UUID // Nil: the receiver is only removed
	// Overlap has the receiver get both flows for a moment (make before break); else it gets neither for a moment.
	Overlap bool
}

// PairFlows declares two flows legs of one essence (ST 2022-7), which are kept apart. It is answered with a MoveReport.
type PairFlows struct {
	Name string
	Legs [2]uuid.UUID
}

// UnpairFlows takes that back. Nothing moves by that.
type UnpairFlows struct{ Name string }

func (SwitchUp) event()     {}
func (SwitchDown) event()   {}
func (PacketIn) event()     {}
func (PortChange) event()   {}
func (TablesRead) event()   {}
func (CountersRead) event() {}
func (BatchDone) event()    {}
func (Tick) event()         {}
func (Intent) event()       {}

func (PutEndpoint) change()    {}
func (PatchEndpoint) change()  {}
func (DeleteEndpoint) change() {}
func (PutFlow) change()        {}
func (PatchFlow) change()      {}
func (DeleteFlow) change()     {}
func (AddReceivers) change()   {}
func (RemoveReceiver) change() {}
func (Drain) change()          {}
func (Undrain) change()        {}
func (Optimise) change()       {}
func (Salvo) change()          {}
func (PairFlows) change()      {}
func (UnpairFlows) change()    {}
