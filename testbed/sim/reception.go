package sim

import (
	"math/bits"
	"net/netip"
	"slices"
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
	maxGap, maxGapAt      time.Duration
	delays                delays
}

// arrive counts one packet.
func (r *reception) arrive(now time.Duration, seq uint64, delay time.Duration, delivered bool) {
	if r.received == 0 {
		r.first, r.lowest, r.highest = now, seq, seq
	} else if gap := now - r.last; gap > r.maxGap {
		r.maxGap, r.maxGapAt = gap, now
	}
	r.received++
	r.last = now
	r.delays.add(delay)
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
		First: w.opts.Start.Add(r.first), Last: w.opts.Start.Add(r.last), MaxGap: r.maxGap,
		DelayP50: r.delays.percentile(50), DelayP99: r.delays.percentile(99), DelayMax: r.delays.max,
	}
	if r.maxGap > 0 {
		out.MaxGapAt = w.opts.Start.Add(r.maxGapAt)
	}
	return out
}

// delays is a histogram of delays: exact below 64 µs, then with 32 steps for each doubling, so 3 % off at most.
type delays struct {
	count map[uint16]uint64
	total uint64
	max   time.Duration
}

func (d *delays) add(delay time.Duration) {
	if d.count == nil {
		d.count = map[uint16]uint64{}
	}
	d.count[delayStep(delay)]++
	d.total++
	d.max = max(d.max, delay)
}

// delayStep numbers the step of a delay, and stepDelay is the least delay of a step.
func delayStep(d time.Duration) uint16 {
	us := uint64(max(0, d) / time.Microsecond)
	if us < 64 {
		return uint16(us)
	}
	octave := bits.Len64(us) - 6
	return uint16(64 + 32*(octave-1) + int(us>>octave) - 32)
}

func stepDelay(step uint16) time.Duration {
	if step < 64 {
		return time.Duration(step) * time.Microsecond
	}
	octave := (step-64)/32 + 1
	return time.Duration(uint64((step-64)%32+32)<<octave) * time.Microsecond
}

// percentile is the delay that p of a hundred packets did not exceed.
func (d *delays) percentile(p uint64) time.Duration {
	steps := make([]uint16, 0, len(d.count))
	for s := range d.count {
		steps = append(steps, s)
	}
	slices.Sort(steps)
	need, sum := (d.total*p+99)/100, uint64(0)
	for _, s := range steps {
		if sum += d.count[s]; sum >= need {
			return min(stepDelay(s), d.max)
		}
	}
	return d.max
}
