package testbed

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHubs(t *testing.T) {
	topo := Single(5)
	require.NoError(t, topo.ShareHub("h2", "h4"))
	require.NoError(t, topo.ShareHub("h5"))
	assert.Equal(t, []Hub{{"hub1", "s1", []string{"h2", "h4"}}, {"hub2", "s1", []string{"h5"}}}, topo.Hubs())
	assert.Equal(t, []PortNo{
		{"s1", 1, "s1-eth1", "h1"}, {"s1", 2, "s1-eth2", "hub1"}, {"s1", 3, "s1-eth3", "h3"}, {"s1", 4, "s1-eth4", "hub2"},
	}, topo.Ports())
	for host, port := range map[string]uint32{"h1": 1, "h2": 2, "h3": 3, "h4": 2, "h5": 4, "h9": 0} {
		assert.Equal(t, port, topo.PortOf(host).No, host)
	}

	assert.ErrorContains(t, topo.ShareHub("h4"), "a hub already")
	assert.ErrorContains(t, topo.ShareHub("h9"), "no host")
	two := Ring(3, 1)
	assert.ErrorContains(t, two.ShareHub("h1", "h2"), "another switch")
	assert.Empty(t, Single(3).Hubs())
}
