package ops

import (
	"errors"
	"time"
)

// look is what readings of one switch have told so far, or why there are none.
//
// A meter counts at once, so that any two readings of it give a rate. The count of an entry may lag: Open vSwitch brings it up to date every half
// second, so that two readings a second apart may be one, two or three steps apart, and the rate half as much again as what passes, or half of it.
// So the rate of entries is told from two moments at which the count was seen to step: reading often enough tells these.
type look struct {
	from, to reading       // what the rates are from
	gap      time.Duration // how much earlier than from the count may have become what it is there; 0: any moment serves, or none was seen
	grew     reading       // the latest in which a count was larger than before, or the first
	last     reading
	begun    bool // for this request
	done     bool // a further reading would tell no more
	err      error
}

// begin goes on with an earlier look.
func (l *look) begin() {
	if !l.done {
		l.from, l.gap = l.last, 0
	}
	l.to, l.begun, l.done = l.from, false, false
}

// end makes do with what there is.
func (l *look) end() {
	switch {
	case l.err != nil:
	case !l.begun:
		l.err = errors.New("there was no time to read the switch")
	case !l.done:
		l.to = l.last
	}
}

// add takes in a reading.
func (l *look) add(r reading) {
	before := l.last
	l.last, l.begun = r, true
	switch {
	case before.at.IsZero() || afresh(before.sent, r.sent) || afresh(before.forwarded, r.forwarded):
		l.from, l.to, l.gap, l.grew = r, r, 0, r
		l.done = !l.holds()
	case r.dropped != nil:
		l.addMetered(r)
	default:
		l.addCounted(r, r.since(before), r.grown(before))
	}
}

// addMetered takes in a reading that is exact. One that shows no packet says so only after a long look.
func (l *look) addMetered(r reading) {
	l.to = r
	l.done = l.window() >= longLook || r.sent.packets > l.from.sent.packets
}

// addCounted takes in a reading of entries alone, so much later than the one before.
func (l *look) addCounted(r reading, gap time.Duration, grown bool) {
	switch {
	case !grown && r.since(l.grew) >= longLook:
		l.from, l.to, l.gap, l.done = l.grew, r, 0, true
	case !grown:
	case l.gap == 0 || gap < l.gap/2:
		l.from, l.to, l.gap, l.grew = r, r, gap, r
	default:
		l.to, l.grew = r, r
		l.done = l.window() >= exactness*(l.gap+gap)
	}
}

// pause is the time before the next reading.
func (l *look) pause() time.Duration {
	switch {
	case !l.begun:
		return 0
	case l.last.dropped != nil && l.window() == 0:
		return shortLook
	case l.last.dropped != nil:
		return longLook - l.window()
	case l.gap > 0 && l.last.since(l.from) == 0:
		return edgeRest
	}
	return edgeLook
}

// window is the time between the readings, by whichever count the switch has.
func (l *look) window() time.Duration { return l.to.since(l.from) }

// holds reports whether the switch has an entry for the flow.
func (l *look) holds() bool { return l.last.sent != nil || l.last.forwarded != nil }

// traffic is one count as it is now, and how fast it grew.
func (l *look) traffic(of func(reading) *tally) *Traffic {
	from, to, now := of(l.from), of(l.to), of(l.last)
	if now == nil {
		return nil
	}
	t := &Traffic{Packets: now.packets, Bytes: now.bytes}
	if w := window(from, to).Seconds(); w > 0 {
		t.PacketsPerSecond = float64(to.packets-from.packets) / w
		t.BitsPerSecond = 8 * float64(to.bytes-from.bytes) / w
	}
	return t
}

// since is the time from another reading to this one by the switch's clock; 0 when they cannot be compared.
func (r reading) since(from reading) time.Duration {
	if w := window(from.sent, r.sent); w > 0 {
		return w
	}
	return window(from.forwarded, r.forwarded)
}

// grown reports whether a count is larger than in another reading.
func (r reading) grown(from reading) bool {
	return r.sent != nil && from.sent != nil && r.sent.packets > from.sent.packets ||
		r.forwarded != nil && from.forwarded != nil && r.forwarded.packets > from.forwarded.packets
}
