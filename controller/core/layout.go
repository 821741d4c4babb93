package core

import (
	"slices"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// layout is what the switches are to do for a flow: let it in at the sender, and send it on towards the receivers that are to get it now.
type layout struct {
	stream flows.Stream
	// parts are of all switches of the flow's place, those without a branch now too: what a join changes is branches alone.
	parts map[topology.SwitchID]flows.Part
	// serves counts the receivers that get the flow by a port.
	serves map[topology.PortRef]int
}

// layoutOf makes the layout of a flow in its place.
func (s *State) layoutOf(f *flow) layout {
	l := layout{s.streamOf(f), map[topology.SwitchID]flows.Part{}, map[topology.PortRef]int{}}
	if root := f.place.sender; root != nil {
		l.parts[root.Switch] = flows.Part{In: root.Port, Sender: true}
	}
	if tree := f.place.tree; tree != nil {
		for id, link := range tree.In {
			l.parts[id] = flows.Part{In: link.To.Port}
		}
	}
	for r, at := range f.place.at {
		active := f.place.sender != nil && s.active(f, r)
		if active {
			l.serve(f.place.tree.PathTo(at.Switch), at, 1)
		}
		s.stampActive(f, r, active)
	}
	for r := range f.activeSince {
		if _, placed := f.place.at[r]; !placed {
			delete(f.activeSince, r)
		}
	}
	return l
}

// serve begins (by 1) or ends (by -1) that a receiver gets the flow, and lists the switches that have something else to do for that.
func (l layout) serve(path []topology.Link, at topology.PortRef, by int) (changed []topology.SwitchID) {
	for _, link := range path {
		if l.count(link.From, by) {
			p := l.parts[link.From.Switch]
			p.Links = toggled(p.Links, link.From.Port, by > 0)
			l.parts[link.From.Switch] = p
			changed = append(changed, link.From.Switch)
		}
	}
	if l.count(at, by) {
		p := l.parts[at.Switch]
		p.Edges = toggled(p.Edges, at.Port, by > 0)
		l.parts[at.Switch] = p
		changed = append(changed, at.Switch)
	}
	return changed
}

// count reports whether the first receiver came to a port, or the last one left it.
func (l layout) count(at topology.PortRef, by int) bool {
	l.serves[at] += by
	n := l.serves[at]
	if n == 0 {
		delete(l.serves, at)
	}
	return n == 0 || n == 1 && by > 0
}

// toggled is a sorted list of ports with or without one. The list given is not changed.
func toggled(ports []topology.PortID, p topology.PortID, in bool) []topology.PortID {
	at, is := slices.BinarySearch(ports, p)
	switch {
	case is == in:
		return ports
	case in:
		return slices.Insert(slices.Clone(ports), at, p)
	default:
		return slices.Delete(slices.Clone(ports), at, at+1)
	}
}

// moves reports whether some switch that stays takes the flow from another side in the next layout.
func (l layout) moves(next layout) bool {
	for id, p := range next.parts {
		if old, was := l.parts[id]; was && old.In != p.In {
			return true
		}
	}
	return false
}

// compile makes the branches of a layout in a version, for each switch that has any part in it.
func (l layout) compile(v flows.Version) step {
	out := step{}
	for id, p := range l.parts {
		out[id] = flows.Compile(l.stream, v, p)
	}
	return out
}

// to compiles what differs between a layout and the next.
func (l layout) to(next layout, v flows.Version) step {
	changed := step{}
	for id, p := range next.parts {
		if old, was := l.parts[id]; !was || next.stream != l.stream || !old.Equal(p) {
			changed[id] = flows.Compile(next.stream, v, p)
		}
	}
	for id := range l.parts {
		if _, stays := next.parts[id]; !stays {
			changed[id] = flows.Tables{}
		}
	}
	return changed
}

// reactivate brings one receiver's getting a flow, or not, to what it asks for now. It is program for the one change that comes often, and its work
// does not grow with the number of receivers.
func (s *State) reactivate(f *flow, receiver uuid.UUID) {
	_, was := f.activeSince[receiver]
	at, placed := f.place.at[receiver]
	is := placed && s.active(f, receiver)
	if r := s.rollouts[f.branches()]; f.deleting || f.move != nil || f.unknown || f.untidy || was && !placed || r != nil && r.staged() {
		s.program(f)
		return
	}
	if was == is {
		return
	}
	by := 1
	if !is {
		by = -1
	}
	changed := step{}
	for _, id := range f.layout.serve(f.place.tree.PathTo(at.Switch), at, by) {
		changed[id] = flows.Compile(f.layout.stream, f.version, f.layout.parts[id])
	}
	s.stampActive(f, receiver, is)
	s.roll(f.branches(), nil, changed)
}
