package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"crosspoint/northbound/ops"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/scenario"
	"crosspoint/topology"
)

// The takes: fifteen receivers on four leaves have one of two flows, and one of them has one of two others beside. All change to the
// other flow and back. Only flows that somebody has pass the first switch.
const (
	takeRate = 1_000 // packets a second of each flow
	// takePatience is how long a receiver may go without the new flow before the workload fails.
	takePatience = 2 * time.Second
	takes        = 4 // there and back again, of either kind, each round
)

// taker moves all receivers of a flow of the job to another; to is nothing when it is negative. The answer is known when done returns.
type taker interface {
	take(ctx context.Context, from, to int) (done func() (switches time.Duration, err error))
}

func (c *crosspointProcess) take(ctx context.Context, from, to int) func() (time.Duration, error) {
	var salvo ops.SalvoRequest
	for _, r := range c.job.flows[from].receivers {
		t := ops.Take{Receiver: scenario.EndpointID(r).String(), From: scenario.FlowID(c.job.flows[from].name).String()}
		if to >= 0 {
			t.To = scenario.FlowID(c.job.flows[to].name).String()
		}
		salvo.Takes = append(salvo.Takes, t)
	}
	return func() (time.Duration, error) {
		done, err := c.api.ops().Salvo(ctx, salvo)
		if err != nil {
			return 0, err
		}
		return time.Duration(done.SpreadSeconds * float64(time.Second)), nil
	}
}

// take empties the groups of one flow and fills those of the other: the entries stay.
func (c *rawClient) take(ctx context.Context, from, to int) func() (time.Duration, error) {
	all := messages{}
	add := func(i int, filled bool) {
		f := c.job.flows[i]
		for sw, part := range c.job.tree(f, f.receivers) {
			all[c.job.dpid(sw)] = append(all[c.job.dpid(sw)], groupMod(c.job.stream(i), part, filled))
		}
	}
	add(from, false)
	if to >= 0 {
		add(to, true)
	}
	batches := map[topology.SwitchID][][]openflow.Message{}
	for sw, ms := range all {
		batches[sw] = [][]openflow.Message{ms}
	}
	return func() (time.Duration, error) { return 0, c.batches(ctx, batches) }
}

func takeJob() job {
	j := newJob(testbed.LeafSpine(2, 4, 4))
	var many []string
	for _, h := range j.topo.Hosts[1:] {
		many = append(many, h.Name)
	}
	for i, receivers := range [][]string{many, many, {"h16"}, {"h16"}} {
		j.flows = append(j.flows, jobFlow{
			name: fmt.Sprint("flow", i), group: groupAt(i), sender: "h1", receivers: receivers, bandwidth: "10Mbit/s", rate: 10 * topology.Mbit,
		})
	}
	return j
}

func takeWorkloads() []Workload {
	return []Workload{{
		Name: "take", About: "one receiver, and fifteen on four leaves together, change from one flow to another, 1,000 packets/s each", OVS: true,
		Series: []string{"take.first", "take.gap", "salvo.last", "salvo.answer", "salvo.receivers", "salvo.switches"}, Run: runTakes,
	}}
}

func takeRows() []Row {
	return []Row{
		{Name: "take.p50", Title: "one receiver changes flow: API call → first packet of the new flow", Unit: "ms", Series: "take.first", Stat: Median, Floor: Raw},
		{Name: "take.p99", Title: "one receiver changes flow: API call → first packet, slowest 1 %", Unit: "ms", Series: "take.first", Stat: P99, Floor: Raw},
		{Name: "take.gap.p50", Title: "one receiver changes flow: last packet of the old flow → first packet of the new one, break before make", Unit: "ms", Series: "take.gap", Stat: Median, Floor: Raw},
		{Name: "salvo.p50", Title: "fifteen receivers change flow at once: API call → first packet at the last of them", Unit: "ms", Series: "salvo.last", Stat: Median, Floor: Raw},
		{Name: "salvo.p99", Title: "fifteen receivers change flow at once: API call → first packet at the last of them, slowest 1 %", Unit: "ms", Series: "salvo.last", Stat: P99, Floor: Raw},
		{Name: "salvo.answer.p50", Title: "fifteen receivers change flow at once: API call → answer, when all switches have confirmed and it is on disk", Unit: "ms", Series: "salvo.answer", Stat: Median, Floor: Raw},
		{Name: "salvo.receivers.p50", Title: "fifteen receivers change flow at once: first packet at the first receiver → at the last", Unit: "ms", Series: "salvo.receivers", Stat: Median, Floor: Raw},
		{Name: "salvo.switches.p50", Title: "fifteen receivers change flow at once: the first switch's confirmation → the last one's", Unit: "ms", Series: "salvo.switches", Stat: Median},
	}
}

func runTakes(ctx context.Context, s *Stand) error {
	j := takeJob()
	return s.inTurn(ctx, s.rounds(3), s.contenders, j, func(c contender, f *ovs.Fabric) error {
		t := c.(taker)
		for i := range j.flows {
			if err := j.send(ctx, f, i, takeRate); err != nil {
				return err
			}
			if i%2 == 0 {
				continue
			}
			if _, err := t.take(ctx, i, -1)(); err != nil {
				return fmt.Errorf("give back flow %d: %w", i, err)
			}
		}
		settle(ctx, 300*time.Millisecond)
		return s.timeTakes(ctx, c, f, j)
	})
}

// timeTakes takes there and back, and files a round of each.
func (s *Stand) timeTakes(ctx context.Context, c contender, f *ovs.Fabric, j job) error {
	var one, many []takeTimes
	for range takes {
		for _, t := range []struct {
			into     *[]takeTimes
			from, to int
		}{{&many, 0, 1}, {&one, 2, 3}, {&many, 1, 0}, {&one, 3, 2}} {
			times, err := takeOnce(ctx, c.(taker), f, j, t.from, t.to)
			if err != nil {
				return err
			}
			*t.into = append(*t.into, times)
		}
	}
	file := func(series string, of []takeTimes, what func(takeTimes) time.Duration) {
		var ds []time.Duration
		for _, t := range of {
			ds = append(ds, what(t))
		}
		s.Book.Add(series, c.name(), milliseconds(ds)...)
	}
	file("take.first", one, func(t takeTimes) time.Duration { return t.last })
	file("take.gap", one, func(t takeTimes) time.Duration { return t.gap })
	file("salvo.last", many, func(t takeTimes) time.Duration { return t.last })
	file("salvo.answer", many, func(t takeTimes) time.Duration { return t.answer })
	file("salvo.receivers", many, func(t takeTimes) time.Duration { return t.last - t.first })
	if c.name() == Crosspoint {
		file("salvo.switches", many, func(t takeTimes) time.Duration { return t.switches })
	}
	return nil
}

// takeTimes are those of one take or salvo, from the call.
type takeTimes struct {
	first, last time.Duration // the new flow's first packet, at the first receiver and at the last
	answer      time.Duration
	gap         time.Duration // of the last receiver: from the last packet of the old flow to the first of the new one
	switches    time.Duration // between the first and the last that confirmed
}

func takeOnce(ctx context.Context, c taker, f *ovs.Fabric, j job, from, to int) (t takeTimes, err error) {
	do := c.take(ctx, from, to)
	if err := f.ResetReceptions(ctx); err != nil {
		return t, err
	}
	settle(ctx, 25*time.Millisecond)
	called := time.Now()
	if t.switches, err = do(); err != nil {
		return t, err
	}
	t.answer = time.Since(called)
	for deadline := time.Now().Add(takePatience); ; {
		settle(ctx, 40*time.Millisecond)
		receptions, err := f.Receptions(ctx)
		if err != nil {
			return t, err
		}
		changed := t.read(j, from, to, called, receptions)
		switch want := len(j.flows[to].receivers); {
		case changed == want:
			return t, nil
		case time.Now().After(deadline):
			return t, fmt.Errorf("take from %s to %s: %d of %d receivers got it within %v", j.flows[from].name, j.flows[to].name, changed, want, takePatience)
		}
	}
}

// read takes the times from what arrived, and tells how many receivers have the new flow.
func (t *takeTimes) read(j job, from, to int, called time.Time, receptions []testbed.Reception) (changed int) {
	old := map[string]time.Time{}
	for _, r := range receptions {
		if r.Stream == uint32(from+1) {
			old[r.Host] = r.Last
		}
	}
	t.first, t.last = 0, 0
	for _, r := range receptions {
		if r.Stream != uint32(to+1) || !slices.Contains(j.flows[to].receivers, r.Host) {
			continue
		}
		changed++
		after := r.First.Sub(called)
		if changed == 1 || after < t.first {
			t.first = after
		}
		if changed == 1 || after > t.last {
			t.last, t.gap = after, max(0, r.First.Sub(old[r.Host]))
		}
	}
	return changed
}
