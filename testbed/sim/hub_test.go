package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
	"crosspoint/testbed"
)

// TestHub has two hosts share a port: the switch sees one, both hear all that comes by it, and each other.
func TestHub(t *testing.T) {
	topo := testbed.Single(4)
	require.NoError(t, topo.ShareHub("h2", "h3"))
	w := newWorld(t, topo, Options{})
	require.NoError(t, w.Program("s1", flood(1, 2, 3)))
	heard := map[string]int{}
	for _, h := range topo.Hosts {
		require.NoError(t, w.Tap(h.Name, func([]byte) { heard[h.Name]++ }))
	}
	frame := make([]byte, 60)
	for _, test := range []struct {
		from string
		want map[string]int
	}{
		{"h1", map[string]int{"h2": 1, "h3": 1, "h4": 1}},
		{"h2", map[string]int{"h1": 1, "h3": 1, "h4": 1}},
		{"h3", map[string]int{"h1": 1, "h2": 1, "h4": 1}},
		{"h4", map[string]int{"h1": 1, "h2": 1, "h3": 1}},
	} {
		clear(heard)
		require.NoError(t, w.Inject(test.from, frame))
		w.Run(time.Millisecond)
		assert.Equal(t, test.want, heard, test.from)
	}
	assert.Empty(t, w.Violations())

	require.NoError(t, w.SetLink("hub1", "h3", false))
	clear(heard)
	require.NoError(t, w.Inject("h1", frame))
	w.Run(time.Millisecond)
	assert.Equal(t, map[string]int{"h2": 1, "h4": 1}, heard, "a cable of the hub was pulled")
}

// flood sends whatever comes by one of some ports out of all others.
func flood(ports ...openflow.PortNo) openflow.Message {
	var actions []openflow.Action
	for _, p := range ports {
		actions = append(actions, openflow.Output{Port: p})
	}
	return &openflow.FlowMod{
		Command: openflow.FlowAdd, BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
		Instructions: []openflow.Instruction{openflow.ApplyActions{Actions: actions}},
	}
}

// TestHostsOfAHubKeepSilent has one of two hosts of version 2 answer a query: the other has heard it (RFC 2236 §3).
func TestHostsOfAHubKeepSilent(t *testing.T) {
	topo := testbed.Single(4)
	require.NoError(t, topo.ShareHub("h2", "h3", "h4"))
	w := newWorld(t, topo, Options{})
	require.NoError(t, w.Program("s1", flood(1, 2)))
	for version, want := range map[int]int{1: 1, 2: 1, 3: 3} {
		for _, h := range []string{"h2", "h3", "h4"} {
			require.NoError(t, w.Join(h, testbed.Join{Group: g1, Version: version}))
		}
		w.Run(30 * time.Second)
		reports := 0
		require.NoError(t, w.Tap("h1", func([]byte) { reports++ }))
		if version == 3 {
			w.Run(time.Hour) // older queriers are forgotten
			reports = 0
			require.NoError(t, w.Inject("h1", igmpQueryFrame(0, allSystems, 100)))
		} else {
			require.NoError(t, w.Inject("h1", queryV2(100)))
		}
		w.Run(11 * time.Second)
		assert.Equal(t, want, reports, "version %d", version)
		require.NoError(t, w.Tap("h1", nil))
	}
}
