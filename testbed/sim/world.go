package sim

import (
	"fmt"
	"time"

	"crosspoint/openflow"
	"crosspoint/testbed"
)

// Options shape a world. A zero field means its default.
type Options struct {
	// Start is what the clock says at first. Default: 2026-01-01 00:00:00 UTC.
	Start time.Time
	// LinkDelay is how long a frame takes from switch to switch. Default: 150 µs, what a hop costs on Open vSwitch.
	LinkDelay time.Duration
	// HostDelay is how long a frame takes between host and switch. Default: 20 µs.
	HostDelay time.Duration
	// ControlDelay is how long a message takes between switch and controller, either way. Default: 0.
	ControlDelay time.Duration
	// DetectDelay is how long a switch takes to see that a link went down or up. Default: 0.
	DetectDelay time.Duration
	// InstallDelay is how long packets go on as before after a switch has carried out, and answered, a change of flows, groups or
	// meters. Default: 0. Open vSwitch: about 1 ms.
	InstallDelay time.Duration
	// MaxHops is how many switches a packet may pass before it counts as lost in a loop. Default: 32.
	MaxHops int
}

func (o Options) withDefaults() Options {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.LinkDelay <= 0 {
		o.LinkDelay = 150 * time.Microsecond
	}
	if o.HostDelay <= 0 {
		o.HostDelay = 20 * time.Microsecond
	}
	if o.MaxHops <= 0 {
		o.MaxHops = 32
	}
	return o
}

// World is a fabric in virtual time: switches, links, hosts and one queue of events. It stands still until Advance is called.
// It is not safe for use by several goroutines.
type World struct {
	topo  testbed.Topology
	opts  Options
	now   time.Duration // since opts.Start
	seq   uint64
	queue eventHeap

	nodes  []*node
	byName map[string]*node
	hosts  []*host
	hostBy map[string]*host
	links  []*link
	hubs   map[string]*hub
	// watchEvery is how often links are probed for silence; 0: never.
	watchEvery time.Duration
	streams    map[uint32]*stream
	oracle     oracle
}

// New makes a world from a topology. Nothing is programmed, and all links are up. It fails on a topology that names what is not
// there, or names one thing twice.
func New(topo testbed.Topology, opts Options) (*World, error) {
	w := &World{
		topo:    topo,
		opts:    opts.withDefaults(),
		byName:  map[string]*node{},
		hostBy:  map[string]*host{},
		hubs:    map[string]*hub{},
		streams: map[uint32]*stream{},
		oracle:  newOracle(),
	}
	if err := w.build(); err != nil {
		return nil, fmt.Errorf("build %s: %w", topo.Name, err)
	}
	return w, nil
}

// build makes nodes and hosts, then joins them in the order in which the topology numbers ports.
func (w *World) build() error {
	ports := map[string][]openflow.Port{}
	for i, p := range w.topo.Ports() {
		ports[p.Switch] = append(ports[p.Switch], newPort(i, p))
	}
	for _, s := range w.topo.Switches {
		if w.byName[s.Name] != nil || s.Name == "" {
			return fmt.Errorf("switch %q: name is empty or there twice", s.Name)
		}
		n := &node{name: s.Name, sw: newDatapath(openflow.DatapathID(s.DPID), s.Name, ports[s.Name], w.opts.InstallDelay)}
		w.byName[s.Name] = n
		w.nodes = append(w.nodes, n)
	}
	for _, h := range w.topo.Hosts {
		if w.hostBy[h.Name] != nil || w.byName[h.Name] != nil || h.Name == "" || !h.Addr.Is4() || h.Addr6.Is4() {
			return fmt.Errorf("host %q: name is empty or there twice, or its addresses are not IPv4 and IPv6", h.Name)
		}
		host := newHost(w, len(w.hosts), h)
		w.hostBy[h.Name] = host
		w.hosts = append(w.hosts, host)
	}
	return w.join()
}

func newPort(i int, p testbed.PortNo) openflow.Port {
	const tenGigabit = 1 << 6
	return openflow.Port{
		No:        openflow.PortNo(p.No),
		HWAddr:    openflow.MAC{0x02, 0xc5, 0, 0, byte(i >> 8), byte(i)},
		Name:      p.Name,
		Curr:      tenGigabit,
		CurrSpeed: 10_000_000,
		MaxSpeed:  10_000_000,
	}
}

func (w *World) join() error {
	for _, l := range w.topo.Links {
		a, b := w.byName[l.A], w.byName[l.B]
		if a == nil || b == nil || a == b {
			return fmt.Errorf("link %s–%s: want two switches of the topology", l.A, l.B)
		}
		w.connect(w.opts.LinkDelay, end{node: a}, end{node: b})
	}
	for i, h := range w.topo.Hosts {
		s := w.byName[h.Switch]
		if s == nil {
			return fmt.Errorf("host %q: no switch %q", h.Name, h.Switch)
		}
		if h.Hub == "" {
			w.connect(w.opts.HostDelay, end{node: s}, end{host: w.hosts[i]})
		} else {
			w.plug(h, s, w.hosts[i])
		}
	}
	return nil
}

// Topology is what the world was made from, with hosts where they were swapped to.
func (w *World) Topology() testbed.Topology { return w.topo }

// Now is the virtual time.
func (w *World) Now() time.Time { return w.opts.Start.Add(w.now) }

// Advance has everything happen that is due up to and including a moment, and sets the clock to it. A moment in the past does nothing.
func (w *World) Advance(until time.Time) {
	for !w.advance(until, 1<<16) {
	}
}

// Run advances by a duration.
func (w *World) Run(d time.Duration) { w.Advance(w.Now().Add(d)) }

// advance is Advance for at most limit events; true when all is done.
func (w *World) advance(until time.Time, limit int) bool {
	to := until.Sub(w.opts.Start)
	for ; len(w.queue) > 0 && w.queue[0].at <= to; limit-- {
		if limit == 0 {
			return false
		}
		e := w.queue.pop()
		w.now = max(w.now, e.at)
		e.do.run(w)
	}
	w.now = max(w.now, to)
	return true
}

// Next is the moment of the next event; false when nothing will ever happen by itself.
func (w *World) Next() (time.Time, bool) {
	if len(w.queue) == 0 {
		return time.Time{}, false
	}
	return w.opts.Start.Add(w.queue[0].at), true
}

// after schedules an action.
func (w *World) after(d time.Duration, do action) {
	w.seq++
	w.queue.push(event{at: w.now + max(0, d), seq: w.seq, do: do})
}
