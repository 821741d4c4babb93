package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/igmp"
	"crosspoint/openflow"
	"crosspoint/testbed"
)

func TestDiscovery(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 4, 3))
	snap := l.state.Snapshot()
	require.Len(t, snap.Switches, 6)
	require.Len(t, snap.Links, 16)
	for _, link := range snap.Links {
		assert.True(t, link.Usable, "%s", link.Link)
	}
	assert.Equal(t, "sp1", snap.Switches[0].Name)
	for _, sw := range snap.Switches {
		assert.False(t, sw.Verified.IsZero(), "switch %s", sw.Name)
	}
	l.check()
}

func TestForwardedFlowReachesExactlyItsReceivers(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 4, 3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2", "h4", "h7", "h8")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(50 * time.Millisecond)
	for _, r := range []string{"h2", "h4", "h7", "h8"} {
		assert.Equal(t, core.Forwarding, l.stateOf("cam", r).State)
		assert.Greater(t, l.received(r, "239.1.1.1").Received, uint64(40))
	}
	l.check()
}

func TestJoinIsServedOnlyToListedReceivers(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 4, 3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "232.1.1.1", false, "h5", "h8")})
	l.send("h1", "232.1.1.1", 1000)
	l.run(50 * time.Millisecond)
	assert.Equal(t, core.Reserved, l.stateOf("cam", "h5").State)
	require.NoError(t, l.world.Join("h5", join("232.1.1.1", "10.0.0.1")))
	require.NoError(t, l.world.Join("h9", join("232.1.1.1", "10.0.0.1"))) // nobody listed it
	require.NoError(t, l.world.Join("h8", join("232.1.1.1", "10.0.0.9"))) // listed, and asks for another source
	l.run(50 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h5").State)
	assert.Equal(t, core.Reserved, l.stateOf("cam", "h8").State)
	assert.Zero(t, l.received("h9", "232.1.1.1").Received)
	denials := l.state.Snapshot().Denials
	require.Len(t, denials, 2)
	for _, d := range denials {
		assert.Equal(t, core.DeniedJoin, d.Kind)
	}
	l.check()

	// GroupFlow's mistake: {S1} that then allows {S2} must get S2 as well.
	require.NoError(t, l.world.Join("h8", join("232.1.1.1", "10.0.0.1")))
	l.run(50 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h8").State)
	// Being authorised later makes the standing join effective.
	l.must(core.AddReceivers{Flow: id("cam"), Receivers: ids("h9")})
	l.run(20 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h9").State)
	l.check()

	require.NoError(t, l.world.Leave("h5", join("232.1.1.1", "10.0.0.1")))
	l.must(core.RemoveReceiver{Flow: id("cam"), Receiver: id("h9")})
	l.run(20 * time.Millisecond)
	l.check()
}

func TestAnySourceJoinOfIGMPv2(t *testing.T) {
	l := newLab(t, testbed.Ring(5, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("a", "h1", "239.1.1.3", false, "h5", "h7")})
	l.must(core.PutFlow{Flow: flowDef("b", "h3", "239.1.1.3", false, "h7")})
	l.send("h1", "239.1.1.3", 500)
	l.send("h3", "239.1.1.3", 500)
	for _, h := range []string{"h5", "h7"} {
		j := join("239.1.1.3", "")
		j.Version = 2
		require.NoError(t, l.world.Join(h, j))
	}
	l.run(100 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("a", "h5").State)
	assert.Equal(t, core.Forwarding, l.stateOf("a", "h7").State)
	assert.Equal(t, core.Forwarding, l.stateOf("b", "h7").State)
	l.check()
}

// TestMembershipLives holds that what a host asked for goes on for hours, by queries and answers, and that it ends when the host is silent.
func TestMembershipLives(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2")})
	require.NoError(t, l.world.Join("h2", join("239.1.1.1", "")))
	l.run(2 * time.Hour)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h2").State)
	require.NoError(t, l.world.SetSilent("s1", "h2", true))
	l.run(10 * time.Minute)
	assert.Equal(t, core.Reserved, l.stateOf("cam", "h2").State)
}

func TestUnauthorisedSenderIsDroppedCountedAndNamed(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 4, 3))
	l.endpoints()
	l.send("h12", "239.9.9.9", 1000)
	l.run(10 * time.Second)
	denials := l.state.Snapshot().Denials
	require.Len(t, denials, 1)
	d := denials[0]
	assert.Equal(t, core.DeniedSend, d.Kind)
	assert.Equal(t, "10.0.0.12", d.Addr.String())
	assert.InDelta(t, 10000, float64(d.Count), 1100, "counted by the switch, read once a second")
	assert.Less(t, l.state.Snapshot().Counters.DeniedSenders, uint64(25), "the controller sees a few samples only")
	assert.Empty(t, l.world.Reached())
	l.check()

	// Once the flow is registered, the same packets go through.
	l.must(core.PutFlow{Flow: flowDef("late", "h12", "239.9.9.9", true, "h1")})
	l.run(3 * time.Second)
	assert.Equal(t, core.Forwarding, l.stateOf("late", "h1").State)
	l.check()
}

func TestSpineLinkDown(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 4, 3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h4", "h7", "h10")})
	l.must(core.PutFlow{Flow: flowDef("other", "h2", "239.1.1.2", true, "h3")})
	l.send("h1", "239.1.1.1", 1000)
	l.send("h2", "239.1.1.2", 1000)
	l.run(100 * time.Millisecond)
	l.world.ResetReceptions()
	spine := "sp1"
	if l.stateOf("cam", "h4").Path[0].To.Switch == 2 {
		spine = "sp2"
	}
	require.NoError(t, l.world.SetLink(spine, "lf1", false))
	l.run(200 * time.Millisecond)
	for _, r := range []string{"h4", "h7", "h10"} {
		got := l.received(r, "239.1.1.1")
		assert.Less(t, got.MaxGap, 10*time.Millisecond, "host %s", r)
		assert.Zero(t, got.Duplicated)
	}
	assert.Zero(t, l.received("h3", "239.1.1.2").Lost)
	l.check()
	require.NoError(t, l.world.SetLink(spine, "lf1", true))
	l.run(3 * time.Second)
	l.check()
	require.Len(t, l.state.Snapshot().Links, 16)
}

// TestRestartChangesNothing kills the controller in mid-stream and starts it anew: what a switch holds stays as it is, entry by entry.
func TestRestartChangesNothing(t *testing.T) {
	l := newLab(t, testbed.Ring(5, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("api", "h1", "239.1.1.1", true, "h4", "h7", "h9")})
	l.must(core.PutFlow{Flow: flowDef("igmp", "h2", "232.1.1.1", false, "h5", "h8")})
	require.NoError(t, l.world.Join("h5", join("232.1.1.1", "10.0.0.2")))
	l.send("h1", "239.1.1.1", 1000)
	l.send("h2", "232.1.1.1", 1000)
	l.send("h10", "239.9.9.9", 1000)
	l.run(3 * time.Second)
	l.check()
	before := map[string][]string{}
	for _, sw := range l.world.Topology().Switches {
		before[sw.Name] = l.tables(sw.Name)
	}
	l.world.ResetReceptions()
	l.kill()
	l.run(3 * time.Second)
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
		l.run(700 * time.Millisecond) // not all at once: those that come first must not be changed for want of the others
	}
	l.run(20 * time.Second)
	for _, sw := range l.world.Topology().Switches {
		assert.Equal(t, before[sw.Name], l.tables(sw.Name), "switch %s", sw.Name)
	}
	for _, r := range l.world.Receptions() {
		assert.Zero(t, r.Lost, "%+v", r)
		assert.Zero(t, r.Duplicated, "%+v", r)
	}
	l.check()
}

// TestRefusalLeavesNoTrace has a switch refuse a group: the client hears the switch's words, and everything is as before.
func TestRefusalLeavesNoTrace(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints()
	before := map[string][]string{}
	for _, sw := range l.world.Topology().Switches {
		before[sw.Name] = l.tables(sw.Name)
	}
	l.refuse = func(sw string, m openflow.Message) *openflow.ErrorMsg {
		if g, ok := m.(*openflow.GroupMod); ok && sw == "lf2" && g.Command == openflow.GroupAdd {
			return &openflow.ErrorMsg{ErrType: openflow.ErrGroupModFailed, Code: openflow.CodeGroupModOutOfGroups}
		}
		return nil
	}
	_, err := l.ask(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2", "h3")})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "lf2")
	assert.Contains(t, err.Error(), "OUT_OF_GROUPS")
	l.refuse = nil
	l.run(5 * time.Second)
	assert.Empty(t, l.state.Snapshot().Flows)
	for _, link := range l.state.Snapshot().Links {
		assert.Zero(t, link.Reserved)
	}
	for _, sw := range l.world.Topology().Switches {
		assert.Equal(t, before[sw.Name], l.tables(sw.Name))
	}
	l.check()
}

// TestSilentSwitchIsUndone has a switch that answers nothing: the intent ends in time, and is undone.
func TestSilentSwitchIsUndone(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints()
	l.mute["lf2"] = true
	start := l.world.Now()
	_, err := l.ask(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2", "h3")})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "lf2 did not confirm")
	assert.LessOrEqual(t, l.world.Now().Sub(start), l.cfg.Deadline+20*time.Millisecond)
	assert.Empty(t, l.state.Snapshot().Flows)
}

// TestCapacity holds that what does not fit is refused with the link and the figures, and fits again when room returns.
func TestCapacity(t *testing.T) {
	l := newLab(t, testbed.Single(4))
	l.endpoints()
	big := flowDef("big", "h1", "239.1.1.1", true, "h3")
	big.Bandwidth = 6_000_000_000
	l.must(core.PutFlow{Flow: big})
	second := flowDef("second", "h2", "239.1.1.2", true, "h4", "h3")
	second.Bandwidth = 6_000_000_000
	_, err := l.ask(core.PutFlow{Flow: second})
	require.ErrorContains(t, err, "6Gbit/s is needed out of port s1-eth3, where 3Gbit/s is free")
	assert.Len(t, l.state.Snapshot().Flows, 1)
	l.must(core.DeleteFlow{ID: big.ID})
	l.must(core.PutFlow{Flow: second})
	l.check()
}

func TestDuplicateDatapathIsRefused(t *testing.T) {
	l := newLab(t, testbed.Single(2))
	effects := l.effects(core.SwitchUp{Switch: 1, Conn: 99, Remote: "127.0.0.1:2"})
	refused := false
	for _, e := range effects {
		if d, ok := e.(core.Disconnect); ok && d.Conn == 99 {
			refused = true
		}
	}
	assert.True(t, refused)
	assert.True(t, l.state.Snapshot().Switches[0].Connected)
	assert.Equal(t, "127.0.0.1:1", l.state.Snapshot().Switches[0].Remote)
}

// TestDriftIsRepaired deletes an entry behind the controller's back.
func TestDriftIsRepaired(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2")})
	require.NoError(t, l.world.Program("s1", &openflow.FlowMod{
		Command: openflow.FlowDelete, Table: 2, BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
	}))
	l.run(31 * time.Second)
	assert.EqualValues(t, 2, l.state.Snapshot().Counters.DriftRepaired)
	l.check()
}

func TestPing(t *testing.T) {
	l := newLab(t, testbed.Ring(5, 2))
	l.endpoints()
	l.run(100 * time.Millisecond)
	answered := -1
	require.NoError(t, l.world.Ping("h1", l.host("h6").Addr, 3, func(n int) { answered = n }))
	l.run(5 * time.Second)
	assert.Equal(t, 3, answered)
	require.Empty(t, l.world.Violations())
}

// TestSameEventsSameEffects replays a run and holds that every effect comes out the same.
func TestSameEventsSameEffects(t *testing.T) {
	play := func() []string {
		l := newLab(t, testbed.LeafSpine(2, 4, 3))
		l.endpoints()
		l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h4", "h7", "h10")})
		require.NoError(t, l.world.Join("h5", join("239.1.1.1", "")))
		require.NoError(t, l.world.SetLink("sp1", "lf1", false))
		l.run(5 * time.Second)
		return l.log
	}
	assert.Equal(t, play(), play())
}

// TestForwardedReceiverLeaves: a receiver of a forwarded flow gets it until it leaves by IGMP, over a restart too, and again when it joins or is
// TestLeaveIsSavedSoon has the controller killed a moment after a leave: the host gets nothing from the next one either, which would take a whole membership
// interval to notice.
func TestLeaveIsSavedSoon(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2")})
	l.says("h2", 2, igmp.AllowNewSources, "239.1.1.1", "10.0.0.1")
	l.run(100 * time.Millisecond)
	require.Equal(t, core.Forwarding, l.stateOf("cam", "h2").State)
	l.says("h2", 2, igmp.BlockOldSources, "239.1.1.1", "10.0.0.1")
	l.restart()
	l.run(time.Second)
	assert.Equal(t, core.Reserved, l.stateOf("cam", "h2").State)
	l.check()
}

// TestJoinThatWasNotSaved has the controller killed before it saved a join: the next one asks the port, and the host has its stream again within the
// second that a host takes to answer.
func TestJoinThatWasNotSaved(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(untilSaved)
	require.NoError(t, l.world.Join("h2", join("239.1.1.1", "")))
	l.run(untilSaved / 4)
	require.Equal(t, core.Forwarding, l.stateOf("cam", "h2").State)
	l.restart()
	l.run(untilSaved)
	require.NotEqual(t, core.Forwarding, l.stateOf("cam", "h2").State, "the test is of a join that nobody knows of")
	l.run(time.Second)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h2").State)
	l.check()
}

// listed anew.
func TestForwardedReceiverLeaves(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h4")})
	l.send("h1", "239.1.1.1", 1000)
	j := join("239.1.1.1", "")
	require.NoError(t, l.world.Join("h3", j))
	l.run(20 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	require.NoError(t, l.world.Leave("h3", j))
	l.run(20 * time.Millisecond)
	assert.Equal(t, core.Left, l.stateOf("cam", "h3").State)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h4").State)
	l.check()
	l.kill()
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(time.Second)
	assert.Equal(t, core.Left, l.stateOf("cam", "h3").State)
	l.check()
	l.must(core.AddReceivers{Flow: id("cam"), Receivers: ids("h3")})
	l.run(20 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	l.check()
}
