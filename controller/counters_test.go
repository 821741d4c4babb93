package controller_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

// TestCounters: what a flow's entries and its meter count is read from the switches themselves, and only that flow's.
func TestCounters(t *testing.T) {
	topo := testbed.LeafSpine(2, 2, 2)
	r := onsim.Start(t, nil)
	net := r.Connect(topo)
	r.Register(topo)
	ctx := context.Background()
	_, err := r.Submit(ctx, camera("h3"))
	require.NoError(t, err)
	snap := r.Until("forwarding", func(s *core.Snapshot) bool { return s.Flows[0].Delivery[0].State == core.Forwarding })
	cookie := flows.BranchesOf(snap.Flows[0].Object, 0).Cookie()
	require.NoError(t, net.Send(ctx, "h1", testbed.Stream{ID: 1, Group: netip.MustParseAddr("239.1.1.1"), Port: 5004, Rate: 200, Size: 100}))

	path := snap.Flows[0].Delivery[0].Path
	sender, receiver := path[0].From.Switch, path[len(path)-1].To.Switch
	require.Eventually(t, func() bool {
		entries, meters, err := r.Counters(ctx, sender, cookie)
		require.NoError(t, err)
		require.Len(t, entries, 2, "the guard, and the branch")
		require.Len(t, meters, 1)
		return meters[0].PacketIn > 10 && entries[0].PacketCount > 10
	}, 5*time.Second, 10*time.Millisecond)
	entries, meters, err := r.Counters(ctx, receiver, cookie)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Positive(t, entries[0].PacketCount)
	assert.Empty(t, meters, "only the sender's own switch has one")

	entries, meters, err = r.Counters(ctx, sender, cookie+1)
	require.NoError(t, err)
	assert.Empty(t, entries)
	assert.Empty(t, meters)
	_, _, err = r.Counters(ctx, 99, cookie)
	assert.ErrorContains(t, err, "no switch 0000000000000063 is known")
	require.NoError(t, net.Close())
	r.Until("switches away", func(s *core.Snapshot) bool { return !s.Switches[0].Connected && !s.Switches[1].Connected })
	_, _, err = r.Counters(ctx, topology.SwitchID(topo.Switches[0].DPID), cookie)
	assert.ErrorContains(t, err, "is away")
	r.Stop()
	_, _, err = r.Counters(ctx, 1, cookie)
	assert.ErrorContains(t, err, "stopped")
}
