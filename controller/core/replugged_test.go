package core_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// TestHostsSwapCables plugs a receiver, and then the sender, in where a host was that takes no part: what the receiver had never reaches that host, it goes
// on where the receiver is now, and who stays loses nothing.
func TestHostsSwapCables(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.everyMoment = true
	l.endpoints("h1", "h3", "h5")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(time.Second)
	l.world.ResetReceptions()
	require.NoError(t, l.world.SwapHosts("h3", "h6"))
	l.run(time.Second)
	assert.Zero(t, l.received("h6", "239.1.1.1").Received, "another host is plugged in there")
	assert.Less(t, l.received("h3", "239.1.1.1").MaxGap, 100*time.Millisecond)
	assert.Zero(t, l.received("h5", "239.1.1.1").Lost)
	assert.Equal(t, &topology.PortRef{Switch: 5, Port: 4}, l.endpointView("h3").Bound)
	l.check()

	require.NoError(t, l.world.SwapHosts("h1", "h4"))
	l.run(time.Second)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	assert.Less(t, l.received("h5", "239.1.1.1").MaxGap, 100*time.Millisecond)
	assert.Zero(t, l.received("h5", "239.1.1.1").Duplicated)
	l.check()
}

// TestEndpointMovesWhenItsClientSaysSo: one whose client named its port is served elsewhere only when the client names that.
func TestEndpointMovesWhenItsClientSaysSo(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	named := l.endpointOf("h3")
	named.Attached = at(4, "lf2-eth3")
	l.must(core.PutEndpoint{Endpoint: named})
	l.endpoints("h1", "h5")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
	l.send("h1", "239.1.1.1", 1000)
	require.NoError(t, l.world.SwapHosts("h3", "h6"))
	l.run(time.Second)
	assert.Equal(t, core.Unverified, l.stateOf("cam", "h3").State)
	l.world.ResetReceptions()
	l.must(core.PatchEndpoint{ID: id("h3"), Patch: flows.EndpointPatch{Attached: at(5, "lf3-eth4")}})
	l.run(50 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	assert.Zero(t, l.received("h5", "239.1.1.1").Lost)
	l.check()
}

// TestMovedHostIsRememberedWhereItIs: all addresses of an interface that moved are restored at its new port.
func TestMovedHostIsRememberedWhereItIs(t *testing.T) {
	l := newLab(t, testbed.Single(4))
	l.endpoints()
	l.endpoints6()
	require.NoError(t, l.world.SwapHosts("h1", "h3"))
	l.run(5 * time.Second)
	where := func() map[string]topology.PortRef {
		out := map[string]topology.PortRef{}
		for _, h := range l.state.Snapshot().Hosts {
			out[h.Addr.String()] = h.At
		}
		return out
	}
	before := where()
	l.kill()
	l.start()
	l.connect("s1")
	l.run(5 * time.Second)
	assert.Equal(t, before, where())
	assert.Len(t, before, 8)
}

// TestUnprovenSurvivesARestart: what was not seen since its link was lost gets nothing from the next controller either, and all of it when it is seen.
func TestUnprovenSurvivesARestart(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3")})
	l.send("h1", "239.1.1.1", 1000)
	require.NoError(t, l.world.SetLink("lf2", "h3", false))
	l.run(time.Second)
	got := l.stateOf("cam", "h3")
	assert.Equal(t, core.Unverified, got.State)
	assert.Contains(t, got.Reason, "it was not seen since")
	assert.NotEmpty(t, l.state.Snapshot().Flow(id("cam")).Tree, "its bandwidth stays reserved")
	l.kill()
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(10 * time.Second)
	assert.Equal(t, core.Unverified, l.stateOf("cam", "h3").State)
	l.world.ResetReceptions()
	require.NoError(t, l.world.SetLink("lf2", "h3", true))
	l.run(50 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	assert.NotZero(t, l.received("h3", "239.1.1.1").Received)
	l.check()
}

// TestUnprovenMovesAfterARestart: what was plugged out under one controller is found where it was plugged in by the next one, and at once.
func TestUnprovenMovesAfterARestart(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.endpoints("h1", "h3")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(time.Second)
	l.world.ResetReceptions()
	require.NoError(t, l.world.SwapHosts("h3", "h6"))
	l.run(20 * time.Millisecond)
	l.kill()
	l.run(100 * time.Millisecond)
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(500 * time.Millisecond)
	assert.Zero(t, l.received("h6", "239.1.1.1").Received)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	l.check()
}

// TestHostMovesAsTheControllerDies: where a host was found is saved at once, and where its flows run a moment later. A controller that dies in between
// leaves a place behind where another host is now: the next one sends nothing there.
func TestHostMovesAsTheControllerDies(t *testing.T) {
	for to, at := range map[string]topology.PortRef{"h4": {Switch: 4, Port: 4}, "h6": {Switch: 5, Port: 4}, "h2": {Switch: 3, Port: 4}} {
		t.Run("to where "+to+" was", func(t *testing.T) {
			l := newLab(t, testbed.LeafSpine(2, 3, 2))
			l.everyMoment = true
			l.endpoints("h1", "h3", "h5")
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
			l.send("h1", "239.1.1.1", 1000)
			l.run(time.Second)
			require.NoError(t, l.world.SwapHosts("h3", to))
			l.run(70 * time.Millisecond)
			require.Equal(t, &at, l.endpointView("h3").Bound)
			require.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
			l.world.ResetReceptions()
			l.restart()
			l.run(500 * time.Millisecond)
			assert.Zero(t, l.received(to, "239.1.1.1").Received)
			assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
			assert.Zero(t, l.received("h5", "239.1.1.1").Lost)
			l.check()
		})
	}
}

// TestSenderMovesAsTheControllerDies: the same, of a sender.
func TestSenderMovesAsTheControllerDies(t *testing.T) {
	for _, to := range []string{"h2", "h6"} {
		t.Run("to where "+to+" was", func(t *testing.T) {
			l := newLab(t, testbed.LeafSpine(2, 3, 2))
			l.everyMoment = true
			l.endpoints("h1", "h3", "h5")
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
			l.send("h1", "239.1.1.1", 1000)
			l.run(time.Second)
			require.NoError(t, l.world.SwapHosts("h1", to))
			l.run(70 * time.Millisecond)
			l.restart()
			l.run(500 * time.Millisecond)
			l.world.ResetReceptions()
			l.run(100 * time.Millisecond)
			assert.NotZero(t, l.received("h3", "239.1.1.1").Received)
			l.check()
		})
	}
}

// TestCableIsPulledWhileNobodyLooks: a switch, or the controller, is away when a cable is pulled, and back before another host is plugged in.
func TestCableIsPulledWhileNobodyLooks(t *testing.T) {
	for name, leave := range map[string]func(*lab){
		"switch away":     func(l *lab) { l.disconnect("lf2") },
		"controller dead": (*lab).kill,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, testbed.LeafSpine(2, 3, 2))
			l.endpoints("h1", "h3", "h5")
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
			l.send("h1", "239.1.1.1", 1000)
			l.run(time.Second)
			leave(l)
			l.world.ResetReceptions()
			require.NoError(t, l.world.SwapHosts("h3", "h6"))
			l.run(20 * time.Millisecond)
			if l.state == nil {
				l.restart()
			} else {
				l.connect("lf2")
			}
			l.run(500 * time.Millisecond)
			assert.Zero(t, l.received("h6", "239.1.1.1").Received)
			assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
			assert.Zero(t, l.received("h5", "239.1.1.1").Lost)
			l.check()
		})
	}
}

// TestNobodyCountsOnASwitchThatWasNeverRead: a switch is away when the way by which it sends a host's packets is cut, and still away at the controller's next
// start. What that controller would tell it to do is not what it does: its neighbour must not send it what it sends back.
func TestNobodyCountsOnASwitchThatWasNeverRead(t *testing.T) {
	l := newLab(t, testbed.Ring(5, 1))
	l.everyMoment = true
	l.endpoints()
	l.run(time.Second)
	mac := l.host("h1").MAC
	toH1 := fmt.Sprintf("dl_dst=%v", net.HardwareAddr(mac[:]))
	l.disconnect("s3")
	require.Contains(t, strings.Join(l.tables("s3"), "\n"), toH1+" actions=output:1", "by s2")
	require.NoError(t, l.world.SetLink("s1", "s2", false))
	l.run(time.Second)
	l.kill()
	l.start()
	for _, near := range []string{"s1", "s2", "s4", "s5"} {
		l.connect(near)
	}
	l.run(5 * time.Second)
	require.NotContains(t, strings.Join(l.tables("s2"), "\n"), toH1)
	require.Equal(t, 1, l.pinged("h4", "h1"), "by a way without it")
	l.connect("s3")
	l.run(time.Second)
	require.Equal(t, 1, l.pinged("h2", "h1"))
	l.check()
}

// TestNobodyCountsOnASwitchThatWentBeforeItWasTold: a host is plugged in at another switch, which goes away before it is told. It still sends what is for the host
// to where it was, so nobody may send it that.
func TestNobodyCountsOnASwitchThatWentBeforeItWasTold(t *testing.T) {
	l := newLab(t, testbed.Ring(5, 1))
	l.everyMoment = true
	l.endpoints()
	l.run(time.Second)
	l.slow = func() time.Duration { return 50 * time.Millisecond }
	require.NoError(t, l.world.SwapHosts("h2", "h5"))
	l.run(75 * time.Millisecond)
	require.Equal(t, topology.SwitchID(5), l.endpointView("h2").Bound.Switch)
	l.disconnect("s5")
	l.flap("s1", "s5", 5) // so that the others would take the long way, while s5 takes the short one
	l.run(5 * time.Second)
	l.connect("s5")
	l.run(time.Minute)
	require.Equal(t, 1, l.pinged("h3", "h2"))
	l.check()
}

// TestNobodyCountsOnASwitchThatRefusedAndWent: a switch refuses a new route, so the others wait; then it goes away, and still does what it did. What they were to
// do next counted on its new route.
func TestNobodyCountsOnASwitchThatRefusedAndWent(t *testing.T) {
	topo := testbed.Ring(4, 1)
	topo.Links = append(topo.Links, testbed.Link{A: "s1", B: "s3"})
	l := newLab(t, topo)
	l.everyMoment = true
	l.endpoints()
	require.NoError(t, l.world.SetLink("s3", "s4", false))
	l.run(time.Second) // all send to h4 by way of s1, s3 by its own link
	l.refuse = func(sw string, m openflow.Message) *openflow.ErrorMsg {
		if mod, is := m.(*openflow.FlowMod); is && sw == "s3" && mod.Command != openflow.FlowDeleteStrict {
			return &openflow.ErrorMsg{}
		}
		return nil
	}
	l.flap("s1", "s3", 5) // works, and is not to be used
	require.NoError(t, l.world.SetLink("s3", "s4", true))
	require.NoError(t, l.world.SetLink("s1", "s4", false))
	l.run(3 * time.Second)
	l.disconnect("s3")
	l.run(3 * time.Second)
	l.refuse = nil
	l.connect("s3")
	l.run(time.Minute)
	require.Equal(t, 1, l.pinged("h1", "h4"))
	l.check()
}

// TestWhatLeadsThroughASwitchThatWasNeverReadStays: the only switch between two others is away from a controller's start on. It does what it did, so what
// led through it before goes on doing so.
func TestWhatLeadsThroughASwitchThatWasNeverReadStays(t *testing.T) {
	l := newLab(t, testbed.Ring(3, 1))
	l.everyMoment = true
	l.endpoints()
	require.NoError(t, l.world.SetLink("s1", "s3", false))
	l.run(time.Second)
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(time.Second)
	l.world.ResetReceptions()
	l.kill()
	l.start()
	l.connect("s1")
	l.connect("s3")
	l.run(5 * time.Second)
	assert.Equal(t, 1, l.pinged("h1", "h3"))
	assert.Zero(t, l.received("h3", "239.1.1.1").Lost)
	assert.Greater(t, l.received("h3", "239.1.1.1").Received, uint64(6000))
	l.connect("s2")
	l.run(time.Second)
	assert.Equal(t, 1, l.pinged("h1", "h3"))
	l.check()
}

// TestAdditionDiesWithTheController: a receiver whose addition was never answered gets nothing after a restart, also when the flow's place was saved meanwhile.
func TestAdditionDiesWithTheController(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.endpoints("h1", "h3", "h4", "h5")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
	l.send("h1", "239.1.1.1", 1000)
	require.NoError(t, l.world.Join("h3", join("239.1.1.1", "")))
	l.run(time.Second)
	l.slow = func() time.Duration { return 20 * time.Millisecond }
	l.submit(core.AddReceivers{Flow: id("cam"), Receivers: ids("h4")})
	require.NoError(t, l.world.Leave("h3", join("239.1.1.1", ""))) // has the flow saved
	l.run(10 * time.Millisecond)
	l.restart()
	l.run(time.Second)
	l.world.ResetReceptions()
	l.run(100 * time.Millisecond)
	assert.Zero(t, l.received("h4", "239.1.1.1").Received)
	assert.NotZero(t, l.received("h5", "239.1.1.1").Received)
	l.check()
}

// TestCutThatNeverArrived: the controller knew that a cable was pulled, and died before the switch was told. The next one, which still waits for another switch,
// has the port sent nothing at once.
func TestCutThatNeverArrived(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.endpoints("h1", "h3", "h5")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(time.Second)
	l.slow = func() time.Duration { return 5 * time.Millisecond }
	require.NoError(t, l.world.SwapHosts("h3", "h6"))
	l.run(3 * time.Millisecond)
	require.Equal(t, core.Unverified, l.stateOf("cam", "h3").State)
	l.world.ResetReceptions()
	l.kill()
	l.start()
	for _, sw := range []string{"sp1", "sp2", "lf1", "lf2"} {
		l.connect(sw)
	}
	l.run(time.Second)
	assert.Zero(t, l.received("h6", "239.1.1.1").Received)
	assert.Zero(t, l.received("h5", "239.1.1.1").Lost)
	l.connect("lf3")
	l.run(time.Second)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	l.check()
}

// TestCableIsPulledWhileSwitchesAreWaitedFor: a sender moved, and the controller died before it saved where its flow runs since. While the next one waits for
// another switch it leaves what runs as it is; but when a receiver's cable is pulled, or it is taken from the list, it gets nothing more.
func TestCableIsPulledWhileSwitchesAreWaitedFor(t *testing.T) {
	for name, end := range map[string]func(*lab) (stranger string){
		"another host is plugged in": func(l *lab) string {
			require.NoError(l.t, l.world.SwapHosts("h3", "h2"))
			return "h2"
		},
		"it is taken from the list": func(l *lab) string {
			l.must(core.RemoveReceiver{Flow: id("cam"), Receiver: id("h3")})
			return "h3"
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, testbed.LeafSpine(2, 4, 2))
			l.endpoints("h1", "h3", "h5")
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
			l.send("h1", "239.1.1.1", 1000)
			l.run(time.Second)
			require.NoError(t, l.world.SwapHosts("h1", "h6"))
			l.run(70 * time.Millisecond)
			require.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
			l.kill()
			l.start()
			for _, sw := range []string{"sp1", "sp2", "lf1", "lf2", "lf3"} {
				l.connect(sw)
			}
			l.run(100 * time.Millisecond)
			l.world.ResetReceptions()
			l.run(100 * time.Millisecond)
			require.NotZero(t, l.received("h3", "239.1.1.1").Received, "what runs is left as it is")
			stranger := end(l)
			l.world.ResetReceptions()
			l.run(500 * time.Millisecond)
			assert.Zero(t, l.received(stranger, "239.1.1.1").Received)
			assert.Zero(t, l.received("h5", "239.1.1.1").Lost)
			l.connect("lf4")
			l.run(time.Second)
			l.check()
		})
	}
}
