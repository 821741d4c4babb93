package ops

import (
	"context"
	"fmt"
	"time"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
)

// tally is one of a switch's counts, and for how long it had been counted.
type tally struct {
	packets, bytes uint64
	age            time.Duration
}

// reading is what a switch had counted of a flow at one moment. What it does not count is nil.
type reading struct {
	at                       time.Time // by the API's clock
	sent, dropped, forwarded *tally
}

// readingOf sorts out what a switch answered. What a sender sends and what is too much of it are the meter's to tell: Open vSwitch counts
// a packet for every entry that it would have passed, though the meter dropped it on the way.
func readingOf(at time.Time, entries openflow.FlowStatsReply, meters openflow.MeterStatsReply) reading {
	r := reading{at: at}
	for _, e := range entries {
		t := &tally{e.PacketCount, e.ByteCount, lasted(e.DurationSec, e.DurationNsec)}
		switch e.Table {
		case flows.TableGuard:
			r.sent = t
		case flows.TableMulticast:
			r.forwarded = t
		}
	}
	if r.sent == nil || len(meters) != 1 {
		return r
	}
	m := meters[0]
	age := lasted(m.DurationSec, m.DurationNsec)
	r.sent, r.dropped = &tally{m.PacketIn, m.ByteIn, age}, &tally{age: age}
	for _, b := range m.Bands {
		r.dropped.packets += b.PacketCount
		r.dropped.bytes += b.ByteCount
	}
	if r.forwarded != nil && r.dropped.packets <= r.sent.packets && r.dropped.bytes <= r.sent.bytes {
		r.forwarded = &tally{r.sent.packets - r.dropped.packets, r.sent.bytes - r.dropped.bytes, age}
	}
	return r
}

func lasted(sec, nsec uint32) time.Duration {
	return time.Duration(sec)*time.Second + time.Duration(nsec)
}

// afresh reports that a count cannot be compared with an earlier one: an entry came, went, or was made again in between.
func afresh(from, to *tally) bool {
	if from == nil || to == nil {
		return from != to
	}
	return to.age < from.age || to.packets < from.packets || to.bytes < from.bytes
}

// window is the time between two readings by the switch's clock; 0 when they cannot be compared.
func window(from, to *tally) time.Duration {
	if from == nil || afresh(from, to) {
		return 0
	}
	return to.age - from.age
}

// look is two readings of a switch, or why there are none.
type look struct {
	from, to reading
	err      error
}

// window is the time between the readings, by whichever count the switch has.
func (l look) window() time.Duration {
	if w := window(l.from.sent, l.to.sent); w > 0 {
		return w
	}
	return window(l.from.forwarded, l.to.forwarded)
}

// holds reports whether the switch has an entry for the flow.
func (l look) holds() bool { return l.to.sent != nil || l.to.forwarded != nil }

// enough reports whether a further reading would tell no more. Meters count at once, so a short window does for the rate of what is sent, if
// anything is. Entries may be brought up to date only twice a second: over a short window they would show nothing, or twice what passes.
func (l look) enough() bool {
	if l.err != nil || !l.holds() || l.window() >= longLook {
		return true
	}
	metered := l.from.dropped != nil && l.to.dropped != nil
	return metered && window(l.from.sent, l.to.sent) > 0 && l.to.sent.packets > l.from.sent.packets
}

// count adds what the switches count to a status.
func (a *API) count(ctx context.Context, x *index, f *core.FlowView, s *FlowStatus) {
	looks := a.look(ctx, x, f, s.Hops)
	for i := range s.Hops {
		s.Hops[i].count(looks[i])
	}
	if len(s.Hops) > 0 {
		s.markSilent(looks[0])
	}
}

func (h *FlowHop) count(l look) {
	if l.err != nil {
		h.Problem = l.err.Error()
		return
	}
	if !l.holds() {
		h.Problem = "the switch holds no entry for the flow"
	}
	h.Sent, h.Dropped, h.Forwarded = traffic(l.from.sent, l.to.sent), traffic(l.from.dropped, l.to.dropped), traffic(l.from.forwarded, l.to.forwarded)
	h.WindowSeconds = l.window().Seconds()
}

func traffic(from, to *tally) *Traffic {
	if to == nil {
		return nil
	}
	t := &Traffic{Packets: to.packets, Bytes: to.bytes}
	if w := window(from, to).Seconds(); w > 0 {
		t.PacketsPerSecond = float64(to.packets-from.packets) / w
		t.BitsPerSecond = 8 * float64(to.bytes-from.bytes) / w
	}
	return t
}

// markSilent tells receivers that would get the flow from those that get it. The first hop is the sender's own switch.
func (s *FlowStatus) markSilent(sender look) {
	w := window(sender.from.sent, sender.to.sent)
	if w == 0 || sender.to.sent.packets != sender.from.sent.packets {
		return
	}
	for i := range s.Receivers {
		if r := &s.Receivers[i]; r.State == DeliveryForwarding {
			r.State = DeliverySilent
			r.Reason = fmt.Sprintf("nothing came from the sender at %s in %.1f s", s.Hops[0].In, w.Seconds())
		}
	}
}
