package bench

import (
	"context"
	"time"

	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
)

// How many hosts are heard of one after the other, and how many then at once.
const learnedAlone, learnedTogether = 200, 300

func learnWorkloads() []Workload {
	return []Workload{{
		Name: "peers.learn", About: "a switch that only talks: PACKET_INs of hosts that were not seen before, one after the other, then 300 at once", Peers: true,
		Series: []string{"learn.work", "learn.burst"}, Run: runLearn,
	}}
}

// learnRows say what is compared: a learning switch decides less.
func learnRows() []Row {
	return []Row{
		{Name: "learn.p50", Title: "ARP reply of a new host: PACKET_IN written → FLOW_MOD read; Crosspoint binds the endpoint and routes to it, os-ken's simple_switch_13 learns the address", Unit: "µs", Series: "learn.work", Stat: Median},
		{Name: "learn.p99", Title: "the slowest 1 % of these", Unit: "µs", Series: "learn.work", Stat: P99},
		{Name: "learn.burst", Title: "the same, 300 new hosts at once: PACKET_IN → FLOW_MOD", Unit: "/s", Series: "learn.burst", HigherIsBetter: true},
	}
}

// unheard is Crosspoint that has heard of no host yet.
type unheard struct{ *crosspointProcess }

func (c unheard) prepare(ctx context.Context, _ *ovs.Fabric) error {
	return c.api.linksUp(ctx, c.job.topo)
}

// register tells Crosspoint of hosts that do not answer when it looks for them.
func (c unheard) register(ctx context.Context, f *fakeSwitch) error {
	f.mu.Lock()
	f.hosts = nil
	f.mu.Unlock()
	_, err := inParallel(len(c.job.topo.Hosts), 16, func(i int) error { return c.api.putEndpoint(ctx, c.job.topo.Hosts[i]) })
	return err
}

// runLearn sends all contenders the same PACKET_INs.
func runLearn(ctx context.Context, s *Stand) error {
	j := newJob(testbed.Single(1 + learnedAlone + learnedTogether))
	for round := range s.rounds(3) {
		for _, c := range append([]contender{unheard{s.crosspoint()}}, s.here(&osken{folder: s.folder, app: oskenSwitch})...) {
			err := s.onFake(ctx, c, j, func(f *fakeSwitch) error {
				if x, ok := c.(unheard); ok {
					if err := x.register(ctx, f); err != nil {
						return err
					}
				}
				return s.learn(ctx, c, f)
			})
			_, isPeer := c.(peer)
			if err = s.excuse(ctx, c, isPeer, round, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// learn has the first host heard of by all others.
func (s *Stand) learn(ctx context.Context, c contender, f *fakeSwitch) error {
	hosts := f.job.topo.Hosts
	known, others := hosts[0], hosts[1:]
	if err := f.conn.Send(f.arpOf(known, testbed.Host{MAC: [6]byte{255, 255, 255, 255, 255, 255}, Addr: known.Addr})); err != nil {
		return err
	}
	settle(ctx, time.Second)
	var each []float64
	for _, h := range others[:learnedAlone] {
		before, start := f.modified(), time.Now()
		if err := f.conn.Send(f.arpOf(h, known)); err != nil {
			return err
		}
		last, err := f.wait(ctx, "an entry for a new host", func(changed, _ int) bool { return changed+f.flows > before })
		if err != nil {
			return err
		}
		each = append(each, float64(last.Sub(start))/float64(time.Microsecond))
		settle(ctx, 2*time.Millisecond)
	}
	s.Book.Add("learn.work", c.name(), each...)
	settle(ctx, 500*time.Millisecond)
	var all []openflow.Message
	for _, h := range others[learnedAlone:] {
		all = append(all, f.arpOf(h, known))
	}
	before, start := f.modified(), time.Now()
	if err := f.conn.Send(all...); err != nil {
		return err
	}
	last, err := f.wait(ctx, "an entry for every new host", func(changed, _ int) bool { return changed+f.flows-before >= len(all) })
	if err == nil {
		s.Book.Add("learn.burst", c.name(), float64(len(all))/last.Sub(start).Seconds())
	}
	return err
}

// arpOf is the PACKET_IN of an ARP reply by a host to another.
func (s *fakeSwitch) arpOf(h, to testbed.Host) *openflow.PacketIn {
	addr := to.Addr.As4()
	return packetIn(openflow.PortNo(s.job.port(h.Switch, h.Name)), arpReply(h, to.MAC[:], to.MAC[:], addr[:]))
}
