package sim

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// receive treats IGMP from the network: queries, and other hosts' reports in IGMPv1 and v2.
func (i *igmpHost) receive(p ipPacket) {
	if onesComplement(p.payload) != 0 {
		i.h.bad("IGMP checksum is wrong")
		return
	}
	if len(p.payload) >= 8 && (p.payload[0] == igmpV2Report || p.payload[0] == igmpV1Report) {
		i.heard(netip.AddrFrom4([4]byte(p.payload[4:8])))
		return
	}
	q, ok := parseQuery(p.payload)
	if !ok {
		return
	}
	if p.ttl != 1 || !p.routerAlert && q.version > 1 {
		i.h.bad(fmt.Sprintf("IGMP query of %s has TTL %d, router alert %t: want 1, true (RFC 3376 §4)", p.src, p.ttl, p.routerAlert))
	}
	i.query(q)
}

// heard drops what another host has just said (RFC 2236 §3).
func (i *igmpHost) heard(g netip.Addr) {
	if m := i.groups[g]; m != nil && i.speaks() < 3 {
		m.v2Timer, m.modeLeft, m.reporter = nil, 0, false
	}
}

// query schedules the answers to a query (RFC 3376 §5.2).
func (i *igmpHost) query(q query) {
	if q.version < 3 {
		i.older[q.version] = i.h.w.now + time.Duration(i.robustness)*i.interval + 10*time.Second
	}
	if i.speaks() == 1 { // RFC 1112 appendix I: whatever stands where later versions have a time and a group
		q.group, q.maxResp = netip.IPv4Unspecified(), v1Response
	}
	if q.robustness != 0 {
		i.robustness = q.robustness
	}
	if q.interval != 0 {
		i.interval = q.interval
	}
	switch {
	case i.speaks() < 3:
		for _, g := range i.asked(q) {
			i.answerV2(g, q.maxResp)
		}
	case q.group.IsUnspecified():
		i.answerGeneral(q.maxResp)
	case i.groups[q.group] != nil:
		i.answerGroup(q)
	}
}

// asked gives the groups that a query is about, sorted.
func (i *igmpHost) asked(q query) []netip.Addr {
	if !q.group.IsUnspecified() {
		if i.groups[q.group] == nil {
			return nil
		}
		return []netip.Addr{q.group}
	}
	return i.sorted()
}

func (i *igmpHost) sorted() []netip.Addr {
	return slices.SortedFunc(maps.Keys(i.groups), netip.Addr.Compare)
}

func (i *igmpHost) answerV2(g netip.Addr, limit time.Duration) {
	m := i.groups[g]
	if g == i.speech.systems() || m.v2Timer != nil {
		return
	}
	t := &groupAnswer{}
	m.v2Timer = t
	i.h.w.after(i.delay(g, limit), call(func() {
		if f := m.filter(); m.v2Timer != t || f.empty() {
			return
		}
		m.v2Timer, m.reporter = nil, true
		i.speech.report(i.h, g, i.speaks())
	}))
}

// answerGeneral schedules one report of everything; an answer that is due sooner covers it.
func (i *igmpHost) answerGeneral(limit time.Duration) {
	now := i.h.w.now
	due := now + i.delay(i.speech.systems(), limit)
	if i.general > now && i.general <= due {
		return
	}
	i.general = due
	i.h.w.after(due-now, call(func() {
		if i.general != due {
			return
		}
		i.general = 0
		var records []groupRecord
		for _, g := range i.sorted() {
			if g != i.speech.systems() {
				records = append(records, i.groups[g].current(g, nil)...)
			}
		}
		i.speech.records(i.h, records)
	}))
}

// answerGroup schedules a report of one group; a second query before it widens it.
func (i *igmpHost) answerGroup(q query) {
	m, g, now := i.groups[q.group], q.group, i.h.w.now
	due := now + i.delay(g, q.maxResp)
	if g == i.speech.systems() || i.general > now && i.general <= due {
		return
	}
	if m.answer != nil {
		if len(q.sources) == 0 || len(m.answer.sources) == 0 {
			m.answer.sources = nil
			return
		}
		addAll(m.answer.sources, q.sources)
		return
	}
	a := &groupAnswer{sources: map[netip.Addr]bool{}}
	addAll(a.sources, q.sources)
	m.answer = a
	i.h.w.after(due-now, call(func() {
		m.answer = nil
		i.speech.records(i.h, m.current(g, a.sources))
	}))
}

func addAll(set map[netip.Addr]bool, list []netip.Addr) {
	for _, s := range list {
		if len(set) < maxSourcesPerGroup {
			set[s] = true
		}
	}
}
