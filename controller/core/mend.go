package core

import (
	"slices"
	"time"

	"crosspoint/flows"
)

// tidyTime is how long what a mended tree has no more use for stays at the switches. By then they have long done what brings packets back: a switch
// takes as long to delete an entry as to add one, and the flows that a failure cut off wait for each other.
const tidyTime = 250 * time.Millisecond

// mendable reports whether a tree that moves in place can be mended. A client that waits gets all or nothing, so for that it is rearranged.
func (f *flow) mendable(next layout, ops []*operation) bool {
	return !f.unknown && len(ops) == 0 && f.layout.stream == next.stream
}

// mend rearranges what a failure has cut off, as rearrange does, but leaves for later what only takes away: a switch that takes the flow from another
// side keeps the entry for the side where nothing comes from any more, and a switch that left the tree keeps all it has.
//
// All switches are told at once where nothing could go in a circle, whichever of the two trees each follows: what waits for packets waits for one answer less.
// Else the order is that of stages, which counts on where a switch sends to and not on what it lets in, so it makes no loop. A switch that is not in the
// tree any more gets nothing, since all that sent to it have been told.
func (s *State) mend(f *flow, next layout) {
	changed := slices.DeleteFunc(f.layout.to(next, f.version), func(t told) bool { return next.part(t.at) == nil })
	for i, t := range changed {
		if old, now := f.layout.part(t.at), next.part(t.at); old != nil && old.In != now.In {
			changed[i].want = &flows.Branches{Stream: next.stream, Part: now, Was: old.In, Version: f.version}
		}
	}
	steps := []step{changed}
	if !s.inAnyOrder(f, next) {
		steps = s.stages(f, changed)
	}
	s.lay(f, next)
	f.untidy = true
	s.untidy = append(s.untidy, due{f, s.now.Add(tidyTime)})
	s.roll(f.branches(), nil, steps...)
	s.setGuard(f, nil)
}

// inAnyOrder reports whether the switches may be told of a flow's next tree in any order: each follows one of the two, nothing older, and they make no circle.
func (s *State) inAnyOrder(f *flow, next layout) bool {
	behind := func(p part) bool {
		d := s.switches[p.at]
		return !d.connected() || !d.tracker.Known() || !d.tracker.Exact(f.branches())
	}
	return !f.untidy && !slices.ContainsFunc(f.layout.parts, behind) && !slices.ContainsFunc(next.parts, behind) &&
		f.place.tree != nil && !f.running.tree.Circles(f.place.tree)
}

// tidy takes away what mended trees have no use for.
func (s *State) tidy() {
	for len(s.untidy) > 0 && !s.now.Before(s.untidy[0].at) {
		f := s.untidy[0].flow
		s.untidy = s.untidy[1:]
		if f.untidy && f.move == nil && s.flows[f.ID] == f { // a move takes all of its old tree away
			s.program(f)
		}
	}
}
