package bench

import (
	"context"
	"fmt"
	"time"

	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/topology"

	"crosspoint/flows"
)

// flowSetter makes what sets a flow up; all that can be made before is made before.
type flowSetter interface {
	setUp(ctx context.Context, i int, f jobFlow) func() error
}

func (c *crosspointProcess) setUp(ctx context.Context, _ int, f jobFlow) func() error {
	return func() error { return c.api.putFlow(ctx, f) }
}

// setUp sends the switches of a flow what Crosspoint would, all at once, and waits for their barriers: nothing is decided, saved or answered.
func (c *rawClient) setUp(ctx context.Context, i int, f jobFlow) func() error {
	j := c.job
	j.flows = append(make([]jobFlow, i, i+1), f)
	s := j.stream(i)
	batches := map[topology.SwitchID][][]openflow.Message{}
	for sw, part := range j.tree(f, f.receivers) {
		t := flows.NewTracker()
		t.Observe(flows.NewTables())
		program(t, s, part, flows.Compile(s, 0, part))
		b, _ := t.Next(100)
		batches[j.dpid(sw)] = b.Stages
	}
	return func() error {
		if err := c.batches(ctx, batches); err != nil {
			return fmt.Errorf("set up %s: %w", f.name, err)
		}
		return nil
	}
}

func flowWorkloads() []Workload {
	return []Workload{{
		Name: "flow", About: "flows with four receivers on four leaves, set up over IS-06: admitted, confirmed by every switch, on disk", OVS: true,
		Series: []string{"flow.one", "flow.rate"}, Run: runFlows,
	}}
}

func flowRows() []Row {
	return []Row{
		{Name: "flow.p50", Title: "PUT of a flow over IS-06 → 201, four receivers, 2×4 leaf-spine", Unit: "ms", Series: "flow.one", Stat: Median, Floor: Raw},
		{Name: "flow.p99", Title: "PUT of a flow over IS-06 → 201, four receivers, slowest 1 %", Unit: "ms", Series: "flow.one", Stat: P99, Floor: Raw},
		{Name: "flow.rate", Title: "flows set up by 16 clients", Unit: "/s", Series: "flow.rate", Floor: Raw, HigherIsBetter: true},
	}
}

func runFlows(ctx context.Context, s *Stand) error {
	const alone, together, clients = 100, 400, 16
	j := newJob(testbed.LeafSpine(2, 4, 3))
	return s.inTurn(ctx, s.rounds(3), s.contenders, j, func(c contender, _ *ovs.Fabric) error {
		var work []func() error
		for i := range alone + together {
			f := jobFlow{name: fmt.Sprint("flow", i), group: groupAt(i), sender: "h1", receivers: []string{"h2", "h4", "h7", "h10"}, bandwidth: "10kbit/s", rate: 10 * topology.Kbit}
			work = append(work, c.(flowSetter).setUp(ctx, i, f))
		}
		each, err := inParallel(alone, 1, func(i int) error { return work[i]() })
		if err != nil {
			return err
		}
		s.Book.Add("flow.one", c.name(), milliseconds(each)...)
		start := time.Now()
		if _, err := inParallel(together, clients, func(i int) error { return work[alone+i]() }); err != nil {
			return err
		}
		s.Book.Add("flow.rate", c.name(), together/time.Since(start).Seconds())
		return nil
	})
}
