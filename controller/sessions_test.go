package controller_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

func TestSessionsOfConnectedSwitches(t *testing.T) {
	topo := testbed.LeafSpine(2, 2, 1)
	begun := time.Now()
	r := onsim.Start(t, nil)
	none, err := r.Sessions()
	require.NoError(t, err)
	assert.Empty(t, none)

	f := r.Connect(topo)
	r.Until("all in sync", func(s *core.Snapshot) bool {
		inSync := 0
		for _, sw := range s.Switches {
			if sw.InSync {
				inSync++
			}
		}
		return inSync == len(topo.Switches)
	})
	list, err := r.Sessions()
	require.NoError(t, err)
	require.Len(t, list, len(topo.Switches))
	for i, s := range list {
		assert.Equal(t, topology.SwitchID(topo.Switches[i].DPID), s.Switch, "sorted")
		assert.Contains(t, s.Peer, "127.0.0.1:")
		assert.WithinRange(t, s.Since, begun, time.Now())
		assert.Equal(t, uint64(1), s.Stats.In.Of(openflow.TypeHello).Messages)
		assert.Positive(t, s.Stats.Out.Of(openflow.TypeFlowMod).Messages)
		assert.Positive(t, s.Stats.Batch.Count)
		assert.Positive(t, s.Stats.Request.Mean())
		assert.Zero(t, s.Stats.ParseErrors)
	}

	require.NoError(t, f.Close())
	require.Eventually(t, func() bool {
		list, err := r.Sessions()
		return err == nil && len(list) == 0
	}, 10*time.Second, 5*time.Millisecond, "sessions end with their connections")
	r.Stop()
	_, err = r.Sessions()
	assert.Error(t, err)
}
