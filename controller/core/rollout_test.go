package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/testbed"
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
