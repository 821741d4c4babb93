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

func (r reading) ofSent() *tally      { return r.sent }
func (r reading) ofDropped() *tally   { return r.dropped }
func (r reading) ofForwarded() *tally { return r.forwarded }

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
	h.Sent, h.Dropped, h.Forwarded = l.traffic(reading.ofSent), l.traffic(reading.ofDropped), l.traffic(reading.ofForwarded)
	h.WindowSeconds = l.window().Seconds()
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
