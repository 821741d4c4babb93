package core

import (
	"bytes"
	"cmp"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// program brings a flow's layout to the switches. A change that moves no switch's incoming port is made in place, everywhere at once. A tree that
// moves is made beside the old one and then switched to (see move); but rearranged in place where a switch of it cannot be reached, and mended where
// only switches move that a failure has cut off, since they have nothing to lose and that is less work.
func (s *State) program(f *flow, ops ...*operation) {
	if f.deleting {
		return
	}
	next := s.layoutOf(f)
	moves := f.layout.moves(next)
	switch {
	case f.move != nil && f.move.phase == making:
		s.remake(f, next, moves, ops)
	case f.move != nil && (moves || f.unknown):
		s.moveAgain(f, ops)
	case moves && s.cutOff(f, next) && f.mendable(next, ops):
		s.mend(f, next)
	case f.unknown, moves && (s.cutOff(f, next) || !s.reaches(next)):
		s.rearrange(f, next, ops)
	case moves:
		s.beginMove(f, next, ops)
	case f.untidy:
		s.rearrange(f, next, ops)
	default:
		s.adjust(f, next, ops)
	}
}

// adjust changes branches, and no switch's incoming port.
func (s *State) adjust(f *flow, next layout, ops []*operation) {
	changed := f.layout.to(next, f.version)
	s.lay(f, next)
	s.roll(f.branches(), ops, changed)
	s.setGuard(f, ops)
}

// cutOff reports whether no switch that is to take a flow from another side gets it now: links on the way to each have failed.
func (s *State) cutOff(f *flow, next layout) bool {
	for _, p := range next.parts {
		if old := f.layout.part(p.at); old == nil || old.In == p.In {
			continue
		}
		if f.running.tree == nil || !s.cut(f.running.tree, p.at) {
			return false
		}
	}
	return true
}

// cut reports whether a link on the way to a switch of a tree has failed.
func (s *State) cut(tree *topology.Tree, id topology.SwitchID) bool {
	for l := range tree.Up(id) {
		if !s.graph.Usable(l) {
			return true
		}
	}
	return false
}

// lay notes what the switches have been told of a flow.
func (s *State) lay(f *flow, next layout) {
	f.layout, f.running, f.unknown, f.untidy = next, f.place, false, false
}

// rearrange moves a tree in place, in an order that never loops, though packets may be lost on the way.
func (s *State) rearrange(f *flow, next layout, ops []*operation) {
	changed := f.layout.to(next, f.version)
	if f.unknown || f.untidy {
		changed = s.only(f.branches(), next.programs(f.version))
	}
	if f.unknown {
		f.guard = guard{}
	}
	s.lay(f, next)
	s.roll(f.branches(), ops, s.stages(f, changed)...)
	s.setGuard(f, ops)
}

// programAll programs a flow of which it is not known what the switches hold.
func (s *State) programAll(f *flow) {
	f.unknown = true
	s.program(f)
}

// withdrawFlow takes everything of a flow away, everywhere at once.
func (s *State) withdrawFlow(f *flow, ops ...*operation) {
	if f.move != nil {
		f.move.letGo()
		f.move = nil
	}
	f.guard = guard{}
	for _, o := range f.owners() {
		s.withdraw(o, ops...)
	}
}

// refreshFlow compiles one owner's part of a flow anew, when a rollout that was overtaken is through.
func (s *State) refreshFlow(f *flow, o flows.Owner) {
	switch {
	case o == flows.GuardOf(f.object):
		s.setGuard(f, nil)
	case o == f.branches():
		s.programAll(f)
	case f.move != nil && f.move.phase == making:
		s.makeTree(f)
	default:
		s.withdraw(o)
	}
}

// setGuard has the sender's switch let the flow in, in the version that runs.
func (s *State) setGuard(f *flow, ops []*operation) {
	want := guard{f.layout.stream, f.running.sender, f.version}
	if f.guard.equal(want) && len(ops) == 0 {
		return
	}
	o := flows.GuardOf(f.object)
	var next step
	if at := want.at; at != nil {
		next = step{{at.Switch, &flows.Guard{Stream: want.stream, In: at.Port, Version: want.version}}}
	}
	f.guard = want
	s.roll(o, ops, s.only(o, next))
}

// guard is what a flow's guard was last told.
type guard struct {
	stream  *flows.Stream
	at      *topology.PortRef
	version flows.Version
}

func (g guard) equal(o guard) bool {
	return g.stream == o.stream && g.version == o.version && (g.at == o.at || g.at != nil && o.at != nil && *g.at == *o.at)
}

// stages orders the change of a tree in place: first the switches that hold nothing of it yet, then from the leaves of the new tree towards
// the sender, then the switches that leave the tree. A switch of the old tree is changed only when all below it in the new tree have been, so
// whatever it sends on goes down the new tree only, and nothing that the old tree forwards can come back to it. A switch that held
// nothing is sent nothing by the old tree. So no order of events in between makes a loop.
func (s *State) stages(f *flow, next step) []step {
	const leaves = 1
	all := make([]ranked, len(next))
	first := 0
	for i, t := range next {
		all[i] = ranked{t, leaves}
		if tree := f.place.tree; tree != nil && tree.Contains(t.at) {
			all[i].rank = -tree.Depth(t.at)
			first = min(first, all[i].rank)
		}
	}
	for i, t := range all {
		if t.rank != leaves && !s.switches[t.at].tracker.Serves(f.branches()) {
			all[i].rank = first
		}
	}
	return byRank(all)
}

func (s *State) streamOf(f *flow) flows.Stream {
	return flows.Stream{
		Object: f.object, Source: f.sender.Addr, Group: f.Group, SenderMAC: f.sender.MAC, Rate: f.Reservation(), Profile: f.Profile, DSCP: f.DSCP,
	}
}

// stampActive notes since when a receiver is to get the flow.
func (s *State) stampActive(f *flow, receiver uuid.UUID, active bool) {
	_, was := f.activeSince.get(receiver)
	switch {
	case active && !was:
		f.activeSince.put(receiver, s.now)
	case !active && was:
		f.activeSince.drop(receiver)
	}
}

// active reports whether a listed receiver is to get the flow now (IS-06 network-flow.forward_flow): without a join when the flow is
// forwarded, until it leaves; else by its join. What may have been plugged out gets nothing.
func (s *State) active(f *flow, receiver *endpoint) bool {
	if s.isUnproven(receiver) {
		return false
	}
	if f.Forward && !f.hasLeft(receiver.ID) {
		return true
	}
	return s.joined(f, receiver)
}

// joined reports whether a standing membership of the receiver's host asks for the flow.
func (s *State) joined(f *flow, receiver *endpoint) bool {
	if receiver.bound == nil {
		return false
	}
	if receiver.Addr.Is6() {
		return s.members.Wanted(portKey(*receiver.bound), receiver.MAC, f.Group, f.sender.Addr)
	}
	return s.members.Wants(receiver.host(), f.Group, f.sender.Addr)
}

// byClass orders flows by their DSCP from the highest, then by id: who is served first.
func byClass(a, b *flow) int {
	if a.DSCP != b.DSCP {
		if c := cmp.Compare(b.DSCP.Value(), a.DSCP.Value()); c != 0 {
			return c
		}
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}
