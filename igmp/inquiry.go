package igmp

import "time"

// inquiry is by whom, and in which versions, the hosts of a port are asked in one protocol: what they say, and what they keep to themselves, depends
// on it. The zero value is a port that we ask in the newest version, and nobody else.
type inquiry struct {
	// own is the oldest version that we ask in ourselves; mute says that we ask in none that knows questions about a group.
	own  Version
	mute bool
	// other is until when another querier is the elected one, so that the asking is left to it.
	other time.Time
	// first and second are until when hosts speak version 1, and version 2 or MLDv1, because another querier asked in it.
	first, second time.Time
}

// asks tells whether a question about a group would reach the hosts.
func (i *inquiry) asks(now time.Time) bool { return !i.mute && !running(i.other, now) }

// version is the oldest that the hosts are asked in: they speak none that is newer (RFC 3376 §7.2.1, RFC 3810 §8.2.1). 0: the newest.
func (i *inquiry) version(now time.Time, mld bool) Version {
	switch {
	case running(i.first, now), i.own == V1:
		return V1
	case !running(i.second, now) && !i.own.older():
		return 0
	case mld:
		return MLDv1
	}
	return V2
}

// SetAsking says how we ask the hosts of a port: an older version keeps hosts of the newer silent where another of them is faster, and where no
// question about a group would be asked, a leave takes nothing away from hosts that were not heard.
func (t *Table) SetAsking(key PortKey, a Asking) {
	p := t.port(key)
	p.igmp.inquiry.own, p.igmp.inquiry.mute = a.oldest(false), a.Version <= V1
	p.mld.inquiry.own, p.mld.inquiry.mute = a.oldest(true), a.MLDVersion == 0
}

// Heard takes note of a query of another querier on a port, of which [Querier.Heard] gives what is known. After one of an older version hosts of a
// newer one speak the older for the Older Version Querier Present interval (RFC 3376 §8.12, RFC 3810 §9.12). When it is obeyed, the port's timers
// run by its values, and what it asks about lives on for the Last Member Query Time only, unless somebody answers (RFC 3376 §6.6.1, RFC 3810
// §7.6.1). One that is ignored shortens nothing.
func (t *Table) Heard(now time.Time, query *Query, other OtherQuerier) {
	t.now = now
	p, mld := t.port(other.Port), query.Version.MLD()
	i := &p.part(mld).inquiry
	if query.Version.older() {
		until := now.Add(max(t.timing(p).OlderHostPresent(), DefaultTiming().OlderHostPresent())) // hosts that hear no interval count by the default
		if query.Version == V1 {
			i.first = until
		} else {
			i.second = until
		}
	}
	if !other.Obeyed {
		return
	}
	t.SetTiming(other.Port, other.Timing)
	i.other = now.Add(other.Timing.OtherQuerierPresent())
	if !query.General() && !query.SuppressRouter {
		t.asked(now, p, query)
	}
}

// asked lowers the timers of what another querier asks about (RFC 3376 §6.6.1).
func (t *Table) asked(now time.Time, p *port, query *Query) {
	l := p.links[query.Group]
	if l == nil {
		return
	}
	timing := t.timing(p)
	if query.MaxResp > 0 {
		timing.LastMemberInterval = query.MaxResp
	}
	q := question{group: len(query.Sources) == 0, sources: sortedSet(query.Sources)}
	for _, m := range l.members {
		if p.speaks(m, now) != V1 {
			lowered, _ := m.state.ask(m.answers(q, p.silent(m, now)), now.Add(timing.LastMemberTime()))
			t.put(m, lowered)
		}
	}
}

// part is what is known of a port in one protocol.
func (p *port) part(mld bool) *portPart {
	if mld {
		return &p.mld
	}
	return &p.igmp
}

// speaks is the version that a member's host answers in: that of its last reports, or the older one in which it is asked.
func (p *port) speaks(m *member, now time.Time) Version {
	mode, mld := m.mode(now), m.group.Is6()
	if asked := p.part(mld).inquiry.version(now, mld); asked != 0 {
		return min(mode, asked)
	}
	return mode
}

// silent tells whether a member's host may have kept silent because it heard another's report of an older version (RFC 2236 §3, RFC 2710 §4). It wants
// the whole group and said so in such a version; or it is asked in one, and then speaks it whatever it wants. It has not left.
func (p *port) silent(m *member, now time.Time) bool {
	if m.mode(now).older() {
		return m.wantsWhole()
	}
	return !m.leaving && p.speaks(m, now).older()
}

// answers is what of m a question is about. A report of an older version is the only answer of a host that speaks it, so a question about the group
// is one about the sources that it has named before as well.
func (m *member) answers(q question, silent bool) question {
	if q.group && silent {
		q.sources = sourcesOf(m.state.requested)
	}
	return q
}

// prolong has everything that the state wants wanted until until.
func (s state) prolong(until time.Time) state {
	s.requested = refresh(s.requested, sourcesOf(s.requested), until)
	if s.mode == Exclude {
		s.expires = until
	}
	return s
}
