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
	failures     = 7
	senderLeaf   = "lf1"
	manyFlows    = 500
	manyStreams  = 20 // of them, how many really send
	manyStreamed = 500
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
			Name: "link", About: "a link of the tree goes down, one flow at 10,000 packets/s on a 2×4 leaf-spine", OVS: true, Series: []string{"link.gap"},
			Run: func(ctx context.Context, s *Stand) error {
				return s.runFailures(ctx, failingJob(1, streamBandwidth, 50*topology.Mbit), "link.gap", 1, streamRate, 1)
			},
		},
		{
			Name: "link500", About: "the same link under 500 flows", OVS: true, Series: []string{"link.gap.500"},
			Run: func(ctx context.Context, s *Stand) error {
				return s.runFailures(ctx, failingJob(manyFlows, "3Mbit/s", 3*topology.Mbit), "link.gap.500", manyStreams, manyStreamed, manyFlows/manyStreams)
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
			Name: "link.gap.500", Title: "the same under 500 flows, the longest gap of any of 20 receiving streams", Unit: "ms",
			Series: "link.gap.500", Stat: Max, Floor: Raw, Target: atMost(50),
		},
		{Name: "reroute.500", Title: "500 flows over one spine: PORT_STATUS → last barrier, simulated switches", Unit: "ms", Series: "reroute.500", Target: atMost(20)},
		{Name: "restart.lost", Title: "packets lost or doubled when the controller is killed and started again", Unit: "packets", Series: "restart.lost", Stat: Sum, Target: atMost(0)},
		{Name: "restart.back", Title: "started again → all switches in step", Unit: "ms", Series: "restart.back"},
	}
}

// runFailures breaks the link that carries all flows, several times in turn on either spine.
func (s *Stand) runFailures(ctx context.Context, j job, series string, streams, rate, step int) error {
	both := func() []contender { return []contender{&rawClient{alternates: spines}, s.crosspoint()} }
	return s.inTurn(ctx, 1, both, j, func(c contender, f *ovs.Fabric) error {
		for i := range streams {
			if err := j.send(ctx, f, i*step, rate); err != nil {
				return err
			}
		}
		for n := range s.rounds(failures) {
			gaps, err := s.failOnce(ctx, c, f, j, n)
			if err != nil {
				return err
			}
			if len(gaps) != streams {
				return fmt.Errorf("failure %d: %d of %d streams arrived", n+1, len(gaps), streams)
			}
			s.Book.Add(series, c.name(), gaps...)
		}
		return nil
	})
}

// failOnce takes the link from the sender's leaf to the spine in use down and up again, and gives the gap of each stream.
func (s *Stand) failOnce(ctx context.Context, c contender, f *ovs.Fabric, j job, n int) (gaps []float64, err error) {
	spine := spines[n%len(spines)]
	if x, ok := c.(*crosspointProcess); ok {
		if spine, err = x.spineOf(ctx, j.flows[0]); err != nil {
			return nil, err
		}
	}
	settle(ctx, 400*time.Millisecond)
	if err := f.ResetReceptions(ctx); err != nil {
		return nil, err
	}
	settle(ctx, 150*time.Millisecond)
	if _, err := f.SetLink(ctx, senderLeaf, spine, false); err != nil {
		return nil, err
	}
	settle(ctx, 400*time.Millisecond)
	receptions, err := f.Receptions(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range receptions {
		if r.Host == "h4" {
			gaps = append(gaps, float64(r.MaxGap)/float64(time.Millisecond))
		}
	}
	if _, err := f.SetLink(ctx, senderLeaf, spine, true); err != nil {
		return nil, err
	}
	if x, ok := c.(*crosspointProcess); ok {
		err = x.api.linksUp(ctx, j.topo)
	}
	return gaps, err
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
