package core

import (
	"cmp"
	"slices"
	"time"

	"crosspoint/flows"
	"crosspoint/topology"
)

// layout is what the switches are to do for a flow: let it in at the sender, and send it on towards the receivers that are to get it now.
type layout struct {
	stream *flows.Stream // shared with the programs of the switches; never changed
	// parts are of all switches of the flow's place, sorted, those without a branch now too: what a join changes is branches alone.
	parts []part
	more  []share // sorted; none has no more
}

// part is what one switch is to do. What it points to is shared with the switch's program, and never changed.
type part struct {
	at topology.SwitchID
	*flows.Part
}

// share counts the receivers beyond the first that get the flow by a port.
type share struct {
	by   topology.PortRef
	more int
}

// layoutOf makes the layout of a flow in its place. What is as before is shared with the present layout.
func (s *State) layoutOf(f *flow) layout {
	l := layout{stream: f.layout.stream}
	if stream := s.streamOf(f); l.stream == nil || *l.stream != stream {
		l.stream = &stream
	}
	l.parts = f.place.parts()
	for _, r := range f.place.at {
		active := f.place.sender != nil && s.active(f, s.endpoints[r.receiver])
		if active {
			l.begin(f.place.tree, r.value)
		}
		s.stampActive(f, r.receiver, active)
	}
	f.activeSince = slices.DeleteFunc(f.activeSince, func(since ofReceiver[time.Time]) bool {
		_, placed := f.place.at.get(since.receiver)
		return !placed
	})
	for i, p := range l.parts {
		if old := f.layout.part(p.at); old != nil && old.Equal(*p.Part) {
			l.parts[i].Part = old
		}
	}
	return l
}

// parts are the parts of a place that no receiver is served by yet.
func (p placement) parts() []part {
	if p.sender == nil {
		return nil
	}
	if p.tree == nil {
		return []part{{p.sender.Switch, &flows.Part{In: p.sender.Port, Sender: true}}}
	}
	switches := p.tree.Switches()
	out := make([]part, 0, len(switches))
	for _, id := range switches {
		of := flows.Part{In: p.sender.Port, Sender: true}
		if link, inner := p.tree.Into(id); inner {
			of = flows.Part{In: link.To.Port}
		}
		out = append(out, part{id, &of})
	}
	return out
}

// begin has a receiver get the flow in a layout of which nobody else has the parts yet; see serve.
func (l *layout) begin(tree *topology.Tree, at topology.PortRef) {
	for link := range tree.Up(at.Switch) {
		if l.counts(link.From, 1) {
			p := l.part(link.From.Switch)
			p.Links = with(p.Links, link.From.Port)
		}
	}
	if l.counts(at, 1) {
		p := l.part(at.Switch)
		p.Edges = with(p.Edges, at.Port)
	}
}

func (l *layout) find(id topology.SwitchID) (at int, has bool) {
	return slices.BinarySearchFunc(l.parts, id, func(p part, id topology.SwitchID) int { return cmp.Compare(p.at, id) })
}

// part is what a switch is to do; nil: nothing.
func (l *layout) part(id topology.SwitchID) *flows.Part {
	if at, has := l.find(id); has {
		return l.parts[at].Part
	}
	return nil
}

// serve begins (by 1) or ends (by -1) that a receiver gets the flow, up the tree to the sender's switch, and lists the switches that have something else
// to do for that.
func (l *layout) serve(tree *topology.Tree, at topology.PortRef, by int) (changed []topology.SwitchID) {
	if l.counts(at, by) {
		l.change(at.Switch, func(p *flows.Part) { p.Edges = toggled(p.Edges, at.Port, by > 0) })
		changed = append(changed, at.Switch)
	}
	for id := at.Switch; !l.part(id).Sender; {
		link, _ := tree.Into(id)
		if l.counts(link.From, by) {
			l.change(link.From.Switch, func(p *flows.Part) { p.Links = toggled(p.Links, link.From.Port, by > 0) })
			changed = append(changed, link.From.Switch)
		}
		id = link.From.Switch
	}
	return changed
}

// change has a switch do something else.
func (l *layout) change(id topology.SwitchID, do func(*flows.Part)) {
	at, _ := l.find(id)
	p := *l.parts[at].Part
	do(&p)
	l.parts[at].Part = &p
}

// counts counts a receiver at a port, and reports whether it is the first that came or the last that left.
func (l *layout) counts(by topology.PortRef, n int) bool {
	at, several := slices.BinarySearchFunc(l.more, by, func(s share, by topology.PortRef) int { return s.by.Compare(by) })
	switch {
	case several:
		if l.more[at].more += n; l.more[at].more == 0 {
			l.more = slices.Delete(l.more, at, at+1)
		}
		return false
	case n > 0 && l.part(by.Switch).Sends(by.Port):
		l.more = slices.Insert(l.more, at, share{by, n})
		return false
	default:
		return true
	}
}

// toggled is a sorted list of ports with or without one. The list given is not changed.
func toggled(ports []topology.PortID, p topology.PortID, in bool) []topology.PortID {
	at, is := slices.BinarySearch(ports, p)
	switch {
	case is == in:
		return ports
	case in:
		return with(slices.Clip(ports), p)
	default:
		return slices.Delete(slices.Clone(ports), at, at+1)
	}
}

// with puts a port into a sorted list that has it not.
func with(ports []topology.PortID, p topology.PortID) []topology.PortID {
	at, _ := slices.BinarySearch(ports, p)
	return slices.Insert(ports, at, p)
}

// moves reports whether some switch that stays takes the flow from another side in the next layout.
func (l *layout) moves(next layout) bool {
	return slices.ContainsFunc(next.parts, func(p part) bool {
		old := l.part(p.at)
		return old != nil && old.In != p.In
	})
}

// program is what a switch of the layout is to do in a version.
func (l *layout) program(p *flows.Part, v flows.Version) flows.Program {
	return &flows.Branches{Stream: l.stream, Part: p, Version: v}
}

// programs are those of all switches that have any part in the layout.
func (l *layout) programs(v flows.Version) step {
	out := make(step, len(l.parts))
	for i, p := range l.parts {
		out[i] = told{p.at, l.program(p.Part, v)}
	}
	return out
}

// to gives the programs that differ between a layout and the next.
func (l *layout) to(next layout, v flows.Version) step {
	changed := make(step, 0, len(next.parts))
	for _, p := range next.parts {
		if old := l.part(p.at); old == nil || next.stream != l.stream || !old.Equal(*p.Part) {
			changed = append(changed, told{p.at, next.program(p.Part, v)})
		}
	}
	for _, p := range l.parts {
		if next.part(p.at) == nil {
			changed = append(changed, told{p.at, nil})
		}
	}
	return changed.sort()
}

// reactivate brings one receiver's getting a flow, or not, to what it asks for now. It is program for the one change that comes often, and its work
// does not grow with the number of receivers.
func (s *State) reactivate(f *flow, receiver *endpoint) {
	_, was := f.activeSince.get(receiver.ID)
	at, placed := f.place.at.get(receiver.ID)
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
	var changed step
	for _, id := range f.layout.serve(f.place.tree, at, by) {
		changed = append(changed, told{id, f.layout.program(f.layout.part(id), f.version)})
	}
	s.stampActive(f, receiver.ID, is)
	s.roll(f.branches(), nil, changed.sort())
}
