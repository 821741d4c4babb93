package core

import (
	"slices"
	"time"

	"crosspoint/flows"
)

// unhurriedTime is how long a batch that nobody waits for is not confirmed. Open vSwitch has packets follow a change within 1 ms.
const unhurriedTime = 2 * time.Millisecond

// unconfirmed is an unhurried batch, and when it is to be confirmed at the latest.
type unconfirmed struct {
	at    *device
	seq   uint64
	until time.Time
}

// confirmUnhurried has unhurried batches confirmed whose time has come.
func (s *State) confirmUnhurried() {
	for len(s.unconfirmed) > 0 && !s.now.Before(s.unconfirmed[0].until) {
		first := s.unconfirmed[0]
		s.unconfirmed = s.unconfirmed[1:]
		if now := first.at.inflight; now != nil && now.seq == first.seq {
			s.hurry(first.at)
		}
	}
}

// fewOwners is how many owners may wait for an unhurried batch: those of a join or two, and not of a failure.
const fewOwners = 8

// unhurried reports whether nothing follows when a switch confirms what it is about to be told: no answer to a client, no next step, no next batch.
// That is so of joins and leaves. On Open vSwitch a barrier behind them makes their packets come a tenth of a millisecond later.
func (s *State) unhurried(d *device) bool {
	if d.verified.IsZero() || d.tracker.Dirty() || len(d.awaited) > fewOwners {
		return false
	}
	for _, a := range d.awaited {
		if r := s.rollouts[a.owner]; r != nil && (r.staged() || len(r.ops) > 0 || !s.plain(a.owner)) {
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
	f := s.flowOf(o)
	return f != nil && f.move == nil && !f.deleting
}

// hurry has a switch confirm what is on its way to it, if that was not asked for yet.
func (s *State) hurry(d *device) {
	if d.inflight.unhurried {
		d.inflight.unhurried = false
		s.tell(Hurry{Switch: d.id, Conn: d.conn})
	}
}
