package core

import (
	"fmt"
	"slices"
	"strconv"

	"crosspoint/topology"
)

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
