package core_test

import (
	"fmt"
	"maps"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// punt hands the controller an IP packet with a message of IGMP that came from a MAC and address by a port of switch s1.
func (l *lab) punt(port openflow.PortNo, mac topology.MAC, src netip.Addr, m igmp.Message) {
	packet, err := igmp.AppendPacket(nil, igmp.Packet{Src: src, Message: m})
	require.NoError(l.t, err)
	l.puntIP(port, mac, igmp.Destination(m), packet)
}

// puntIP does the same with any packet.
func (l *lab) puntIP(port openflow.PortNo, mac topology.MAC, dst netip.Addr, packet []byte) {
	to, kind := igmp.MulticastMAC(dst), []byte{0x08, 0x00}
	if dst.Is6() {
		kind = []byte{0x86, 0xdd}
	}
	frame := append(append(append(to[:], mac[:]...), kind...), packet...)
	for _, w := range l.conns {
		if w.sw == "s1" {
			l.step(core.PacketIn{Switch: w.id, Conn: w.conn, Message: &openflow.PacketIn{
				BufferID: openflow.NoBuffer, Table: flows.TableClassify, Cookie: flows.OwnerBase.Cookie(),
				Match: openflow.NewMatch(openflow.InPort(port)), Data: frame,
			}})
			return
		}
	}
	require.Fail(l.t, "s1 is not connected")
}

// says has a host of switch s1 send a report of one record, and lets the switch follow.
func (l *lab) says(host string, port openflow.PortNo, typ igmp.RecordType, group string, sources ...string) {
	l.reports(host, port, typ, group, sources...)
	l.run(5 * time.Millisecond)
}

// untilSaved is by when what a host got or gave up is saved.
const untilSaved = 20 * time.Millisecond

// reports has a host of switch s1 send a report of one record.
func (l *lab) reports(host string, port openflow.PortNo, typ igmp.RecordType, group string, sources ...string) {
	r := igmp.Record{Type: typ, Group: netip.MustParseAddr(group)}
	for _, s := range sources {
		r.Sources = append(r.Sources, netip.MustParseAddr(s))
	}
	h := l.host(host)
	l.punt(port, h.MAC, h.Addr, &igmp.ReportV3{Records: []igmp.Record{r}})
}

// wantStates holds which flows a receiver gets.
func (l *lab) wantStates(receiver string, want map[string]core.ReceiverState) {
	for flow, state := range want {
		require.Equal(l.t, state, l.stateOf(flow, receiver).State, "flow %s", flow)
	}
}

// TestSourceFilters takes a receiver through the records of RFC 3376 §4.2.12, with two sources of one group.
func TestSourceFilters(t *testing.T) {
	l := newLab(t, testbed.Single(4))
	l.endpoints()
	const g, s1, s2 = "239.1.1.1", "10.0.0.1", "10.0.0.2"
	l.must(core.PutFlow{Flow: flowDef("one", "h1", g, false, "h3", "h4")})
	l.must(core.PutFlow{Flow: flowDef("two", "h2", g, false, "h3", "h4")})
	steps := []struct {
		typ      igmp.RecordType
		sources  []string
		one, two core.ReceiverState
	}{
		{igmp.ChangeToInclude, []string{s1}, core.Forwarding, core.Reserved},
		{igmp.AllowNewSources, []string{s2}, core.Forwarding, core.Forwarding},
		{igmp.BlockOldSources, []string{s1}, core.Reserved, core.Forwarding},
		{igmp.BlockOldSources, []string{s2}, core.Reserved, core.Reserved}, // the last
		{igmp.ChangeToExclude, []string{s1}, core.Reserved, core.Forwarding},
		{igmp.BlockOldSources, []string{s2}, core.Reserved, core.Reserved},
		{igmp.AllowNewSources, []string{s1}, core.Forwarding, core.Reserved},
		{igmp.ChangeToExclude, nil, core.Forwarding, core.Forwarding},
		{igmp.ChangeToInclude, nil, core.Reserved, core.Reserved},
	}
	for _, step := range steps {
		l.says("h3", 3, step.typ, g, step.sources...)
		l.wantStates("h3", map[string]core.ReceiverState{"one": step.one, "two": step.two})
		l.wantStates("h4", map[string]core.ReceiverState{"one": core.Reserved, "two": core.Reserved})
		l.check()
	}
}

// TestAnySourceJoinFollowsFlows has an any-source join take in what is registered, authorised and removed later.
func TestAnySourceJoinFollowsFlows(t *testing.T) {
	l := newLab(t, testbed.Single(4))
	l.endpoints()
	const g = "239.1.1.1"
	l.says("h3", 3, igmp.ChangeToExclude, g)
	l.must(core.PutFlow{Flow: flowDef("one", "h1", g, false, "h3")})
	l.must(core.PutFlow{Flow: flowDef("two", "h2", g, false, "h4")})
	l.run(5 * time.Millisecond)
	l.wantStates("h3", map[string]core.ReceiverState{"one": core.Forwarding})
	l.must(core.AddReceivers{Flow: id("two"), Receivers: ids("h3")})
	l.run(5 * time.Millisecond)
	l.wantStates("h3", map[string]core.ReceiverState{"one": core.Forwarding, "two": core.Forwarding})
	l.must(core.RemoveReceiver{Flow: id("one"), Receiver: id("h3")})
	l.run(5 * time.Millisecond)
	l.wantStates("h3", map[string]core.ReceiverState{"two": core.Forwarding})
	l.check()
	l.must(core.DeleteFlow{ID: id("two")})
	l.must(core.AddReceivers{Flow: id("one"), Receivers: ids("h3")})
	l.run(5 * time.Millisecond)
	l.wantStates("h3", map[string]core.ReceiverState{"one": core.Forwarding})
	l.check()
}

// TestTwoHostsBehindAPort has a port with two hosts of version 2: a leave of one is asked about first, and the picture
// goes on for the other.
func TestTwoHostsBehindAPort(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints("h1", "h2")
	const g = "239.1.1.1"
	second := testbed.Host{MAC: topology.MAC{2, 0, 0, 0, 9, 9}, Addr: netip.MustParseAddr("10.0.0.99")}
	label := "second"
	l.punt(2, second.MAC, second.Addr, &igmp.Report{Version: igmp.V2, Group: netip.MustParseAddr(g)})
	l.must(core.PutEndpoint{Endpoint: flows.Endpoint{ID: id("second"), MAC: second.MAC, Addr: second.Addr, Role: flows.RoleBoth, Label: &label}})
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", g, false, "h2", "second")})
	h2 := l.host("h2")
	l.punt(2, h2.MAC, h2.Addr, &igmp.Report{Version: igmp.V2, Group: netip.MustParseAddr(g)})
	l.run(5 * time.Millisecond)
	both := map[string]core.ReceiverState{"cam": core.Forwarding}
	l.wantStates("h2", both)
	l.wantStates("second", both)

	l.punt(2, h2.MAC, h2.Addr, &igmp.Leave{Group: netip.MustParseAddr(g)})
	l.run(1500 * time.Millisecond)
	l.wantStates("h2", both)
	l.punt(2, second.MAC, second.Addr, &igmp.Report{Version: igmp.V2, Group: netip.MustParseAddr(g)})
	l.run(time.Second)
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Reserved})
	l.wantStates("second", both)

	l.punt(2, second.MAC, second.Addr, &igmp.Leave{Group: netip.MustParseAddr(g)})
	l.run(1900 * time.Millisecond)
	l.wantStates("second", both) // h2 may have kept silent
	l.run(200 * time.Millisecond)
	l.wantStates("second", map[string]core.ReceiverState{"cam": core.Reserved})
}

// TestSourceSpecificGroupsWantSources has RFC 4604: an any-source join of 232/8 counts for nothing, and an operator sees why.
func TestSourceSpecificGroupsWantSources(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "232.1.1.1", false, "h2")})
	l.says("h2", 2, igmp.ChangeToExclude, "232.1.1.1")
	h2 := l.host("h2")
	l.punt(2, h2.MAC, h2.Addr, &igmp.Report{Version: igmp.V2, Group: netip.MustParseAddr("232.1.1.1")})
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Reserved})
	snap := l.state.Snapshot()
	require.Len(t, snap.Denials, 1)
	assert.Contains(t, snap.Denials[0].Reason, "RFC 4604")
	assert.Equal(t, id("h2"), snap.Denials[0].Endpoint)
	assert.EqualValues(t, 2, snap.Denials[0].Count)
	assert.EqualValues(t, 2, snap.Counters.IgnoredReports)
	l.says("h2", 2, igmp.AllowNewSources, "232.1.1.1", "10.0.0.1")
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Forwarding})
}

// queriesTo counts the queries of IGMP sent out of switches in a time, by port.
func (l *lab) queriesTo(d time.Duration) map[openflow.PortNo]int {
	clear(l.queries)
	l.run(d)
	return maps.Clone(l.queries)
}

// countQueries takes note of queries of IGMP that a switch is to send.
func (l *lab) countQueries(messages []openflow.Message) {
	for _, m := range messages {
		if p, is := m.(*openflow.PacketOut); is {
			if _, err := igmp.ParsePacket(p.Data[14:]); err == nil {
				l.queries[p.Actions[0].(openflow.Output).Port]++
			}
		}
	}
}

// TestMovedHostIsAsked has a host turn up at a port whose link was there all along, so that it says nothing of itself (a machine of a virtual network
// does so): that port is asked at once, and no other. So is a port whose link comes.
func TestMovedHostIsAsked(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	h2 := l.host("h2")
	l.run(l.cfg.HostHold)
	clear(l.queries)
	l.punt(3, h2.MAC, h2.Addr, &igmp.ReportV3{})
	assert.Equal(t, map[openflow.PortNo]int{3: 1}, l.queries)
	require.NoError(t, l.world.SetLink("s1", "h1", false))
	l.run(time.Second)
	require.NoError(t, l.world.SetLink("s1", "h1", true))
	assert.Equal(t, map[openflow.PortNo]int{1: 1}, l.queriesTo(time.Second))
}

// TestForeignQuerier has a host that plays the querier: noted and ignored, or obeyed where that is configured.
func TestForeignQuerier(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.kill()
	obey := l.cfg.Querier.Port()
	obey.Obey = true
	l.cfg.QuerierPorts = map[core.PortName]igmp.PortConfig{{Switch: "s1", Port: "s1-eth2"}: obey}
	l.start()
	l.connect("s1")
	l.run(time.Minute)
	query := &igmp.Query{Version: igmp.V3, MaxResp: 10 * time.Second, Robustness: 2, Interval: 125 * time.Second}
	for _, port := range []openflow.PortNo{1, 2} {
		l.punt(port, topology.MAC{2, 9, 9, 9, 9, byte(port)}, netip.MustParseAddr("10.0.0.200"), query)
	}
	snap := l.state.Snapshot()
	require.Len(t, snap.Queriers, 2)
	assert.Equal(t, []bool{false, true}, []bool{snap.Queriers[0].Obeyed, snap.Queriers[1].Obeyed})
	require.Len(t, snap.Denials, 1)
	assert.Equal(t, core.DeniedQuery, snap.Denials[0].Kind)
	assert.EqualValues(t, 2, snap.Counters.ForeignQueries)
	sent := l.queriesTo(254 * time.Second)
	assert.Zero(t, sent[2], "silent where it is obeyed")
	assert.Equal(t, 2, sent[1])
	assert.Equal(t, 2, sent[3])
	assert.Positive(t, l.queriesTo(10 * time.Second)[2], "and back when it is gone (RFC 3376 §8.5)")
	assert.Empty(t, l.state.Snapshot().Queriers)
}

// TestFloodOfReports has one port send more than it may: it is dropped and counted, and a host on another port is served.
func TestFloodOfReports(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.kill()
	l.cfg.Querier.PortRate, l.cfg.Querier.PortBurst = 100, 200
	l.start()
	l.connect("s1")
	l.run(time.Second)
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2")})
	for i := range 5000 {
		l.punt(3, topology.MAC{2, 1, 0, 0, byte(i >> 8), byte(i)}, netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)}),
			&igmp.Report{Version: igmp.V2, Group: netip.MustParseAddr("239.7.7.7")})
	}
	snap := l.state.Snapshot()
	assert.Greater(t, snap.Counters.DroppedReports, uint64(4700))
	assert.LessOrEqual(t, len(snap.Memberships), l.cfg.Querier.MaxHostsPerPort)
	assert.LessOrEqual(t, len(snap.Denials), 256)
	excess := slices.DeleteFunc(slices.Clone(snap.Denials), func(d *core.Denial) bool { return d.Kind != core.DeniedReport })
	require.Len(t, excess, 1)
	assert.Equal(t, topology.PortRef{Switch: 1, Port: 3}, excess[0].At)
	assert.Zero(t, excess[0].MAC, "hosts may be made up")
	assert.Equal(t, snap.Counters.DroppedReports, excess[0].Count)
	l.says("h2", 2, igmp.ChangeToExclude, "239.1.1.1")
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Forwarding})
	l.check()
}

// TestFloodOfInventions has one port say twenty thousand different things at 100,000 a second, hosts and groups of IPv4 and IPv6 made up: what is kept
// of it is bounded in every list, and a host on another port is served.
func TestFloodOfInventions(t *testing.T) {
	const reports = 20_000
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2")})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range reports {
		a, b, c := byte(i>>16), byte(i>>8), byte(i)
		mac := topology.MAC{2, 1, 0, a, b, c}
		if i%2 == 0 {
			l.punt(3, mac, netip.AddrFrom4([4]byte{10, 9 + a, b, c}), &igmp.Report{Version: igmp.V2, Group: netip.AddrFrom4([4]byte{239, 100 + a, b, c})})
		} else {
			packet, err := igmp.AppendMLDPacket(nil, igmp.Packet{Src: igmp.LinkLocalOf(mac), Message: &igmp.ReportV3{MLD: true, Records: []igmp.Record{{
				Type: igmp.ChangeToExclude, Group: netip.AddrFrom16([16]byte{0xff, 0x15, 13: a, 14: b, 15: c}),
			}}}})
			require.NoError(t, err)
			l.puntIP(3, mac, igmp.AllMLDv2Routers(), packet)
		}
		if i%100 == 0 {
			l.run(time.Millisecond)
		}
	}
	l.says("h2", 2, igmp.ChangeToExclude, "239.1.1.1")
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Forwarding})
	snap := l.state.Snapshot()
	assert.LessOrEqual(t, len(snap.Denials), l.cfg.MaxDenials)
	assert.LessOrEqual(t, len(snap.Memberships), 2*l.cfg.Querier.MaxHostsPerPort)
	assert.LessOrEqual(t, len(snap.Hosts), l.cfg.MaxHostsPerPort+3)
	assert.Greater(t, snap.Counters.DroppedReports, uint64(reports*8/10))
	kept := heap() - before
	assert.Less(t, kept, uint64(16<<20))
	t.Logf("%d memberships, %d hosts, %d denials are kept in %d KiB; %d reports were dropped", len(snap.Memberships), len(snap.Hosts), len(snap.Denials), kept>>10, snap.Counters.DroppedReports)
	l.check()
}

// TestTalkingInVainDoesNotKeepTheDiskBusy has a host that may have nothing join and leave a thousand times a second: what it asks for is saved a few times
// a second, and at the end all of it is. A join by which another gets something does not wait for that.
func TestTalkingInVainDoesNotKeepTheDiskBusy(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2")})
	writes := func() (n int) {
		for _, line := range l.log {
			if strings.Contains(line, "core.Save memberships") {
				n++
			}
		}
		return n
	}
	for i := range 1000 {
		kind := igmp.AllowNewSources
		if i/8%2 == 1 {
			kind = igmp.BlockOldSources
		}
		l.reports("h3", 3, kind, fmt.Sprintf("239.1.2.%d", i%8), "10.0.0.1")
		l.run(time.Millisecond)
	}
	assert.InDelta(t, 7, writes(), 1, "one in 150 ms")
	before := writes()
	l.says("h2", 2, igmp.AllowNewSources, "239.1.1.1", "10.0.0.1")
	l.run(untilSaved)
	assert.Equal(t, before+1, writes())
	var want, saved []string
	for _, m := range l.state.Snapshot().Memberships {
		want = append(want, m.Group.String())
	}
	for key := range l.saved {
		if kind, rest, _ := strings.Cut(key, "/"); kind == string(core.RecordMembership) {
			saved = append(saved, rest[strings.LastIndexByte(rest, ' ')+1:])
		}
	}
	assert.ElementsMatch(t, want, saved)
	assert.Len(t, want, 9, "those that h3 joined last, and one of h2")
}

// TestExcessIsShown has a host ask for more than the limits allow: the operator sees who, where and what.
func TestExcessIsShown(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.kill()
	l.cfg.Querier.MaxGroupsPerHost, l.cfg.Querier.MaxSourcesPerGroup, l.cfg.Querier.MaxHostsPerPort = 1, 2, 1
	l.cfg.Querier.HostRate, l.cfg.Querier.HostBurst = 1, 3
	l.start()
	l.connect("s1")
	l.run(time.Second)
	h2 := l.host("h2")
	l.says("h2", 2, igmp.AllowNewSources, "239.1.1.1", "10.0.0.1")
	l.says("h2", 2, igmp.ChangeToExclude, "239.1.1.2")
	l.says("h2", 2, igmp.AllowNewSources, "239.1.1.1", "10.0.0.2", "10.0.0.3")
	l.says("h2", 2, igmp.AllowNewSources, "239.1.1.1", "10.0.0.2")
	l.says("h2", 2, igmp.AllowNewSources, "239.1.1.1", "10.0.0.2") // the fourth of it as a host with a membership
	l.punt(2, topology.MAC{2, 8}, netip.MustParseAddr("10.0.0.80"), &igmp.Report{Version: igmp.V2, Group: netip.MustParseAddr("239.1.1.1")})
	want := map[string]core.Denial{
		"groups per host":   {MAC: h2.MAC, Addr: h2.Addr, Count: 1},
		"sources per group": {MAC: h2.MAC, Addr: h2.Addr, Count: 1, Group: netip.MustParseAddr("239.1.1.1")},
		"from this host":    {MAC: h2.MAC, Addr: h2.Addr, Count: 1},
		"hosts per port":    {Count: 1},
	}
	var found []string
	for _, d := range l.state.Snapshot().Denials {
		for reason, w := range want {
			if d.Kind == core.DeniedReport && strings.Contains(d.Reason, reason) {
				found = append(found, reason)
				assert.Equal(t, w, core.Denial{MAC: d.MAC, Addr: d.Addr, Count: d.Count, Group: d.Group}, reason)
				assert.Equal(t, topology.PortRef{Switch: 1, Port: 2}, d.At)
			}
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(want)), found)
}

// TestDenialsOfOnePortPushOutTheirOwn has a host ask for more groups than denials are remembered: what other ports were denied stays on record.
func TestDenialsOfOnePortPushOutTheirOwn(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.kill()
	l.cfg.MaxDenials = 20
	l.start()
	l.connect("s1")
	l.run(time.Second)
	l.says("h1", 1, igmp.ChangeToExclude, "239.9.9.9")
	for i := range 200 {
		l.says("h3", 3, igmp.ChangeToExclude, fmt.Sprintf("239.2.2.%d", i))
	}
	l.says("h2", 2, igmp.ChangeToExclude, "239.9.9.9")
	l.says("h1", 1, igmp.ChangeToExclude, "239.9.9.9")
	denials := l.state.Snapshot().Denials
	assert.Len(t, denials, 20)
	assert.Equal(t, []topology.PortID{1, 2, 3}, []topology.PortID{denials[0].At.Port, denials[1].At.Port, denials[2].At.Port}, "newest first")
	assert.EqualValues(t, 2, denials[0].Count)
	assert.Equal(t, netip.MustParseAddr("239.2.2.199"), denials[2].Group)
	assert.Equal(t, netip.MustParseAddr("239.2.2.182"), denials[19].Group)
}

// TestNoQueriesBetweenSwitches has every edge port asked, and no port behind which there is a switch.
func TestNoQueriesBetweenSwitches(t *testing.T) {
	l := newLab(t, testbed.Ring(3, 1)) // s1: ports 1 and 2 lead to switches, 3 to a host
	asked := l.queriesTo(10 * time.Minute)
	assert.Len(t, asked, 1)
	assert.Positive(t, asked[3])
}

// TestOlderHostsOverARestart has a host of version 1, whose leave means nothing, say so after a restart too.
func TestOlderHostsOverARestart(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2")})
	h2, g := l.host("h2"), netip.MustParseAddr("239.1.1.1")
	l.punt(2, h2.MAC, h2.Addr, &igmp.Report{Version: igmp.V1, Group: g})
	l.run(untilSaved)
	l.kill()
	l.start()
	l.connect("s1")
	l.run(time.Second)
	l.punt(2, h2.MAC, h2.Addr, &igmp.Leave{Group: g})
	l.run(5 * time.Millisecond)
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Forwarding})
	l.check()
}

// TestSwitchesBoundReportsOfEachPort holds that a switch lets pass a little more of a port's reports than are taken in from it, so that what is
// too much is counted here, and much more is not sent.
func TestSwitchesBoundReportsOfEachPort(t *testing.T) {
	for _, takenIn := range []igmp.Config{igmp.DefaultConfig(), {PortRate: 20_000, PortBurst: 30_000}} {
		boundsReports(t, takenIn, flows.BaseWith(nil, []topology.PortID{1, 2, 3}, flows.BaseOptions{Reports: takenIn.PortRate, ReportBurst: takenIn.PortBurst}))
	}
	assert.Equal(t, flows.Base(nil, []topology.PortID{1}), flows.BaseWith(nil, []topology.PortID{1}, flows.BaseOptions{
		Reports: igmp.DefaultConfig().PortRate, ReportBurst: igmp.DefaultConfig().PortBurst,
	}), "the defaults agree")
}

func boundsReports(t *testing.T, takenIn igmp.Config, base flows.Tables) {
	used := map[openflow.MeterID]bool{}
	for key, e := range base.Flows {
		if _, ofPort := key.Match.InPort(); key.Table != flows.TableMembership || !ofPort {
			continue
		}
		meter := e.Instructions[0].(openflow.UseMeter).Meter
		require.False(t, used[meter], "two ports share a meter")
		used[meter] = true
		band := base.Meters[meter].Bands[0]
		assert.Greater(t, int(band.Rate), takenIn.PortRate)
		assert.Less(t, int(band.Rate), takenIn.PortRate*5/4)
		assert.Greater(t, int(band.Burst), takenIn.PortBurst)
	}
	assert.Len(t, used, 3)
}
