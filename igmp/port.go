package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// port is what a table knows of one switch port: one link in the words of RFC 3376.
type port struct {
	key    PortKey
	timing *Timing // its own; nil: that of the table
	hosts  map[Host]*listener
	links  map[netip.Addr]*link
	igmp   portPart
	mld    portPart
	bucket bucket
}

// find gives the membership of a host on the port in a group; nil: none.
func (p *port) find(host Host, group netip.Addr) *member {
	if l := p.links[group]; l != nil {
		return l.find(host)
	}
	return nil
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
	port    *port
	group   netip.Addr
	members []*member // by host
	// left is how many group-specific queries are still to be sent, sources how many for each source.
	left    int
	sources map[netip.Addr]int
	due     int // its place among the deadlines
}

func (l *link) place() *int { return &l.due }

// find gives the membership of a host; nil: none.
func (l *link) find(host Host) *member {
	if at, is := l.search(host); is {
		return l.members[at]
	}
	return nil
}

func (l *link) search(host Host) (at int, is bool) {
	return slices.BinarySearchFunc(l.members, host, func(m *member, host Host) int { return m.host.Compare(host) })
}

// add puts m in; it must not be there.
func (l *link) add(m *member) {
	at, _ := l.search(m.host)
	l.members = slices.Insert(l.members, at, m)
}

// drop takes m out; it must be there.
func (l *link) drop(m *member) {
	at, _ := l.search(m.host)
	l.members = slices.Delete(l.members, at, at+1)
}

// asking tells whether a query is still to be sent.
func (l *link) asking() bool { return l.left > 0 || len(l.sources) > 0 }
