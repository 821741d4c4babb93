package bench

import (
	"context"
	"fmt"
	"time"

	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/traffic"
	"crosspoint/topology"
)

const (
	floodRate = 100_000 // reports a second
	floodTime = 10 * time.Second
	// floodQueue is how many bytes may wait for the controller before a fake switch drops reports of the flood, as Open vSwitch does.
	floodQueue = 256 << 10
	// strangeGroups is how many groups that nobody allowed the flood is about.
	strangeGroups = 1_000
)

func floodWorkloads() []Workload {
	return []Workload{
		{
			Name: "flood.ovs", About: "one port floods 100,000 IGMP reports/s for 10 s, another joins meanwhile", OVS: true,
			Series: []string{"flood.ovs", "flood.ovs.leave", "flood.sent"}, Run: runFloodOVS,
		},
		{
			Name: "flood.bare", About: "the same without the meter of a switch in front: 100,000 PACKET_INs/s", Series: []string{"flood.bare", "flood.memory"}, Run: runFloodBare,
		},
	}
}

func floodRows() []Row {
	return []Row{
		{
			Name: "flood.join.p99", Title: "another port's join while one floods 100,000 reports/s, slowest 1 %, Open vSwitch", Unit: "ms",
			Series: "flood.ovs", Stat: P99, Target: atMost(50),
		},
		{Name: "flood.sent", Title: "reports a second that the flooding host got out", Unit: "/s", Series: "flood.sent", HigherIsBetter: true},
		{
			Name: "flood.bare.join.p99", Title: "the same at a controller that no meter protects: PACKET_IN → GROUP_MOD", Unit: "ms",
			Series: "flood.bare", Stat: P99, Target: atMost(50),
		},
		{Name: "flood.memory", Title: "memory of the controller after that flood, more than before", Unit: "MiB", Series: "flood.memory", Target: atMost(64)},
	}
}

func runFloodOVS(ctx context.Context, s *Stand) error {
	j := newJob(testbed.Single(3), onJoinFlow(0, "h1", "h2"))
	only := func() []contender { return []contender{s.crosspoint()} }
	return s.inTurn(ctx, s.rounds(1), only, j, func(c contender, f *ovs.Fabric) error {
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
			sent, err := f.Flood(ctx, "h3", traffic.FloodRequest{Source: j.host("h1").Addr, First: groupAt(1), Groups: strangeGroups, Rate: floodRate, For: floodTime})
			done <- flooded{sent, err}
		}()
		settle(ctx, 500*time.Millisecond)
		p, err := f.Probe(ctx, "h2", longProbe(j))
		flood := <-done
		if err != nil || flood.err != nil {
			return fmt.Errorf("probe during flood: %v, flood: %v", err, flood.err)
		}
		r := longProbe(j)
		s.Book.AddAnswered("flood.ovs", c.name(), r.Count-len(p.Joins), float64(r.Patience)/float64(time.Millisecond), milliseconds(p.Joins)...)
		s.Book.Add("flood.sent", c.name(), float64(flood.sent)/floodTime.Seconds())
		return nil
	})
}

// longProbe is a probe that ends before the flood does, if joins are answered at all.
func longProbe(j job) traffic.ProbeRequest {
	r := j.probing(60, traffic.ByV3)
	r.Hold = 20 * time.Millisecond
	return r
}

func runFloodBare(ctx context.Context, s *Stand) error {
	j := newJob(testbed.Single(4))
	for i := range 200 {
		j.flows = append(j.flows, jobFlow{
			name: fmt.Sprint("flow", i), group: groupAt(i), sender: "h1", receivers: []string{"h2"}, onJoin: true, bandwidth: "10kbit/s", rate: 10 * topology.Kbit,
		})
	}
	for range s.rounds(1) {
		c := s.crosspoint()
		if err := s.onFake(ctx, c, j, func(f *fakeSwitch) error { return s.floodBare(ctx, c, f) }); err != nil {
			return err
		}
	}
	return nil
}

// floodBare floods by one goroutine while another joins, one join after the other.
func (s *Stand) floodBare(ctx context.Context, c contender, f *fakeSwitch) error {
	settle(ctx, time.Second)
	before, err := memory(c.pid(), "VmRSS")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, floodTime)
	defer cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); f.flood(ctx) }()
	err = s.joinMeanwhile(ctx, c, f)
	<-ended
	if err != nil {
		return err
	}
	after, err := memory(c.pid(), "VmRSS")
	s.Book.Add("flood.memory", c.name(), after-before)
	return err
}

// flood sends reports of one port at floodRate until ctx ends; what does not fit the queue is lost.
func (f *fakeSwitch) flood(ctx context.Context) {
	var reports []openflow.Message
	for i := range 2 * strangeGroups {
		reports = append(reports, f.report("h3", groupAt(10_000+i%strangeGroups), i < strangeGroups))
	}
	start, next := time.Now(), 0
	for ctx.Err() == nil {
		for due := int(time.Since(start).Seconds() * floodRate); next < due; next++ {
			if f.conn.Stats().QueueBytes < floodQueue {
				_ = f.conn.Send(reports[next%len(reports)])
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// joinMeanwhile joins flow after flow until ctx ends or all are joined.
func (s *Stand) joinMeanwhile(ctx context.Context, c contender, f *fakeSwitch) error {
	var each []time.Duration
	for _, flow := range f.job.flows {
		settle(ctx, 40*time.Millisecond)
		f.mu.Lock()
		before := f.changed
		f.mu.Unlock()
		start := time.Now()
		if err := f.conn.Send(f.report("h2", flow.group, true)); err != nil {
			return err
		}
		last, err := f.wait(ctx, "a join during the flood", func(changed, _ int) bool { return changed > before })
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		each = append(each, last.Sub(start))
	}
	s.Book.Add("flood.bare", c.name(), milliseconds(each)...)
	return nil
}
