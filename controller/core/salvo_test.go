package core_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// twoCameras has two flows with receivers at other leaves, under traffic.
func twoCameras(t *testing.T) *lab {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("a", "h1", "239.1.1.1", true, "h3", "h5")})
	l.must(core.PutFlow{Flow: flowDef("b", "h2", "239.1.1.2", true, "h6")})
	l.send("h1", "239.1.1.1", 1000)
	l.send("h2", "239.1.1.2", 1000)
	l.run(100 * time.Millisecond)
	l.everyMoment = true
	return l
}

// TestSalvo takes two receivers from one flow to the other, once so that they lose the old first and once so that they have both for a moment.
func TestSalvo(t *testing.T) {
	for _, overlap := range []bool{false, true} {
		l := twoCameras(t)
		l.world.ResetReceptions()
		l.run(10 * time.Millisecond)
		took := l.must(core.Salvo{Takes: []core.Take{
			{Receiver: id("h3"), From: id("a"), To: id("b"), Overlap: overlap},
			{Receiver: id("h5"), From: id("a"), To: id("b"), Overlap: overlap},
		}}).Salvo
		require.GreaterOrEqual(t, took.Switches, 3)
		require.Less(t, took.Spread, 10*time.Millisecond)
		l.run(20 * time.Millisecond)
		for _, r := range []string{"h3", "h5"} {
			last, first := l.received(r, "239.1.1.1").Last, l.received(r, "239.1.1.2").First
			require.Equal(t, overlap, last.After(first.Add(10*time.Millisecond)), "%s: last of the old %v, first of the new %v", r, last, first)
			require.Less(t, first.Sub(last), 5*time.Millisecond)
		}
		l.run(200 * time.Millisecond)
		l.hitless("239.1.1.2", "h6")
		l.check()
		require.Equal(t, core.Forwarding, l.stateOf("b", "h3").State)
	}
}

// TestSalvoIsAllOrNothing refuses every take when one cannot be, and leaves no trace.
func TestSalvoIsAllOrNothing(t *testing.T) {
	l := twoCameras(t)
	for what, takes := range map[string][]core.Take{
		"exists":      {{Receiver: id("h3"), From: id("a"), To: id("b")}, {Receiver: id("h5"), From: id("a"), To: uuid.New()}},
		"no receiver": {{Receiver: id("h3"), From: id("a"), To: id("b")}, {Receiver: id("h4"), From: id("a"), To: id("b")}},
		"same flow":   {{Receiver: id("h3"), From: id("a"), To: id("a")}},
		"sender":      {{Receiver: id("h3"), From: id("a"), To: id("b")}, {Receiver: id("h2"), To: id("b")}},
		"0 are given": nil,
	} {
		_, err := l.ask(core.Salvo{Takes: takes})
		require.ErrorContains(t, err, what)
	}
	big := 6 * topology.Gbit
	l.must(core.PatchFlow{ID: id("b"), Patch: patchBandwidth(big)})
	l.must(core.PatchFlow{ID: id("a"), Patch: patchBandwidth(big)})
	_, err := l.ask(core.Salvo{Takes: []core.Take{{Receiver: id("h3"), From: id("a"), To: id("b"), Overlap: true}}})
	require.ErrorContains(t, err, "is free", "both at once do not fit the port")
	l.must(core.Salvo{Takes: []core.Take{{Receiver: id("h3"), From: id("a"), To: id("b")}}})
	l.must(core.Salvo{Takes: []core.Take{{Receiver: id("h3"), From: id("b"), To: id("a")}}})
	l.run(time.Second)
	l.check()
	require.ElementsMatch(t, ids("h3", "h5"), l.flowView("a").Receivers)
	require.ElementsMatch(t, ids("h6"), l.flowView("b").Receivers)
}

func (l *lab) flowView(name string) *core.FlowView {
	for _, f := range l.state.Snapshot().Flows {
		if f.ID == id(name) {
			return f
		}
	}
	require.Fail(l.t, "no such flow", name)
	return nil
}

// TestReceiversCanAlwaysBeTakenAway: a receiver whose way was lost does not keep another one from being removed, by itself or by a take.
func TestReceiversCanAlwaysBeTakenAway(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 3, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3", "h4", "h5")})
	l.kill()
	require.NoError(t, l.world.SetLink("sp1", "lf3", false))
	l.start()
	for _, sw := range l.world.Topology().Switches[:3] { // lf3 does not come, so nothing is moved for two seconds
		l.connect(sw.Name)
	}
	l.run(50 * time.Millisecond)
	l.must(core.RemoveReceiver{Flow: id("cam"), Receiver: id("h3")})
	l.must(core.Salvo{Takes: []core.Take{{Receiver: id("h4"), From: id("cam")}}})
	require.Equal(t, []uuid.UUID{id("h5")}, l.state.Snapshot().Flow(id("cam")).Receivers)
}

// TestSalvoIsUndoneWhole: a switch refuses to take the old flow away when receivers have the new one already, or the controller dies then. They are as they were
// before, both in what clients are told and in what they get.
func TestSalvoIsUndoneWhole(t *testing.T) {
	for what, fail := range map[string]func(*lab){
		"refused": func(l *lab) {
			l.refuse = func(_ string, m openflow.Message) *openflow.ErrorMsg {
				if _, is := m.(*openflow.GroupMod); !is {
					return nil
				}
				l.refuse = nil // the undoing is not refused
				return &openflow.ErrorMsg{ErrType: openflow.ErrGroupModFailed, Code: openflow.CodeGroupModOutOfBuckets}
			}
		},
		"dies": (*lab).restart,
	} {
		t.Run(what, func(t *testing.T) {
			l := twoCameras(t)
			ticket := l.submit(core.Salvo{Takes: []core.Take{{Receiver: id("h3"), From: id("a"), To: id("b"), Overlap: true}}})
			l.run(10 * time.Millisecond)
			require.NotZero(t, l.received("h3", "239.1.1.2").Received, "it has both")
			fail(l)
			l.run(5 * time.Second)
			if what == "refused" {
				require.ErrorContains(t, l.replies[ticket].Err, "nothing was changed")
			}
			require.ElementsMatch(t, ids("h3", "h5"), l.flowView("a").Receivers)
			require.ElementsMatch(t, ids("h6"), l.flowView("b").Receivers)
			l.world.ResetReceptions()
			l.run(100 * time.Millisecond)
			require.NotZero(t, l.received("h3", "239.1.1.1").Received)
			require.Zero(t, l.received("h3", "239.1.1.2").Received)
			l.check()
		})
	}
}
