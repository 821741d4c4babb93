package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/traffic"
	"crosspoint/topology"
)

const (
	floodRate = 100_000          // reports, or packets, a second
	floodTime = 10 * time.Second // each round
	// floodBurst is how many leave together. A thread that wakes for each of 100,000 a second leaves others no time: where they share two processors, the
	// sender of the stream waited for tens of milliseconds, and with it the packet that ends a join's time.
	floodBurst = 50
	// floodQueue is how many bytes may wait for the controller before a fake switch drops reports of the flood, as Open vSwitch does.
	floodQueue = 256 << 10
	// floodMemoryLimit is what a controller of a few ports may take up, in MiB, whatever one of them sends.
	floodMemoryLimit = 96
	// strangeGroups is how many groups that nobody allowed the flood is about.
	strangeGroups = 1_000
)

func floodWorkloads() []Workload {
	return []Workload{
		{
			Name: "flood.ovs", About: "one port floods 100,000 IGMP reports/s for 10 s, another joins meanwhile", OVS: true,
			Series: []string{"flood.ovs", "flood.ovs.leave", "flood.ovs.memory", "flood.sent"}, Run: runFloodOVS,
		},
		{
			Name: "flood.mld", About: "one port floods 100,000 MLD reports/s for 10 s, another joins meanwhile", OVS: true,
			Series: []string{"flood.mld", "flood.mld.leave", "flood.mld.memory", "flood.mld.sent"}, Run: runFloodMLD,
		},
		{
			Name: "flood.bare", About: "100,000 PACKET_INs/s for 10 s with IGMP reports of one port, without the meter of a switch in front, another port joins meanwhile", Series: []string{"flood.bare", "flood.bare.memory"},
			Run: func(ctx context.Context, s *Stand) error {
				return s.runFloodBare(ctx, "flood.bare", (*fakeSwitch).strangeReports)
			},
		},
		{
			Name: "flood.stream", About: "one port floods a stream that nobody allowed, 100,000 packets/s for 10 s, another joins meanwhile", OVS: true,
			Series: []string{"flood.stream", "flood.stream.leave", "flood.stream.memory", "flood.stream.sent"}, Run: runFloodStream,
		},
		{
			Name: "flood.packets", About: "100,000 PACKET_INs/s for 10 s that are no IGMP: ARP, neighbour discovery, forged LLDP, streams that nobody allowed, rubbish",
			Series: []string{"flood.packets", "flood.packets.memory"},
			Run: func(ctx context.Context, s *Stand) error {
				return s.runFloodBare(ctx, "flood.packets", (*fakeSwitch).strangePackets)
			},
		},
	}
}

func floodRows() []Row {
	return []Row{
		{
			Name: "flood.join.p99", Title: "another port's join while one floods 100,000 reports/s, slowest 1 %, Open vSwitch", Unit: "ms",
			Series: "flood.ovs", Stat: P99, Target: atMost(50),
		},
		{
			Name: "flood.mld.join.p99", Title: "another port's join while one floods 100,000 MLD reports/s, slowest 1 %, Open vSwitch", Unit: "ms",
			Series: "flood.mld", Stat: P99, Target: atMost(50),
		},
		{Name: "flood.mld.sent", Title: "MLD reports a second that the flooding host got out", Unit: "/s", Series: "flood.mld.sent", HigherIsBetter: true},
		{Name: "flood.sent", Title: "reports a second that the flooding host got out", Unit: "/s", Series: "flood.sent", HigherIsBetter: true},
		{
			Name: "flood.bare.join.p99", Title: "a join at a controller that no meter protects from 100,000 reports/s: PACKET_IN → GROUP_MOD, slowest 1 %", Unit: "ms",
			Series: "flood.bare", Stat: P99, Target: atMost(50),
		},
		floodMemory("flood.ovs.memory", "a flood of reports, Open vSwitch", "flood.ovs.memory"),
		floodMemory("flood.mld.memory", "a flood of MLD reports, Open vSwitch", "flood.mld.memory"),
		floodMemory("flood.memory", "a flood of reports that no meter bounds", "flood.bare.memory"),
		{
			Name: "flood.stream.join.p99", Title: "another port's join while one floods a stream that nobody allowed, slowest 1 %, Open vSwitch", Unit: "ms",
			Series: "flood.stream", Stat: P99, Target: atMost(50),
		},
		{Name: "flood.stream.sent", Title: "packets a second that the flooding host got out", Unit: "/s", Series: "flood.stream.sent", HigherIsBetter: true},
		{
			Name: "flood.packets.join.p99", Title: "a join at a controller that no meter protects from 100,000 other PACKET_INs/s: PACKET_IN → GROUP_MOD, slowest 1 %", Unit: "ms",
			Series: "flood.packets", Stat: P99, Target: atMost(50),
		},
		floodMemory("flood.stream.memory", "a flood of a stream, Open vSwitch", "flood.stream.memory"),
		floodMemory("flood.packets.memory", "a flood of other PACKET_INs", "flood.packets.memory"),
	}
}

// floodMemory is a row of what a controller's memory was at its peak, startup and set-up included. It is the sum of what a small network needs and of
// what all bounds on a port's denials, hosts and queues come to, so it does not depend on how long a flood goes on.
func floodMemory(name, during, series string) Row {
	return Row{Name: name, Title: "memory of the controller at most, in " + during, Unit: "MiB", Series: series, Target: atMost(floodMemoryLimit)}
}

func runFloodOVS(ctx context.Context, s *Stand) error {
	return s.floodOVS(ctx, "flood.ovs", "flood.sent", func(f *ovs.Fabric, j job) (uint64, error) {
		return f.Flood(ctx, "h3", traffic.FloodRequest{Source: j.host("h1").Addr, First: groupAt(1), Groups: strangeGroups, Rate: floodRate, Burst: floodBurst, For: floodTime})
	})
}

func runFloodMLD(ctx context.Context, s *Stand) error {
	first := netip.AddrFrom16([16]byte{0xff, 0x15, 15: 1})
	return s.floodOVS(ctx, "flood.mld", "flood.mld.sent", func(f *ovs.Fabric, j job) (uint64, error) {
		return f.Flood(ctx, "h3", traffic.FloodRequest{Source: j.host("h1").Addr6, First: first, Groups: strangeGroups, Rate: floodRate, Burst: floodBurst, For: floodTime})
	})
}

func runFloodStream(ctx context.Context, s *Stand) error {
	const stranger = 1000
	return s.floodOVS(ctx, "flood.stream", "flood.stream.sent", func(f *ovs.Fabric, j job) (uint64, error) {
		if err := f.Send(ctx, "h3", testbed.Stream{ID: stranger, Group: groupAt(stranger), Port: streamPort, Rate: floodRate, Burst: floodBurst, Size: streamSize}); err != nil {
			return 0, err
		}
		settle(ctx, floodTime)
		return f.StopSend(ctx, "h3", stranger)
	})
}

// floodOVS has one host flood while another joins and leaves.
func (s *Stand) floodOVS(ctx context.Context, series, sent string, flood func(*ovs.Fabric, job) (uint64, error)) error {
	j := newJob(testbed.Single(3), onJoinFlow(0, "h1", "h2"))
	return s.inTurn(ctx, s.rounds(1), s.contenders, j, func(c contender, f *ovs.Fabric) error {
		if err := j.send(ctx, f, 0, 2_000); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		type flooded struct {
			sent uint64
			err  error
		}
		done := make(chan flooded, 1)
		go func() {
			sent, err := flood(f, j)
			done <- flooded{sent, err}
		}()
		settle(ctx, 300*time.Millisecond)
		err := s.timeJoins(ctx, c, f, "h2", series, longProbe(j))
		got := <-done
		s.Book.Add(sent, c.name(), float64(got.sent)/floodTime.Seconds())
		return errors.Join(err, got.err, s.peakMemory(c, series))
	})
}

// peakMemory files the most memory that a contender has had, if it has a process of its own.
func (s *Stand) peakMemory(c contender, series string) error {
	if c.pid() == 0 {
		return nil
	}
	peak, err := memory(c.pid(), "VmHWM")
	if err == nil {
		s.Book.Add(series+".memory", c.name(), peak)
	}
	return err
}

// longProbe is a probe that goes on for most of the flood, and ends before it does if joins are answered at all.
func longProbe(j job) traffic.ProbeRequest {
	r := j.probing(180, traffic.ByV3)
	r.Hold = 15 * time.Millisecond
	return r
}

// runFloodBare floods a controller through a switch that only talks.
func (s *Stand) runFloodBare(ctx context.Context, series string, packets func(*fakeSwitch) []openflow.Message) error {
	j := newJob(testbed.Single(4))
	for i := range 200 {
		j.flows = append(j.flows, jobFlow{
			name: fmt.Sprint("flow", i), group: groupAt(i), sender: "h1", receivers: []string{"h2"}, onJoin: true, bandwidth: "10kbit/s", rate: 10 * topology.Kbit,
		})
	}
	for range s.rounds(1) {
		c := s.crosspoint()
		if err := s.onFake(ctx, c, j, func(f *fakeSwitch) error { return s.floodBare(ctx, c, f, series, packets(f)) }); err != nil {
			return err
		}
	}
	return nil
}

// floodBare floods by one goroutine while another joins, one join after the other.
func (s *Stand) floodBare(ctx context.Context, c contender, f *fakeSwitch, series string, packets []openflow.Message) error {
	settle(ctx, time.Second)
	ctx, cancel := context.WithTimeout(ctx, floodTime)
	defer cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); f.flood(ctx, packets) }()
	err := s.joinMeanwhile(ctx, c, f, series)
	<-ended
	return errors.Join(err, s.peakMemory(c, series))
}

// flood sends packets of one port in turn at floodRate until ctx ends; what does not fit the queue is lost.
func (f *fakeSwitch) flood(ctx context.Context, packets []openflow.Message) {
	start, next := time.Now(), 0
	for ctx.Err() == nil {
		for due := int(time.Since(start).Seconds() * floodRate); next < due; next++ {
			if f.conn.Stats().QueueBytes < floodQueue {
				_ = f.conn.Send(packets[next%len(packets)])
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// joinMeanwhile joins flow after flow until ctx ends or all are joined.
func (s *Stand) joinMeanwhile(ctx context.Context, c contender, f *fakeSwitch, series string) error {
	var each []time.Duration
	for _, flow := range f.job.flows {
		settle(ctx, floodTime*9/10/time.Duration(len(f.job.flows))) // spread over the flood
		f.mu.Lock()
		before := f.changed
		f.mu.Unlock()
		start := time.Now()
		if err := f.conn.Send(f.report("h2", flow.group, true)); err != nil {
			return err
		}
		last, err := f.wait(ctx, "a join during the flood", func(changed, _ int) bool { return changed > before })
		if ctx.Err() != nil {
			each = append(each, time.Since(start)) // so long at least
			break
		}
		if err != nil {
			return err
		}
		each = append(each, last.Sub(start))
	}
	s.Book.Add(series, c.name(), milliseconds(each)...)
	return nil
}
