package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

func (l *lab) idOf(name string) topology.SwitchID {
	for _, s := range l.world.Topology().Switches {
		if s.Name == name {
			return topology.SwitchID(s.DPID)
		}
	}
	require.Fail(l.t, "no such switch", name)
	return 0
}

// via names the switches on the way of a flow to a receiver, after the first.
func (l *lab) via(flow, receiver string) []string {
	var out []string
	for _, link := range l.stateOf(flow, receiver).Path {
		out = append(out, l.nameOf(link.To.Switch))
	}
	return out
}

func (l *lab) hitless(group string, hosts ...string) {
	for _, h := range hosts {
		got := l.received(h, group)
		require.Greater(l.t, got.Received, uint64(100), h)
		require.Zero(l.t, got.Lost, h)
		require.Zero(l.t, got.Duplicated, h)
	}
}

// TestDrain takes a spine out of use under traffic: nothing is lost or doubled, nothing comes back until it is in use again, and optimising
// then spreads the flows over both spines.
func TestDrain(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.endpoints()
	for i := range 6 {
		def := flowDef(fmt.Sprintf("f%d", i), "h1", fmt.Sprintf("239.1.1.%d", i+1), true, "h2", "h3", "h5")
		def.Bandwidth = topology.Gbit
		l.must(core.PutFlow{Flow: def})
		l.send("h1", fmt.Sprintf("239.1.1.%d", i+1), 1000)
	}
	l.run(100 * time.Millisecond)
	l.everyMoment = true
	l.slow = func() time.Duration { return time.Millisecond }
	over := func(spine string) (n int) {
		for i := range 6 {
			if slices.Contains(l.via(fmt.Sprintf("f%d", i), "h5"), spine) {
				n++
			}
		}
		return n
	}
	require.Equal(t, 3, over("sp1"))
	what := core.SwitchOrCable{Switch: l.idOf("sp1")}

	report := l.must(core.Drain{What: what, Try: true}).Moves
	require.Len(t, report.Moves, 3)
	require.Empty(t, report.Stuck)
	require.Equal(t, 3, over("sp1"), "a try moves nothing")
	require.Empty(t, l.state.Snapshot().Drained)

	l.world.ResetReceptions()
	require.Equal(t, report, l.must(core.Drain{What: what}).Moves)
	l.run(200 * time.Millisecond)
	require.Zero(t, over("sp1"))
	for i := range 6 {
		l.hitless(fmt.Sprintf("239.1.1.%d", i+1), "h2", "h3", "h5")
	}
	l.check()
	require.Equal(t, []core.SwitchOrCable{what}, l.state.Snapshot().Drained)
	require.NoError(t, l.world.SetLink("sp2", "lf3", false))
	l.run(200 * time.Millisecond)
	require.Equal(t, core.NoPathNow, l.stateOf("f0", "h5").State)
	require.Contains(t, l.stateOf("f0", "h5").Reason, "drained")
	require.NoError(t, l.world.SetLink("sp2", "lf3", true))
	l.run(2 * time.Second)

	l.kill()
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(2 * time.Second)
	require.Equal(t, []core.SwitchOrCable{what}, l.state.Snapshot().Drained, "it survives a restart")

	l.must(core.Undrain{What: what})
	l.run(time.Second)
	require.Zero(t, over("sp1"), "nothing moves by itself")
	l.world.ResetReceptions()
	require.Len(t, l.must(core.Optimise{Try: true}).Moves.Moves, 3)
	require.Len(t, l.must(core.Optimise{}).Moves.Moves, 3)
	l.run(200 * time.Millisecond)
	require.Equal(t, 3, over("sp1"))
	for i := range 6 {
		l.hitless(fmt.Sprintf("239.1.1.%d", i+1), "h2", "h3", "h5")
	}
	require.Empty(t, l.must(core.Optimise{}).Moves.Moves, "what is good stays")
	l.check()
}

// TestDrainOfWhatIsNeeded lists what cannot move, and leaves it running.
func TestDrainOfWhatIsNeeded(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2", "h3")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(50 * time.Millisecond)
	report := l.must(core.Drain{What: core.SwitchOrCable{Switch: l.idOf("lf2")}}).Moves
	require.Empty(t, report.Moves)
	require.Len(t, report.Stuck, 1)
	require.Equal(t, id("h3"), report.Stuck[0].Receiver)
	require.Contains(t, report.Stuck[0].Reason, "drained")
	l.run(100 * time.Millisecond)
	l.check()
	_, err := l.ask(core.Drain{What: core.SwitchOrCable{Switch: 99}})
	require.ErrorContains(t, err, "no switch")
	_, err = l.ask(core.Undrain{What: core.SwitchOrCable{Switch: l.idOf("sp1")}})
	require.ErrorContains(t, err, "not drained")
}

// TestDrainRefused has one switch refuse its part: everything stays where it was, and the switch in use.
func TestDrainRefused(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(50 * time.Millisecond)
	way := l.via("cam", "h3")
	l.world.ResetReceptions()
	l.refuse = func(sw string, m openflow.Message) *openflow.ErrorMsg {
		if _, is := m.(*openflow.GroupMod); is && sw != way[0] {
			return &openflow.ErrorMsg{ErrType: openflow.ErrGroupModFailed, Code: openflow.CodeGroupModOutOfGroups}
		}
		return nil
	}
	_, err := l.ask(core.Drain{What: core.SwitchOrCable{Switch: l.idOf(way[0])}})
	require.ErrorContains(t, err, "OUT_OF_GROUPS")
	l.refuse = nil
	l.run(2 * time.Second)
	require.Empty(t, l.state.Snapshot().Drained)
	require.Equal(t, way, l.via("cam", "h3"))
	l.hitless("239.1.1.1", "h3")
	l.check()
}

// TestUndrainWhatIsUnplugged gives a cable back to use by the end that it is known by, while nothing is at its other end.
func TestUndrainWhatIsUnplugged(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 1))
	l.run(time.Second)
	l.must(core.Drain{What: core.SwitchOrCable{Switch: l.idOf("lf1"), Port: 1}})
	drained := l.state.Snapshot().Drained
	require.Len(t, drained, 1)
	for _, link := range l.world.Topology().Links {
		require.NoError(t, l.world.SetLink(link.A, link.B, false))
	}
	l.run(10 * time.Second)
	require.Equal(t, drained, l.state.Snapshot().Drained)
	l.must(core.Undrain{What: drained[0]})
	require.Empty(t, l.state.Snapshot().Drained)
}
