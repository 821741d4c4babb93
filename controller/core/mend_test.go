package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/openflow"
	"crosspoint/testbed"
)

// TestMendFirstTidyLater takes the link away that feeds all receivers: what brings packets back goes to the switches at once, what only takes away a
// quarter of a second later, whatever happens to the flow in between.
func TestMendFirstTidyLater(t *testing.T) {
	for name, meanwhile := range map[string]func(l *lab, lost string){
		"nothing happens": func(*lab, string) {},
		"a receiver goes": func(l *lab, _ string) {
			l.must(core.RemoveReceiver{Flow: id("cam"), Receiver: id("h3")})
		},
		"the link comes back": func(l *lab, lost string) { require.NoError(l.t, l.world.SetLink(lost, "lf1", true)) },
		"the flow is deleted": func(l *lab, _ string) { l.must(core.DeleteFlow{ID: id("cam")}) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, testbed.LeafSpine(2, 3, 2))
			l.endpoints()
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h5")})
			l.send("h1", "239.1.1.1", 5_000)
			l.run(100 * time.Millisecond)
			lost := l.nameOf(l.stateOf("cam", "h3").Path[0].To.Switch)
			l.everyMoment = true
			deletes := 0
			l.refuse = func(_ string, m openflow.Message) *openflow.ErrorMsg {
				f, isFlow := m.(*openflow.FlowMod)
				g, isGroup := m.(*openflow.GroupMod)
				if isFlow && f.Command == openflow.FlowDeleteStrict || isGroup && g.Command == openflow.GroupDelete {
					deletes++
				}
				return nil
			}
			require.NoError(t, l.world.SetLink(lost, "lf1", false))
			l.run(50 * time.Millisecond)
			require.Zero(t, deletes)
			require.Less(t, l.received("h3", "239.1.1.1").MaxGap, 5*time.Millisecond)
			meanwhile(l, lost)
			l.run(time.Second)
			require.Positive(t, deletes)
			l.check()
		})
	}
}

// TestMendedInAsFewRoundsAsAreSafe: switches that take 20 ms to do anything are all told at once where old and new branches make no circle, and one after the
// other where they do.
func TestMendedInAsFewRoundsAsAreSafe(t *testing.T) {
	const slow = 20 * time.Millisecond
	for name, c := range map[string]struct {
		topo      testbed.Topology
		at        string // the sender's switch
		receivers []string
		rounds    int
	}{
		"the other spine takes over":     {testbed.LeafSpine(2, 3, 2), "lf1", []string{"h3", "h5"}, 1},
		"the flow turns round in a ring": {testbed.Ring(4, 1), "s1", []string{"h3", "h2", "h4"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, c.topo)
			l.endpoints()
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, c.receivers...)})
			l.send("h1", "239.1.1.1", 5_000)
			l.run(100 * time.Millisecond)
			l.everyMoment = true
			l.slow = func() time.Duration { return slow }
			l.world.ResetReceptions()
			require.NoError(t, l.world.SetLink(l.nameOf(l.stateOf("cam", "h3").Path[0].To.Switch), c.at, false))
			l.run(time.Second)
			gap := l.received("h3", "239.1.1.1").MaxGap
			require.Equal(t, c.rounds, int(gap/slow), "h3 missed the flow for %v", gap)
			l.check()
		})
	}
}
