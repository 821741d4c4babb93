package core

import (
	"slices"

	"crosspoint/flows"
)

// fewOwners is how many owners may wait for an unhurried batch: those of a join or two, and not of a failure.
const fewOwners = 8

// unhurried reports whether nothing follows when a switch confirms what it is about to be told: no answer to a client, no next step, no next batch.
// That is so of joins and leaves. On Open vSwitch a barrier behind them makes their packets come a tenth of a millisecond later.
func (s *State) unhurried(d *device) bool {
	if d.verified.IsZero() || d.tracker.Dirty() || len(d.awaited) > fewOwners {
		return false
	}
	for o := range d.awaited {
		if r := s.rollouts[o]; r != nil && (r.staged() || len(r.ops) > 0 || !s.plain(o)) {
			return false
		}
	}
	return !slices.ContainsFunc(s.ops, func(op *operation) bool {
		_, waits := op.waits[d.id]
		return waits
	})
}

// plain reports whether an owner is a flow that does not move.
func (s *State) plain(o flows.Owner) bool {
	f := s.byObject[o.Object]
	return o.Kind == flows.KindFlow && f != nil && f.move == nil && !f.deleting
}

// hurry has a switch confirm what is on its way to it, if that was not asked for yet.
func (s *State) hurry(d *device) {
	if d.inflight.unhurried {
		d.inflight.unhurried = false
		s.tell(Hurry{Switch: d.id, Conn: d.conn})
	}
}
