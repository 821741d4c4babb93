package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/igmp"
)

func queriers(interval time.Duration, settings ...string) querierOptions {
	return querierOptions{interval: interval, settings: settings, portRate: "4000:8000", hostRate: "4000:4000"}
}

// TestQuerierDefaults holds that no option changes nothing.
func TestQuerierDefaults(t *testing.T) {
	c := core.DefaultConfig()
	o := queriers(c.Querier.QueryInterval)
	require.NoError(t, o.apply(&c))
	assert.Equal(t, core.DefaultConfig(), c)
}

func TestQuerierOptions(t *testing.T) {
	c := core.DefaultConfig()
	c.LLDPKey = []byte("key")
	o := queriers(125*time.Second, "lf1:lf1-eth3=igmpv2,no-mld,interval=60s,obey", "robustness=3,source=10.0.0.1", "0000000000000002:4=ignore,last-member-count=1,response=5s")
	o.hostRate = "100"
	require.NoError(t, o.apply(&c))
	require.NoError(t, c.Validate())
	assert.Equal(t, 3, c.Querier.Robustness)
	assert.Equal(t, 3, c.Querier.StartupCount)
	assert.Equal(t, 3, c.Querier.LastMemberCount)
	assert.Equal(t, netip.MustParseAddr("10.0.0.1"), c.Querier.Source)
	assert.Equal(t, igmp.V3, c.Querier.Version)
	assert.False(t, c.Querier.Obey)
	assert.Equal(t, []int{100, 200}, []int{c.Querier.HostRate, c.Querier.HostBurst})
	require.Len(t, c.QuerierPorts, 2)

	own := c.QuerierPorts[core.PortName{Switch: "lf1", Port: "lf1-eth3"}]
	assert.Equal(t, igmp.V2, own.Version)
	assert.Zero(t, own.MLDVersion)
	assert.Equal(t, time.Minute, own.QueryInterval)
	assert.Equal(t, 15*time.Second, own.StartupInterval)
	assert.Equal(t, 3, own.Robustness, "as all ports, although that is said later")
	assert.True(t, own.Obey)
	other := c.QuerierPorts[core.PortName{Switch: "0000000000000002", Port: "4"}]
	assert.Equal(t, 1, other.LastMemberCount)
	assert.Equal(t, 5*time.Second, other.ResponseInterval)
	assert.Equal(t, 125*time.Second, other.QueryInterval)
}

// TestQuerierOfTwoVersions has a port asked in two versions at once, which a later word ends.
func TestQuerierOfTwoVersions(t *testing.T) {
	c := core.DefaultConfig()
	c.LLDPKey = []byte("key")
	o := queriers(125*time.Second, "igmpv2+v3,mldv1+v2", "lf1:1=igmpv3,no-mld")
	require.NoError(t, o.apply(&c))
	require.NoError(t, c.Validate())
	assert.True(t, c.Querier.AlsoV2 && c.Querier.AlsoMLDv1)
	own := c.QuerierPorts[core.PortName{Switch: "lf1", Port: "1"}]
	assert.False(t, own.AlsoV2 || own.AlsoMLDv1)
}

func TestMembershipLimits(t *testing.T) {
	c := core.DefaultConfig()
	c.LLDPKey = []byte("key")
	o := queriers(125 * time.Second)
	o.limits = []string{"hosts=1", "hosts-per-port=2", "groups-per-port=3", "groups-per-host=4", "sources-per-group=5", "memberships=6"}
	require.NoError(t, o.apply(&c))
	require.NoError(t, c.Validate())
	q := c.Querier
	assert.Equal(t, []int{1, 2, 3, 4, 5, 6}, []int{q.MaxHosts, q.MaxHostsPerPort, q.MaxGroupsPerPort, q.MaxGroupsPerHost, q.MaxSourcesPerGroup, q.MaxMemberships})
	o.limits = []string{"sources-per-group=5000"}
	require.NoError(t, o.apply(&c))
	assert.ErrorContains(t, c.Validate(), "max sources per group 5000")
	for _, text := range []string{"", "hosts", "hosts=", "hosts=x", "speed=1", "=1"} {
		o.limits = []string{text}
		assert.ErrorContains(t, o.apply(&c), "--membership-limits", "%q", text)
	}
}

// TestShortQueryInterval has what depends on the interval follow it, and what is said stay.
func TestShortQueryInterval(t *testing.T) {
	c := core.DefaultConfig()
	o := queriers(8 * time.Second)
	require.NoError(t, o.apply(&c))
	assert.Equal(t, 2*time.Second, c.Querier.StartupInterval)
	assert.Equal(t, 4*time.Second, c.Querier.ResponseInterval)
	o = queriers(8*time.Second, "response=9s")
	require.NoError(t, o.apply(&c))
	assert.ErrorContains(t, c.Validate(), "response interval 9s is not less than query interval 8s")
}

func TestQuerierOptionsRefused(t *testing.T) {
	for _, text := range []string{
		"", "igmpv4", "igmpv2,", "interval", "interval=", "interval=60", "robustness=two", "speed=1", "obey=yes",
		"lf1:lf1-eth3", "lf1:lf1-eth3=", "lf1:=igmpv2", ":1=igmpv2", "lf1:1=igmpv4", "source=nowhere",
	} {
		c, o := core.DefaultConfig(), queriers(time.Minute, text)
		assert.ErrorContains(t, o.apply(&c), "--querier", "%q", text)
	}
	twice := queriers(time.Minute, "lf1:1=obey", "lf1:1=ignore")
	c := core.DefaultConfig()
	assert.ErrorContains(t, twice.apply(&c), "twice")
	for _, rate := range []string{"", "0", "1:0", "x", "1:", "-4", "99999999999999999999", "200000000"} {
		o := queriers(time.Minute)
		o.portRate = rate
		assert.ErrorContains(t, o.apply(&c), "--port-report-rate", rate)
	}
}

func TestFlappingOptions(t *testing.T) {
	c := core.DefaultConfig()
	c.LLDPKey = []byte("key")
	o := flappingOptions{losses: 3, window: time.Minute, hold: 2 * time.Second, maxHold: time.Hour}
	o.apply(&c)
	require.NoError(t, c.Validate())
	assert.Equal(t, core.Flapping{Losses: 3, Window: time.Minute, Hold: 2 * time.Second, MaxHold: time.Hour}, c.Flapping)
	o.maxHold = time.Second
	o.apply(&c)
	assert.ErrorContains(t, c.Validate(), "flapping")
}
