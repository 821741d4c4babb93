package core

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// MoveReport says what a change of many trees did, or would do.
type MoveReport struct {
	Moves []FlowMove // highest class first
	Stuck []StuckFlow
}

// FlowMove is one flow that moves to another tree.
type FlowMove struct {
	Flow          uuid.UUID
	Before, After []topology.Link
}

// StuckFlow is a flow that stays where it is although it should move.
type StuckFlow struct {
	Flow     uuid.UUID
	Receiver uuid.UUID // of which the way would be lost; Nil: the flow as a whole
	Reason   string
}

// plan is a set of flows with new places, which are reserved beside the old ones.
type plan struct {
	report MoveReport
	flows  []*flow
	places []placement // where each would be if it were not where it is
}

// plan gives flows new places, one after the other. A flow whose new place would leave a receiver out that has one now stays, and so does one
// for which there is no room beside what all others have and will have.
func (s *State) plan(candidates []*flow, place func(*flow) (placement, bool)) *plan {
	p := &plan{}
	for _, f := range candidates {
		next, moves := place(f)
		if !moves {
			continue
		}
		if s.busy[f.ID] != nil || f.deleting {
			p.report.Stuck = append(p.report.Stuck, StuckFlow{Flow: f.ID, Reason: "it is being changed"})
			continue
		}
		if stuck := s.wouldLose(f, next); len(stuck) > 0 {
			p.report.Stuck = append(p.report.Stuck, stuck...)
			continue
		}
		p.flows, p.places = append(p.flows, f), append(p.places, f.place)
		f.place = next
		s.reserve(f, nil) // the next flow is to find things as they will be
	}
	p.swap(s)
	p.admit(s)
	return p
}

// swap puts every flow back, the last first, and remembers where it would have gone; and the other way round.
func (p *plan) swap(s *State) {
	for i, f := range slices.Backward(p.flows) {
		f.place, p.places[i] = p.places[i], f.place
		s.reserve(f, nil)
	}
}

// admit reserves new places beside the old ones.
func (p *plan) admit(s *State) {
	flows, places := p.flows, p.places
	p.flows, p.places = nil, nil
	for i, f := range flows {
		both := places[i].channels(f.Reservation())
		maps.Copy(both, f.place.channels(f.Reservation()))
		if err := s.ledger.Set(f.holder(), both); err != nil {
			p.report.Stuck = append(p.report.Stuck, StuckFlow{Flow: f.ID, Reason: "there is no room for its two trees at once"})
			continue
		}
		p.report.Moves = append(p.report.Moves, FlowMove{f.ID, treeLinks(f.place), treeLinks(places[i])})
		p.flows, p.places = append(p.flows, f), append(p.places, f.place)
		f.place = places[i]
	}
}

// wouldLose lists the receivers that have a place now, and would have none.
func (s *State) wouldLose(f *flow, next placement) []StuckFlow {
	var out []StuckFlow
	for _, r := range f.Receivers {
		if _, has := f.place.at.get(r); !has {
			continue
		}
		if why, lost := next.out[r]; lost {
			out = append(out, StuckFlow{f.ID, r, why.reason})
		}
	}
	return out
}

// carryOutPlan moves the flows of a plan as one operation: done is called when all have moved, undone when they are put back.
func (s *State) carryOutPlan(t Ticket, p *plan, done, undone func()) {
	op := &operation{
		ticket: t,
		commit: func() Result {
			for _, f := range p.flows {
				s.reserve(f, nil)
				s.noteLeftOut(f)
				s.saveFlow(f)
			}
			done()
			return Result{Moves: &p.report}
		},
		undo: func() {
			undone()
			p.swap(s)
			for _, f := range p.flows {
				s.replan(f)
			}
		},
	}
	for _, f := range p.flows {
		op.keys = append(op.keys, f.ID)
		op.owners = append(op.owners, f.owners()...)
	}
	s.begin(op)
	for _, f := range p.flows {
		s.program(f, op)
	}
}
