package core

import (
	"strconv"

	"crosspoint/topology"
)

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
