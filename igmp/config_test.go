package igmp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefaultConfig(t *testing.T) {
	c := DefaultConfig()
	require.NoError(t, c.Validate())
	assert.Equal(t, 125*time.Second, c.QueryInterval)             // RFC 3376 §8.2
	assert.Equal(t, 10*time.Second, c.ResponseInterval)           // §8.3
	assert.Equal(t, 2, c.Robustness)                              // §8.1
	assert.Equal(t, 260*time.Second, c.GroupMembershipInterval()) // §8.4
	assert.Equal(t, 260*time.Second, c.OlderHostPresent())        // §8.13
	assert.Equal(t, 255*time.Second, c.OtherQuerierPresent())     // §8.5
	assert.Equal(t, time.Second, c.LastMemberInterval)            // §8.8
	assert.Equal(t, 2, c.LastMemberCount)                         // §8.9
	assert.Equal(t, 2*time.Second, c.LastMemberTime())            // §8.10
}

func TestConfigValidate(t *testing.T) {
	tests := []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Robustness = 0 }, "robustness 0"},
		{func(c *Config) { c.Robustness = 8 }, "robustness 8"},
		{func(c *Config) { c.QueryInterval = 999 * time.Millisecond }, "query interval 999ms"},
		{func(c *Config) { c.QueryInterval = 31745 * time.Second }, "query interval 8h49m5s"},
		{func(c *Config) { c.ResponseInterval = 0 }, "response interval 0s"},
		{func(c *Config) { c.ResponseInterval = time.Hour }, "is not between 100ms and 52m54.4s"},
		{func(c *Config) { c.ResponseInterval = c.QueryInterval }, "is not less than query interval"},
		{func(c *Config) { c.MaxHosts = 0 }, "max hosts 0"},
		{func(c *Config) { c.MaxHostsPerPort = -1 }, "max hosts per port -1"},
		{func(c *Config) { c.MaxGroupsPerHost = 0 }, "max groups per host 0"},
		{func(c *Config) { c.MaxSourcesPerGroup = 0 }, "max sources per group 0"},
		{func(c *Config) { c.MaxSourcesPerGroup = 365 }, "max sources per group 365"},
		{func(c *Config) { c.MaxMemberships = 0 }, "max memberships 0"},
		{func(c *Config) { c.MaxGroupsPerPort = 0 }, "max groups per port 0"},
		{func(c *Config) { c.PortRate = 0 }, "port rate 0"},
		{func(c *Config) { c.PortBurst = 0 }, "port burst 0"},
		{func(c *Config) { c.HostRate = 0 }, "host rate 0"},
		{func(c *Config) { c.HostBurst = 0 }, "host burst 0"},
		{func(c *Config) { c.LastMemberInterval = 26 * time.Second }, "last member interval 26s"},
		{func(c *Config) { c.LastMemberCount = 8 }, "last member count 8"},
	}
	for _, test := range tests {
		c := DefaultConfig()
		test.change(&c)
		assert.ErrorContains(t, c.Validate(), test.want)
	}
	t.Run("all that is wrong at once", func(t *testing.T) {
		err := Config{}.Validate()
		assert.ErrorContains(t, err, "query interval")
		assert.ErrorContains(t, err, "robustness")
		assert.ErrorContains(t, err, "max memberships")
	})
}

// TestMaxSourcesIsBelowAFullReport does the sum behind the constant.
func TestMaxSourcesIsBelowAFullReport(t *testing.T) {
	const ethernetPayload = 1500
	full := (ethernetPayload - ipHeaderLen - routerAlertLen - headerLen - recordHead - addrLen) / addrLen
	assert.Equal(t, full-1, maxSources)
}
