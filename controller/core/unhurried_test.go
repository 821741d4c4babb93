package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/testbed"
)

// joined is a network of one switch where h2 has just joined a flow, and nobody waits for the switch to confirm that.
func joined(t *testing.T) *lab {
	l := newLab(t, testbed.Single(4))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2", "h3")})
	l.unhurried = time.Minute // nothing is confirmed in this test by itself
	l.says("h2", 2, igmp.ChangeToExclude, "239.1.1.1")
	l.run(time.Millisecond)
	require.Equal(t, core.Programming, l.stateOf("cam", "h2").State, "not claimed before it is confirmed")
	l.send("h1", "239.1.1.1", 1000)
	l.run(10 * time.Millisecond)
	require.NotZero(t, l.received("h2", "239.1.1.1").Received, "the switch was told at once")
	return l
}

// TestWhoWaitsHurriesASwitch: a join is not confirmed at once, since nobody waits for that; but whoever comes next to the switch waits no longer than ever.
func TestWhoWaitsHurriesASwitch(t *testing.T) {
	for name, next := range map[string]func(*lab){
		"another join":        func(l *lab) { l.says("h3", 3, igmp.ChangeToExclude, "239.1.1.1") },
		"the leave":           func(l *lab) { l.says("h2", 2, igmp.ChangeToInclude, "239.1.1.1") },
		"a client's new flow": func(l *lab) { l.must(core.PutFlow{Flow: flowDef("new", "h4", "239.1.1.2", true, "h2")}) },
		"a client's change":   func(l *lab) { l.must(core.RemoveReceiver{Flow: id("cam"), Receiver: id("h2")}) },
		"a client's deletion": func(l *lab) { l.must(core.DeleteFlow{ID: id("cam")}) },
		"a port that fails":   func(l *lab) { require.NoError(l.t, l.world.SetLink("s1", "h4", false)) },
		"a change of no entry": func(l *lab) {
			label := "x"
			l.must(core.PatchFlow{ID: id("cam"), Patch: flows.FlowPatch{Label: &label}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := joined(t)
			require.Len(t, l.owed, 1)
			join := l.owed[0].at
			begun := l.world.Now()
			next(l)
			l.run(5 * time.Millisecond)
			require.Less(t, l.world.Now().Sub(begun), 100*time.Millisecond, "a client is answered as ever")
			require.False(t, slices.ContainsFunc(l.owed, func(o owed) bool { return o.at.Equal(join) }), "the join is confirmed")
			l.unhurried = 0
			l.confirm(func(owed) bool { return true })
			l.run(50 * time.Millisecond)
			l.check()
		})
	}
}
