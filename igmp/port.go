package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// port is what a table knows of one switch port: one link in the words of RFC 3376.
type port struct {
	timing *Timing // its own; nil: that of the table
	hosts  map[Host]struct{}
	links  map[netip.Addr]*link
	igmp   portPart
	mld    portPart
	bucket bucket
}

// portPart is what is known of a port in one protocol: who speaks an older version, and who asks.
type portPart struct {
	older   olderHosts
	inquiry inquiry
}

// olderHosts remembers who spoke an older version on a port: the two that did so last, which is enough to tell
// whether anybody but a given host does.
type olderHosts [2]struct {
	mac   [6]byte
	until time.Time
}

// heard notes a report of an older version; the host counts until until.
func (o *olderHosts) heard(mac [6]byte, until time.Time) {
	switch mac {
	case o[0].mac:
	case o[1].mac:
		o[0], o[1] = o[1], o[0]
	default:
		o[1] = o[0]
		o[0].mac = mac
	}
	o[0].until = until
}

// others tells whether a host other than mac speaks an older version.
func (o *olderHosts) others(mac [6]byte, now time.Time) bool {
	for _, h := range o {
		if h.mac != mac && running(h.until, now) {
			return true
		}
	}
	return false
}

// link is one group on one port: its members, and the questions that are under way about it (RFC 3376 §6.6.3).
type link struct {
	key     PortKey
	group   netip.Addr
	members []*member
	// left is how many group-specific queries are still to be sent, sources how many for each source.
	left    int
	sources map[netip.Addr]int
	due     int // its place among the deadlines
}

func (l *link) place() *int { return &l.due }

// drop takes m out, if it is there.
func (l *link) drop(m *member) {
	l.members = slices.DeleteFunc(l.members, func(other *member) bool { return other == m })
}

// asking tells whether a query is still to be sent.
func (l *link) asking() bool { return l.left > 0 || len(l.sources) > 0 }
