package core

import (
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// Effect is what the shell must do, in the order given. The set is closed.
type Effect interface{ effect() }

// Order is an effect that is for a switch. It is given as soon as it is known, since packets wait for it; what is to be kept, answered and told follows.
type Order interface {
	Effect
	order()
}

// Program has a switch apply a batch; answered by BatchDone. At most one is in flight a switch.
type Program struct {
	Switch topology.SwitchID
	Conn   Conn
	Seq    uint64
	Batch  flows.Batch
	// Unhurried says that nobody waits for the answer. It is asked for when Hurry comes, so that the switch gets to what it is told before it has
	// to answer.
	Unhurried bool
}

// Hurry asks a switch to confirm its unhurried batch: somebody waits for it after all, or some time has passed.
type Hurry struct {
	Switch topology.SwitchID
	Conn   Conn
}

// Send has a switch send packets. Not answered: what is lost is sent again by a timer.
type Send struct {
	Switch   topology.SwitchID
	Conn     Conn
	Messages []openflow.Message
}

// ReadTables reads flows, groups and meters back; answered by TablesRead.
type ReadTables struct {
	Switch topology.SwitchID
	Conn   Conn
	Seq    uint64
}

// ReadCounters reads the counters of entries by cookie; answered by CountersRead.
type ReadCounters struct {
	Switch       topology.SwitchID
	Conn         Conn
	Cookie, Mask uint64
}

// Disconnect ends a session that the state refuses.
type Disconnect struct {
	Switch topology.SwitchID
	Conn   Conn
	Reason string
}

// Save makes records durable. A Reply that comes after it may be sent only once it is.
type Save struct{ Records []Record }

// Reply answers an intent.
type Reply struct {
	Ticket Ticket
	Result Result
	Err    error // *Refusal, or nil
}

// Result is the resource as the intent left it, or what the intent did to many; all nil after a delete.
type Result struct {
	Endpoint *flows.Endpoint
	Flow     *flows.NetworkFlow
	Moves    *MoveReport
	Salvo    *SalvoReport
}

// Note is something a person should know: it goes to the log, and to the audit log when Audit is set.
type Note struct {
	Audit   bool
	Warn    bool
	Message string
	Fields  []Field
}

// Field is one named value of a note.
type Field struct{ Key, Value string }

func (Program) order()      {}
func (Hurry) order()        {}
func (Send) order()         {}
func (ReadTables) order()   {}
func (ReadCounters) order() {}
func (Disconnect) order()   {}

func (Program) effect()      {}
func (Hurry) effect()        {}
func (Send) effect()         {}
func (ReadTables) effect()   {}
func (ReadCounters) effect() {}
func (Disconnect) effect()   {}
func (Save) effect()         {}
func (Reply) effect()        {}
func (Note) effect()         {}
