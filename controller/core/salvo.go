package core

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// SalvoReport says how a salvo went.
type SalvoReport struct {
	Switches int // that confirmed something
	// Spread is the time between the first and the last switch that confirmed, of the part of the salvo in which receivers get the new flows.
	Spread time.Duration
}

// spread notes when the switches of an operation confirmed.
type spread struct {
	first, last time.Time
	switches    int
	whole       bool // what comes is not counted
}

func (s *spread) add(now time.Time) {
	if s.whole {
		return
	}
	if s.switches == 0 {
		s.first = now
	}
	s.last = now
	s.switches++
}

func (s *spread) report() *SalvoReport { return &SalvoReport{s.switches, s.last.Sub(s.first)} }

// maxTakes bounds a salvo.
const maxTakes = 4096

// laterBreak is the second half of a salvo: what receivers no longer get, taken away when they have the new. Only then is the salvo over, and until then
// nobody else may change its flows: were it undone, all of it would be.
type laterBreak struct {
	at    time.Time
	op    *operation
	edits map[uuid.UUID]*edit
}

// edit is what changes in a flow's list of receivers.
type edit struct{ add, remove []uuid.UUID }

func editOf(edits map[uuid.UUID]*edit, flow uuid.UUID) *edit {
	if edits[flow] == nil {
		edits[flow] = &edit{}
	}
	return edits[flow]
}

func keysOfSalvo(c Salvo) []uuid.UUID {
	var keys []uuid.UUID
	for _, t := range c.Takes {
		for _, id := range []uuid.UUID{t.From, t.To, t.Receiver} {
			if id != uuid.Nil && !slices.Contains(keys, id) {
				keys = append(keys, id)
			}
		}
	}
	return keys
}

// salvo moves receivers from flow to flow: all are admitted or none, and each switch gets all that it must change as one batch. Receivers that are
// to get both for a moment lose the old flow when the new one has had time to arrive.
func (s *State) salvo(t Ticket, c Salvo) *Refusal {
	if len(c.Takes) == 0 || len(c.Takes) > maxTakes {
		return refuse(Invalid, "takes", "takes: %d are given; 1 to %d", len(c.Takes), maxTakes)
	}
	now, later := map[uuid.UUID]*edit{}, map[uuid.UUID]*edit{}
	for i, take := range c.Takes {
		if why := s.checkTake(take); why != nil {
			why.Field = fmt.Sprintf("takes[%d]", i)
			why.Message = why.Field + ": " + why.Message
			return why
		}
		if take.To != uuid.Nil {
			editOf(now, take.To).add = append(editOf(now, take.To).add, take.Receiver)
		}
		if take.From != uuid.Nil && take.To != uuid.Nil && take.Overlap {
			editOf(later, take.From).remove = append(editOf(later, take.From).remove, take.Receiver)
		} else if take.From != uuid.Nil {
			editOf(now, take.From).remove = append(editOf(now, take.From).remove, take.Receiver)
		}
	}
	op := &operation{ticket: t}
	if why := s.editFlows(op, now); why != nil {
		return why
	}
	if len(later) > 0 {
		op.then = func() {
			op.spread.whole = true
			s.breaks = append(s.breaks, laterBreak{s.now.Add(s.drainTime()), op, later})
		}
	}
	return nil
}

// checkTake says why a take cannot be, whatever room there is.
func (s *State) checkTake(take Take) *Refusal {
	if take.From == take.To {
		return refuse(Invalid, "", "from and to are the same flow, or both are missing")
	}
	if take.From != uuid.Nil {
		f := s.flows[take.From]
		if f == nil {
			return noFlow(take.From)
		}
		if !f.Lists(take.Receiver) {
			return refuse(Invalid, "", "endpoint %s is no receiver of network flow %s", take.Receiver, take.From)
		}
	}
	if take.To == uuid.Nil {
		return nil
	}
	f := s.flows[take.To]
	if f == nil {
		return noFlow(take.To)
	}
	return s.checkReceivers(*f.NetworkFlow, []uuid.UUID{take.Receiver})
}

// editFlows changes the lists of receivers of several flows, all or none, by an operation that may have changed some before. Flows that only lose receivers
// come first, so that what they give back is there for the others.
func (s *State) editFlows(op *operation, edits map[uuid.UUID]*edit) *Refusal {
	order := sortedKeysBy(edits, func(a, b uuid.UUID) int {
		if x, y := len(edits[a].add) > 0, len(edits[b].add) > 0; x != y {
			if y {
				return -1
			}
			return 1
		}
		return byClass(s.flows[a], s.flows[b])
	})
	var restores []func()
	for _, id := range order {
		restore, why := s.editFlow(s.flows[id], edits[id])
		if why != nil {
			for i, restore := range slices.Backward(restores) {
				restore()
				s.reserve(s.flows[order[i]], nil)
			}
			return why
		}
		restores = append(restores, restore)
	}
	for _, id := range order {
		op.keys = append(op.keys, id)
		op.owners = append(op.owners, s.flows[id].owners()...)
	}
	committed, undone := op.commit, op.undo
	op.commit = func() Result {
		if committed != nil {
			committed()
		}
		for _, id := range order {
			s.commitFlow(s.flows[id], "receivers taken")
		}
		return Result{Salvo: op.spread.report()}
	}
	op.undo = func() {
		for _, restore := range restores {
			restore()
		}
		if undone != nil {
			undone()
		}
		for _, id := range order {
			s.replan(s.flows[id])
		}
	}
	s.begin(op)
	for _, id := range order {
		s.program(s.flows[id], op)
	}
	return nil
}

// editFlow changes one flow's list of receivers and finds it a place. What it gives up is free for the rest of the salvo at once.
func (s *State) editFlow(f *flow, e *edit) (restore func(), why *Refusal) {
	restore, why = s.redefine(f, len(e.add) == 0, func(f *flow) {
		for _, r := range e.remove {
			delete(f.left, r)
			f.Receivers = slices.DeleteFunc(f.Receivers, func(have uuid.UUID) bool { return have == r })
		}
		for _, r := range e.add {
			delete(f.left, r)
			if !f.Lists(r) {
				f.Receivers = append(f.Receivers, r)
			}
		}
	})
	if why == nil && len(e.add) == 0 {
		s.reserve(f, nil)
	}
	return restore, why
}

// breakDue begins the second halves of salvos whose time has come.
func (s *State) breakDue() {
	for len(s.breaks) > 0 && !s.now.Before(s.breaks[0].at) {
		due := s.breaks[0]
		s.breaks = s.breaks[1:]
		due.op.removes = true
		_ = s.editFlows(due.op, due.edits) // what only removes is not refused
	}
}
