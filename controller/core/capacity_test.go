package core_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/topology"
)

func TestMulticastShare(t *testing.T) {
	for _, c := range []struct{ limit, unicast, want float64 }{
		{0.9, 0.05, 0.9}, {1, 0.05, 0.95}, {0.9, 0.25, 0.75}, {1, 0, 1},
	} {
		cfg := core.DefaultConfig()
		cfg.ReserveLimit, cfg.UnicastShare = c.limit, c.unicast
		require.NoError(t, cfg.Validate())
		assert.InDelta(t, c.want, cfg.MulticastShare(), 1e-9)
	}
	for _, share := range []float64{-0.1, 1, 2} {
		cfg := core.DefaultConfig()
		cfg.UnicastShare = share
		assert.ErrorContains(t, cfg.Validate(), "unicast share")
	}
}

// newSlowLab is a lab of which some ports are slower than they say.
func newSlowLab(t *testing.T, topo testbed.Topology, speeds map[core.PortName]topology.Bandwidth, more ...func(*core.Config)) *lab {
	return newLab(t, topo, append(more, func(c *core.Config) { c.Speeds = speeds })...)
}

func portOf(t *testing.T, l *lab, name string) core.PortView {
	for _, sw := range l.state.Snapshot().Switches {
		for _, p := range sw.Ports {
			if p.Name == name {
				return p
			}
		}
	}
	require.Fail(t, "no such port", name)
	return core.PortView{}
}

// TestSpeedsByConfiguration: by name or id of the switch, by name or number of the port, before what the port says.
func TestSpeedsByConfiguration(t *testing.T) {
	l := newSlowLab(t, testbed.LeafSpine(1, 2, 2), map[core.PortName]topology.Bandwidth{
		{Switch: "lf1", Port: "lf1-eth2"}: topology.Gbit, {Switch: "0000000000000003", Port: "1"}: 400 * topology.Mbit,
	})
	assert.Equal(t, topology.Gbit, portOf(t, l, "lf1-eth2").In.Capacity)
	assert.Equal(t, topology.Gbit, portOf(t, l, "lf1-eth2").Out.Capacity)
	assert.Equal(t, 400*topology.Mbit, portOf(t, l, "lf2-eth1").Out.Capacity)
	assert.Equal(t, 360*topology.Mbit, portOf(t, l, "lf2-eth1").Out.Limit)
	other := portOf(t, l, "lf1-eth3")
	assert.Equal(t, 10*topology.Gbit, other.Out.Capacity)
}

// TestSendersToOneGroupAreCountedEach: two senders to one group are two flows, on every channel that both take.
func TestSendersToOneGroupAreCountedEach(t *testing.T) {
	l := newSlowLab(t, testbed.LeafSpine(1, 2, 3), map[core.PortName]topology.Bandwidth{{Switch: "lf1", Port: "lf1-eth1"}: 300 * topology.Mbit})
	l.endpoints()
	flowOf := func(name, sender string) flows.NetworkFlow {
		f := flowDef(name, sender, "239.1.1.1", true, "h4")
		f.Bandwidth = 100 * topology.Mbit
		return f
	}
	l.must(core.PutFlow{Flow: flowOf("a", "h1")})
	l.must(core.PutFlow{Flow: flowOf("b", "h2")})
	_, err := l.ask(core.PutFlow{Flow: flowOf("c", "h3")}) // 300 of 270 that may be reserved
	var why *core.Refusal
	require.True(t, errors.As(err, &why), "%v", err)
	assert.Equal(t, core.NoCapacity, why.Kind)
	assert.ErrorContains(t, err, "70Mbit/s is free")

	out := portOf(t, l, "lf1-eth1").Out
	assert.Equal(t, 200*topology.Mbit, out.Reserved)
	both := []core.Share{{Flow: id("a"), Amount: 100 * topology.Mbit}, {Flow: id("b"), Amount: 100 * topology.Mbit}}
	shares := l.state.Snapshot().Shares()
	assert.Equal(t, 200*topology.Mbit, portOf(t, l, "lf2-eth2").Out.Reserved, "at the receiver's port too")
	assert.Equal(t, 100*topology.Mbit, portOf(t, l, "lf1-eth2").In.Reserved, "each at its sender's")
	for _, link := range l.state.Snapshot().Links {
		if link.From.Switch == 2 {
			assert.ElementsMatch(t, both, shares[link.Channel()])
		}
	}
	l.check()
}

// TestUnicastShareBoundsAdmission: what is kept for unicast cannot be reserved although the limit would allow it.
func TestUnicastShareBoundsAdmission(t *testing.T) {
	l := newSlowLab(t, testbed.Single(2), map[core.PortName]topology.Bandwidth{{Switch: "s1", Port: "s1-eth1"}: 100 * topology.Mbit},
		func(c *core.Config) { c.ReserveLimit, c.UnicastShare = 1, 0.2 })
	l.endpoints()
	f := flowDef("cam", "h1", "239.1.1.1", true, "h2")
	f.Bandwidth = 81 * topology.Mbit
	_, err := l.ask(core.PutFlow{Flow: f})
	assert.ErrorContains(t, err, "80Mbit/s is free")
	f.Bandwidth = 80 * topology.Mbit
	l.must(core.PutFlow{Flow: f})
	l.check()
}

// TestPeaksByConfiguration: what is reserved is the bandwidth times the configured factor.
func TestPeaksByConfiguration(t *testing.T) {
	l := newSlowLab(t, testbed.Single(2), nil, func(c *core.Config) { c.Peaks.Wide = flows.Peak{Num: 3, Den: 2} })
	l.endpoints()
	f := flowDef("cam", "h1", "239.1.1.1", true, "h2")
	f.Profile = flows.ProfileWide
	l.must(core.PutFlow{Flow: f})
	assert.Equal(t, 15*topology.Mbit, portOf(t, l, "s1-eth2").Out.Reserved)
	l.check()
}
