package core_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
	"crosspoint/topology"
)

// lab is the state machine over a simulated fabric, in virtual time: no socket, no goroutine, no real second.
type lab struct {
	t     require.TestingT
	world *sim.World
	cfg   core.Config
	state *core.State // nil: the controller is dead
	saved map[string]core.Record
	conns map[core.Conn]*wire
	conn  core.Conn
	xid   uint32

	ticket      core.Ticket
	replies     map[core.Ticket]core.Reply
	log         []string                                               // every effect, for comparing runs
	refuse      func(sw string, m openflow.Message) *openflow.ErrorMsg // has a switch refuse a message; nil: never
	mute        map[string]bool                                        // switches whose answers are lost
	slow        func() time.Duration                                   // how long a batch waits before it reaches its switch; nil: not at all
	queries     map[openflow.PortNo]int                                // of IGMP that were sent, by port
	waiting     []delayed
	owed        []owed
	confirmed   int  // batches
	everyMoment bool // hold after every batch that nothing loops
	cables      cabling

	unchecked      bool          // no snapshot is looked at and no log is kept: a benchmark
	unlogged       bool          // no log is kept
	wholeEvery     int           // one in how many steps with effects has its snapshot looked at; 0: each
	stepped        func()        // called after every step; nil: not
	spent          time.Duration // real time in Step
	steps          int
	shown          *core.Snapshot // the last that was looked at: see checkSnapshot
	shownFlows     []*core.FlowView
	shownEndpoints []*core.EndpointView
}

// quietSteps is after how many steps the snapshot is looked at when nothing comes of them: most only say that a link is still there.
const quietSteps = 16

// delayed is a batch that waits to reach its switch.
type delayed struct {
	at   time.Time
	wire *wire
	what core.Program
}

// owed is a barrier that was put off.
type owed struct {
	wire    *wire
	confirm func()
}

// wire is one control connection.
type wire struct {
	sw    string
	id    topology.SwitchID
	conn  core.Conn
	await map[uint32]func(openflow.Message)
	// hurried: the batch that is on its way is to be confirmed when it comes.
	hurried bool
}

func newLab(t require.TestingT, topo testbed.Topology, configure ...func(*core.Config)) *lab {
	w, err := sim.New(topo, sim.Options{ControlDelay: 100 * time.Microsecond, DetectDelay: time.Millisecond})
	require.NoError(t, err)
	l := &lab{
		t: t, world: w, cfg: core.DefaultConfig(), saved: map[string]core.Record{}, conns: map[core.Conn]*wire{},
		replies: map[core.Ticket]core.Reply{}, mute: map[string]bool{}, queries: map[openflow.PortNo]int{},
	}
	l.cfg.LLDPKey = []byte("a key for tests")
	for _, set := range configure {
		set(&l.cfg)
	}
	l.start()
	for _, sw := range topo.Switches {
		l.connect(sw.Name)
	}
	l.run(200 * time.Millisecond)
	return l
}

// start makes a controller from what was saved.
func (l *lab) start() {
	state, err := core.New(l.cfg, l.world.Now())
	require.NoError(l.t, err)
	require.NoError(l.t, state.Restore(slices.Collect(maps.Values(l.saved))))
	l.state = state
}

// kill ends the controller as kill -9 does: nothing is said to anyone.
func (l *lab) kill() {
	l.state, l.shown = nil, nil
	for _, w := range l.conns {
		l.world.Detach(w.sw)
	}
	clear(l.conns)
}

// restart kills the controller and has every switch connect to the next one at once.
func (l *lab) restart() {
	l.kill()
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
}

func (l *lab) connect(name string) {
	l.conn++
	delete(l.cables.known, name)
	w := &wire{sw: name, conn: l.conn, await: map[uint32]func(openflow.Message){}}
	for _, s := range l.world.Topology().Switches {
		if s.Name == name {
			w.id = topology.SwitchID(s.DPID)
		}
	}
	l.conns[w.conn] = w
	require.NoError(l.t, l.world.Attach(name, func(o sim.Outgoing) { l.receive(w, o) }))
	l.deliver(w, &openflow.MultipartRequest{Body: openflow.PortDescRequest{}}, func(m openflow.Message) {
		up := core.SwitchUp{Switch: w.id, Conn: w.conn, Remote: "127.0.0.1:1"}
		for _, p := range m.(*openflow.MultipartReply).Body.(openflow.PortDescReply) {
			up.Ports = append(up.Ports, core.PortOf(p))
		}
		l.step(up)
	})
}

func (l *lab) disconnect(name string) {
	for id, w := range l.conns {
		if w.sw == name {
			l.world.Detach(name)
			delete(l.cables.known, name)
			delete(l.conns, id)
			l.step(core.SwitchDown{Switch: w.id, Conn: w.conn, Reason: "cut by the test"})
		}
	}
}

// receive takes a message of a switch.
func (l *lab) receive(w *wire, o sim.Outgoing) {
	if l.conns[w.conn] != w || l.mute[w.sw] {
		return
	}
	if answer := w.await[o.XID]; answer != nil {
		answer(o.Msg)
		return
	}
	switch m := o.Msg.(type) {
	case *openflow.PacketIn:
		l.step(core.PacketIn{Switch: w.id, Conn: w.conn, Message: m})
	case *openflow.PortStatus:
		delete(l.cables.known, w.sw)
		l.step(core.PortChange{Switch: w.id, Conn: w.conn, Gone: m.Reason == openflow.PortDeleted, Port: core.PortOf(m.Port)})
	}
}

func (l *lab) step(ev core.Event) {
	if l.state == nil {
		return
	}
	begun := time.Now()
	effects := l.effects(ev)
	l.spent += time.Since(begun)
	if l.steps++; !l.unchecked && (len(effects) > 0 && l.steps%max(1, l.wholeEvery) == 0 || l.steps%(quietSteps*max(1, l.wholeEvery)) == 0) {
		l.checkSnapshot()
	}
	if l.stepped != nil && len(effects) > 0 {
		l.stepped()
	}
	for _, e := range effects {
		if !l.unchecked && !l.unlogged {
			l.log = append(l.log, fmt.Sprintf("%v %T %v", l.world.Now().UnixNano(), e, brief(e)))
		}
		l.carryOut(e)
	}
}

// effects gives the state an event, and gathers all that comes of it.
func (l *lab) effects(ev core.Event) []core.Effect {
	var all []core.Effect
	rest := l.state.Step(l.world.Now(), ev, func(o core.Order) { all = append(all, o) })
	return append(all, rest...)
}

// brief is an effect as text, without what is not the same in two runs: addresses of messages.
func brief(e core.Effect) string {
	switch e := e.(type) {
	case core.Program:
		var out []string
		for _, stage := range e.Batch.Stages {
			for _, m := range stage {
				b, err := openflow.Append(nil, 0, m)
				out = append(out, fmt.Sprintf("%x %v", b, err))
			}
		}
		return strings.Join(out, "\n")
	case core.Save:
		var out []string
		for _, r := range e.Records {
			out = append(out, string(r.Kind)+" "+r.Key+" "+string(r.Value))
		}
		return strings.Join(out, "\n")
	case core.Reply:
		return fmt.Sprint(e.Ticket, e.Err)
	case core.Note:
		return fmt.Sprint(e)
	default:
		return ""
	}
}

func (l *lab) carryOut(e core.Effect) {
	switch e := e.(type) {
	case core.Save:
		for _, r := range e.Records {
			key := string(r.Kind) + "/" + r.Key
			if r.Value == nil {
				delete(l.saved, key)
			} else {
				l.saved[key] = r
			}
		}
	case core.Reply:
		_, twice := l.replies[e.Ticket]
		require.False(l.t, twice, "ticket %d answered twice", e.Ticket)
		l.replies[e.Ticket] = e
	case core.Send:
		l.countQueries(e.Messages)
		for _, m := range e.Messages {
			l.deliver(l.conns[e.Conn], m, nil)
		}
	case core.Program:
		if l.slow == nil {
			l.program(l.conns[e.Conn], e)
			return
		}
		l.waiting = append(l.waiting, delayed{l.world.Now().Add(l.slow()), l.conns[e.Conn], e})
	case core.Hurry:
		l.hurry(l.conns[e.Conn])
	case core.ReadTables:
		l.readTables(l.conns[e.Conn], e)
	case core.ReadCounters:
		w := l.conns[e.Conn]
		l.deliver(w, &openflow.MultipartRequest{Body: openflow.FlowStatsRequest{
			Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, Cookie: e.Cookie, CookieMask: e.Mask,
		}}, func(m openflow.Message) {
			ev := core.CountersRead{Switch: e.Switch, Conn: e.Conn}
			for _, f := range m.(*openflow.MultipartReply).Body.(openflow.FlowStatsReply) {
				ev.Counters = append(ev.Counters, core.Counter{Cookie: f.Cookie, Packets: f.PacketCount, Bytes: f.ByteCount})
			}
			l.step(ev)
		})
	case core.Disconnect:
		l.disconnect(l.conns[e.Conn].sw)
	}
}

// deliver sends a switch a message; answer takes what it says to it.
func (l *lab) deliver(w *wire, m openflow.Message, answer func(openflow.Message)) {
	if w == nil {
		return
	}
	l.xid++
	if answer != nil {
		w.await[l.xid] = answer
	}
	require.NoError(l.t, l.world.Deliver(w.sw, openflow.Header{Version: openflow.Version, Type: m.Type(), XID: l.xid}, m))
}

// program carries out a batch, a barrier behind each stage.
func (l *lab) program(w *wire, e core.Program) {
	if w == nil {
		return
	}
	done := core.BatchDone{Switch: e.Switch, Conn: e.Conn, Seq: e.Seq}
	for s, stage := range e.Batch.Stages {
		for i, m := range stage {
			if l.refuse != nil {
				if err := l.refuse(w.sw, m); err != nil {
					done.Refused = append(done.Refused, flows.Refusal{Stage: s, Index: i, Err: err})
					continue
				}
			}
			l.deliver(w, m, func(answer openflow.Message) {
				err, refused := answer.(*openflow.ErrorMsg)
				require.True(l.t, refused && l.refuse != nil, "switch %s refused by itself: %v to %+v", w.sw, answer, m)
				done.Refused = append(done.Refused, flows.Refusal{Stage: s, Index: i, Err: err})
			})
		}
	}
	confirm := func() {
		l.deliver(w, &openflow.BarrierRequest{}, func(openflow.Message) {
			if l.everyMoment && l.state != nil {
				l.noLoops(w.sw)
			}
			l.confirmed++
			l.step(done)
		})
	}
	if e.Unhurried && !w.hurried {
		l.owed = append(l.owed, owed{w, confirm})
	} else {
		confirm()
	}
	w.hurried = false
}

// hurry confirms what is on its way to a switch, or is to be when it comes.
func (l *lab) hurry(w *wire) {
	if w != nil {
		w.hurried = true
		all := l.owed
		l.owed = nil
		for _, o := range all {
			switch {
			case l.conns[o.wire.conn] != o.wire: // it has ended
			case o.wire == w:
				w.hurried = false
				o.confirm()
			default:
				l.owed = append(l.owed, o)
			}
		}
	}
}

func (l *lab) readTables(w *wire, e core.ReadTables) {
	var entries []openflow.FlowStats
	var groups []openflow.GroupDesc
	l.deliver(w, &openflow.MultipartRequest{Body: openflow.FlowStatsRequest{
		Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
	}}, func(m openflow.Message) {
		entries = append(entries, m.(*openflow.MultipartReply).Body.(openflow.FlowStatsReply)...)
	})
	l.deliver(w, &openflow.MultipartRequest{Body: openflow.GroupDescRequest{}}, func(m openflow.Message) {
		groups = append(groups, m.(*openflow.MultipartReply).Body.(openflow.GroupDescReply)...)
	})
	l.deliver(w, &openflow.MultipartRequest{Body: openflow.MeterConfigRequest{Meter: openflow.MeterAll}}, func(m openflow.Message) {
		meters := m.(*openflow.MultipartReply).Body.(openflow.MeterConfigReply)
		l.step(core.TablesRead{Switch: e.Switch, Conn: e.Conn, Seq: e.Seq, Have: flows.ReadBack(entries, groups, meters)})
	})
}

// run lets time pass.
func (l *lab) run(d time.Duration) {
	end := l.world.Now().Add(d)
	for l.world.Now().Before(end) {
		next := end
		if l.state != nil {
			if t := l.state.Next(); t.Before(next) {
				next = t
			}
		}
		if t, any := l.world.Next(); any && t.Before(next) {
			next = t
		}
		for _, d := range l.waiting {
			if d.at.Before(next) {
				next = d.at
			}
		}
		l.world.Advance(next)
		l.deliverDelayed()
		if l.state != nil && !l.world.Now().Before(l.state.Next()) {
			l.step(core.Tick{})
		}
	}
}

func (l *lab) deliverDelayed() {
	all := l.waiting
	l.waiting = nil
	for _, d := range all {
		switch {
		case l.conns[d.what.Conn] != d.wire: // the connection ended meanwhile
		case d.at.After(l.world.Now()):
			l.waiting = append(l.waiting, d)
		default:
			l.program(d.wire, d.what)
		}
	}
}

// submit submits a change.
func (l *lab) submit(c core.Change) core.Ticket {
	l.ticket++
	l.step(core.Intent{Ticket: l.ticket, Change: c})
	return l.ticket
}

// ask submits a change and waits for its answer.
func (l *lab) ask(c core.Change) (core.Result, error) {
	ticket := l.submit(c)
	for range 400 {
		if r, ok := l.replies[ticket]; ok {
			return r.Result, r.Err
		}
		l.run(10 * time.Millisecond)
	}
	require.Fail(l.t, "no answer", "%#v", c)
	return core.Result{}, nil
}

func (l *lab) must(c core.Change) core.Result {
	r, err := l.ask(c)
	require.NoError(l.t, err)
	return r
}

// id makes a UUID out of a name, the same in every run.
func id(name string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)) }

func (l *lab) host(name string) testbed.Host {
	for _, h := range l.world.Topology().Hosts {
		if h.Name == name {
			return h
		}
	}
	require.Fail(l.t, "no such host", name)
	return testbed.Host{}
}

func (l *lab) endpointOf(name string) flows.Endpoint {
	h := l.host(name)
	return flows.Endpoint{ID: id(name), MAC: h.MAC, Addr: h.Addr, Role: flows.RoleBoth, Label: &name}
}

// endpoint6Of is the endpoint with a host's IPv6 address, beside that of endpointOf.
func (l *lab) endpoint6Of(name string) flows.Endpoint {
	e := l.endpointOf(name)
	label := name + " IPv6"
	e.ID, e.Addr, e.Label = id6(name), l.host(name).Addr6, &label
	return e
}

// id6 is the id of a host's IPv6 endpoint, and idFor that of the IP version of a group.
func id6(name string) uuid.UUID { return id(name + " IPv6") }

func idFor(group netip.Addr, name string) uuid.UUID {
	if group.Is6() {
		return id6(name)
	}
	return id(name)
}

// endpoints6 registers the IPv6 addresses of hosts, by default all, and waits until they were found.
func (l *lab) endpoints6(names ...string) {
	if len(names) == 0 {
		for _, h := range l.world.Topology().Hosts {
			names = append(names, h.Name)
		}
	}
	for _, n := range names {
		l.must(core.PutEndpoint{Endpoint: l.endpoint6Of(n)})
	}
	l.located()
}

// endpoints registers hosts, by default all, and waits until they were found.
func (l *lab) endpoints(names ...string) {
	if len(names) == 0 {
		for _, h := range l.world.Topology().Hosts {
			names = append(names, h.Name)
		}
	}
	for _, n := range names {
		l.must(core.PutEndpoint{Endpoint: l.endpointOf(n)})
	}
	l.located()
}

// located waits until all endpoints were found.
func (l *lab) located() {
	l.run(100 * time.Millisecond)
	for _, e := range l.state.Snapshot().Endpoints {
		require.NotNil(l.t, e.Bound, "endpoint %s was not located", *e.Label)
	}
}

func flowDef(name, sender, group string, forward bool, receivers ...string) flows.NetworkFlow {
	g := netip.MustParseAddr(group)
	f := flows.NetworkFlow{
		ID: id(name), Group: g, Sender: idFor(g, sender), Bandwidth: 10 * topology.Mbit,
		Profile: flows.ProfileConstant, Forward: forward, DSCP: "AF41", Label: &name,
	}
	for _, r := range receivers {
		f.Receivers = append(f.Receivers, idFor(g, r))
	}
	return f
}

func (l *lab) send(host, group string, rate int) {
	g := netip.MustParseAddr(group)
	require.NoError(l.t, l.world.Send(host, testbed.Stream{ID: streamID(host, g), Group: g, Port: 5004, Rate: rate, Size: 100}))
}

func streamID(host string, g netip.Addr) uint32 {
	var n uint32
	for _, c := range host + g.String() {
		n = n*31 + uint32(c)
	}
	return n
}

func join(group, source string) testbed.Join {
	j := testbed.Join{Group: netip.MustParseAddr(group), Version: 3}
	if j.Group.Is6() {
		j.Version = 2
	}
	if source != "" {
		j.Source = netip.MustParseAddr(source)
	}
	return j
}

// received is what a host got of a group since the last reset.
func (l *lab) received(host, group string) testbed.Reception {
	var sum testbed.Reception
	for _, r := range l.world.Receptions() {
		if r.Host == host && r.Group == netip.MustParseAddr(group) {
			require.Zero(l.t, sum.Received, "two senders")
			sum = r
		}
	}
	return sum
}

func (l *lab) stateOf(flow, receiver string) core.ReceiverView {
	for _, f := range l.state.Snapshot().Flows {
		for _, r := range f.Delivery {
			if f.ID == id(flow) && r.Endpoint == idFor(f.Group, receiver) {
				return r
			}
		}
	}
	require.Fail(l.t, "no such receiver", "%s of %s", receiver, flow)
	return core.ReceiverView{}
}

// check holds the invariants that can be seen at rest.
func (l *lab) check() {
	require.Empty(l.t, l.world.Violations())
	snap := l.state.Snapshot()
	for _, sw := range snap.Switches {
		if sw.Connected {
			require.True(l.t, sw.InSync, "switch %s is not as it should be", sw.Name)
			have := l.tables(sw.Name)
			want := linesOf(l.state.Want(sw.ID))
			require.Equal(l.t, want, have, "switch %s: have differs from want", sw.Name)
		}
	}
	l.checkReservations(snap)
	l.checkDelivery(snap)
}

// checkReservations holds that each link is reserved for exactly the flows that have a receiver behind it, and within its limit.
func (l *lab) checkReservations(snap *core.Snapshot) {
	sum := map[topology.Link]topology.Bandwidth{}
	for _, f := range snap.Flows {
		links := map[topology.Link]bool{}
		for _, r := range f.Delivery {
			for _, link := range r.Path {
				if !links[link] {
					links[link] = true
					sum[link] += f.Reserved
				}
			}
		}
	}
	for _, link := range snap.Links {
		require.Equal(l.t, sum[link.Link], link.Reserved, "link %s", link.Link)
		require.LessOrEqual(l.t, link.Reserved, link.Limit, "link %s", link.Link)
	}
}

// checkStates holds that every receiver gets what the rules of IS-06 say, by what the hosts themselves think they are members of. Everything
// must be up, and there must be room for everything.
func (l *lab) checkStates() {
	wants := map[string]bool{}
	sources := map[netip.Addr]bool{}
	for _, f := range l.state.Snapshot().Flows {
		sources[f.Source] = true
	}
	for _, m := range l.world.Members() {
		for s := range sources {
			if slices.Contains(m.Sources, s) != m.Exclude {
				wants[fmt.Sprint(idFor(m.Group, m.Host), m.Group, s)] = true
			}
		}
	}
	for _, f := range l.state.Snapshot().Flows {
		for _, r := range f.Delivery {
			joined := wants[fmt.Sprint(r.Endpoint, f.Group, f.Source)]
			require.Equal(l.t, joined, r.Joined, "%s at %v: %+v", *f.Label, r.Endpoint, r)
			want := core.Reserved
			if f.Forward || joined {
				want = core.Forwarding
			}
			if r.State == core.Left {
				require.True(l.t, f.Forward && !joined, "%+v", r)
				continue
			}
			require.Equal(l.t, want, r.State, "%s: %+v", *f.Label, r)
		}
	}
}

// checkDelivery lets the streams run and holds that each reaches exactly its authorised, active receivers, each packet once.
func (l *lab) checkDelivery(snap *core.Snapshot) {
	hosts := map[uuid.UUID]string{}
	for _, h := range l.world.Topology().Hosts {
		hosts[id(h.Name)], hosts[id6(h.Name)] = h.Name, h.Name
	}
	want := map[string]bool{}
	for _, f := range snap.Flows {
		for _, r := range f.Delivery {
			if r.State == core.Forwarding {
				want[fmt.Sprint(hosts[r.Endpoint], f.Source, f.Group)] = true
			}
		}
	}
	l.world.ResetReceptions()
	l.run(100 * time.Millisecond)
	for _, r := range l.world.Receptions() {
		require.True(l.t, want[fmt.Sprint(r.Host, r.Source, r.Group)], "%s got %d packets of %s → %s and should not", r.Host, r.Received, r.Source, r.Group)
		require.Zero(l.t, r.Lost, "%+v", r)
		require.Zero(l.t, r.Duplicated, "%+v", r)
		delete(want, fmt.Sprint(r.Host, r.Source, r.Group))
	}
	for _, f := range snap.Flows {
		for _, r := range f.Delivery {
			key := fmt.Sprint(hosts[r.Endpoint], f.Source, f.Group)
			sent := l.sends(hosts[f.Sender], f.Group)
			require.False(l.t, want[key] && sent, "%s should get %s and gets nothing: %+v", hosts[r.Endpoint], *f.Label, r)
		}
	}
}

func (l *lab) sends(host string, g netip.Addr) bool {
	_, ok := l.world.Sent()[streamID(host, g)]
	return ok
}

// tables is what a switch holds, read past the controller.
func (l *lab) tables(sw string) []string {
	lines, err := l.world.Tables(sw)
	require.NoError(l.t, err)
	return lines
}

func linesOf(t flows.Tables) []string {
	var out []string
	for _, line := range t.Lines() {
		if !strings.HasPrefix(line.Text, "meter=") {
			out = append(out, line.Text)
		}
	}
	slices.Sort(out)
	return out
}

func ids(names ...string) []uuid.UUID {
	var out []uuid.UUID
	for _, n := range names {
		out = append(out, id(n))
	}
	return out
}

// pinged has a host ping another once and tells how many answers came.
func (l *lab) pinged(from, to string) int {
	answers := 0
	require.NoError(l.t, l.world.Ping(from, l.host(to).Addr, 1, func(n int) { answers = n }))
	l.run(2 * time.Second)
	return answers
}
