package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/testbed"
)

// TestWhoWaitsHurriesASwitch: a join is confirmed 2 ms later, since nobody waits for that; but whoever needs the switch before does not wait longer than ever.
func TestWhoWaitsHurriesASwitch(t *testing.T) {
	for _, tc := range []struct {
		name string
		next func(*lab)
		soon bool // the join is confirmed at once
	}{
		{"nobody", func(*lab) {}, false},
		{"another join", func(l *lab) { l.reports("h3", 3, igmp.ChangeToExclude, "239.1.1.1") }, true},
		{"the leave", func(l *lab) { l.reports("h2", 2, igmp.ChangeToInclude, "239.1.1.1") }, true},
		{"a new flow", func(l *lab) { l.submit(core.PutFlow{Flow: flowDef("new", "h4", "239.1.1.2", true, "h2")}) }, true},
		{"a change", func(l *lab) { l.submit(core.RemoveReceiver{Flow: id("cam"), Receiver: id("h2")}) }, true},
		{"a deletion", func(l *lab) { l.submit(core.DeleteFlow{ID: id("cam")}) }, true},
		{"a change of no entry", func(l *lab) { l.submit(core.PatchFlow{ID: id("cam"), Patch: flows.FlowPatch{Label: new(string)}}) }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t, testbed.Single(4))
			l.endpoints()
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h2", "h3")})
			l.reports("h2", 2, igmp.ChangeToExclude, "239.1.1.1")
			l.run(500 * time.Microsecond)
			require.Equal(t, core.Programming, l.stateOf("cam", "h2").State, "not claimed before it is confirmed")
			confirmed := l.confirmed
			tc.next(l)
			l.run(500 * time.Microsecond)
			require.Equal(t, tc.soon, l.confirmed > confirmed)
			l.run(2 * time.Millisecond)
			require.Greater(t, l.confirmed, confirmed)
			l.run(50 * time.Millisecond)
			l.check()
		})
	}
}
