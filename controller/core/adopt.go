package core

import (
	"slices"
	"time"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// gatherTime is the longest that a restarted controller waits for the switches that it remembers.
const gatherTime = 2 * time.Second

// gathering reports whether a restarted controller still waits for switches that it remembers. Until then everything that runs is left as
// it is: a tree looks broken, and a path blocked, only because a switch has not been heard of yet.
func (s *State) gathering() bool {
	if s.gatherUntil.IsZero() {
		return false
	}
	for _, d := range s.switches {
		if d.verified.IsZero() && s.now.Before(s.gatherUntil) {
			return true
		}
	}
	s.gatherUntil = time.Time{}
	return false
}

// adopt takes over what a switch that connected still holds for flows and hosts, where that is not what is wanted now. Bringing it up to
// date at once, on this switch alone, could close a circle with switches that are out of date as well; replaceAdopted does it for each
// flow and host in the order that never loops. What belongs to nobody any more is deleted right away: taking away makes no circle.
func (s *State) adopt(d *device, have flows.Tables) {
	held := have.ByOwner()
	for _, o := range sortedKeysBy(held, flows.Owner.Compare) {
		s.adoptOwner(d, o, held[o])
	}
	for _, o := range d.tracker.Owners() {
		if _, holds := held[o]; !holds {
			s.adoptOwner(d, o, flows.Tables{})
		}
	}
}

func (s *State) adoptOwner(d *device, o flows.Owner, held flows.Tables) {
	if !s.lives(o) || s.rollouts[o] != nil || s.turnsTo(o) {
		return
	}
	if held = s.withoutStrangers(d, o, held); d.tracker.Wants(o).Equal(held) {
		return
	}
	s.set(d, o, held)
	s.adopted[o] = struct{}{}
}

// withoutStrangers is what a switch holds of a flow but for the branches to ports where none is that may have it: a receiver was taken from the list, or its
// cable was pulled, and the switch was not told of it. A host that was plugged in there gets nothing while other switches are waited for.
func (s *State) withoutStrangers(d *device, o flows.Owner, held flows.Tables) flows.Tables {
	f := s.flowOf(o)
	if f == nil {
		return held
	}
	stranger := func(b openflow.Bucket) bool {
		return slices.ContainsFunc(b.Actions, func(a openflow.Action) bool {
			out, is := a.(openflow.Output)
			at := topology.PortRef{Switch: d.id, Port: topology.PortID(out.Port)}
			return is && s.graph.IsEdge(at) && !s.servesAt(f, at)
		})
	}
	for id, g := range held.Groups {
		if slices.ContainsFunc(g.Buckets, stranger) {
			held = held.Copy()
			g.Buckets = slices.DeleteFunc(slices.Clone(g.Buckets), stranger)
			held.Groups[id] = g
		}
	}
	return held
}

// expelStrangers takes such branches out of what was adopted of a flow at the switch of a port, once it has turned out that who was served there may be gone.
func (s *State) expelStrangers(f *flow, at topology.PortRef) {
	d := s.switches[at.Switch]
	for _, o := range f.owners() {
		if _, is := s.adopted[o]; !is {
			continue
		}
		held := d.tracker.Wants(o)
		if less := s.withoutStrangers(d, o, held); !less.Equal(held) {
			s.set(d, o, less)
		}
	}
}

// servesAt reports whether a receiver of a flow is at a port, as far as is known.
func (s *State) servesAt(f *flow, at topology.PortRef) bool {
	for e := range s.byPort[at] {
		if f.Lists(e.ID) && !s.isUnproven(e) {
			return true
		}
	}
	return false
}

// turnsTo reports whether an owner is a guard that is to turn: both versions are there for it, so it needs no other order.
func (s *State) turnsTo(o flows.Owner) bool {
	f := s.flowOf(o)
	return o.Slot == flows.SlotGuard && f.move != nil && f.move.phase == turning
}

// lives reports whether an owner is a flow or a host that there is, or the tree of the infrastructure groups.
func (s *State) lives(o flows.Owner) bool {
	switch o.Kind {
	case flows.KindFlow:
		f := s.flowOf(o)
		return f != nil && !f.deleting
	case flows.KindHost:
		return s.objects.at(o.Object).station != nil
	case flows.KindInfrastructure:
		return len(s.cfg.Infrastructure.Groups) > 0
	default:
		return false
	}
}

// replaceAdopted brings what was adopted to what is wanted.
func (s *State) replaceAdopted() {
	owners := sortedKeysBy(s.adopted, flows.Owner.Compare)
	clear(s.adopted)
	var last *flow
	for _, o := range owners {
		switch f := s.flowOf(o); {
		case !s.lives(o):
			s.withdraw(o)
		case o.Kind == flows.KindInfrastructure:
			s.spanInfrastructure()
		case o.Kind != flows.KindFlow:
			s.routeStation(s.objects.at(o.Object).station)
		case f != last:
			s.readopt(f)
			last = f
		}
	}
}

// readopt brings a flow to what is wanted of which switches held something else. Which version runs, the guard at the sender tells. As long as
// its switch is away that is not known, and the version that is not believed to run is left alone.
func (s *State) readopt(f *flow) {
	at := f.running.sender
	if at != nil && !s.switches[at.Switch].connected() {
		s.adopted[f.spare()] = struct{}{}
		s.programAll(f)
		return
	}
	if at != nil && f.move == nil {
		if v, there := flows.GuardVersion(s.switches[at.Switch].tracker.Wants(flows.GuardOf(f.object))); there {
			f.version = v
		}
	}
	if f.move == nil {
		s.withdraw(f.spare())
	}
	s.programAll(f)
}
