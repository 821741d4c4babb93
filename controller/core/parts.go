package core

import (
	"cmp"
	"maps"
	"slices"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// program compiles a flow and rolls it out. op may be nil.
func (s *State) program(f *flow, op *operation) {
	if f.deleting {
		return
	}
	stream, parts := s.streamOf(f), s.partsOf(f)
	next := map[topology.SwitchID]flows.Tables{}
	moved := false
	for id, p := range parts {
		old, was := f.parts[id]
		moved = moved || was && old.In != p.In
		if !was || stream != f.stream || !old.Equal(p) {
			next[id] = flows.Compile(stream, p)
		}
	}
	for id := range f.parts {
		if _, stays := parts[id]; !stays {
			next[id] = flows.Tables{}
		}
	}
	f.stream, f.parts = stream, parts
	if !moved {
		s.roll(f.owner(), op, next)
		return
	}
	s.roll(f.owner(), op, s.stages(f, next)...)
}

// programAll compiles a flow for every switch that holds some of it or should, and rolls it out as if it had moved: what was compiled
// last was never issued, or is not what the switches hold, so that the difference to it says nothing.
func (s *State) programAll(f *flow) {
	f.stream, f.parts = s.streamOf(f), s.partsOf(f)
	s.roll(f.owner(), nil, s.stages(f, s.compileAll(f))...)
}

// compileAll compiles every part of a flow, and nothing for the switches that hold some of it and should not.
func (s *State) compileAll(f *flow) step {
	all := step{}
	for id, d := range s.switches {
		if !d.tracker.Wants(f.owner()).Empty() {
			all[id] = flows.Tables{}
		}
	}
	for id, p := range f.parts {
		all[id] = flows.Compile(f.stream, p)
	}
	return all
}

// stages orders the change of a tree in which some switch takes the flow from another side than before: first the switches that hold
// nothing of it yet, then from the leaves of the new tree towards the sender, then the switches that leave the tree. A switch of the old tree
// is changed only when all below it in the new tree have been, so whatever it sends on goes down the new tree only, and nothing that the
// old tree forwards can come back to it. A switch that held nothing is sent nothing by the old tree. So no order of events in between
// makes a loop.
func (s *State) stages(f *flow, next step) []step {
	depths := map[topology.SwitchID]int{}
	if f.place.tree != nil {
		depths = f.place.tree.Depths()
	}
	deepest := 0
	for _, depth := range depths {
		deepest = max(deepest, depth)
	}
	byDepth := map[int]step{}
	for id, t := range next {
		depth, in := depths[id]
		switch {
		case !in:
			depth = -1
		case s.switches[id].tracker.Wants(f.owner()).Empty():
			depth = deepest
		}
		if byDepth[depth] == nil {
			byDepth[depth] = step{}
		}
		byDepth[depth][id] = t
	}
	var out []step
	for _, depth := range slices.Backward(slices.Sorted(maps.Keys(byDepth))) {
		out = append(out, byDepth[depth])
	}
	return out
}

func (s *State) streamOf(f *flow) flows.Stream {
	sender := s.endpoints[f.Sender]
	return flows.Stream{
		Object: f.object, Source: sender.Addr, Group: f.Group, SenderMAC: sender.MAC, Rate: f.Reservation(), DSCP: f.DSCP,
	}
}

// partsOf says what each switch does for a flow: the guard at the sender, and the branches towards the receivers that are to get it now.
func (s *State) partsOf(f *flow) map[topology.SwitchID]flows.Part {
	parts := map[topology.SwitchID]flows.Part{}
	if f.place.sender == nil {
		return parts
	}
	root := *f.place.sender
	parts[root.Switch] = flows.Part{In: root.Port, Sender: true}
	out := map[topology.PortRef]struct{}{}
	active := map[uuid.UUID]struct{}{}
	for r, at := range f.place.at {
		if !s.active(f, r) {
			continue
		}
		active[r] = struct{}{}
		out[at] = struct{}{}
		for _, l := range f.place.tree.PathTo(at.Switch) {
			out[l.From] = struct{}{}
			p := parts[l.To.Switch]
			p.In = l.To.Port
			parts[l.To.Switch] = p
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(out), topology.PortRef.Compare) {
		p := parts[at.Switch]
		p.Out = append(p.Out, at.Port)
		parts[at.Switch] = p
	}
	s.stampActive(f, active)
	return parts
}

// stampActive notes since when each receiver is to get the flow.
func (s *State) stampActive(f *flow, active map[uuid.UUID]struct{}) {
	for r := range f.activeSince {
		if _, still := active[r]; !still {
			delete(f.activeSince, r)
		}
	}
	for r := range active {
		if _, was := f.activeSince[r]; !was {
			f.activeSince[r] = s.now
		}
	}
}

// active reports whether a listed receiver is to get the flow now (IS-06 network-flow.forward_flow): without a join when the flow is
// forwarded, until it leaves; else by its join.
func (s *State) active(f *flow, receiver uuid.UUID) bool {
	if f.Forward && !f.left[receiver] {
		return true
	}
	return s.joined(f, receiver)
}

// joined reports whether a standing membership of the receiver's host asks for the flow.
func (s *State) joined(f *flow, receiver uuid.UUID) bool {
	e := s.endpoints[receiver]
	if e.bound == nil {
		return false
	}
	source := s.endpoints[f.Sender].Addr
	if e.Addr.Is6() {
		return s.members.Wanted(portKey(*e.bound), e.MAC, f.Group, source)
	}
	return s.members.Wants(e.host(), f.Group, source)
}

// byClass orders flows by their DSCP from the highest, then by id: who is served first.
func byClass(a, b *flow) int {
	return cmp.Or(cmp.Compare(b.DSCP.Value(), a.DSCP.Value()), slices.Compare(a.ID[:], b.ID[:]))
}
