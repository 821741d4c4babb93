package igmp

import (
	"cmp"
	"net/netip"
	"slices"
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
	// Version is that of the newest message about this group.
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

// memberKey names a membership.
type memberKey struct {
	host  Host
	group netip.Addr
}

// member is one membership in a table.
type member struct {
	memberKey
	state   state
	since   time.Time
	version Version
}

// export gives what the outside sees of m.
func (m *member) export() Membership {
	return Membership{
		Host:    m.host,
		Group:   m.group,
		Filter:  m.state.filter(),
		Since:   m.since,
		Expires: m.state.last(),
		Version: m.version,
	}
}

// exportAll gives the members of a map in order.
func exportAll[K comparable](members map[K]*member) []Membership {
	all := make([]Membership, 0, len(members))
	for _, m := range members {
		all = append(all, m.export())
	}
	slices.SortFunc(all, Membership.Compare)
	return all
}
