package core

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// operation is an intent that was admitted and waits for the switches. It ends in exactly one of two ways: every switch that it
// changed has confirmed, and it is made durable, visible and answered; or a switch refused, went away or was late, and it is undone.
type operation struct {
	ticket   Ticket
	deadline time.Time
	keys     []uuid.UUID   // resources that nobody else may change meanwhile
	owners   []flows.Owner // whose entries it changes
	removes  bool          // it only takes things away: a switch that is not there cannot stand in its way
	waits    map[topology.SwitchID]uint64
	rollouts int // rollouts of which the last step was not issued yet
	commit   func() Result
	then     func() // goes on when that much is confirmed; nil: the operation ends
	undo     func()
	spread   spread
}

func (op *operation) finished() bool { return op.rollouts == 0 && len(op.waits) == 0 }

// begin registers an operation; the caller then rolls out what it changes.
func (s *State) begin(op *operation) *operation {
	op.deadline = s.now.Add(s.cfg.Deadline)
	op.waits = map[topology.SwitchID]uint64{}
	s.ops = append(s.ops, op)
	s.changed.resources(op.keys)
	for _, k := range op.keys {
		s.busy[k] = op
	}
	return op
}

// operationOf finds the operation that changes an owner's entries.
func (s *State) operationOf(o flows.Owner) *operation {
	for _, op := range s.ops {
		if slices.Contains(op.owners, o) {
			return op
		}
	}
	return nil
}

// completeOperations ends what every switch has confirmed, and reports whether there was any.
func (s *State) completeOperations() bool {
	any := false
	for _, op := range slices.Clone(s.ops) {
		if then := op.then; op.finished() && then != nil {
			op.then = nil
			s.pause(op)
			then()
		} else if op.finished() && s.end(op) {
			any = true
			s.emit(Reply{Ticket: op.ticket, Result: op.commit()})
		}
	}
	if any {
		s.runWaiting()
	}
	return any
}

// fail undoes an operation and says why.
func (s *State) fail(op *operation, why *Refusal) {
	if !s.end(op) {
		return
	}
	op.undo()
	s.answer(op.ticket, Result{}, why)
	s.runWaiting()
}

// pause takes an operation off the list that goes on later. What it changes stays its own.
func (s *State) pause(op *operation) {
	s.ops = slices.DeleteFunc(s.ops, func(o *operation) bool { return o == op })
}

// end takes an operation off the list; false if it was ended before.
func (s *State) end(op *operation) bool {
	i := slices.Index(s.ops, op)
	if i < 0 {
		return false
	}
	s.ops = slices.Delete(s.ops, i, i+1)
	s.changed.resources(op.keys)
	for _, k := range op.keys {
		delete(s.busy, k)
	}
	return true
}

// expireOperations undoes what the switches did not confirm in time.
func (s *State) expireOperations() {
	for len(s.ops) > 0 && !s.now.Before(s.ops[0].deadline) {
		op := s.ops[0]
		s.fail(op, refuse(TimedOut, "", "%s did not confirm within %v; nothing was changed", s.lateFor(op), s.cfg.Deadline))
	}
}

// lateFor names a switch that an operation waits for.
func (s *State) lateFor(op *operation) string {
	late := slices.Collect(maps.Keys(op.waits))
	for _, o := range op.owners {
		if r := s.rollouts[o]; r != nil {
			late = slices.AppendSeq(late, maps.Keys(r.waiting))
		}
	}
	if len(late) == 0 {
		return "switches"
	}
	return "switch " + s.name(slices.Min(late))
}

// answer replies to an intent that is over.
func (s *State) answer(t Ticket, r Result, why *Refusal) {
	reply := Reply{Ticket: t, Result: r}
	if why != nil {
		s.counters.Refusals++
		reply.Err = why
	}
	s.emit(reply)
}

// intent carries out a client's wish, now or when whoever works on the same resource is through.
func (s *State) intent(in Intent) {
	keys := s.keysOf(in.Change)
	if s.mustWait(keys) {
		if len(s.waiting) >= s.cfg.MaxWaitingIntents {
			s.answer(in.Ticket, Result{}, refuse(Busy, "", "%d requests wait already; try again", len(s.waiting)))
			return
		}
		s.waiting = append(s.waiting, in)
		return
	}
	s.carryOut(in)
}

// mustWait reports whether a resource is being changed, or somebody waits for it already.
func (s *State) mustWait(keys []uuid.UUID) bool {
	for _, k := range keys {
		if s.busy[k] != nil {
			return true
		}
	}
	return slices.ContainsFunc(s.waiting, func(w Intent) bool {
		return slices.ContainsFunc(s.keysOf(w.Change), func(k uuid.UUID) bool { return slices.Contains(keys, k) })
	})
}

// runWaiting gives everyone who waits another try, in order of arrival.
func (s *State) runWaiting() {
	line := s.waiting
	s.waiting = nil
	for _, in := range line {
		s.intent(in)
	}
}

// keysOf lists the resources that a change reads or writes.
func (s *State) keysOf(c Change) []uuid.UUID {
	switch c := c.(type) {
	case PutEndpoint:
		return append(s.keysOfAddr(c.Endpoint.Addr), c.Endpoint.ID)
	case PatchEndpoint:
		keys := s.keysOfEndpoint(c.ID)
		if c.Patch.Addr != nil {
			keys = append(keys, s.keysOfAddr(*c.Patch.Addr)...)
		}
		return keys
	case DeleteEndpoint:
		return s.keysOfEndpoint(c.ID)
	case PutFlow:
		keys := append([]uuid.UUID{c.Flow.ID, c.Flow.Sender}, c.Flow.Receivers...)
		for other := range s.flowsTo(c.Flow.Group) {
			if other.Sender == c.Flow.Sender {
				keys = append(keys, other.ID) // whether it stands in the way is known when it is there, or gone
			}
		}
		return keys
	case PatchFlow:
		return []uuid.UUID{c.ID}
	case DeleteFlow:
		return []uuid.UUID{c.ID}
	case AddReceivers:
		return append([]uuid.UUID{c.Flow}, c.Receivers...)
	case RemoveReceiver:
		return []uuid.UUID{c.Flow}
	case Salvo:
		return keysOfSalvo(c)
	case PairFlows:
		return c.Legs[:]
	}
	return nil
}

func (s *State) keysOfEndpoint(id uuid.UUID) []uuid.UUID {
	keys := []uuid.UUID{id}
	for _, f := range s.flowsUsing(id) {
		keys = append(keys, f.ID)
	}
	return keys
}

// carryOut does what a client wants.
func (s *State) carryOut(in Intent) {
	var why *Refusal
	switch c := in.Change.(type) {
	case PutEndpoint:
		why = s.putEndpoint(in.Ticket, c.Endpoint)
	case PatchEndpoint:
		why = s.patchEndpoint(in.Ticket, c)
	case DeleteEndpoint:
		why = s.deleteEndpoint(in.Ticket, c.ID)
	case PutFlow:
		why = s.putFlow(in.Ticket, c.Flow)
	case PatchFlow:
		why = s.patchFlow(in.Ticket, c)
	case DeleteFlow:
		why = s.deleteFlow(in.Ticket, c.ID)
	case AddReceivers:
		why = s.addReceivers(in.Ticket, c)
	case RemoveReceiver:
		why = s.removeReceiver(in.Ticket, c)
	case Drain:
		why = s.drain(in.Ticket, c)
	case Undrain:
		why = s.undrain(in.Ticket, c)
	case Optimise:
		why = s.optimise(in.Ticket, c)
	case Salvo:
		why = s.salvo(in.Ticket, c)
	case PairFlows:
		why = s.pairFlows(in.Ticket, c)
	case UnpairFlows:
		why = s.unpairFlows(in.Ticket, c)
	}
	if why != nil {
		s.answer(in.Ticket, Result{}, why)
	}
}

// keysOfAddr lists the endpoint that has an address, or is about to have or to lose it.
func (s *State) keysOfAddr(addr netip.Addr) []uuid.UUID {
	if e := s.byAddr[addr]; e != nil {
		return []uuid.UUID{e.ID}
	}
	return nil
}
