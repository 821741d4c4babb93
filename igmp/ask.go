package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// Ask is a query that a port is due because something was left there (RFC 3376 §6.6.3, RFC 3810 §7.6.3). The
// [Querier] of the port puts it into a packet.
type Ask struct {
	Port  PortKey
	Group netip.Addr
	// Sources are those asked about, in order, each once; none asks about the group.
	Sources []netip.Addr
	// Suppress says that what is asked about has been asked for again meanwhile: other routers shall not hurry
	// (§6.6.3.1).
	Suppress bool
}

// Asks gives the queries that are due at now, ordered by port and group, and plans their repetition.
func (t *Table) Asks(now time.Time) []Ask {
	var links []*link
	for {
		l, ok := t.asks.due(now)
		if !ok {
			break
		}
		links = append(links, l)
	}
	slices.SortFunc(links, func(a, b *link) int {
		if c := a.port.key.Compare(b.port.key); c != 0 {
			return c
		}
		return a.group.Compare(b.group)
	})
	var all []Ask
	for _, l := range links {
		timing := t.timing(l.port)
		all = l.next(all, now.Add(timing.LastMemberTime()))
		if l.asking() {
			t.asks.set(l, now.Add(timing.LastMemberInterval))
		}
	}
	return all
}

// plan has a link asked about, beginning at now.
func (t *Table) plan(now time.Time, l *link, q question) {
	count := t.timing(l.port).LastMemberCount
	if q.group {
		l.left = count
	}
	for _, s := range q.sources {
		if l.sources == nil {
			l.sources = make(map[netip.Addr]int)
		}
		l.sources[s] = count
	}
	t.asks.set(l, now)
}

// next adds the queries about l that are due now. A timer that runs past soon was raised by an answer.
func (l *link) next(all []Ask, soon time.Time) []Ask {
	if l.left > 0 {
		l.left--
		all = append(all, Ask{Port: l.port.key, Group: l.group, Suppress: l.groupTimer().After(soon)})
	}
	var open, answered []netip.Addr
	for s, left := range l.sources {
		if l.sources[s] = left - 1; left <= 1 {
			delete(l.sources, s)
		}
		if l.sourceTimer(s).After(soon) {
			answered = append(answered, s)
		} else {
			open = append(open, s)
		}
	}
	all = l.about(all, answered, true)
	return l.about(all, open, false)
}

// about adds queries about sources, as many as it takes to fit each into a frame (RFC 3376 §4.1.8, RFC 3810
// §5.1.10).
func (l *link) about(all []Ask, sources []netip.Addr, suppress bool) []Ask {
	most := maxSources
	if l.group.Is6() {
		most = maxSources6
	}
	slices.SortFunc(sources, netip.Addr.Compare)
	for part := range slices.Chunk(sources, most) {
		all = append(all, Ask{Port: l.port.key, Group: l.group, Sources: part, Suppress: suppress})
	}
	return all
}

// groupTimer is when the last member that wants the whole group runs out.
func (l *link) groupTimer() (last time.Time) {
	for _, m := range l.members {
		if m.state.expires.After(last) {
			last = m.state.expires
		}
	}
	return last
}

// sourceTimer is when the last member that asks for source by name runs out.
func (l *link) sourceTimer(source netip.Addr) (last time.Time) {
	for _, m := range l.members {
		at, found := slices.BinarySearchFunc(m.state.requested, source, compareSource)
		if found && m.state.requested[at].expires.After(last) {
			last = m.state.requested[at].expires
		}
	}
	return last
}
