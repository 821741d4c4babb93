package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"time"

	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
	"crosspoint/topology"
)

// onSimulation has a contender run a simulated fabric over real sockets while something is measured.
func (s *Stand) onSimulation(ctx context.Context, c contender, j job, do func(f *sim.Fabric) error) (err error) {
	addr, err := c.start(ctx, j)
	defer func() { err = errors.Join(err, c.stop()) }()
	if err != nil {
		return err
	}
	f, err := sim.Start(ctx, j.topo, addr, sim.FabricOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := c.prepare(ctx, nil); err != nil {
		return err
	}
	return s.observe(ctx, c, func() error { return do(f) })
}

// rerouteWatch is a Tap that times from the first PORT_STATUS to the last barrier that is answered before a time of rest: what has no use any
// more is taken away a quarter of a second later.
type rerouteWatch struct {
	mu    sync.Mutex // connections are read by goroutines of their own
	began time.Time
	last  time.Time
}

// rest is how long no barrier is answered when a reroute is through.
const rest = 100 * time.Millisecond

// Watch looks at every connection.
func (w *rerouteWatch) Watch(_, _ net.Addr) ofconn.Watcher { return w }

// Received notes both ends.
func (w *rerouteWatch) Received(b []byte) {
	down, barrier := holds(b, openflow.TypePortStatus), holds(b, openflow.TypeBarrierReply)
	if !down && !barrier {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if down && w.began.IsZero() {
		w.began = now
	}
	if barrier && !w.began.IsZero() && (w.last.IsZero() || now.Sub(w.last) < rest) {
		w.last = now
	}
}

// Sent has nothing to look at.
func (w *rerouteWatch) Sent([]byte) {}

// Close has nothing to do.
func (w *rerouteWatch) Close() {}

func (w *rerouteWatch) take() (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d, ok := w.last.Sub(w.began), !w.last.IsZero()
	w.began, w.last = time.Time{}, time.Time{}
	return d, ok
}

// reroutes is how often the link fails in a quick run.
const reroutes = 7

func runReroute(ctx context.Context, s *Stand) error {
	j := failingJob(manyFlows, "3Mbit/s", 3*topology.Mbit)
	w := &rerouteWatch{}
	c := &crosspointInside{crosspointProcess: *s.crosspoint(), tap: w}
	return s.onSimulation(ctx, c, j, func(f *sim.Fabric) error {
		for n := range s.rounds(reroutes) {
			spine, err := c.spineOf(ctx, j.flows[0])
			if err != nil {
				return err
			}
			settle(ctx, 500*time.Millisecond)
			w.take()
			if _, err := f.SetLink(ctx, senderLeaf, spine, false); err != nil {
				return err
			}
			settle(ctx, 400*time.Millisecond)
			d, ok := w.take()
			if !ok {
				return fmt.Errorf("failure %d brought no barrier about", n+1)
			}
			s.Book.Add("reroute.500", c.name(), float64(d)/float64(time.Millisecond))
			if _, err := f.SetLink(ctx, senderLeaf, spine, true); err != nil {
				return err
			}
			if err := c.api.linksUp(ctx, j.topo); err != nil {
				return err
			}
		}
		return nil
	})
}

func scaleWorkloads() []Workload {
	return []Workload{
		{Name: "memory", About: "1,500 flows with 4 receivers on 6 simulated switches", Series: []string{"memory.flow", "memory.flow.seen", "memory.flow.resident"}, Run: runMemory},
		{
			Name: "scale", About: "200 simulated switches, 10,000 flows, 40,000 receivers", Full: true, Series: []string{"scale.setup", "scale.refused", "scale.tables", "scale.delivery"}, Run: runScale,
		},
	}
}

func scaleRows() []Row {
	return []Row{
		{
			Name: "memory.flow", Title: "memory a flow with 4 receivers on 6 switches, reachable", Unit: "KiB",
			Series: "memory.flow", Target: atMost(4),
		},
		{
			Name: "memory.flow.seen", Title: "memory a flow with what readers see, once one has read", Unit: "KiB", Series: "memory.flow.seen",
		},
		{
			Name: "memory.flow.resident", Title: "memory a flow by what the process grew, garbage included", Unit: "KiB", Series: "memory.flow.resident",
		},
		{
			Name: "scale.setup", Title: "200 switches, 10,000 flows, 40,000 receivers: the first PUT → all switches in step", Unit: "s",
			Series: "scale.setup", Target: atMost(20),
		},
		{Name: "scale.refused", Title: "200 switches, 10,000 flows: set-ups that were refused and asked for again", Unit: "requests", Series: "scale.refused", Stat: Sum, Target: atMost(0)},
		{
			Name: "scale.tables", Title: "200 switches, 10,000 flows, audited: entries, read from all 200 switches, that are not as wanted", Unit: "entries",
			Series: "scale.tables", Stat: Sum, Target: atMost(0),
		},
		{
			Name: "scale.delivery", Title: "200 switches, audited: of 10,000 flows' packets, arrivals that are missing, doubled or where nobody should get them", Unit: "arrivals",
			Series: "scale.delivery", Stat: Sum, Target: atMost(0),
		},
	}
}

// spread makes flows from each host in turn to four others.
func spread(j job, n int) []jobFlow {
	hosts := j.topo.Hosts
	out := make([]jobFlow, n)
	for i := range out {
		out[i] = jobFlow{name: fmt.Sprint("flow", i), group: groupAt(i), sender: hosts[i%len(hosts)].Name, bandwidth: "100kbit/s", rate: 100 * topology.Kbit}
		for r := range 4 {
			out[i].receivers = append(out[i].receivers, hosts[(i+1+r*(len(hosts)/4))%len(hosts)].Name)
		}
	}
	return out
}

// runMemory takes the difference of what a controller holds with few and with many flows, and also what its process grew by.
func runMemory(ctx context.Context, s *Stand) error {
	const few, many, manyResident = 200, 1_700, 5_200 // what a process has is known only within some MiB
	for range s.rounds(3) {
		small, smallSeen, err := s.heapWith(ctx, few)
		if err != nil {
			return err
		}
		large, largeSeen, err := s.heapWith(ctx, many)
		if err != nil {
			return err
		}
		s.Book.Add("memory.flow", Crosspoint, (large-small)/1024/(many-few))
		s.Book.Add("memory.flow.seen", Crosspoint, (largeSeen-smallSeen)/1024/(many-few))
		if err := s.residentWith(ctx, few, manyResident); err != nil {
			return err
		}
	}
	return nil
}

// heapWith is how many bytes go when a controller with so many flows within this process ends, before anybody read and after; the fabric stays.
func (s *Stand) heapWith(ctx context.Context, n int) (held, seen float64, err error) {
	j := newJob(testbed.LeafSpine(1, 5, 1))
	j.flows = spread(j, n)
	c := &crosspointInside{crosspointProcess: *s.crosspoint()}
	err = s.onSimulation(ctx, c, j, func(*sim.Fabric) error {
		settle(ctx, 500*time.Millisecond)
		unread := heap()
		if err := c.api.linksUp(ctx, j.topo); err != nil {
			return err
		}
		read := heap()
		if err := c.stop(); err != nil {
			return err
		}
		settle(ctx, 500*time.Millisecond)
		without := heap()
		held, seen = unread-without, read-without
		return nil
	})
	runtime.KeepAlive(j)
	return held, seen, err
}

// heap is how many bytes are reachable now.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what had a finalizer
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// residentWith is how much a controller's process grows from few to many flows.
func (s *Stand) residentWith(ctx context.Context, few, many int) error {
	j := newJob(testbed.LeafSpine(1, 5, 1)) // without flows at first
	all := spread(j, many)
	c := s.crosspoint()
	return s.onSimulation(ctx, c, j, func(*sim.Fabric) error {
		grow := func(flows []jobFlow) (float64, error) {
			if _, err := inParallel(len(flows), 16, func(i int) error { return c.api.putFlow(ctx, flows[i]) }); err != nil {
				return 0, err
			}
			return memory(c.pid(), "VmRSS")
		}
		before, err := grow(all[:few])
		if err != nil {
			return err
		}
		after, err := grow(all[few:])
		s.Book.Add("memory.flow.resident", c.name(), (after-before)*1024/float64(many-few))
		return err
	})
}
