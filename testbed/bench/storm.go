package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// The storm: stormJoins joins by stormHosts hosts of one switch, each host the same number, whatever the number of groups is.
const (
	stormJoins = 10_000
	stormHosts = 200
	perHost    = stormJoins / stormHosts
)

// stormJob has stormHosts receivers and a sender on one switch, and the flows that the joins are for.
func stormJob(groups int) job {
	j := newJob(testbed.Single(stormHosts + 1))
	for g := range groups {
		f := jobFlow{name: fmt.Sprint("flow", g), group: groupAt(g), sender: fmt.Sprint("h", stormHosts+1), onJoin: true, bandwidth: "10kbit/s", rate: 10 * topology.Kbit}
		j.flows = append(j.flows, f)
	}
	for i := range stormJoins {
		host, g := stormJoin(i, groups)
		j.flows[g].receivers = append(j.flows[g].receivers, host)
	}
	return j
}

// stormJoin is who joins what with a number: no pair twice.
func stormJoin(i, groups int) (host string, group int) {
	h, k := i%stormHosts, i/stormHosts
	return fmt.Sprint("h", h+1), (h*perHost + k) % groups
}

func stormWorkloads() []Workload {
	out := []Workload{{
		Name: "work", About: "one join after the other at 1,000 groups: PACKET_IN read → GROUP_MOD written, in the controller", Series: []string{"work"}, Run: runWork,
	}}
	for _, groups := range []int{50, 1_000, 10_000} {
		out = append(out, Workload{
			Name: "storm." + strconv.Itoa(groups), About: fmt.Sprintf("10,000 joins at once, then as many leaves, over %d groups", groups),
			Series: []string{stormSeries("join", groups), stormSeries("leave", groups)},
			Run:    func(ctx context.Context, s *Stand) error { return runStorm(ctx, s, groups) },
		})
	}
	return out
}

func stormSeries(what string, groups int) string { return fmt.Sprintf("storm.%s.%d", what, groups) }

// stormRows are rates, so that the number of joins does not matter.
func stormRows() (rows []Row) {
	for _, groups := range []int{50, 1_000, 10_000} {
		for _, what := range []string{"join", "leave"} {
			r := Row{
				Name: stormSeries(what, groups), Title: fmt.Sprintf("10,000 %ss at once over %d groups", what, groups), Unit: "/s",
				Series: stormSeries(what, groups), Floor: Raw, HigherIsBetter: true,
			}
			if what == "join" {
				r.Target = atLeast(30_000)
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func runWork(ctx context.Context, s *Stand) error {
	const groups, joins = 1_000, 3_000
	j := stormJob(groups)
	for round := range s.rounds(3) {
		watches := []*stopwatch{{}, {}}
		contenders := []contender{
			&rawClient{cfg: ofconn.Config{Tap: watches[0]}},
			&crosspointInside{crosspointProcess: *s.crosspoint(), tap: watches[1]},
		}
		for i, c := range contenders {
			err := s.onFake(ctx, c, j, func(f *fakeSwitch) error {
				settle(ctx, setUpRest)
				watches[i].take()
				if err := joinOneByOne(ctx, f, groups, joins); err != nil {
					return err
				}
				s.Book.Add("work", c.name(), watches[i].take()...)
				return nil
			})
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", c.name(), round+1, err)
			}
		}
	}
	return nil
}

// joinOneByOne sends a report, waits for its group change, and only then sends the next.
func joinOneByOne(ctx context.Context, f *fakeSwitch, groups, joins int) error {
	for i := range joins {
		host, g := stormJoin(i, groups)
		f.mu.Lock()
		before := f.changed
		f.mu.Unlock()
		if err := f.conn.Send(f.report(host, groupAt(g), true)); err != nil {
			return err
		}
		if _, err := f.wait(ctx, "an answer to a join", func(changed, _ int) bool { return changed > before }); err != nil {
			return err
		}
	}
	return nil
}

// setUpRest is how long a contender rests that has been set up: what is saved late, and what is told of changes, is done by then.
const setUpRest = 400 * time.Millisecond

// bursts is how often a contender that has been set up gets all joins and then all leaves.
const bursts = 3

// runStorm sets both contenders up and has them take turns: they share nothing but the machine.
func runStorm(ctx context.Context, s *Stand, groups int) error {
	j := stormJob(groups)
	setUps := 2
	if groups >= stormJoins {
		setUps = 1 // it takes the longest
	}
	for range s.rounds(setUps) {
		if err := s.onFakes(ctx, s.contenders(), j, func(fakes []contenderSwitch) error {
			settle(ctx, setUpRest)
			for range bursts {
				for _, f := range fakes {
					if err := s.storm(ctx, f.contender, f.fakeSwitch, groups); err != nil {
						return fmt.Errorf("%s: %w", f.name(), err)
					}
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// contenderSwitch is a fake switch that a contender runs.
type contenderSwitch struct {
	contender
	*fakeSwitch
}

// onFakes has several contenders run a fake switch each, all at the same time.
func (s *Stand) onFakes(ctx context.Context, all []contender, j job, do func([]contenderSwitch) error) error {
	var up func(have []contenderSwitch) error
	up = func(have []contenderSwitch) error {
		if len(have) == len(all) {
			return do(have)
		}
		c := all[len(have)]
		return s.onFake(ctx, c, j, func(f *fakeSwitch) error { return up(append(have, contenderSwitch{c, f})) })
	}
	return up(nil)
}

// storm sends all joins, waits until all have had their effect, and then the same with the leaves.
func (s *Stand) storm(ctx context.Context, c contender, f *fakeSwitch, groups int) error {
	for _, what := range []string{"join", "leave"} {
		rate, err := burst(ctx, c, f, groups, what == "join")
		if err != nil {
			return fmt.Errorf("%ss: %w", what, err)
		}
		s.Book.Add(stormSeries(what, groups), c.name(), rate)
		settle(ctx, 50*time.Millisecond)
	}
	return nil
}

// burst sends all joins or all leaves at once and gives how many a second had their effect. The raw client answers each by a change of its
// own and os-ken by two; Crosspoint may put several into one, so what counts is how many buckets there are.
func burst(ctx context.Context, c contender, f *fakeSwitch, groups int, join bool) (rate float64, err error) {
	before := f.modified()
	done := func(_, total int) bool { return join && total == stormJoins || !join && total == 0 }
	switch c.name() {
	case Raw:
		done = func(changed, _ int) bool { return changed+f.flows-before == stormJoins }
	case OSKen:
		done = func(changed, _ int) bool { return changed+f.flows-before == 2*stormJoins }
	}
	reports := make([]openflow.Message, stormJoins)
	for n := range reports {
		host, g := stormJoin(n, groups)
		reports[n] = f.report(host, groupAt(g), join)
	}
	start := time.Now()
	if err := f.conn.Send(reports...); err != nil {
		return 0, err
	}
	last, err := f.wait(ctx, "all to have their effect", done)
	return stormJoins / last.Sub(start).Seconds(), err
}
