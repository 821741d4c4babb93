package controller_test

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
)

// TestKilledUnderLoadWithSwitches does the same as TestKilledUnderLoad with switches that go on meanwhile: after each restart trees are what they
// were when they were acknowledged, and every switch holds what the controller took back from its store; after a restart between writes no switch
// holds anything else than before.
func TestKilledUnderLoadWithSwitches(t *testing.T) {
	rounds, seed := 8, rand.Uint64()
	if testing.Short() {
		rounds = 2
	}
	t.Logf("seed %d", seed)
	k := newKilling(t, rand.New(rand.NewPCG(seed, 0)))
	k.openFlow = freeAddress(t)
	topo := testbed.LeafSpine(2, 3, 2)
	k.hosts = topo.Hosts[:5]
	k.fabric = onsim.Fabric(t, topo, k.openFlow)
	k.again(rounds)
	assert.Greater(t, k.acknowledged, 20)

	before := k.held()
	assert.Contains(t, strings.Join(before["lf1"], "\n"), "type=all", "the sender's switch holds groups of flows")
	c := k.start()
	k.verify()
	assert.Equal(t, before, k.held())
	c.kill()
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// settle waits until each switch was read and holds what it should, and endpoints are found; then it compares the two for itself.
func (k *killing) settle() {
	k.t.Helper()
	client := ops.Client{Base: k.base, HTTP: k.client}
	ctx := k.t.Context()
	require.Eventually(k.t, func() bool {
		switches, err := client.Switches(ctx, ops.Filter{})
		if err != nil || len(switches.Items) != len(k.fabric.Topology().Switches) {
			return false
		}
		away := func(sw ops.Switch) bool { return !sw.Connected || !sw.InSync || sw.Verified.IsZero() }
		endpoints, err := client.Endpoints(ctx, ops.Filter{})
		lost := func(e ops.Endpoint) bool { return e.Bound == nil }
		return err == nil && !slices.ContainsFunc(switches.Items, away) && !slices.ContainsFunc(endpoints.Items, lost)
	}, 20*time.Second, 10*time.Millisecond)
	for _, sw := range k.fabric.Topology().Switches {
		tables, err := client.Tables(ctx, sw.Name, ops.SideDiff, ops.Filter{})
		require.NoError(k.t, err)
		for _, line := range tables.Lines {
			assert.Empty(k.t, line.Mark, "%s: %s", sw.Name, line.Text)
		}
	}
}

// held is what the switches hold, as they tell it themselves.
func (k *killing) held() map[string][]string {
	all := map[string][]string{}
	for _, sw := range k.fabric.Topology().Switches {
		lines, err := k.fabric.Tables(context.Background(), sw.Name)
		require.NoError(k.t, err)
		all[sw.Name] = lines
	}
	return all
}
