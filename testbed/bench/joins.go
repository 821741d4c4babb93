package bench

import (
	"context"
	"fmt"
	"time"

	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/traffic"
	"crosspoint/topology"
)

const (
	streamRate = 10_000 // packets a second
	streamSize = 200    // bytes of payload
	// streamBandwidth has room for streamRate such packets with their headers.
	streamBandwidth = "50Mbit/s"
	streamPort      = 5004
)

// onJoinFlow is a flow at streamRate that its receivers get when they join.
func onJoinFlow(i int, sender string, receivers ...string) jobFlow {
	return jobFlow{
		name: fmt.Sprint("flow", i), group: groupAt(i), sender: sender, receivers: receivers, onJoin: true,
		bandwidth: streamBandwidth, rate: 50 * topology.Mbit,
	}
}

// stream has the sender of a flow send it.
func (j job) send(ctx context.Context, f ground, i, rate int) error {
	return f.Send(ctx, j.flows[i].sender, testbed.Stream{ID: uint32(i + 1), Group: j.flows[i].group, Port: streamPort, Rate: rate, Size: streamSize})
}

// settle lets a fabric come to rest before something is timed.
func settle(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// milliseconds turns durations into samples.
func milliseconds(ds []time.Duration) []float64 {
	out := make([]float64, len(ds))
	for i, d := range ds {
		out[i] = float64(d) / float64(time.Millisecond)
	}
	return out
}

// probing asks for joins of all flows of a job in turn, by the first receiver.
func (j job) probing(count int, by traffic.By) traffic.ProbeRequest {
	r := traffic.ProbeRequest{
		Source: j.host(j.flows[0].sender).Addr, Count: count, By: by,
		Hold: 8 * time.Millisecond, Quiet: 15 * time.Millisecond, Patience: time.Second,
	}
	for _, f := range j.flows {
		r.Groups = append(r.Groups, f.group)
	}
	return r
}

// timeJoins has a host join and leave, and files the times. What was never answered counts as long as it was waited for.
func (s *Stand) timeJoins(ctx context.Context, c named, f ground, host, series string, r traffic.ProbeRequest) error {
	p, err := f.Probe(ctx, host, r)
	if err != nil {
		return err
	}
	patience := float64(r.Patience) / float64(time.Millisecond)
	s.Book.AddAnswered(series, c.name(), r.Count-len(p.Joins), patience, milliseconds(p.Joins)...)
	if !r.Zap {
		s.Book.AddAnswered(series+".leave", c.name(), r.Count-len(p.Leaves), patience, milliseconds(p.Leaves)...)
	}
	return nil
}

// joinWorkloads are about joins on Open vSwitch.
func joinWorkloads() []Workload {
	return []Workload{
		{
			Name: "join", About: "one switch, a stream of 10,000 packets/s, joins and leaves by reports on the wire and by the kernel", OVS: true,
			Series: []string{"join", "join.leave", "join.kernel", "join.kernel.leave"}, Run: runJoins,
		},
		{
			Name: "graft", About: "2×4 leaf-spine, a stream of 10,000 packets/s, joins that graft three switches", OVS: true,
			Series: []string{"graft", "graft.leave"}, Run: runGrafts,
		},
		{
			Name: "zap", About: "one switch, a receiver steps through 100 flows", OVS: true,
			Series: []string{"zap"}, Run: runZaps,
		},
	}
}

func runJoins(ctx context.Context, s *Stand) error {
	j := newJob(testbed.Single(3), onJoinFlow(0, "h1", "h2"))
	return s.inTurn(ctx, s.rounds(4), s.contenders, j, func(c contender, f *ovs.Fabric) error {
		if err := j.send(ctx, f, 0, streamRate); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		if err := s.timeJoins(ctx, c, f, "h2", "join", j.probing(60, traffic.ByV3)); err != nil {
			return err
		}
		kernel := j.probing(6, traffic.ByKernel)
		kernel.Quiet = 60 * time.Millisecond // the kernel waits before it reports the leave, too
		return s.timeJoins(ctx, c, f, "h2", "join.kernel", kernel)
	})
}

func runGrafts(ctx context.Context, s *Stand) error {
	j := newJob(testbed.LeafSpine(2, 4, 1), onJoinFlow(0, "h1", "h4"))
	return s.inTurn(ctx, s.rounds(4), s.contenders, j, func(c contender, f *ovs.Fabric) error {
		if err := j.send(ctx, f, 0, streamRate); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		return s.timeJoins(ctx, c, f, "h4", "graft", j.probing(50, traffic.ByV3))
	})
}

// zapFlows is how many flows the receiver steps through, and zapRate how many packets a second each has: on average half an interval goes
// by until a flow has a packet to show, by whomever it is switched.
const (
	zapFlows = 100
	zapRate  = 200
)

func runZaps(ctx context.Context, s *Stand) error {
	j := newJob(testbed.Single(3))
	for i := range zapFlows {
		f := onJoinFlow(i, "h1", "h2")
		f.bandwidth, f.rate = "2Mbit/s", 2*topology.Mbit
		j.flows = append(j.flows, f)
	}
	return s.inTurn(ctx, s.rounds(3), s.contenders, j, func(c contender, f *ovs.Fabric) error {
		for i := range j.flows {
			if err := j.send(ctx, f, i, zapRate); err != nil {
				return err
			}
		}
		settle(ctx, 300*time.Millisecond)
		r := j.probing(zapFlows, traffic.ByV3)
		r.Zap = true
		return s.timeJoins(ctx, c, f, "h2", "zap", r)
	})
}
