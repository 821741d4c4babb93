package traffic

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"crosspoint/testbed"
)

// MaxStreams is how many streams one host tells apart; packets of further ones count as dropped by the measurement.
const MaxStreams = 8192

// streamKey names a stream at a receiver. Ours says whether stream is known: other UDP counts as stream 0 without sequence.
type streamKey struct {
	source netip.Addr
	group  netip.Addr
	stream uint32
	ours   bool
}

// keyOf names the stream of a payload.
func keyOf(source, group netip.Addr, payload []byte) (streamKey, Packet) {
	p, err := ParsePacket(payload)
	return streamKey{source: source, group: group, stream: p.Stream, ours: err == nil}, p
}

// arrivals is what arrived of one stream. The zero value is nothing.
type arrivals struct {
	packets    uint64
	duplicated uint64
	reordered  uint64
	window     window
	first      int64 // nanoseconds since 1970, as are all times here
	last       int64
	maxGapAt   int64
	captured   uint64 // packets without the kernel's stamp of their reception
	gaps       testbed.Histogram
	delays     testbed.Histogram
}

// add counts one packet that the kernel took in at the given time. Other UDP has no header, so neither order nor delay.
func (a *arrivals) add(ours bool, p Packet, at arrivalTime) {
	a.space(at.ns)
	if !at.atReception {
		a.captured++
	}
	a.packets++
	a.last = at.ns
	if !ours {
		return
	}
	switch a.window.add(p.Sequence) {
	case duplicated:
		a.duplicated++
	case late:
		a.reordered++
	case inOrder:
	}
	a.delays.Add(time.Duration(at.ns - p.SentAt))
}

// space counts the time since the packet before.
func (a *arrivals) space(at int64) {
	if a.packets == 0 {
		a.first = at
		return
	}
	gap := time.Duration(at - a.last)
	if gap > a.gaps.Max() {
		a.maxGapAt = at
	}
	a.gaps.Add(gap)
}

// reception puts the counters into the words of testbed. Received has each packet once: duplicates are apart.
func (a *arrivals) reception(k streamKey) testbed.Reception {
	r := testbed.Reception{
		Source: k.source, Group: k.group, Stream: k.stream,
		Received:   a.packets - a.duplicated,
		Lost:       a.window.lost(),
		Duplicated: a.duplicated,
		Reordered:  a.reordered,
		First:      time.Unix(0, a.first),
		Last:       time.Unix(0, a.last),
		Clock:      testbed.ClockReception,
	}
	r.SetTimes(&a.gaps, &a.delays)
	if r.MaxGap > 0 {
		r.MaxGapAt = time.Unix(0, a.maxGapAt)
	}
	if a.captured > 0 {
		r.Clock = testbed.ClockCapture
	}
	return r
}

// SortReceptions orders by host, source, group, stream. Hosts compare by length first, so that h2 comes before h10.
func SortReceptions(rs []testbed.Reception) {
	slices.SortFunc(rs, func(a, b testbed.Reception) int {
		return cmp.Or(
			cmp.Compare(len(a.Host), len(b.Host)), cmp.Compare(a.Host, b.Host),
			a.Source.Compare(b.Source), a.Group.Compare(b.Group), cmp.Compare(a.Stream, b.Stream),
		)
	})
}
