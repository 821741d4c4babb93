package dnssd

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// local is the domain of mDNS.
const local = "local."

// Times of RFC 6762 §8 and §9.
const (
	probeInterval    = 250 * time.Millisecond // also the longest wait before the first probe
	probes           = 3
	announceInterval = time.Second
	announcements    = 2
	lostDelay        = time.Second // before probing again after a lost tie
	conflictWindow   = 10 * time.Second
	conflictLimit    = 15 // in that window; more are answered slowly
	conflictDelay    = 5 * time.Second
	unsentDelay      = 2 * time.Second // before a link on which nothing can be sent is tried again
)

// linkID is one interface with one IP version: what one socket serves.
type linkID struct {
	index int // the interface's
	v6    bool
}

// phase of a link.
type phase int

const (
	probing phase = iota
	announcing
	ready
)

// link is what is known of one link.
type link struct {
	addrs   []netip.Addr
	records []dns.RR
	phase   phase
	sent    int       // probes or announcements in this phase
	next    time.Time // when the phase goes on; of no meaning when ready
	last    map[identity]time.Time
	waiting []answer
}

// packet is a message to send.
type packet struct {
	on  linkID
	to  netip.AddrPort // the zero value is the group
	msg *dns.Msg
}

// responder is one mDNS responder for one service on several links.
type responder struct {
	service Service
	// turns count how often a name was taken: 1 is the name that was asked for.
	instanceTurn, hostTurn int
	names                  names
	links                  map[linkID]*link
	ours                   map[identity]uint32 // TTL of every record of every link
	conflicts              []time.Time
	jitter                 func(time.Duration) time.Duration
	out                    []packet
}

// newResponder takes a checked service. jitter gives a random time from 0 to its argument.
func newResponder(s Service, jitter func(time.Duration) time.Duration) *responder {
	r := &responder{service: s, instanceTurn: 1, hostTurn: 1, links: map[linkID]*link{}, jitter: jitter}
	r.rebuild()
	return r
}

// current is the service under its present names.
func (r *responder) current() Service {
	s := r.service
	s.Instance, s.Host = nthInstance(s.Instance, r.instanceTurn), nthHost(s.Host, r.hostTurn)
	return s
}

// rebuild makes the records again after names or addresses changed. Answers that wait would say the old ones: who still wants to know
// asks again.
func (r *responder) rebuild() {
	s := r.current()
	r.names, r.ours = namesIn(s, local), map[identity]uint32{}
	for _, l := range r.links {
		l.records, l.waiting, l.last = linkRecords(s, r.names, l.addrs), nil, map[identity]time.Time{}
		for _, rr := range l.records {
			if id, ok := identify(rr); ok {
				r.ours[id] = rr.Header().Ttl
			}
		}
	}
}

// inOrder lists links by interface, IPv4 first.
func inOrder[T any](links map[linkID]T) []linkID {
	return slices.SortedFunc(maps.Keys(links), func(a, b linkID) int {
		switch {
		case a.index != b.index:
			return a.index - b.index
		case a.v6 == b.v6:
			return 0
		case b.v6:
			return -1
		}
		return 1
	})
}

// SetLinks takes the links that there are now. New ones are probed; on those with other addresses what holds now is announced, which
// flushes what held before (RFC 6762 §8.4).
func (r *responder) SetLinks(now time.Time, want map[linkID][]netip.Addr) []packet {
	changed := false
	for _, id := range inOrder(r.links) {
		if _, there := want[id]; !there {
			delete(r.links, id)
			changed = true
		}
	}
	for _, id := range inOrder(want) {
		changed = r.setLink(now, id, want[id]) || changed
	}
	if changed {
		r.rebuild()
	}
	return r.Step(now)
}

func (r *responder) setLink(now time.Time, id linkID, addrs []netip.Addr) (changed bool) {
	l, there := r.links[id]
	if !there {
		r.links[id] = &link{addrs: addrs, next: now.Add(r.jitter(probeInterval))}
		return true
	}
	if slices.Equal(l.addrs, addrs) {
		return false
	}
	l.addrs = addrs
	if l.phase != probing {
		l.phase, l.sent, l.next = announcing, 0, now
	}
	return true
}

// Step sends what is due.
func (r *responder) Step(now time.Time) []packet {
	for _, id := range inOrder(r.links) {
		l := r.links[id]
		for l.phase != ready && !now.Before(l.next) {
			r.advance(now, id, l)
		}
		r.sendAnswers(now, id, l)
	}
	return r.take()
}

// Next is when Step has something to do; the zero time when it has nothing.
func (r *responder) Next() time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, l := range r.links {
		if l.phase != ready {
			sooner(l.next)
		}
		for _, a := range l.waiting {
			sooner(a.due)
		}
	}
	return next
}

// Close says goodbye (RFC 6762 §10.1), also when announcing has only begun.
func (r *responder) Close() []packet {
	for _, id := range inOrder(r.links) {
		if l := r.links[id]; l.phase != probing {
			r.send(id, netip.AddrPort{}, response(withTTL(published(l.records), 0)))
		}
	}
	r.links = map[linkID]*link{}
	return r.take()
}

// Unsent is told that a message for the group of a link could not be sent, as happens while a new IPv6 address is still checked for
// duplicates. What was not heard does not count: the link starts again.
func (r *responder) Unsent(now time.Time, on linkID) {
	if l := r.links[on]; l != nil {
		l.restart(now.Add(unsentDelay))
	}
}

// Announced tells whether the present names were announced on some link.
func (r *responder) Announced() bool {
	for _, l := range r.links {
		if l.phase == ready || l.phase == announcing && l.sent > 0 {
			return true
		}
	}
	return false
}

// advance sends the next probe or announcement of a link.
func (r *responder) advance(now time.Time, id linkID, l *link) {
	switch {
	case l.phase == probing && l.sent < probes:
		r.send(id, netip.AddrPort{}, r.probe(l))
		l.sent, l.next = l.sent+1, now.Add(probeInterval)
	case l.phase == probing:
		l.phase, l.sent = announcing, 0
	default:
		records := published(l.records)
		r.send(id, netip.AddrPort{}, response(records))
		l.mark(now, records)
		if l.sent, l.next = l.sent+1, now.Add(announceInterval); l.sent == announcements {
			l.phase = ready
		}
	}
}

// published leaves out the records that only answer questions.
func published(records []dns.RR) []dns.RR {
	return slices.DeleteFunc(slices.Clone(records), isAbsence)
}

// mark notes that records were sent to the group.
func (l *link) mark(now time.Time, records []dns.RR) {
	for _, rr := range records {
		if id, ok := identify(rr); ok {
			l.last[id] = now
		}
	}
}

func (r *responder) send(on linkID, to netip.AddrPort, msg *dns.Msg) {
	r.out = append(r.out, packet{on, to, msg})
}

func (r *responder) take() []packet {
	out := r.out
	r.out = nil
	return out
}

// response has the header of RFC 6762 §18.
func response(answers []dns.RR) *dns.Msg {
	m := &dns.Msg{Answer: answers, Compress: true}
	m.Response, m.Authoritative = true, true
	return m
}
