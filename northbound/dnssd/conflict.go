package dnssd

import (
	"cmp"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// probe asks whether anybody has the names, and says what is meant to be published under them (RFC 6762 §8.1, §8.2). It asks for answers
// to the group: those to this machine's own address would not be heard.
func (r *responder) probe(l *link) *dns.Msg {
	m := new(dns.Msg)
	for _, name := range r.names.unique() {
		m.Question = append(m.Question, dns.Question{Name: name, Qtype: dns.TypeANY, Qclass: dns.ClassINET})
	}
	for _, rr := range published(l.records) {
		if !isShared(rr) {
			rr = dns.Copy(rr)
			rr.Header().Class &^= flushBit // not in a query: RFC 6762 §10.2
			m.Ns = append(m.Ns, rr)
		}
	}
	m.Compress = true
	return m
}

// hearResponse looks for conflicts, and for others that forget what is ours.
func (r *responder) hearResponse(now time.Time, l *link, m *dns.Msg) {
	var taken []string
	for _, rr := range slices.Concat(m.Answer, m.Extra) {
		if rr.Header().Class&^flushBit != dns.ClassINET {
			continue
		}
		id, ok := identify(rr)
		if !ok {
			continue
		}
		if ttl, ours := r.ours[id]; ours {
			r.remind(now, l, id, rr.Header().Ttl, ttl)
		} else if rr.Header().Ttl > 0 && r.contradicts(l, rr) {
			taken = append(taken, rr.Header().Name)
		}
	}
	for _, name := range r.names.unique() {
		if slices.ContainsFunc(taken, func(t string) bool { return sameName(t, name) }) {
			r.conflict(now, l, name)
			return
		}
	}
}

// contradicts: while probing any other record under our names does; later only another value of what we say ourselves (RFC 6762 §9).
func (r *responder) contradicts(l *link, rr dns.RR) bool {
	h := rr.Header()
	if !r.names.owns(h.Name) {
		return false
	}
	if l.phase == probing {
		return true
	}
	return !isAbsence(rr) && slices.ContainsFunc(l.records, func(mine dns.RR) bool {
		return mine.Header().Rrtype == h.Rrtype && sameName(mine.Header().Name, h.Name)
	})
}

// conflict takes another name while probing. Later it probes for the same name again: the other one may give way, or defend it.
func (r *responder) conflict(now time.Time, l *link, name string) {
	if l.phase != probing {
		l.restart(now.Add(r.jitter(probeInterval)))
		return
	}
	if sameName(name, r.names.host) {
		r.hostTurn++
	} else {
		r.instanceTurn++
	}
	r.rebuild()
	at := now.Add(r.countConflict(now) + r.jitter(probeInterval))
	for _, other := range r.links {
		other.restart(at)
	}
}

// countConflict gives how long to wait before probing again (RFC 6762 §8.1).
func (r *responder) countConflict(now time.Time) time.Duration {
	r.conflicts = slices.DeleteFunc(r.conflicts, func(t time.Time) bool { return now.Sub(t) > conflictWindow })
	if len(r.conflicts) >= conflictLimit {
		r.conflicts = append(r.conflicts[1:], now)
		return conflictDelay
	}
	r.conflicts = append(r.conflicts, now)
	return 0
}

// restart probes from the first on. What waited was said under names that are in doubt.
func (l *link) restart(at time.Time) {
	l.phase, l.sent, l.next, l.waiting = probing, 0, at, nil
}

// hearProbe settles who gets a name that two probe for at the same time: whose records are later in order (RFC 6762 §8.2). Who loses
// waits, and then finds out whether the winner took it.
func (r *responder) hearProbe(now time.Time, l *link, m *dns.Msg) {
	if l.phase != probing {
		return // answering the probe defends the names
	}
	for _, name := range r.names.unique() {
		theirs := r.proposed(m.Ns, name)
		if len(theirs) == 0 || r.allOurs(theirs) {
			continue
		}
		if slices.Compare(r.proposed(r.probe(l).Ns, name), theirs) < 0 {
			l.restart(now.Add(lostDelay))
			return
		}
	}
}

// proposed gives the records under one name, in order.
func (r *responder) proposed(records []dns.RR, name string) []string {
	var out []string
	for _, rr := range records {
		if id, ok := identify(rr); ok && sameName(rr.Header().Name, name) {
			out = append(out, id.rest)
		}
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}

// allOurs: a probe of our own, heard on another link of ours.
func (r *responder) allOurs(proposed []string) bool {
	known := map[string]bool{}
	for id := range r.ours {
		known[id.rest] = true
	}
	return !slices.ContainsFunc(proposed, func(p string) bool { return !known[p] })
}

// remind says a record again when another responder makes caches forget it before its time (RFC 6762 §6.6), as one on the same machine
// does with the host's addresses when it ends.
func (r *responder) remind(now time.Time, l *link, id identity, heard, ttl uint32) {
	if heard >= ttl/2 || l.phase == probing {
		return
	}
	for _, rr := range l.records {
		if mine, ok := identify(rr); ok && mine == id {
			delete(l.last, id)
			l.wait(answer{due: now.Add(r.jitter(sharedSpread)), records: []dns.RR{rr}})
		}
	}
}
