package topology

import (
	"maps"
	"math"
	"slices"
)

// Holder is the object id of the flow that holds a reservation.
type Holder uint32

// Ledger records who has reserved how much of which channel. Use [NewLedger]. It is
// not safe for concurrent use.
type Ledger struct {
	share    uint64 // of capacity that may be reserved, in millionths
	capacity map[Channel]Bandwidth
	accounts map[Channel]*account
	held     map[Holder][]*account // that have something by the holder, in no order
	sizes    sizes                 // of all that is held
}

// account is one channel's reservations. total is the sum of by and never overflows,
// because nothing grows past the channel's limit.
type account struct {
	channel Channel
	total   Bandwidth
	by      map[Holder]Bandwidth
}

const million = 1_000_000

// NewLedger gives an empty ledger. limit is the share of each channel's capacity that
// may be reserved, from 0 to 1, in steps of a millionth; what lies outside is brought
// inside, and NaN is 0.
func NewLedger(limit float64) *Ledger {
	if math.IsNaN(limit) {
		limit = 0
	}
	return &Ledger{
		share:    uint64(math.Round(min(max(limit, 0), 1) * million)),
		capacity: map[Channel]Bandwidth{},
		accounts: map[Channel]*account{},
		held:     map[Holder][]*account{},
	}
}

// SetCapacity says how much the channel carries; 0 forgets it. Reservations stay, even
// if they are now beyond the limit; see [Ledger.Over].
func (l *Ledger) SetCapacity(c Channel, b Bandwidth) {
	if b == 0 {
		delete(l.capacity, c)
		return
	}
	l.capacity[c] = b
}

// Capacity is what the channel carries; zero if nobody said.
func (l *Ledger) Capacity(c Channel) Bandwidth { return l.capacity[c] }

// Limit is how much of the channel may be reserved, rounded down to whole bit/s.
func (l *Ledger) Limit(c Channel) Bandwidth {
	b := uint64(l.capacity[c])
	// In two parts, so that neither product can overflow and no float rounds.
	return Bandwidth(b/million*l.share + b%million*l.share/million)
}

// Reserved is how much of the channel is reserved.
func (l *Ledger) Reserved(c Channel) Bandwidth {
	if a := l.accounts[c]; a != nil {
		return a.total
	}
	return 0
}

// Free is how much of the channel anyone may still reserve.
func (l *Ledger) Free(c Channel) Bandwidth { return sub(l.Limit(c), l.Reserved(c)) }

// FreeFor is how much the holder may have of the channel in all: what is free and what
// it holds itself.
func (l *Ledger) FreeFor(h Holder, c Channel) Bandwidth {
	a := l.accounts[c]
	if a == nil {
		return l.Limit(c)
	}
	return sub(l.Limit(c), a.total-a.by[h])
}

// sub is a-b, or zero.
func sub(a, b Bandwidth) Bandwidth {
	if a < b {
		return 0
	}
	return a - b
}

// Reserve sets what the holder holds on the channel; 0 gives it back. It fails with a
// [*NoRoomError], and changes nothing, if the channel would be beyond its limit. What
// does not grow is never refused, so lowering a capacity evicts nobody.
func (l *Ledger) Reserve(h Holder, c Channel, b Bandwidth) error {
	if !l.fits(h, c, b) {
		return l.noRoom(h, c, b)
	}
	l.put(h, c, b)
	return nil
}

// Set replaces everything the holder holds, all or nothing. It fails with a
// [*NoRoomError] that names the smallest channel without room.
func (l *Ledger) Set(h Holder, want map[Channel]Bandwidth) error {
	var full *Channel
	for c, b := range want {
		if !l.fits(h, c, b) && (full == nil || c.Compare(*full) < 0) {
			full = &c
		}
	}
	if full != nil {
		return l.noRoom(h, *full, want[*full])
	}
	for _, a := range slices.Backward(slices.Clone(l.held[h])) {
		if _, keep := want[a.channel]; !keep {
			l.put(h, a.channel, 0)
		}
	}
	if more := len(want) - len(l.held[h]); more > 0 {
		l.held[h] = slices.Grow(l.held[h], more)
	}
	for c, b := range want {
		l.put(h, c, b)
	}
	return nil
}

func (l *Ledger) fits(h Holder, c Channel, b Bandwidth) bool {
	return b <= l.HeldOn(h, c) || b <= l.FreeFor(h, c)
}

func (l *Ledger) noRoom(h Holder, c Channel, b Bandwidth) error {
	return &NoRoomError{Channel: c, Need: b, Free: l.FreeFor(h, c)}
}

// put records a reservation that fits and drops what has become empty.
func (l *Ledger) put(h Holder, c Channel, b Bandwidth) {
	have := l.HeldOn(h, c)
	if have == b {
		return
	}
	a := l.accounts[c]
	if a == nil {
		a = &account{channel: c, by: map[Holder]Bandwidth{}}
		l.accounts[c] = a
	}
	a.total = a.total - have + b
	l.sizes.replace(have, b)
	switch {
	case b == 0:
		l.giveBack(h, a)
	case have == 0:
		l.held[h], a.by[h] = append(l.held[h], a), b
	default:
		a.by[h] = b
	}
}

// giveBack notes that a holder holds nothing of an account any more.
func (l *Ledger) giveBack(h Holder, a *account) {
	delete(a.by, h)
	if len(a.by) == 0 {
		delete(l.accounts, a.channel)
	}
	held := l.held[h]
	if len(held) == 1 {
		delete(l.held, h)
		return
	}
	at := slices.Index(held, a)
	l.held[h] = slices.Delete(held, at, at+1)
}

// Usual lists the sizes of what is reserved, largest first, and of more than eight the largest
// eight: what a flow that comes is likely to need, see [Tree.Graft]. The list is the ledger's
// own, and good until its next change.
func (l *Ledger) Usual() []Bandwidth { return l.sizes.largest() }

// Release gives back everything the holder holds.
func (l *Ledger) Release(h Holder) {
	for _, a := range slices.Clone(l.held[h]) {
		l.put(h, a.channel, 0)
	}
}

// Held is a copy of what the holder holds; nil if nothing.
func (l *Ledger) Held(h Holder) map[Channel]Bandwidth {
	if len(l.held[h]) == 0 {
		return nil
	}
	held := make(map[Channel]Bandwidth, len(l.held[h]))
	for _, a := range l.held[h] {
		held[a.channel] = a.by[h]
	}
	return held
}

// HeldOn is what the holder holds on one channel.
func (l *Ledger) HeldOn(h Holder, c Channel) Bandwidth {
	if a := l.accounts[c]; a != nil {
		return a.by[h]
	}
	return 0
}

// Holders lists who holds something of the channel, sorted.
func (l *Ledger) Holders(c Channel) []Holder {
	if a := l.accounts[c]; a != nil {
		return slices.Sorted(maps.Keys(a.by))
	}
	return nil
}

// Channels lists the channels that have a capacity or a reservation, sorted.
func (l *Ledger) Channels() []Channel {
	all := slices.AppendSeq(slices.Collect(maps.Keys(l.capacity)), maps.Keys(l.accounts))
	slices.SortFunc(all, Channel.Compare)
	return slices.Compact(all)
}

// Over lists the channels reserved beyond their limit, sorted. Only a capacity that
// was lowered after the reservation can make one.
func (l *Ledger) Over() []Channel {
	var over []Channel
	for c, a := range l.accounts {
		if a.total > l.Limit(c) {
			over = append(over, c)
		}
	}
	slices.SortFunc(over, Channel.Compare)
	return over
}
