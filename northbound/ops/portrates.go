package ops

import (
	"context"
	"sync"
	"time"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// measured is what ports were measured to take in and send.
type measured map[topology.PortRef]portRate

type portRate struct{ in, out *Traffic }

// portReading is what the ports of a switch had counted at one moment.
type portReading struct {
	at    time.Time // by the API's clock
	ports map[topology.PortID]openflow.PortStats
}

// portPair is an older reading to compare with, and the latest.
type portPair struct{ from, to portReading }

// portSamples keeps two readings of each switch from one request to the next.
type portSamples struct {
	mu   sync.Mutex // guards kept: requests are served at the same time
	kept map[topology.SwitchID]portPair
}

// portWindow is the oldest reading that a rate is told from.
const portWindow = 10 * time.Second

// since gives the readings that are still good to compare with; the zero value when there is none.
func (s *portSamples) since(sw topology.SwitchID, now time.Time) portPair {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.kept[sw]
	if now.Sub(kept.to.at) > portWindow {
		return portPair{}
	}
	if now.Sub(kept.from.at) > portWindow {
		kept.from = kept.to
	}
	return kept
}

// keep stores readings. There are no more than switches that were ever known.
func (s *portSamples) keep(sw topology.SwitchID, pair portPair) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[topology.SwitchID]portPair{}
	}
	s.kept[sw] = pair
}

// portRates reads the port counters of the connected switches that a filter keeps, twice where nothing recent is known of them.
func (a *API) portRates(ctx context.Context, x *index, f filter) measured {
	var open []topology.SwitchID
	pairs := make([]portPair, len(x.Switches))
	list := []int{}
	for _, sw := range x.Switches {
		if sw.Connected && (f.sw == nil || *f.sw == sw.ID) {
			pairs[len(open)] = a.ports.since(sw.ID, a.now())
			list = append(list, len(open))
			open = append(open, sw.ID)
		}
	}
	for round := 0; round < 2 && len(list) > 0; round++ {
		if round > 0 && !sleep(ctx, shortLook) {
			break
		}
		a.readAll(ctx, list, func(i int) { a.readPorts(ctx, open[i], &pairs[i]) })
		list = unpaired(list, pairs)
	}
	out := measured{}
	for i, sw := range open {
		if !pairs[i].to.at.IsZero() {
			a.ports.keep(sw, pairs[i])
		}
		pairs[i].rates(sw, out)
	}
	return out
}

// unpaired keeps what was read, but has nothing to compare with yet.
func unpaired(list []int, pairs []portPair) []int {
	var again []int
	for _, i := range list {
		if !pairs[i].to.at.IsZero() && !pairs[i].to.at.After(pairs[i].from.at) {
			again = append(again, i)
		}
	}
	return again
}

func (a *API) readPorts(ctx context.Context, sw topology.SwitchID, pair *portPair) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	stats, err := a.Controller.PortCounters(ctx, sw)
	if err != nil {
		a.warn(err, "the port counters of switch "+sw.String()+" could not be read")
		return
	}
	r := portReading{a.now(), make(map[topology.PortID]openflow.PortStats, len(stats))}
	for _, p := range stats {
		r.ports[topology.PortID(p.Port)] = p
	}
	if pair.from.at.IsZero() {
		pair.from = r
	}
	pair.to = r
}

// rates adds what changed between two readings. A port that counts afresh, or is in one of them only, has no rate.
func (pair portPair) rates(sw topology.SwitchID, out measured) {
	seconds := pair.to.at.Sub(pair.from.at).Seconds()
	if seconds <= 0 {
		return
	}
	for id, now := range pair.to.ports {
		before, known := pair.from.ports[id]
		if !known {
			continue
		}
		out[topology.PortRef{Switch: sw, Port: id}] = portRate{
			in:  grown(before.RxPackets, now.RxPackets, before.RxBytes, now.RxBytes, seconds),
			out: grown(before.TxPackets, now.TxPackets, before.TxBytes, now.TxBytes, seconds),
		}
	}
}

// grown is a count and its growth; nil when it cannot be compared, or the switch does not count (OpenFlow 1.3.5 §7.3.5.6: all ones).
func grown(packets, packetsNow, bytes, bytesNow uint64, seconds float64) *Traffic {
	if packetsNow < packets || bytesNow < bytes || bytesNow == ^uint64(0) || packetsNow == ^uint64(0) {
		return nil
	}
	return &Traffic{
		Packets: packetsNow, Bytes: bytesNow,
		PacketsPerSecond: float64(packetsNow-packets) / seconds, BitsPerSecond: 8 * float64(bytesNow-bytes) / seconds,
	}
}

func measurePort(m measured, p *Port) {
	rate := m[topology.PortRef{Switch: p.Switch, Port: p.Port}]
	if p.In != nil && p.Out != nil {
		p.In.Measured, p.Out.Measured = rate.in, rate.out
	}
}

func measureLink(m measured, l *Link) {
	l.Measured = m[topology.PortRef{Switch: l.From.Switch, Port: l.From.Port}].out
}
