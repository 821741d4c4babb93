package bench

import (
	"context"
	"fmt"
	"time"

	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
	"crosspoint/topology"
)

// What routers need more time for than switches with a controller: a leave ends only after two queries, and a tree is pruned router by router.
// All have the same time.
const (
	routedJoins    = 10
	routedQuiet    = 250 * time.Millisecond // after the last packet
	routedPatience = 2 * time.Second
	routedRounds   = 3
	routedFailures = 3 // of each, each round of failures; each is a round to the bounds
	failingRounds  = 2
	routedComeback = time.Second
	manyJoined     = 1_000
	manyFailures   = 2
)

func routedWorkloads() []Workload {
	return []Workload{{
		Name: "peers.v3", About: "one switch or one router, a stream of 10,000 packets/s, IGMPv3 joins and leaves, by all that can be had", OVS: true, Peers: true,
		Series: []string{"v3", "v3.leave"}, Run: runPeersV3,
	}, {
		Name: "peers.routed", About: "2×4 leaf-spine, a stream of 10,000 packets/s: joins over three hops, then a link of the tree goes down; beside routers", OVS: true, Peers: true,
		Series: []string{"routed", "routed.leave", "routed.gap"}, Run: runRouted,
	}, {
		Name: "peers.many", About: "2×4 leaf-spine, a host joins 1,000 groups, 20 of them at 500 packets/s, then a link of the tree goes down; beside routers", OVS: true, Peers: true,
		Series: []string{"many.join", "many.gap"}, Run: runMany,
	}}
}

func routedRows() []Row {
	return []Row{
		{Name: "v3.join.p50", Title: "IGMPv3 report on the wire → first packet, one switch (forwarding in a process) or router (in the kernel), beside peers", Unit: "ms", Series: "v3", Stat: Median, Floor: Raw},
		{Name: "v3.join.p99", Title: "the slowest 1 % of these", Unit: "ms", Series: "v3", Stat: P99, Floor: Raw},
		{Name: "v3.leave.p50", Title: "IGMPv3 leave on the wire → last packet, beside peers (routers ask twice, 100 ms each, whether anyone is left)", Unit: "ms", Series: "v3.leave", Stat: Median, Floor: Raw},
		{Name: "routed.join.p50", Title: "IGMPv3 report → first packet over three switches (forwarding in a process), or three routers (in the kernel), 2×4 leaf-spine", Unit: "ms", Series: "routed", Stat: Median, Floor: Raw},
		{Name: "routed.gap", Title: "longest gap of a receiver when a link of the tree goes down, beside routers with OSPF, PIM and BFD", Unit: "ms", Series: "routed.gap", Stat: Max, Floor: Raw},
		{Name: "many.join", Title: "a host joins 1,000 groups by its kernel: first join asked → all of 20 watched streams flow", Unit: "ms", Series: "many.join", Stat: Median},
		{Name: "many.gap", Title: "a link of the tree goes down under 1,000 groups: the longest gap of any of 20 streams", Unit: "ms", Series: "many.gap", Stat: Max},
	}
}

func runPeersV3(ctx context.Context, s *Stand) error {
	j := newJob(inSubnets(testbed.Single(3)), onJoinFlow(0, "h1", "h2"))
	all := func() []player { return s.players(s.contenders(), frr{}) }
	return s.byTurns(ctx, s.rounds(3), all, j, func(p player, g ground) error {
		if err := j.send(ctx, g, 0, streamRate); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		return s.timeJoins(ctx, p, g, "h2", "v3", j.probing(25, traffic.ByV3))
	})
}

func runRouted(ctx context.Context, s *Stand) error {
	j := newJob(inSubnets(testbed.LeafSpine(2, 4, 1)), onJoinFlow(0, "h1", "h4"))
	all := func() []player { return s.players(s.contenders(), frr{}) }
	err := s.byTurns(ctx, s.rounds(routedRounds), all, j, func(p player, g ground) error {
		if err := j.send(ctx, g, 0, streamRate); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		r := j.probing(routedJoins, traffic.ByV3)
		r.Quiet, r.Patience = routedQuiet, routedPatience
		return s.timeJoins(ctx, p, g, "h4", "routed", r)
	})
	if err != nil {
		return err
	}
	return s.runRoutedFailures(ctx)
}

// runRoutedFailures breaks the link that carries a flow. Its receiver has joined it by its kernel, which routers need.
func (s *Stand) runRoutedFailures(ctx context.Context) error {
	j := failingJob(1, streamBandwidth, 50*topology.Mbit)
	j = newJob(inSubnets(j.topo), j.flows...)
	all := func() []player {
		return s.players([]contender{&rawClient{alternates: spines}, s.crosspoint()}, frr{})
	}
	return s.byTurns(ctx, s.rounds(failingRounds), all, j, func(p player, g ground) error {
		if err := j.send(ctx, g, 0, streamRate); err != nil {
			return err
		}
		if err := j.joinAll(ctx, g, "h4"); err != nil {
			return err
		}
		settle(ctx, time.Second)
		return s.failRouted(ctx, p, g, j, "routed.gap", routedFailures, 1)
	})
}

// joinAll has a host's kernel join all flows.
func (j job) joinAll(ctx context.Context, g ground, host string) error {
	for _, f := range j.flows {
		if err := g.Join(ctx, host, testbed.Join{Group: f.group, Source: j.host(f.sender).Addr}); err != nil {
			return err
		}
	}
	return nil
}

// failRouted breaks the link that carries the first flow several times, and files the gap of every stream.
func (s *Stand) failRouted(ctx context.Context, p player, g ground, j job, series string, failures, streams int) error {
	for n := range failures {
		if err := rested(ctx, p, g, j); err != nil {
			return err
		}
		spine, err := spineInUse(ctx, p, g, j.flows[0], n)
		if err != nil {
			return err
		}
		gaps, err := breakLink(ctx, g, spine, routedComeback)
		if err != nil {
			return fmt.Errorf("failure %d: %w", n+1, err)
		}
		if len(gaps) != streams {
			return fmt.Errorf("failure %d: %d of %d streams arrived", n+1, len(gaps), streams)
		}
		s.Book.Add(series, p.name(), gaps...)
		if _, err := g.SetLink(ctx, senderLeaf, spine, true); err != nil {
			return err
		}
	}
	return nil
}

// comebackPatience is how long a stream is waited for after its link went down; one that stays away counts as long as it was waited for.
const comebackPatience = 20 * time.Second

// breakLink takes the link from the sender's leaf to a spine down, and gives the gap of each stream at the receiver.
func breakLink(ctx context.Context, f ground, spine string, wait time.Duration) (gaps []float64, err error) {
	if err := f.ResetReceptions(ctx); err != nil {
		return nil, err
	}
	settle(ctx, 150*time.Millisecond)
	if _, err := f.SetLink(ctx, senderLeaf, spine, false); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(comebackPatience); ; {
		settle(ctx, wait)
		asked := time.Now()
		receptions, err := f.Receptions(ctx)
		if err != nil {
			return nil, err
		}
		gaps, away := gapsOf(receptions, "h4", asked, wait/4)
		if away == 0 || asked.After(deadline) {
			return gaps, ctx.Err()
		}
	}
}

// gapsOf gives the gap of each stream at a host at a moment, and how many of them have not come for a while: those are not over.
func gapsOf(receptions []testbed.Reception, host string, at time.Time, while time.Duration) (gaps []float64, away int) {
	for _, r := range receptions {
		if r.Host != host {
			continue
		}
		gap := r.MaxGap
		if since := at.Sub(r.Last); since > while {
			away++
			gap = max(gap, since)
		}
		gaps = append(gaps, float64(gap)/float64(time.Millisecond))
	}
	return gaps, away
}

// spineInUse is the spine by which a flow goes before the n-th failure.
func spineInUse(ctx context.Context, p player, g ground, f jobFlow, n int) (string, error) {
	if x, ok := p.control.(*crosspointProcess); ok {
		return x.spineOf(ctx, f)
	}
	if r, ok := g.(*routers); ok {
		return r.nextHop(ctx, senderLeaf, f)
	}
	return spines[n%len(spines)], nil
}

// rested waits until all links can be used, also one that has just come back.
func rested(ctx context.Context, p player, g ground, j job) error {
	if x, ok := p.control.(*crosspointProcess); ok {
		return x.api.linksUp(ctx, j.topo)
	}
	if r, ok := g.(*routers); ok {
		return r.rested(ctx)
	}
	settle(ctx, 400*time.Millisecond)
	return ctx.Err()
}

// runMany has no floor: a report of the kernel is for many groups, which the raw client does not take apart.
func runMany(ctx context.Context, s *Stand) error {
	j := newJob(inSubnets(testbed.LeafSpine(2, 4, 1)))
	for i := range manyJoined {
		f := onJoinFlow(i, "h1", "h4")
		f.bandwidth, f.rate = "3Mbit/s", 3*topology.Mbit
		j.flows = append(j.flows, f)
	}
	all := func() []player { return s.players([]contender{s.crosspoint()}, frr{}) }
	return s.byTurns(ctx, s.rounds(routedRounds), all, j, func(p player, g ground) error {
		const step = manyJoined / manyStreams
		for i := range manyStreams {
			if err := j.send(ctx, g, (i+1)*step-1, manyStreamed); err != nil {
				return err
			}
		}
		settle(ctx, time.Second)
		took, err := j.joinMany(ctx, g, "h4")
		if err != nil {
			return err
		}
		s.Book.Add("many.join", p.name(), float64(took)/float64(time.Millisecond))
		settle(ctx, routedComeback)
		return s.failRouted(ctx, p, g, j, "many.gap", manyFailures, manyStreams)
	})
}

// joinMany joins all flows and waits until all streams arrive; it gives the time from the first that was asked for to the last first packet.
func (j job) joinMany(ctx context.Context, g ground, host string) (took time.Duration, err error) {
	if err := g.ResetReceptions(ctx); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := j.joinAll(ctx, g, host); err != nil {
		return 0, err
	}
	return took, until(ctx, fmt.Sprintf("%d streams among %d groups to arrive", manyStreams, len(j.flows)), func() (bool, error) {
		settle(ctx, 200*time.Millisecond)
		receptions, err := g.Receptions(ctx)
		if err != nil {
			return false, err
		}
		arrived := 0
		for _, r := range receptions {
			if r.Host == host {
				arrived++
				took = max(took, r.First.Sub(start))
			}
		}
		return arrived == manyStreams, fmt.Errorf("%d arrive", arrived)
	})
}
