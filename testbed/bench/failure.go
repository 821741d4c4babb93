package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/scenario"
	"crosspoint/topology"
)

// The failing fabric: h1 on lf1 sends to h4 on lf4 by way of one spine or the other.
const (
	failures = 3 // of a kind and of each contender, each round; each is a round to the bounds
	// failureRounds is how many rounds of them a quick run has.
	failureRounds = 2
	senderLeaf    = "lf1"
	manyFlows     = 500
	manyStreams   = 20 // of them, how many really send
	manyStreamed  = 500
)

var spines = []string{"sp1", "sp2"}

func failingJob(n int, bandwidth string, rate topology.Bandwidth) job {
	j := newJob(testbed.LeafSpine(2, 4, 1))
	for i := range n {
		j.flows = append(j.flows, jobFlow{name: fmt.Sprint("flow", i), group: groupAt(i), sender: "h1", receivers: []string{"h4"}, bandwidth: bandwidth, rate: rate})
	}
	return j
}

func failureWorkloads() []Workload {
	return []Workload{
		{
			Name: "link+switch", About: "a link of the tree goes down, and then a spine of it fails, its ports and its control connection: one flow at 10,000 packets/s on a 2×4 leaf-spine", OVS: true,
			Series: []string{"link.gap", "switch.gap"},
			Run: func(ctx context.Context, s *Stand) error {
				one := failure{streams: 1, rate: streamRate, step: 1, series: "link.gap", fail: failLink}
				whole := one
				whole.series, whole.fail = "switch.gap", failSwitch
				return s.runFailures(ctx, failingJob(1, streamBandwidth, 50*topology.Mbit), one, whole)
			},
		},
		{
			Name: "link500", About: "a link of the tree goes down under 500 flows", OVS: true, Series: []string{"link.gap.500"},
			Run: func(ctx context.Context, s *Stand) error {
				return s.runFailures(ctx, failingJob(manyFlows, "3Mbit/s", 3*topology.Mbit), failure{
					series: "link.gap.500", streams: manyStreams, rate: manyStreamed, step: manyFlows / manyStreams, fail: failLink,
				})
			},
		},
		{
			Name: "reroute", About: "500 flows over one spine, simulated over real sockets: PORT_STATUS → last barrier", Series: []string{"reroute.500"}, Run: runReroute,
		},
		{
			Name: "restart", About: "the controller is killed and started again, one flow at 10,000 packets/s", OVS: true,
			Series: []string{"restart.lost", "restart.back"}, Run: runRestart,
		},
	}
}

func failureRows() []Row {
	return []Row{
		{Name: "link.gap", Title: "longest gap of a receiver when a link of the tree goes down", Unit: "ms", Series: "link.gap", Stat: Max, Floor: Raw, Target: atMost(12)},
		{
			Name: "link.gap.500", Title: "longest gap of any of 20 streams when a link under 500 flows goes down", Unit: "ms",
			Series: "link.gap.500", Stat: Max, Floor: Raw, Target: atMost(50),
		},
		{Name: "switch.gap", Title: "longest gap of a receiver when a spine of the tree fails", Unit: "ms", Series: "switch.gap", Stat: Max, Floor: Raw},
		{Name: "reroute.500", Title: "500 flows over one spine: PORT_STATUS → last barrier, simulated switches", Unit: "ms", Series: "reroute.500", Target: atMost(20)},
		{Name: "restart.lost", Title: "packets lost or doubled when the controller is killed and started again", Unit: "packets", Series: "restart.lost", Stat: Sum, Target: atMost(0)},
		{Name: "restart.back", Title: "started again → all switches in step", Unit: "ms", Series: "restart.back"},
	}
}

// failure is what goes wrong while some of a job's flows carry streams.
type failure struct {
	series  string
	streams int // of each step-th flow
	rate    int
	step    int
	// fail breaks something at a spine, and gives what mends it.
	fail func(ctx context.Context, f *ovs.Fabric, spine string) (mend func(context.Context) error, err error)
}

// failLink takes the link from the sender's leaf to a spine down.
func failLink(ctx context.Context, f *ovs.Fabric, spine string) (func(context.Context) error, error) {
	set := func(ctx context.Context, up bool) error {
		_, err := f.SetLink(ctx, senderLeaf, spine, up)
		return err
	}
	return func(ctx context.Context) error { return set(ctx, true) }, set(ctx, false)
}

// failSwitch takes a spine out.
func failSwitch(ctx context.Context, f *ovs.Fabric, spine string) (func(context.Context) error, error) {
	_, revive, err := f.FailSwitch(ctx, spine)
	return revive, err
}

// runFailures breaks what carries all flows, several times in each way, in turn on either spine. All ways break the same streams.
func (s *Stand) runFailures(ctx context.Context, j job, ways ...failure) error {
	both := func() []contender { return []contender{&rawClient{alternates: spines}, s.crosspoint()} }
	return s.inTurn(ctx, s.rounds(failureRounds), both, j, func(c contender, f *ovs.Fabric) error {
		for i := range ways[0].streams {
			if err := j.send(ctx, f, i*ways[0].step, ways[0].rate); err != nil {
				return err
			}
		}
		for n := range len(ways) * failures {
			if err := s.fail(ctx, c, f, j, ways[n/failures], n); err != nil {
				return err
			}
		}
		return nil
	})
}

// fail files the n-th failure of a fabric.
func (s *Stand) fail(ctx context.Context, c contender, f *ovs.Fabric, j job, x failure, n int) error {
	gaps, err := x.once(ctx, c, f, j, n)
	if err != nil {
		return err
	}
	if len(gaps) != x.streams {
		return fmt.Errorf("%s, failure %d: %d of %d streams arrived", x.series, n+1, len(gaps), x.streams)
	}
	s.Book.Add(x.series, c.name(), gaps...)
	return nil
}

// once breaks what the spine in use does and mends it, and gives the gap of each stream.
func (x failure) once(ctx context.Context, c contender, f *ovs.Fabric, j job, n int) (gaps []float64, err error) {
	spine := spines[n%len(spines)]
	own, ok := c.(*crosspointProcess)
	if ok {
		if spine, err = own.spineOf(ctx, j.flows[0]); err != nil {
			return nil, err
		}
	}
	settle(ctx, 400*time.Millisecond)
	if err := f.ResetReceptions(ctx); err != nil {
		return nil, err
	}
	settle(ctx, 150*time.Millisecond)
	mend, err := x.fail(ctx, f, spine)
	if err != nil {
		return nil, err
	}
	if gaps, err = gapsAt(ctx, f, "h4"); err != nil {
		return nil, err
	}
	if err := mend(ctx); err != nil || !ok {
		return gaps, err
	}
	return gaps, own.api.linksUp(ctx, j.topo)
}

// resumedWithin is how lately a stream must have had a packet to be counted as going on, and resumePatience how long that is waited for.
const (
	resumedWithin  = 100 * time.Millisecond
	resumePatience = 5 * time.Second
)

// gapsAt waits until all streams that arrived at a host arrive again, or patience ends, and gives the longest gap of each, one that is not over included.
func gapsAt(ctx context.Context, f *ovs.Fabric, host string) (gaps []float64, err error) {
	settle(ctx, 400*time.Millisecond)
	for began := time.Now(); ; settle(ctx, resumedWithin) {
		asked := time.Now()
		receptions, err := f.Receptions(ctx)
		if err != nil {
			return nil, err
		}
		gaps = nil
		resumed := true
		for _, r := range receptions {
			if r.Host != host {
				continue
			}
			silence := asked.Sub(r.Last)
			resumed = resumed && silence < resumedWithin
			gaps = append(gaps, float64(max(r.MaxGap, silence))/float64(time.Millisecond))
		}
		if resumed || time.Since(began) > resumePatience || ctx.Err() != nil {
			return gaps, ctx.Err()
		}
	}
}

// spineOf finds the spine that carries a flow.
func (c *crosspointProcess) spineOf(ctx context.Context, f jobFlow) (string, error) {
	flow, err := c.api.ops().Flow(ctx, scenario.FlowID(f.name).String())
	if err != nil {
		return "", err
	}
	for _, h := range flow.Tree {
		for _, name := range []string{h.From.SwitchName, h.To.SwitchName} {
			if strings.HasPrefix(name, "sp") {
				return name, nil
			}
		}
	}
	return "", fmt.Errorf("flow %s passes no spine", f.name)
}

func runRestart(ctx context.Context, s *Stand) error {
	j := failingJob(1, streamBandwidth, 50*topology.Mbit)
	only := func() []contender { return []contender{s.crosspoint()} }
	return s.inTurn(ctx, s.rounds(3), only, j, func(c contender, f *ovs.Fabric) error {
		x := c.(*crosspointProcess)
		if err := j.send(ctx, f, 0, streamRate); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		if err := f.ResetReceptions(ctx); err != nil {
			return err
		}
		settle(ctx, 100*time.Millisecond)
		if err := x.process.Kill(); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		start := time.Now()
		if err := errors.Join(x.process.Start(ctx), x.api.linksUp(ctx, j.topo)); err != nil {
			return err
		}
		s.Book.Add("restart.back", c.name(), float64(time.Since(start))/float64(time.Millisecond))
		settle(ctx, 500*time.Millisecond)
		receptions, err := f.Receptions(ctx)
		if err != nil {
			return err
		}
		lost := 0.0
		for _, r := range receptions {
			lost += float64(r.Lost + r.Duplicated)
		}
		if len(receptions) == 0 {
			return errors.New("nothing arrived")
		}
		s.Book.Add("restart.lost", c.name(), lost)
		return nil
	})
}
