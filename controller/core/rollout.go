package core

import (
	"cmp"
	"slices"

	"crosspoint/flows"
	"crosspoint/topology"
)

// rollout brings new programs of one owner to the switches. Its steps are taken one after the other: the next when every connected
// switch of the last has confirmed. A change that cannot loop or double whatever the order is one step.
type rollout struct {
	owner   flows.Owner
	steps   []step // not issued yet
	waiting map[topology.SwitchID]uint64
	again   bool // the owner changed meanwhile: compile it anew when this is through
	ops     []*operation
}

// step is what an owner wants of some switches next, sorted by switch.
type step []told

// told is what one switch is told.
type told struct {
	at   topology.SwitchID
	want flows.Program
}

func (s step) sort() step {
	slices.SortFunc(s, func(a, b told) int { return cmp.Compare(a.at, b.at) })
	return s
}

// tells reports whether a switch is told anything.
func (s step) tells(id topology.SwitchID) bool {
	_, does := slices.BinarySearchFunc(s, id, func(t told, id topology.SwitchID) int { return cmp.Compare(t.at, id) })
	return does
}

// ranked is what one switch is told, and which of several steps it belongs to.
type ranked struct {
	told
	rank int
}

// byRank makes a step of what has the same rank, the smallest rank first.
func byRank(all []ranked) (steps []step) {
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.at, b.at)) })
	for i, r := range all {
		if i == 0 || r.rank != all[i-1].rank {
			steps = append(steps, make(step, 0, len(all)-i))
		}
		last := len(steps) - 1
		steps[last] = append(steps[last], r.told)
	}
	return steps
}

// awaited is an owner that waits for a revision of what a switch is to have.
type awaited struct {
	owner flows.Owner
	rev   uint64
}

// staged reports whether the rollout must not be overtaken: it is between two steps, or what was compiled last is yet to be issued.
func (r *rollout) staged() bool { return len(r.steps) > 0 || r.again }

// roll starts bringing steps to the switches for an owner. When an earlier rollout of it is staged, that one is finished first and the
// owner compiled anew; the steps given here are forgotten. The operations wait for the last step.
func (s *State) roll(o flows.Owner, ops []*operation, steps ...step) {
	s.markOwner(o)
	r := s.rollouts[o]
	if r == nil {
		r = &rollout{owner: o, waiting: map[topology.SwitchID]uint64{}}
		s.rollouts[o] = r
	}
	for _, op := range ops {
		if !slices.Contains(r.ops, op) {
			r.ops = append(r.ops, op)
			op.rollouts++
		}
	}
	switch {
	case r.staged():
		r.again = true
	case len(steps) == 1:
		s.issue(r, steps[0])
		s.handOver(r)
		s.advance(r)
	default:
		r.steps = steps
		s.advance(r)
	}
}

// advance goes on as long as there is nothing to wait for.
func (s *State) advance(r *rollout) {
	for len(r.waiting) == 0 {
		if len(r.steps) == 0 {
			s.finish(r)
			return
		}
		next := r.steps[0]
		r.steps = r.steps[1:]
		s.issue(r, next)
		if len(r.steps) == 0 && !r.again {
			s.handOver(r)
		}
	}
}

// issue sets what a step wants.
func (s *State) issue(r *rollout, next step) {
	for _, t := range next {
		d := s.switches[t.at]
		if rev := s.set(d, r.owner, t.want); rev != 0 {
			r.waiting[t.at] = rev
			d.awaited = append(d.awaited, awaited{r.owner, rev})
		}
	}
}

// handOver has the operations of a rollout wait for its last step alone, so that what comes later to the same owner cannot hold them up.
func (s *State) handOver(r *rollout) {
	for _, op := range r.ops {
		for id, rev := range r.waiting {
			op.waits[id] = max(op.waits[id], rev)
		}
		op.rollouts--
	}
	r.ops = nil
}

// finish ends a rollout whose last step is proven. What the owner wants may have changed meanwhile; its operations wait for that too.
func (s *State) finish(r *rollout) {
	delete(s.rollouts, r.owner)
	s.markOwner(r.owner)
	if r.again {
		s.rollouts[r.owner] = &rollout{owner: r.owner, waiting: r.waiting, ops: r.ops}
		s.refresh(r.owner)
		return
	}
	s.handOver(r) // there may have been no step at all
	if f := s.flowOf(r.owner); f != nil {
		s.moveOn(f, r.owner)
	} else if r.owner == flows.OwnerInfrastructure {
		s.spanInfrastructure()
	}
}

// refresh compiles all that an owner should have now and rolls it out; nothing, when the owner is gone.
func (s *State) refresh(o flows.Owner) {
	if f := s.flowOf(o); f != nil && !f.deleting {
		s.refreshFlow(f, o)
	} else if st := s.objects.at(o.Object).station; o.Kind == flows.KindHost && st != nil {
		s.routeStation(st)
	} else {
		s.withdraw(o)
	}
}

// withdraw takes everything of an owner away, everywhere at once.
func (s *State) withdraw(o flows.Owner, ops ...*operation) { s.roll(o, ops, s.only(o, nil)) }

// only is a step with all that other switches have of the owner taken away.
func (s *State) only(o flows.Owner, next step) step {
	all := slices.Clone(next)
	for id, d := range s.switches {
		if d.tracker.Serves(o) && !next.tells(id) {
			all = append(all, told{id, nil})
		}
	}
	return all.sort()
}

// proven says that a switch has everything up to a revision of want.
func (s *State) proven(d *device, rev uint64) {
	d.haveRev = max(d.haveRev, rev)
	s.release(d, d.haveRev)
}

// switchAway lets go of a switch that nobody can wait for any more. An intent that wanted something of it fails. A host's routes whose next step waited
// for it are worked out anew, since that step counts on what the switch was told and may never have done; a flow's go on.
func (s *State) switchAway(d *device) {
	for _, op := range slices.Clone(s.ops) {
		if _, waits := op.waits[d.id]; waits && !op.removes {
			s.fail(op, wentAway(s.name(d.id)))
		}
	}
	for _, a := range d.awaited {
		if r := s.rollouts[a.owner]; r != nil && len(r.steps) > 0 && a.owner.Kind == flows.KindHost {
			r.steps, r.again = nil, true
		}
	}
	s.release(d, ^uint64(0))
}

func wentAway(name string) *Refusal {
	return refuse(NoPath, "", "switch %s went away before it confirmed; nothing was changed", name)
}

// blocks reports whether a rollout must not go on to its next step because a switch refused something of this one: it goes on as it did, and
// the next step counts on it. It is tried again.
func (s *State) blocks(d *device, r *rollout) bool {
	return len(r.steps) > 0 && d.connected() && d.tracker.Failed(r.owner)
}

// release ends the waiting for a switch up to a revision, and goes on with what waited.
func (s *State) release(d *device, rev uint64) {
	n := 0
	for n < len(d.awaited) && d.awaited[n].rev <= rev {
		n++
	}
	over := d.awaited[:n]
	d.awaited = d.awaited[n:]
	var blocked []awaited
	for _, a := range over {
		r := s.rollouts[a.owner]
		if r == nil {
			continue
		}
		switch need, waits := r.waiting[d.id]; {
		case !waits || need > rev: // it waits for something newer, which comes later in the list
		case s.blocks(d, r):
			blocked = append(blocked, a)
		default:
			delete(r.waiting, d.id)
			s.advance(r)
		}
	}
	if len(blocked) > 0 {
		d.awaited = append(blocked, d.awaited...)
	}
	for _, op := range s.ops {
		if need, waits := op.waits[d.id]; waits && need <= rev {
			delete(op.waits, d.id)
			op.spread.add(s.now)
		}
	}
}
