package igmp

import (
	"fmt"
	"net/netip"
)

// Reason says why a group record was not applied.
type Reason uint8

// The reasons. Records refused for a limit are errors; the others are ignored, since RFC 3376 asks for that or
// no host that is sound sends them.
const (
	ReasonHosts           Reason = iota // more than MaxHosts
	ReasonHostsPerPort                  // more than MaxHostsPerPort
	ReasonGroupsPerPort                 // more than MaxGroupsPerPort
	ReasonGroupsPerHost                 // more than MaxGroupsPerHost
	ReasonSourcesPerGroup               // more than MaxSourcesPerGroup
	ReasonMemberships                   // more than MaxMemberships
	ReasonPortRate                      // a whole report beyond PortRate
	ReasonHostRate                      // a whole report beyond HostRate
	ReasonLinkLocal                     // a group of 224.0.0.0/24 or ff02::/16, or of a smaller scope, which is not tracked
	ReasonBadGroup                      // a group that is not a multicast address
	ReasonBadSource                     // a source that is not a unicast address
	ReasonUnknownType                   // a record type that RFC 3376 §4.2.12 does not have
	ReasonSourceSpecific                // any-source in a source-specific group (RFC 4604 §2.2)
	ReasonNoAddress                     // a whole report of MLD from ::, which a router takes no notice of (RFC 3810 §5.2.13, RFC 3590 §4)
	ReasonOlderHost                     // what a host in an older version's mode does not mean (RFC 3376 §7.3.2)
	numReasons
)

// Reasons lists all reasons in order.
func Reasons() []Reason {
	all := make([]Reason, numReasons)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}

// Limit tells whether r is a limit of [Config] rather than something in the record.
func (r Reason) Limit() bool { return r <= ReasonHostRate }

// String gives a word that is good for a log or a metric's label, such as "groups_per_host".
func (r Reason) String() string {
	switch r {
	case ReasonHosts:
		return "hosts"
	case ReasonHostsPerPort:
		return "hosts_per_port"
	case ReasonGroupsPerPort:
		return "groups_per_port"
	case ReasonGroupsPerHost:
		return "groups_per_host"
	case ReasonSourcesPerGroup:
		return "sources_per_group"
	case ReasonMemberships:
		return "memberships"
	case ReasonPortRate:
		return "port_rate"
	case ReasonHostRate:
		return "host_rate"
	case ReasonLinkLocal:
		return "link_local"
	case ReasonBadGroup:
		return "bad_group"
	case ReasonBadSource:
		return "bad_source"
	case ReasonUnknownType:
		return "unknown_type"
	case ReasonSourceSpecific:
		return "source_specific"
	case ReasonNoAddress:
		return "no_address"
	case ReasonOlderHost:
		return "older_host"
	}
	return fmt.Sprintf("reason_%d", uint8(r))
}

// Refusal is one record that was not applied.
type Refusal struct {
	Type   RecordType
	Group  netip.Addr
	Reason Reason
}

// LimitError lists the records of one report that were refused because a limit of [Config] was reached. The
// other records of the report were applied.
type LimitError struct {
	Host    Host
	Refused []Refusal // never empty
}

// Error names the first refusal and counts the others.
func (e *LimitError) Error() string {
	first := e.Refused[0]
	s := fmt.Sprintf("igmp: refuse %v of %v from %v: limit of %v reached", first.Type, first.Group, e.Host, first.Reason)
	if more := len(e.Refused) - 1; more > 0 {
		s += fmt.Sprintf(", and %d more", more)
	}
	return s
}

// Counters count group records since the table was made. A report or leave of version 1 or 2 is one record, and so
// is a report that was dropped whole.
type Counters struct {
	Accepted uint64 // applied, whether or not they changed anything
	refused  [numReasons]uint64
}

// Refused is the number of records not applied for reason r.
func (c Counters) Refused(r Reason) uint64 {
	if r >= numReasons {
		return 0
	}
	return c.refused[r]
}

// Dropped is the number of records, and of whole reports, not taken in for a limit of [Config].
func (c Counters) Dropped() uint64 {
	var sum uint64
	for r := range c.refused {
		if Reason(r).Limit() {
			sum += c.refused[r]
		}
	}
	return sum
}

// Ignored is the number of records that the standards have ignored.
func (c Counters) Ignored() uint64 {
	var sum uint64
	for r := range c.refused {
		if !Reason(r).Limit() {
			sum += c.refused[r]
		}
	}
	return sum
}
