package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

func TestCapacityOptions(t *testing.T) {
	o := capacityOptions{
		limit: 0.8, unicast: 0.1, peaks: []string{"wide=1.2"},
		speeds: []string{"lf1:lf1-eth1=1G", "0000000000000003:2=100Mbit/s", "lf1:lf1-eth2=1.5G"},
	}
	c := core.DefaultConfig()
	require.NoError(t, o.apply(&c))
	require.NoError(t, c.Validate())
	assert.Equal(t, map[core.PortName]topology.Bandwidth{
		{Switch: "lf1", Port: "lf1-eth1"}: topology.Gbit, {Switch: "0000000000000003", Port: "2"}: 100 * topology.Mbit,
		{Switch: "lf1", Port: "lf1-eth2"}: 1500 * topology.Mbit,
	}, c.Speeds)
	assert.Equal(t, flows.Peak{Num: 6, Den: 5}, c.Peaks.Wide)
	assert.Equal(t, flows.DefaultPeaks().Narrow, c.Peaks.Narrow)
	assert.Equal(t, 0.8, c.MulticastShare())
}

func TestCapacityOptionsRefused(t *testing.T) {
	for _, o := range []capacityOptions{
		{speeds: []string{"lf1-eth1=1G"}}, {speeds: []string{"lf1:lf1-eth1"}}, {speeds: []string{":1=1G"}}, {speeds: []string{"lf1:=1G"}},
		{speeds: []string{"lf1:1=fast"}}, {speeds: []string{"lf1:1=0G"}}, {speeds: []string{"lf1:1="}},
		{peaks: []string{"wide"}}, {peaks: []string{"wide=0.5"}}, {peaks: []string{"huge=2"}}, {peaks: []string{"=2"}},
	} {
		c := core.DefaultConfig()
		assert.Error(t, o.apply(&c), "%+v", o)
	}
}
