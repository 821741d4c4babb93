package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// TestFailuresInQuickSuccession takes every link of the spine in use down while the switches are slow, so that each failure comes between
// two steps of the rollout that the one before began. What was compiled and never issued must not be taken for installed.
func TestFailuresInQuickSuccession(t *testing.T) {
	for _, apart := range []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 7 * time.Millisecond} {
		l := newLab(t, testbed.LeafSpine(2, 3, 2))
		l.endpoints()
		l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h4", "h5", "h6")})
		l.send("h1", "239.1.1.1", 1000)
		l.run(100 * time.Millisecond)
		spine := "sp1"
		if l.stateOf("cam", "h3").Path[0].To.Switch == 2 {
			spine = "sp2"
		}
		l.everyMoment = true
		l.slow = func() time.Duration { return 2 * time.Millisecond }
		for _, leaf := range []string{"lf2", "lf1", "lf3"} {
			require.NoError(t, l.world.SetLink(spine, leaf, false))
			l.run(apart)
		}
		l.run(time.Second)
		l.check()
	}
}

// TestAFailureTakesNothingFromTheReceiversThatStay moves a tree because one of its branches failed, and holds that the receivers on the
// other branches get every packet once.
func TestAFailureTakesNothingFromTheReceiversThatStay(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 4, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2", "h3", "h5", "h7")})
	l.send("h1", "239.1.1.1", 5_000)
	l.run(100 * time.Millisecond)
	l.everyMoment = true
	for range 3 { // from one spine to the other, and back again
		path := l.stateOf("cam", "h7").Path
		spine := l.nameOf(path[0].To.Switch)
		l.world.ResetReceptions()
		l.run(10 * time.Millisecond)
		require.NoError(t, l.world.SetLink(spine, "lf4", false))
		l.run(200 * time.Millisecond)
		require.NotEqual(t, path, l.stateOf("cam", "h7").Path)
		for _, stays := range []string{"h2", "h3", "h5"} {
			got := l.received(stays, "239.1.1.1")
			require.Greater(t, got.Received, uint64(1000))
			require.Zero(t, got.Lost, stays)
			require.Zero(t, got.Duplicated, stays)
		}
		require.Less(t, l.received("h7", "239.1.1.1").MaxGap, 5*time.Millisecond)
		require.NoError(t, l.world.SetLink(spine, "lf4", true))
		l.run(time.Second)
		l.check()
	}
}

func (l *lab) nameOf(id topology.SwitchID) string {
	for _, s := range l.world.Topology().Switches {
		if topology.SwitchID(s.DPID) == id {
			return s.Name
		}
	}
	return ""
}
