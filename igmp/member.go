package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// member is one membership in a table.
type member struct {
	host  Host
	group netip.Addr
	state state
	since time.Time
	// v1 and v2 are until when the host counts as one of version 1, and of version 2 or MLDv1, for this group: its
	// Host Present timers (RFC 3376 §7.3.2, RFC 3810 §8.3.2).
	v1, v2 time.Time
	// leaving: it has said that it leaves, and goes unless it says otherwise before its timers run out.
	leaving bool
	// report is the number of the last report that touched it.
	report uint64
	// link and listener are where the indexes of the table have it; nil: they have not.
	link     *link
	listener *listener
	timer    int // its place among the deadlines
}

func (m *member) place() *int { return &m.timer }

// mode is the version by whose rules the host is heard: its Compatibility Mode (RFC 3376 §7.3.2, RFC 3810
// §8.3.2).
func (m *member) mode(now time.Time) Version {
	switch {
	case running(m.v1, now):
		return V1
	case !running(m.v2, now):
		return newest(m.group)
	case m.group.Is4():
		return V2
	}
	return MLDv1
}

// heard starts the timer that a report of a version starts.
func (m *member) heard(v Version, until time.Time) {
	switch v {
	case V1:
		m.v1 = until
	case V2, MLDv1:
		m.v2 = until
	}
}

// wantsWhole tells whether the host wants the group from every source, and has not left.
func (m *member) wantsWhole() bool {
	return !m.leaving && m.state.mode == Exclude && m.state.size() == 0
}

// export gives what the outside sees of m.
func (m *member) export(now time.Time) Membership {
	return Membership{
		Host:    m.host,
		Group:   m.group,
		Filter:  m.state.filter(),
		Since:   m.since,
		Expires: m.state.last(),
		Version: m.mode(now),
	}
}

// inOrder sorts memberships.
func inOrder(all []Membership) []Membership {
	slices.SortFunc(all, Membership.Compare)
	return all
}
