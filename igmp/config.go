package igmp

import (
	"errors"
	"fmt"
	"time"
)

// maxSources is the most that MaxSourcesPerGroup may be: one less than the 365 sources that fill a report in
// an Ethernet frame. A host cuts longer lists into several records (RFC 3376 §4.2.16), and a TO_IN that is
// only a part must not be taken for the whole.
const maxSources = 364

// maxRobustness is the largest that a query can say (RFC 3376 §4.1.6).
const maxRobustness = 7

// Config holds the timing of RFC 3376 §8 and what one table may grow to. The zero value is of no use: start
// from [DefaultConfig].
type Config struct {
	// QueryInterval is the time between general queries (§8.2), 1 s to 31744 s.
	QueryInterval time.Duration
	// ResponseInterval is how long hosts may take to answer (§8.3), 100 ms or more, less than QueryInterval,
	// at most 3174.4 s.
	ResponseInterval time.Duration
	// Robustness is how many packets may be lost in a row, plus one (§8.1), 1 to 7. 1 forgives no loss and
	// should not be used.
	Robustness int

	// MaxHosts is the most hosts with a membership.
	MaxHosts int
	// MaxHostsPerPort is the most of them on one switch port, so that one port cannot use up all.
	MaxHostsPerPort int
	// MaxGroupsPerHost is the most groups that one host is a member of.
	MaxGroupsPerHost int
	// MaxSourcesPerGroup is the most sources that one host lists for one group, at most 364.
	MaxSourcesPerGroup int
	// MaxMemberships is the most pairs of host and group in all.
	MaxMemberships int
}

// DefaultConfig has the default times of RFC 3376 §8 and room for a large plant.
func DefaultConfig() Config {
	return Config{
		QueryInterval:      125 * time.Second,
		ResponseInterval:   10 * time.Second,
		Robustness:         2,
		MaxHosts:           16384,
		MaxHostsPerPort:    256,
		MaxGroupsPerHost:   1024,
		MaxSourcesPerGroup: 64,
		MaxMemberships:     131072,
	}
}

// Validate lists everything in c that is out of range.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	longest := MaxCodeUnits * intervalUnit
	check(c.QueryInterval >= intervalUnit && c.QueryInterval <= longest,
		"query interval %v is not between %v and %v", c.QueryInterval, intervalUnit, longest)
	check(c.ResponseInterval >= maxRespUnit && c.ResponseInterval <= MaxCodeUnits*maxRespUnit,
		"response interval %v is not between %v and %v", c.ResponseInterval, maxRespUnit, MaxCodeUnits*maxRespUnit)
	check(c.ResponseInterval < c.QueryInterval,
		"response interval %v is not less than query interval %v", c.ResponseInterval, c.QueryInterval)
	check(c.Robustness >= 1 && c.Robustness <= maxRobustness,
		"robustness %d is not between 1 and %d", c.Robustness, maxRobustness)
	check(c.MaxHosts >= 1, "max hosts %d is less than 1", c.MaxHosts)
	check(c.MaxHostsPerPort >= 1, "max hosts per port %d is less than 1", c.MaxHostsPerPort)
	check(c.MaxGroupsPerHost >= 1, "max groups per host %d is less than 1", c.MaxGroupsPerHost)
	check(c.MaxSourcesPerGroup >= 1 && c.MaxSourcesPerGroup <= maxSources,
		"max sources per group %d is not between 1 and %d", c.MaxSourcesPerGroup, maxSources)
	check(c.MaxMemberships >= 1, "max memberships %d is less than 1", c.MaxMemberships)
	return errors.Join(errs...)
}

// GroupMembershipInterval is how long a membership lasts after the last report (RFC 3376 §8.4).
func (c Config) GroupMembershipInterval() time.Duration {
	return time.Duration(c.Robustness)*c.QueryInterval + c.ResponseInterval
}
