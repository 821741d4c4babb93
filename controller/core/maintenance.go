package core

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

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

// drained reports whether a link, or a switch at one of its ends, is drained.
func (s *State) drained(l topology.Link) bool {
	if len(s.parked) == 0 {
		return false
	}
	for _, p := range []SwitchOrCable{{Switch: l.From.Switch}, {Switch: l.To.Switch}, cable(l)} {
		if _, is := s.parked[p]; is {
			return true
		}
	}
	return false
}

// cable names the cable of a link, whichever its direction.
func cable(l topology.Link) SwitchOrCable {
	end := l.From
	if l.To.Compare(end) < 0 {
		end = l.To
	}
	return SwitchOrCable{end.Switch, end.Port}
}

func (p SwitchOrCable) key() string { return fmt.Sprintf("%s %d", p.Switch, p.Port) }

// linkOf is the link that a channel out of a port feeds; false for a port to a host.
func (s *State) linkOf(c topology.Channel) (topology.Link, bool) {
	peer, is := s.graph.Peer(c.PortRef)
	return topology.Link{From: c.PortRef, To: peer}, is && !c.Ingress
}

func (s *State) linkName(l topology.Link) string {
	return "the link " + s.portName(l.From) + " to " + s.portName(l.To)
}

// partOf gives what a client wants drained the one name that it has in parked.
func (s *State) partOf(what SwitchOrCable) (SwitchOrCable, *Refusal) {
	if s.switches[what.Switch] == nil {
		return what, refuse(NotFound, "", "no switch %s is known", what.Switch)
	}
	if _, already := s.parked[what]; already || what.Port == 0 {
		return what, nil // a drained cable keeps its name while it is unplugged
	}
	at := topology.PortRef{Switch: what.Switch, Port: what.Port}
	peer, is := s.graph.Peer(at)
	if !is {
		return what, refuse(NotFound, "", "port %s of switch %s leads to no other switch", s.portName(at), s.name(what.Switch))
	}
	return cable(topology.Link{From: at, To: peer}), nil
}

// drain moves what runs over a part of the network to elsewhere, and keeps it free.
func (s *State) drain(t Ticket, c Drain) *Refusal {
	part, why := s.partOf(c.What)
	if why != nil {
		return why
	}
	_, before := s.parked[part]
	s.parked[part] = struct{}{}
	unpark := func() {
		if !before {
			delete(s.parked, part)
		}
	}
	plan := s.plan(s.sortedFlows(), func(f *flow) (placement, bool) {
		if !slices.ContainsFunc(treeLinks(f.place), s.drained) {
			return placement{}, false
		}
		return s.placeKeeping(f, func(l topology.Link) bool { return s.graph.Usable(l) && !s.drained(l) }), true
	})
	if c.Try {
		plan.swap(s)
		unpark()
		s.emit(Reply{Ticket: t, Result: Result{Moves: &plan.report}})
		return nil
	}
	s.carryOutPlan(t, plan, func() {
		s.save(RecordDrain, part.key(), part)
		s.soon(&s.timers.stations, 0)
		s.spanWithin(0)
		s.note(true, false, "drained", "switch", s.name(part.Switch), "flows that stay", strconv.Itoa(len(plan.report.Stuck)))
	}, unpark)
	return nil
}

func (s *State) undrain(t Ticket, c Undrain) *Refusal {
	part, why := s.partOf(c.What)
	if why != nil {
		return why
	}
	if _, is := s.parked[part]; !is {
		return refuse(NotFound, "", "switch %s port %d is not drained", s.name(part.Switch), part.Port)
	}
	delete(s.parked, part)
	s.save(RecordDrain, part.key(), nil)
	s.soon(&s.timers.stations, 0)
	s.soon(&s.timers.replan, settleTime)
	s.note(true, false, "in use again", "switch", s.name(part.Switch))
	s.emit(Reply{Ticket: t})
	return nil
}

// optimise gives each flow the tree that it would get if it came now, when that is a better one.
func (s *State) optimise(t Ticket, c Optimise) *Refusal {
	plan := s.plan(s.sortedFlows(), func(f *flow) (placement, bool) {
		if f.place.tree == nil {
			return placement{}, false
		}
		fresh := s.placeKeeping(f, func(topology.Link) bool { return false })
		return fresh, len(fresh.out) <= len(f.place.out) && s.better(f, fresh)
	})
	if c.Try {
		plan.swap(s)
		s.emit(Reply{Ticket: t, Result: Result{Moves: &plan.report}})
		return nil
	}
	s.carryOutPlan(t, plan, func() {
		s.soon(&s.timers.replan, 0)
		s.note(true, false, "optimised", "flows moved", strconv.Itoa(len(plan.report.Moves)))
	}, func() {})
	return nil
}

// better reports whether a place keeps a flow further from the other leg of its essence than the one that it has; or no nearer, with fewer links; or
// with as many, of which the fullest is clearly less full.
func (s *State) better(f *flow, fresh placement) bool {
	apartNow, apartThen := s.shared(f), s.sharedBy(f, fresh)
	if apartThen.less(apartNow) || apartNow.less(apartThen) {
		return apartThen.less(apartNow)
	}
	now, then := treeLinks(f.place), treeLinks(fresh)
	if len(now) != len(then) {
		return len(then) < len(now)
	}
	return s.fullest(f, then)+worthwhile < s.fullest(f, now)
}

// worthwhile is by how many thousandths of its limit the fullest link of a flow must become emptier for a move.
const worthwhile = 50

// fullest is how full the fullest of some links is when a flow is on it, in thousandths of its limit.
func (s *State) fullest(f *flow, links []topology.Link) uint64 {
	var most uint64
	for _, l := range links {
		c := l.Channel()
		limit := s.ledger.Limit(c)
		if limit == 0 {
			continue
		}
		used := limit - min(limit, s.ledger.FreeFor(f.holder(), c)) + f.Reservation()
		most = max(most, uint64(used)*1000/uint64(limit))
	}
	return most
}

func treeLinks(p placement) []topology.Link {
	if p.tree == nil {
		return nil
	}
	return p.tree.Links()
}

func (s *State) sortedFlows() []*flow { return slices.SortedFunc(maps.Values(s.flows), byClass) }

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
