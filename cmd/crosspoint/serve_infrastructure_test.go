package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
)

// settingsOf gives the state machine's settings by the arguments of serve.
func settingsOf(t *testing.T, args ...string) (core.Config, error) {
	o := &serveOptions{}
	cmd := serveCmd(o)
	require.NoError(t, cmd.ParseFlags(args))
	return o.coreConfig()
}

func TestInfrastructureOptions(t *testing.T) {
	c, err := settingsOf(t)
	require.NoError(t, err)
	assert.Equal(t, flows.DefaultInfrastructure(), c.Infrastructure)
	assert.Nil(t, c.InfrastructurePorts)
	assert.Empty(t, c.RouterPorts, "nobody is a router by default")

	c, err = settingsOf(t, "--infrastructure", "", "--infrastructure-rate", "0")
	require.NoError(t, err)
	require.NoError(t, c.Validate())
	assert.Empty(t, c.Infrastructure.Groups)

	c, err = settingsOf(t, "--infrastructure", "224.0.1.129", "--infrastructure-port", "lf1:3")
	require.NoError(t, err)
	assert.Len(t, c.Infrastructure.Groups, 1)
	assert.Contains(t, c.InfrastructurePorts, core.PortName{Switch: "lf1", Port: "3"})

	c, err = settingsOf(t, "--router-port", "lf1:3", "--router-port", "lf2:lf2-eth1")
	require.NoError(t, err)
	require.NoError(t, c.Validate())
	assert.Len(t, c.RouterPorts, 2)
	assert.Contains(t, c.RouterPorts, core.PortName{Switch: "lf2", Port: "lf2-eth1"})
	c, err = settingsOf(t, "--router-port", "lf1:3", "--infrastructure", "", "--infrastructure-rate", "0")
	require.NoError(t, err)
	assert.ErrorContains(t, c.Validate(), "rate 0", "advertisements take that tree")

	for _, args := range [][]string{{"--infrastructure", "clock"}, {"--infrastructure-port", "lf1"}, {"--router-port", "lf1"}} {
		_, err = settingsOf(t, args...)
		assert.Error(t, err, "%q", args)
	}
	c, err = settingsOf(t, "--infrastructure", "10.0.0.1")
	require.NoError(t, err)
	assert.ErrorContains(t, c.Validate(), "want an IPv4 multicast group")
}

func TestLinkOptions(t *testing.T) {
	c, err := settingsOf(t, "--lldp-interval", "100ms", "--link-ttl", "350ms")
	require.NoError(t, err)
	require.NoError(t, c.Validate())
	assert.Equal(t, 100*time.Millisecond, c.LLDPInterval)
	assert.Equal(t, 350*time.Millisecond, c.LinkTTL)
	c, err = settingsOf(t, "--lldp-interval", "2s")
	require.NoError(t, err)
	assert.Equal(t, 7*time.Second, c.LinkTTL)
	c, err = settingsOf(t, "--link-ttl", "1s")
	require.NoError(t, err)
	assert.ErrorContains(t, c.Validate(), "must be longer")
}
