package core_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/topology"
)

func patchBandwidth(b topology.Bandwidth) flows.FlowPatch { return flows.FlowPatch{Bandwidth: &b} }

func labelled(f flows.NetworkFlow, label string) flows.NetworkFlow {
	f.Label = &label
	return f
}

// TestLegsByLabelTakeDifferentSpines puts two flows whose labels say that they are legs of one essence, and takes each link between switches down
// in turn: one of them always goes on without a loss.
func TestLegsByLabelTakeDifferentSpines(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: labelled(flowDef("red", "h1", "239.1.1.1", true, "h3", "h5"), "cam red (2022-7: cam)")})
	l.must(core.PutFlow{Flow: labelled(flowDef("blue", "h2", "239.1.1.2", true, "h4", "h6"), "cam blue (2022-7: cam)")})
	l.send("h1", "239.1.1.1", 1000)
	l.send("h2", "239.1.1.2", 1000)
	l.run(100 * time.Millisecond)
	pairs := l.state.Snapshot().Pairs
	require.Len(t, pairs, 1)
	require.Equal(t, "cam", pairs[0].Name)
	require.Zero(t, pairs[0].Shared)
	require.NotEqual(t, l.via("red", "h3")[0], l.via("blue", "h4")[0])
	for _, link := range l.world.Topology().Links {
		l.world.ResetReceptions()
		require.NoError(t, l.world.SetLink(link.A, link.B, false))
		l.run(200 * time.Millisecond)
		var lost [2]uint64
		for i, r := range [][3]string{{"h3", "h5", "239.1.1.1"}, {"h4", "h6", "239.1.1.2"}} {
			lost[i] = l.received(r[0], r[2]).Lost + l.received(r[1], r[2]).Lost
		}
		require.Zero(t, min(lost[0], lost[1]), "%s–%s took from both legs: %v", link.A, link.B, lost)
		require.NoError(t, l.world.SetLink(link.A, link.B, true))
		l.run(time.Second)
		l.must(core.Optimise{}) // apart again
		l.run(time.Second)
		require.Zero(t, l.state.Snapshot().Pairs[0].Shared)
		l.check()
	}
	plain := "cam blue"
	l.must(core.PatchFlow{ID: id("blue"), Patch: flows.FlowPatch{Label: &plain}})
	require.Zero(t, l.state.Snapshot().Pairs[0].Legs[1])
}

// TestPairedFlowsMoveApart declares two flows legs that run over the same spine: one moves, without a loss.
func TestPairedFlowsMoveApart(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 3, 2))
	l.endpoints()
	l.must(core.Drain{What: core.SwitchOrCable{Switch: l.idOf("sp2")}})
	for i, name := range []string{"red", "blue"} {
		group := []string{"239.1.1.1", "239.1.1.2"}[i]
		l.must(core.PutFlow{Flow: flowDef(name, []string{"h1", "h2"}[i], group, true, "h3", "h5")})
		l.send([]string{"h1", "h2"}[i], group, 1000)
	}
	l.must(core.Undrain{What: core.SwitchOrCable{Switch: l.idOf("sp2")}})
	l.run(100 * time.Millisecond)
	require.Equal(t, l.via("red", "h3"), l.via("blue", "h3"))
	l.world.ResetReceptions()
	legs := core.PairFlows{Name: "cam", Legs: [2]uuid.UUID{id("red"), id("blue")}}
	require.Len(t, l.must(legs).Moves.Moves, 1)
	l.run(100 * time.Millisecond)
	l.hitless("239.1.1.1", "h3", "h5")
	l.hitless("239.1.1.2", "h3", "h5")
	require.Zero(t, l.state.Snapshot().Pairs[0].Shared)

	_, err := l.ask(core.PairFlows{Name: "other", Legs: [2]uuid.UUID{id("red"), id("red")}})
	require.ErrorContains(t, err, "both")
	_, err = l.ask(core.PairFlows{Name: "other", Legs: legs.Legs})
	require.ErrorContains(t, err, `leg of "cam"`)
	l.kill()
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(time.Second)
	require.Len(t, l.state.Snapshot().Pairs, 1, "it survives a restart")
	l.must(core.UnpairFlows{Name: "cam"})
	require.Empty(t, l.state.Snapshot().Pairs)
	l.check()
}

// TestLegsThatCannotBeApart says what they share.
func TestLegsThatCannotBeApart(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("red", "h1", "239.1.1.1", true, "h3")})
	l.must(core.PutFlow{Flow: flowDef("blue", "h2", "239.1.1.2", true, "h3")})
	require.Empty(t, l.must(core.PairFlows{Name: "cam", Legs: [2]uuid.UUID{id("red"), id("blue")}}).Moves.Moves)
	shared := l.state.Snapshot().Pairs[0].Shared
	require.Len(t, shared.Links, 2)
	require.Equal(t, []topology.SwitchID{l.idOf("sp1")}, shared.Switches)
}
