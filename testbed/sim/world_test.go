package sim

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
	"crosspoint/testbed"
)

var (
	g1     = netip.MustParseAddr("239.1.1.1")
	media  = testbed.Stream{ID: 1, Group: g1, Port: 5004, Rate: 1000, Size: 200}
	second = time.Second
)

// chain is s1–s2–s3 with two hosts on each; ports: s1 1 link, 2 3 hosts; s2 1 2 links, 3 4 hosts; s3 1 link, 2 3 hosts.
func chain() testbed.Topology {
	t := testbed.Topology{Name: "chain"}
	t.Switches = []testbed.Switch{{Name: "s1", DPID: 1}, {Name: "s2", DPID: 2}, {Name: "s3", DPID: 3}}
	t.Links = []testbed.Link{{A: "s1", B: "s2"}, {A: "s2", B: "s3"}}
	for i := range 6 {
		n := byte(i + 1)
		t.Hosts = append(t.Hosts, testbed.Host{
			Name: "h" + string('0'+rune(n)), Switch: t.Switches[i/2].Name,
			MAC: [6]byte{0, 0, 0, 0, 0, n}, Addr: netip.AddrFrom4([4]byte{10, 0, 0, n}),
		})
	}
	return t
}

func newWorld(t testing.TB, topo testbed.Topology, opts Options) *World {
	w, err := New(topo, opts)
	require.NoError(t, err)
	return w
}

// install adds groups, then flows, written as ovs-ofctl does.
func install(t testing.TB, w *World, sw string, groups, flows []string) {
	t.Helper()
	for _, g := range groups {
		require.NoError(t, w.Program(sw, groupAdd(t, g)))
	}
	for _, f := range flows {
		require.NoError(t, w.Program(sw, flow(t, f)))
	}
}

// tree sends 239.1.1.1 of h1 to h3, h5 and h6.
func tree(t testing.TB, w *World) {
	install(t, w, "s1", []string{"group_id=1,type=all,bucket=actions=output:1"}, []string{"udp,in_port=2,nw_src=10.0.0.1,nw_dst=239.1.1.1 actions=group:1"})
	install(t, w, "s2", []string{"group_id=1,type=all,bucket=actions=output:2,bucket=actions=output:3"}, []string{"udp,in_port=1,nw_dst=239.1.1.1 actions=set_field:46->ip_dscp,group:1"})
	install(t, w, "s3", []string{"group_id=1,type=all,bucket=actions=output:2,bucket=actions=output:3"}, []string{"udp,in_port=1,nw_dst=239.1.1.1 actions=group:1"})
}

func TestTreeDeliversExactlyOnce(t *testing.T) {
	w := newWorld(t, chain(), Options{LinkDelay: 100 * time.Microsecond, HostDelay: 10 * time.Microsecond})
	tree(t, w)
	require.NoError(t, w.Join("h5", testbed.Join{Group: g1, Port: 5004}))
	w.Watch(1, 1)
	require.NoError(t, w.Send("h1", media))
	w.Run(second)
	sent, err := w.StopSend("h1", 1)
	require.NoError(t, err)
	w.Run(second)
	assert.Equal(t, uint64(1001), sent)
	got := w.Receptions()
	require.Len(t, got, 3)
	for i, host := range []string{"h3", "h5", "h6"} {
		r := got[i]
		assert.Equal(t, host, r.Host)
		assert.Equal(t, netip.MustParseAddr("10.0.0.1"), r.Source)
		assert.Equal(t, sent, r.Received)
		assert.Zero(t, r.Lost+r.Duplicated+r.Reordered)
		assert.Equal(t, time.Millisecond, r.MaxGap)
	}
	assert.Equal(t, 120*time.Microsecond, got[0].DelayMax)
	assert.Equal(t, 220*time.Microsecond, got[1].DelayMax)
	assert.InDelta(t, 220, got[1].DelayP50.Microseconds(), 7)
	assert.Equal(t, sent, got[1].Delivered)
	assert.Zero(t, got[2].Delivered, "h6 did not join, but its port got it")
	assert.Empty(t, w.Violations())
	assert.Equal(t, map[Flow][]string{{netip.MustParseAddr("10.0.0.1"), g1}: {"h3", "h5", "h6"}}, w.Reached())

	var path []string
	j := w.Journeys(1)
	require.Len(t, j, 1)
	for _, s := range j[0].Steps {
		path = append(path, s.String())
	}
	assert.Equal(t, []string{"s1 2>1", "s2 1>2,3", "h3", "s3 1>2,3", "h5", "h6"}, path)
}

// TestWatchedLinkThatGoesSilent wants the ports at both ends to lose their LIVE bit after three missing packets of BFD, and to have it back after three.
func TestWatchedLinkThatGoesSilent(t *testing.T) {
	w := newWorld(t, chain(), Options{})
	var states []openflow.PortState
	for _, sw := range []string{"s1", "s2"} {
		require.NoError(t, w.Attach(sw, func(o Outgoing) {
			if m, is := o.Msg.(*openflow.PortStatus); is {
				states = append(states, m.Port.State)
			}
		}))
	}
	require.NoError(t, w.SetSilent("s1", "s2", true))
	w.Run(time.Second)
	assert.Empty(t, states, "nobody watches")
	require.NoError(t, w.SetSilent("s1", "s2", false))

	w.WatchLinks(10 * time.Millisecond)
	require.NoError(t, w.SetSilent("s1", "s2", true))
	w.Run(29 * time.Millisecond)
	assert.Empty(t, states)
	w.Run(time.Millisecond)
	assert.Equal(t, []openflow.PortState{0, 0}, states, "not live, and the link is not down")
	states = nil
	require.NoError(t, w.SetSilent("s1", "s2", false))
	w.Run(time.Second)
	assert.Equal(t, []openflow.PortState{openflow.PortLive, openflow.PortLive}, states)
}

func TestLossGapAndDuplicates(t *testing.T) {
	w := newWorld(t, chain(), Options{})
	tree(t, w)
	require.NoError(t, w.Send("h1", media))
	w.Run(100 * time.Millisecond)
	require.NoError(t, w.SetLink("s2", "s3", false))
	w.Run(50 * time.Millisecond)
	require.NoError(t, w.SetLink("s2", "s3", true))
	w.Run(100 * time.Millisecond)
	require.NoError(t, w.SetSilent("s1", "s2", true))
	w.Run(10 * time.Millisecond)
	require.NoError(t, w.SetSilent("s1", "s2", false))
	install(t, w, "s3", []string{"group_id=2,type=all,bucket=actions=output:2,bucket=actions=output:2"}, []string{"priority=40000,udp,in_port=1 actions=group:2"})
	w.Run(20 * time.Millisecond)
	by := map[string]testbed.Reception{}
	for _, r := range w.Receptions() {
		by[r.Host] = r
	}
	assert.InDelta(t, 60, by["h5"].Lost, 1)
	assert.InDelta(t, 20, by["h5"].Duplicated, 1)
	assert.InDelta(t, 51, by["h5"].MaxGap.Milliseconds(), 1)
	assert.InDelta(t, 10, by["h3"].Lost, 1)
	w.ResetReceptions()
	assert.Empty(t, w.Receptions())
	w.Run(20 * time.Millisecond)
	for _, r := range w.Receptions() {
		assert.Zero(t, r.Lost, "the first packet after a reset is the first")
	}
}

func TestLoopDetector(t *testing.T) {
	for name, c := range map[string]struct {
		hops int
		kind ViolationKind
	}{"same port twice": {32, ViolationLoop}, "too many hops": {2, ViolationHops}} {
		w := newWorld(t, testbed.Ring(3, 1), Options{MaxHops: c.hops})
		// Each switch sends everything round; ports: s1 1 to s2, 2 to s3; s2 1 to s1, 2 to s3; s3 1 to s2, 2 to s1.
		install(t, w, "s1", nil, []string{"actions=output:1,output:3"})
		install(t, w, "s2", nil, []string{"actions=output:2"})
		install(t, w, "s3", nil, []string{"actions=output:2"})
		require.NoError(t, w.Send("h1", media))
		w.Run(5 * time.Millisecond)
		_, err := w.StopSend("h1", 1)
		require.NoError(t, err)
		w.Run(second)
		v := w.Violations()
		require.NotEmpty(t, v, name)
		assert.Equal(t, c.kind, v[0].Kind)
		if c.kind == ViolationLoop {
			assert.Equal(t, "loop at s2: packet came to port 1 twice: s1 3>1 → s2 1>2 → s3 1>2 → s1 2>1 → s2 1>", v[0].String())
		}
		_, more := w.Next()
		assert.False(t, more, "a loop must not live on")
	}
}

func TestViolationsAreBounded(t *testing.T) {
	w := newWorld(t, testbed.Ring(3, 1), Options{})
	for _, s := range []string{"s1", "s2", "s3"} {
		install(t, w, s, nil, []string{"actions=FLOOD"})
	}
	require.NoError(t, w.Send("h1", media))
	w.Run(second)
	assert.Len(t, w.Violations(), maxViolations)
	assert.Greater(t, w.ViolationCount(), maxViolations)
}

func TestPingAndARP(t *testing.T) {
	w := newWorld(t, chain(), Options{})
	for _, s := range []string{"s1", "s2", "s3"} {
		install(t, w, s, nil, []string{"actions=FLOOD"})
	}
	ping := func(from, to string, n int) int {
		answered := -1
		require.NoError(t, w.Ping(from, netip.MustParseAddr(to), n, func(a int) { answered = a }))
		w.Run(5 * second)
		return answered
	}
	assert.Equal(t, 3, ping("h1", "10.0.0.6", 3))
	assert.Equal(t, 0, ping("h1", "10.0.0.99", 3))
	require.NoError(t, w.SetLink("s2", "s3", false))
	assert.Equal(t, 0, ping("h1", "10.0.0.6", 2), "the neighbour is known, and does not answer")
	assert.Empty(t, w.Violations())

	var got []byte
	require.NoError(t, w.Tap("h1", func(f []byte) { got = f }))
	probe := arpFrame(broadcast, [6]byte{2, 0, 0, 0, 0, 1}, arpRequest, netip.IPv4Unspecified(), [6]byte{}, netip.MustParseAddr("10.0.0.3"))
	require.NoError(t, w.Inject("h1", probe))
	w.Run(second)
	require.NotNil(t, got, "a probe from 0.0.0.0 is answered")
	assert.Equal(t, arpFrame([6]byte{2, 0, 0, 0, 0, 1}, [6]byte{0, 0, 0, 0, 0, 3}, arpReply, netip.MustParseAddr("10.0.0.3"), [6]byte{2, 0, 0, 0, 0, 1}, netip.IPv4Unspecified()), got)
}

func TestLinkDownTellsBothSwitches(t *testing.T) {
	w := newWorld(t, chain(), Options{DetectDelay: 2 * time.Millisecond, ControlDelay: time.Millisecond})
	type word struct {
		sw    string
		at    time.Duration
		state openflow.PortState
	}
	var heard []word
	start := w.Now()
	for _, s := range []string{"s1", "s2", "s3"} {
		require.NoError(t, w.Attach(s, func(o Outgoing) {
			heard = append(heard, word{s, w.Now().Sub(start), o.Msg.(*openflow.PortStatus).Port.State})
		}))
	}
	require.Error(t, w.Attach("s1", nil))
	require.NoError(t, w.SetLink("s1", "s2", false))
	w.Run(second)
	at := 3 * time.Millisecond
	assert.Equal(t, []word{{"s1", at, 0}, {"s1", at, openflow.PortLinkDown}, {"s2", at, 0}, {"s2", at, openflow.PortLinkDown}}, heard)
	require.Error(t, w.SetLink("s1", "s3", false))
}

func TestControlChannel(t *testing.T) {
	w := newWorld(t, testbed.Single(2), Options{ControlDelay: time.Millisecond})
	var got []Outgoing
	require.Error(t, w.Deliver("s1", openflow.Header{}, &openflow.BarrierRequest{}), "not connected")
	require.NoError(t, w.Attach("s1", func(o Outgoing) { got = append(got, o) }))
	require.NoError(t, w.Deliver("s1", openflow.Header{XID: 5}, flow(t, "priority=1,hard_timeout=1,send_flow_rem actions=CONTROLLER")))
	require.NoError(t, w.Deliver("s1", openflow.Header{XID: 6}, &openflow.BarrierRequest{}))
	w.Run(time.Millisecond)
	assert.Empty(t, got)
	w.Run(time.Millisecond)
	assert.Equal(t, []Outgoing{{6, &openflow.BarrierReply{}}}, got)
	got = nil
	require.NoError(t, w.Inject("h1", udp(t, "10.0.0.1", "10.0.0.2", 1, 1)))
	w.Run(100 * time.Millisecond)
	require.Len(t, got, 1)
	w.Run(2 * second)
	require.Len(t, got, 2)
	assert.Equal(t, openflow.RemovedHardTimeout, got[1].Msg.(*openflow.FlowRemoved).Reason)
	_, more := w.Next()
	assert.False(t, more, "nothing to do when no entry has a time-out")

	require.NoError(t, w.Deliver("s1", openflow.Header{XID: 7}, flow(t, "actions=drop")))
	w.Detach("s1")
	require.NoError(t, w.Attach("s1", func(o Outgoing) { got = append(got, o) }))
	w.Run(second)
	lines, err := w.Tables("s1")
	require.NoError(t, err)
	assert.Empty(t, lines, "what was under way on the old connection is lost")
}

func TestTables(t *testing.T) {
	w := newWorld(t, chain(), Options{})
	tree(t, w)
	lines, err := w.Tables("s2")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"group_id=1,type=all,bucket=actions=output:2,bucket=actions=output:3",
		"udp,in_port=1,nw_dst=239.1.1.1 actions=set_field:46->ip_dscp,group:1",
	}, lines)
	_, err = w.Tables("s9")
	require.Error(t, err)
}

// Two runs with everything at once must be the same, frame by frame.
func TestDeterminism(t *testing.T) {
	run := func() (frames []string, got []testbed.Reception) {
		w := newWorld(t, testbed.LeafSpine(2, 4, 4), Options{})
		for _, s := range w.topo.Switches {
			install(t, w, s.Name, nil, []string{"priority=0 actions=CONTROLLER", "priority=1,ip actions=FLOOD"})
			require.NoError(t, w.Attach(s.Name, func(o Outgoing) {
				b, err := openflow.Append(nil, o.XID, o.Msg)
				require.NoError(t, err)
				frames = append(frames, string(b))
			}))
		}
		for _, h := range w.topo.Hosts {
			require.NoError(t, w.Tap(h.Name, func(f []byte) { frames = append(frames, h.Name+string(f)) }))
			require.NoError(t, w.Join(h.Name, testbed.Join{Group: g1, Port: 5004}))
		}
		s := media
		s.Rate = 333
		require.NoError(t, w.Send("h1", s))
		require.NoError(t, w.Inject("h2", igmpQueryFrame(0, allSystems, 50)))
		w.Run(100 * time.Millisecond)
		require.NoError(t, w.SetLink("sp1", "lf1", false))
		w.Run(second)
		return frames, w.Receptions()
	}
	frames, got := run()
	again, gotAgain := run()
	require.NotEmpty(t, frames)
	assert.Equal(t, frames, again)
	assert.Equal(t, got, gotAgain)
}

func TestBadTopologies(t *testing.T) {
	for name, change := range map[string]func(*testbed.Topology){
		"switch twice":         func(t *testbed.Topology) { t.Switches[1].Name = "s1" },
		"link to nowhere":      func(t *testbed.Topology) { t.Links[0].A = "x" },
		"link to itself":       func(t *testbed.Topology) { t.Links[0].B = "s1" },
		"host on nothing":      func(t *testbed.Topology) { t.Hosts[0].Switch = "x" },
		"host twice":           func(t *testbed.Topology) { t.Hosts[0].Name = "h2" },
		"host without address": func(t *testbed.Topology) { t.Hosts[0].Addr = netip.Addr{} },
	} {
		topo := chain()
		change(&topo)
		_, err := New(topo, Options{})
		assert.Error(t, err, name)
	}
}

func TestBadRequests(t *testing.T) {
	w := newWorld(t, chain(), Options{})
	send := func(change func(*testbed.Stream)) error { s := media; change(&s); return w.Send("h1", s) }
	require.Error(t, w.Send("h9", media))
	require.Error(t, send(func(s *testbed.Stream) { s.Rate = 0 }))
	require.Error(t, send(func(s *testbed.Stream) { s.Size = 23 }))
	require.Error(t, send(func(s *testbed.Stream) { s.Group = netip.MustParseAddr("10.0.0.1") }))
	require.NoError(t, send(func(*testbed.Stream) {}))
	require.Error(t, send(func(*testbed.Stream) {}), "id in use")
	_, err := w.StopSend("h2", 1)
	require.Error(t, err)
	assert.Equal(t, map[uint32]uint64{1: 0}, w.Sent())
	require.Error(t, w.Ping("h1", netip.IPv6Loopback(), 1, nil))
	require.Error(t, w.Join("h1", testbed.Join{Group: g1, Version: 4}))
	require.Error(t, w.Join("h1", testbed.Join{Group: netip.MustParseAddr("10.0.0.1")}))
	require.Error(t, w.Join("h9", testbed.Join{Group: g1}))
}
