package igmp

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// maxSources is the most that MaxSourcesPerGroup may be: one less than the 365 sources that fill a report in
// an Ethernet frame. A host cuts longer lists into several records (RFC 3376 §4.2.16), and a TO_IN that is
// only a part must not be taken for the whole.
const maxSources = 364

// maxRobustness is the largest that a query can say (RFC 3376 §4.1.6).
const maxRobustness = 7

// maxSources6 is the same for IPv6 and the 89 sources that fill a report of MLDv2 (RFC 3810 §5.2.15).
const maxSources6 = 88

// Timing is the pace at which one port is asked, and how long what is heard there holds. The zero value is of no
// use: start from [DefaultTiming]. Names in RFC 3810 §9 are other, the values and sums are the same.
type Timing struct {
	// QueryInterval is the time between general queries (§8.2), 1 s to 31744 s.
	QueryInterval time.Duration
	// ResponseInterval is how long hosts may take to answer (§8.3), 100 ms or more, less than QueryInterval,
	// at most 3174.4 s.
	ResponseInterval time.Duration
	// Robustness is how many packets may be lost in a row, plus one (§8.1), 1 to 7. 1 forgives no loss and
	// should not be used.
	Robustness int
	// LastMemberInterval is the time between the queries that a leave is answered with, and the longest that
	// hosts may take to answer each (§8.8), 100 ms to 25.5 s, which is what version 2 can say.
	LastMemberInterval time.Duration
	// LastMemberCount is the number of those queries (§8.9), 1 to 7.
	LastMemberCount int
}

// DefaultTiming has the default times of RFC 3376 §8 and RFC 3810 §9.
func DefaultTiming() Timing {
	return Timing{
		QueryInterval: 125 * time.Second, ResponseInterval: 10 * time.Second, Robustness: 2,
		LastMemberInterval: time.Second, LastMemberCount: 2,
	}
}

// GroupMembershipInterval is how long a membership lasts after the last report (RFC 3376 §8.4, RFC 3810 §9.4).
func (t Timing) GroupMembershipInterval() time.Duration {
	return time.Duration(t.Robustness)*t.QueryInterval + t.ResponseInterval
}

// OlderHostPresent is how long after its last report of an older version a host is taken for one that knows no
// newer (RFC 3376 §8.13, RFC 3810 §9.13).
func (t Timing) OlderHostPresent() time.Duration {
	return time.Duration(t.Robustness)*t.QueryInterval + t.ResponseInterval
}

// OtherQuerierPresent is how long another querier counts after its last query (RFC 3376 §8.5, RFC 3810 §9.5).
func (t Timing) OtherQuerierPresent() time.Duration {
	return time.Duration(t.Robustness)*t.QueryInterval + t.ResponseInterval/2
}

// LastMemberTime is how long hosts that are still there have to say so after a leave (RFC 3376 §8.10, RFC 3810
// §9.10).
func (t Timing) LastMemberTime() time.Duration {
	return time.Duration(t.LastMemberCount) * t.LastMemberInterval
}

// Validate lists everything in t that is out of range.
func (t Timing) Validate() error {
	var r ranges
	longest := MaxCodeUnits * intervalUnit
	r.check(t.QueryInterval >= intervalUnit && t.QueryInterval <= longest,
		"query interval %v is not between %v and %v", t.QueryInterval, intervalUnit, longest)
	r.check(t.ResponseInterval >= maxRespUnit && t.ResponseInterval <= MaxCodeUnits*maxRespUnit,
		"response interval %v is not between %v and %v", t.ResponseInterval, maxRespUnit, MaxCodeUnits*maxRespUnit)
	r.check(t.ResponseInterval < t.QueryInterval,
		"response interval %v is not less than query interval %v", t.ResponseInterval, t.QueryInterval)
	r.check(t.Robustness >= 1 && t.Robustness <= maxRobustness,
		"robustness %d is not between 1 and %d", t.Robustness, maxRobustness)
	r.check(t.LastMemberInterval >= maxRespUnit && t.LastMemberInterval <= longestV2Resp,
		"last member interval %v is not between %v and %v", t.LastMemberInterval, maxRespUnit, longestV2Resp)
	r.check(t.LastMemberCount >= 1 && t.LastMemberCount <= maxRobustness,
		"last member count %d is not between 1 and %d", t.LastMemberCount, maxRobustness)
	return errors.Join(r...)
}

// ranges collects what is out of range.
type ranges []error

func (r *ranges) check(ok bool, format string, args ...any) {
	if !ok {
		*r = append(*r, fmt.Errorf(format, args...))
	}
}

// Config holds the timing of ports that have none of their own, and what one table may grow to and take in. The
// zero value is of no use: start from [DefaultConfig].
type Config struct {
	Timing

	// MaxHosts is the most hosts with a membership.
	MaxHosts int
	// MaxHostsPerPort is the most of them on one switch port, so that one port cannot use up all.
	MaxHostsPerPort int
	// MaxGroupsPerPort is the most groups that have members on one switch port.
	MaxGroupsPerPort int
	// MaxGroupsPerHost is the most groups that one host is a member of.
	MaxGroupsPerHost int
	// MaxSourcesPerGroup is the most sources that one host lists for one group, at most 364; of a group of IPv6
	// it is 88 when it is more.
	MaxSourcesPerGroup int
	// MaxMemberships is the most pairs of host and group in all.
	MaxMemberships int

	// PortRate is how many reports a second are taken in from one switch port, and PortBurst how many at once
	// after a silence. What is more is dropped and counted, and other ports do not feel it. A report counts once for
	// every 16 group records in it, or part of that.
	PortRate, PortBurst int
	// HostRate and HostBurst are the same for one host with a membership. Others share what their port may.
	HostRate, HostBurst int
}

// DefaultConfig has the default times and room for a large plant: a port may ask for a thousand groups a second and
// say everything twice.
func DefaultConfig() Config {
	return Config{
		Timing:             DefaultTiming(),
		MaxHosts:           16384,
		MaxHostsPerPort:    256,
		MaxGroupsPerPort:   4096,
		MaxGroupsPerHost:   1024,
		MaxSourcesPerGroup: 64,
		MaxMemberships:     131072,
		PortRate:           4000,
		PortBurst:          8000,
		HostRate:           4000,
		HostBurst:          4000,
	}
}

// Validate lists everything in c that is out of range.
func (c Config) Validate() error {
	var r ranges
	for _, limit := range []struct {
		name  string
		value int
	}{
		{"max hosts", c.MaxHosts}, {"max hosts per port", c.MaxHostsPerPort}, {"max groups per port", c.MaxGroupsPerPort},
		{"max groups per host", c.MaxGroupsPerHost}, {"max memberships", c.MaxMemberships},
		{"port rate", c.PortRate}, {"port burst", c.PortBurst}, {"host rate", c.HostRate}, {"host burst", c.HostBurst},
	} {
		r.check(limit.value >= 1, "%s %d is less than 1", limit.name, limit.value)
	}
	r.check(c.MaxSourcesPerGroup >= 1 && c.MaxSourcesPerGroup <= maxSources,
		"max sources per group %d is not between 1 and %d", c.MaxSourcesPerGroup, maxSources)
	return errors.Join(c.Timing.Validate(), errors.Join(r...))
}

// sourceLimit is the most sources that one host may list for group.
func (c Config) sourceLimit(group netip.Addr) int {
	if group.Is4() {
		return c.MaxSourcesPerGroup
	}
	return min(c.MaxSourcesPerGroup, maxSources6)
}
