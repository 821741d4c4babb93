package opstest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// What the camera sends, and what is too much of it, in a second.
const (
	packetRate, dropRate = 2400, 25
	frameBytes           = 1358
)

// Time that passes with a reading: a second for a switch with a meter, which two readings are enough of; where there are only entries so little
// that readings are seen to be close to each other.
const (
	meterTick = time.Second
	entryTick = 25 * time.Millisecond
)

// ticks counts the readings of each switch and owner.
type ticks struct {
	mu sync.Mutex // requests are served at the same time
	of map[reader]uint64
}

type reader struct {
	sw     topology.SwitchID
	cookie uint64
}

func (t *ticks) next(r reader) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[reader]uint64{}
	}
	t.of[r]++
	return t.of[r]
}

// Counters counts on with every reading. The flow "Camera 1 clean" is sent, and a little too much of it; of the other nothing comes. lf3
// cannot be read.
func (c *Controller) Counters(_ context.Context, sw topology.SwitchID, cookie uint64) (openflow.FlowStatsReply, openflow.MeterStatsReply, error) {
	if sw == Leaf3 {
		return nil, nil, fmt.Errorf("switch %s is away", sw)
	}
	object := flows.OwnerOf(cookie).Object
	tick := entryTick
	if sw == Leaf1 {
		tick = meterTick
	}
	age := time.Minute + time.Duration(c.ticks.next(reader{sw, cookie}))*tick
	seconds, nanoseconds := uint32(age/time.Second), uint32(age%time.Second)
	sent, dropped := uint64(age.Milliseconds())*packetRate/1000, uint64(age.Milliseconds())*dropRate/1000
	if object != CleanObject {
		sent, dropped = 0, 0
	}
	entry := func(table openflow.TableID, packets uint64) openflow.FlowStats {
		return openflow.FlowStats{Table: table, Cookie: cookie, DurationSec: seconds, DurationNsec: nanoseconds, PacketCount: packets, ByteCount: packets * frameBytes}
	}
	if sw != Leaf1 {
		return openflow.FlowStatsReply{entry(flows.TableMulticast, sent-dropped)}, nil, nil
	}
	meter := openflow.MeterStats{
		Meter: openflow.MeterID(object), PacketIn: sent, ByteIn: sent * frameBytes, DurationSec: seconds,
		Bands: []openflow.BandCounter{{PacketCount: dropped, ByteCount: dropped * frameBytes}},
	}
	return openflow.FlowStatsReply{entry(flows.TableGuard, sent), entry(flows.TableMulticast, sent)}, openflow.MeterStatsReply{meter}, nil
}

// PortCounters gives what the ports of a switch have counted: each port takes in a thousand packets of 1,000 bytes between two readings, and
// sends twice as many.
func (c *Controller) PortCounters(_ context.Context, sw topology.SwitchID) (openflow.PortStatsReply, error) {
	if c.Err != nil {
		return nil, c.Err
	}
	var out openflow.PortStatsReply
	for _, view := range c.State.Switches {
		if view.ID != sw {
			continue
		}
		n := c.ticks.next(reader{sw: sw})
		for _, p := range view.Ports {
			out = append(out, openflow.PortStats{
				Port: openflow.PortNo(p.ID), RxPackets: 1000 * n, RxBytes: 1_000_000 * n, TxPackets: 2000 * n, TxBytes: 2_000_000 * n,
			})
		}
	}
	return out, nil
}
