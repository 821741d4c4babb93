package sim

import (
	"net/netip"
	"time"

	"crosspoint/testbed"
)

// receptionKey is what is counted apart.
type receptionKey struct {
	host          int
	source, group netip.Addr
	stream        uint32
}

// window is how far back, in sequence numbers, a second copy of a packet is known for one. What comes later than that counts as
// reordered.
const window = 8192

// reception counts what arrived at one host of one stream.
type reception struct {
	received, unique      uint64
	duplicated, reordered uint64
	delivered             uint64
	lowest, highest       uint64 // sequence numbers
	seen                  [window / 64]uint64
	first, last           time.Duration
	maxGapAt              time.Duration
	gaps, delays          testbed.Histogram
}

// arrive counts one packet.
func (r *reception) arrive(now time.Duration, seq uint64, delay time.Duration, delivered bool) {
	if r.received == 0 {
		r.first, r.lowest, r.highest = now, seq, seq
	} else {
		gap := now - r.last
		if gap > r.gaps.Max() {
			r.maxGapAt = now
		}
		r.gaps.Add(gap)
	}
	r.received++
	r.last = now
	r.delays.Add(delay)
	if delivered {
		r.delivered++
	}
	switch {
	case seq > r.highest:
		r.slide(seq)
	case r.highest-seq < window && r.bit(seq):
		r.duplicated++
		return
	case r.received > 1:
		r.reordered++
		r.lowest = min(r.lowest, seq)
	}
	r.unique++
	if r.highest-seq < window {
		r.seen[seq/64%(window/64)] |= 1 << (seq % 64)
	}
}

func (r *reception) bit(seq uint64) bool {
	return r.seen[seq/64%(window/64)]>>(seq%64)&1 != 0
}

// slide moves the window up to a new highest number.
func (r *reception) slide(seq uint64) {
	if seq-r.highest >= window {
		clear(r.seen[:])
	} else {
		for n := r.highest + 1; n <= seq; n++ {
			r.seen[n/64%(window/64)] &^= 1 << (n % 64)
		}
	}
	r.highest = seq
}

func (r *reception) report(w *World, k receptionKey) testbed.Reception {
	out := testbed.Reception{
		Host: w.hosts[k.host].name, Source: k.source, Group: k.group, Stream: k.stream,
		Received: r.received, Lost: r.highest - r.lowest + 1 - r.unique,
		Duplicated: r.duplicated, Reordered: r.reordered, Delivered: r.delivered,
		First: w.opts.Start.Add(r.first), Last: w.opts.Start.Add(r.last),
		Clock: testbed.ClockVirtual,
	}
	out.SetTimes(&r.gaps, &r.delays)
	if r.gaps.Max() > 0 {
		out.MaxGapAt = w.opts.Start.Add(r.maxGapAt)
	}
	return out
}
