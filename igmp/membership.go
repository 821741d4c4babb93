package igmp

import (
	"cmp"
	"net/netip"
	"time"
)

// Membership is that one host listens to one group.
type Membership struct {
	Host   Host
	Group  netip.Addr
	Filter Filter
	// Since is when the host began to listen to the group; changes of the filter leave it.
	Since time.Time
	// Expires is when the last timer runs out if nothing more is heard.
	Expires time.Time
	// Version is that by whose rules the host is heard: the oldest in which it has asked for this group within the
	// Older Host Present interval (RFC 3376 §7.3.2), as of when the table was last told the time.
	Version Version
}

// Compare orders by group, then host.
func (m Membership) Compare(other Membership) int {
	return cmp.Or(m.Group.Compare(other.Group), m.Host.Compare(other.Host))
}

// Change is that what a host wants of a group became different. Before or After is INCLUDE {} when the host
// was or is not a member.
type Change struct {
	Host          Host
	Group         netip.Addr
	Before, After Filter
}

// Compare orders by group, then host.
func (c Change) Compare(other Change) int {
	return cmp.Or(c.Group.Compare(other.Group), c.Host.Compare(other.Host))
}
