package dnssd

import (
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// Times of RFC 6762 §6 and §7.2.
const (
	sharedDelay    = 20 * time.Millisecond // others may answer too: spread from here
	sharedSpread   = 100 * time.Millisecond
	truncatedDelay = 400 * time.Millisecond // more known answers are on their way
	quiet          = time.Second            // before a record goes to the group again
	quietDefence   = 250 * time.Millisecond // the same when a name is defended
)

// maxWaiting bounds the answers that wait on a link; a question beyond it is not answered, and will be asked again.
const maxWaiting = 64

// maxQuestions bounds how much of one message is answered.
const maxQuestions = 64

// answer is what waits to be sent.
type answer struct {
	due     time.Time
	to      netip.AddrPort // the zero value is the group
	asked   netip.Addr     // who may still tell what it knows; the zero value is nobody
	defends bool
	records []dns.RR
}

func (l *link) wait(a answer) {
	if len(a.records) > 0 && len(l.waiting) < maxWaiting {
		l.waiting = append(l.waiting, a)
	}
}

// Hear takes one message that came from the link. What cannot be read is ignored, as RFC 6762 §18 asks.
func (r *responder) Hear(now time.Time, on linkID, from netip.AddrPort, data []byte) []packet {
	l := r.links[on]
	m := new(dns.Msg)
	if l == nil || m.Unpack(data) != nil || m.Opcode != dns.OpcodeQuery || m.Rcode != dns.RcodeSuccess {
		return nil
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	switch {
	case m.Response && from.Port() == port:
		r.hearResponse(now, l, m)
	case m.Response:
		// RFC 6762 §6: not from a responder.
	case from.Port() != port:
		r.answerLegacy(on, l, from, m)
	default:
		r.hearProbe(now, l, m)
		r.hearQuery(now, l, from, m)
	}
	return r.Step(now)
}

// hearQuery lets the answers to a query wait for their time.
func (r *responder) hearQuery(now time.Time, l *link, from netip.AddrPort, m *dns.Msg) {
	if len(m.Question) == 0 {
		l.forget(from.Addr(), m.Answer)
		return
	}
	if l.phase == probing {
		return
	}
	group := answer{due: now, defends: len(m.Ns) > 0}
	unicast := answer{due: now, to: from}
	for _, q := range bounded(m.Question) {
		for _, rr := range unknown(l.match(q, r.names), m.Answer) {
			if q.Qclass&flushBit != 0 && !group.defends && l.heardLately(now, rr) {
				unicast.records = append(unicast.records, rr)
			} else {
				group.records = append(group.records, rr)
			}
		}
	}
	if slices.ContainsFunc(group.records, isShared) {
		group.due = now.Add(sharedDelay + r.jitter(sharedSpread))
	}
	if m.Truncated {
		group.due, group.asked = now.Add(truncatedDelay+r.jitter(sharedSpread)), from.Addr()
		unicast.due, unicast.asked = group.due, group.asked
	}
	l.wait(group)
	l.wait(unicast)
}

func bounded(questions []dns.Question) []dns.Question {
	return questions[:min(len(questions), maxQuestions)]
}

// match gives the records that answer a question; the one that says which there are when there is none of that type.
func (l *link) match(q dns.Question, n names) []dns.RR {
	if class := q.Qclass &^ flushBit; class != dns.ClassINET && class != dns.ClassANY {
		return nil
	}
	var out []dns.RR
	var none dns.RR
	for _, rr := range l.records {
		h := rr.Header()
		switch {
		case !sameName(h.Name, q.Name):
		case isAbsence(rr) && q.Qtype != dns.TypeNSEC:
			none = rr
		case q.Qtype == dns.TypeANY || q.Qtype == h.Rrtype:
			out = append(out, rr)
		}
	}
	if len(out) == 0 && none != nil {
		return []dns.RR{none}
	}
	return out
}

// unknown leaves out what the asker knows well enough (RFC 6762 §7.1).
func unknown(records, known []dns.RR) []dns.RR {
	if len(known) == 0 {
		return records
	}
	ttls := map[identity]uint32{}
	for _, rr := range known {
		if id, ok := identify(rr); ok {
			ttls[id] = max(ttls[id], rr.Header().Ttl)
		}
	}
	return slices.DeleteFunc(slices.Clone(records), func(rr dns.RR) bool {
		id, ok := identify(rr)
		ttl, there := ttls[id]
		return ok && there && ttl >= rr.Header().Ttl/2
	})
}

// forget takes back answers to someone who turns out to know them (RFC 6762 §7.2).
func (l *link) forget(asked netip.Addr, known []dns.RR) {
	for i := range l.waiting {
		if a := &l.waiting[i]; a.asked == asked {
			a.records = unknown(a.records, known)
		}
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(a answer) bool { return len(a.records) == 0 })
}

// heardLately: within a quarter of its TTL the group has heard a record, and a unicast answer will do (RFC 6762 §5.4).
func (l *link) heardLately(now time.Time, rr dns.RR) bool {
	id, ok := identify(rr)
	last, sent := l.last[id]
	return ok && sent && now.Sub(last) < time.Duration(rr.Header().Ttl)*time.Second/4
}

// sendAnswers sends what is due on a link: one message for the group, one for each other destination.
func (r *responder) sendAnswers(now time.Time, on linkID, l *link) {
	var due []answer
	l.waiting = slices.DeleteFunc(l.waiting, func(a answer) bool {
		if now.Before(a.due) {
			return false
		}
		due = append(due, a)
		return true
	})
	var group []dns.RR
	for _, a := range due {
		if a.to.IsValid() {
			r.send(on, a.to, r.withAdditional(l, unique(a.records)))
			continue
		}
		group = append(group, l.notJustSent(now, a)...)
	}
	if group = unique(group); len(group) > 0 {
		m := r.withAdditional(l, group)
		r.send(on, netip.AddrPort{}, m)
		l.mark(now, slices.Concat(m.Answer, m.Extra))
	}
}

// notJustSent leaves out what the group has just heard (RFC 6762 §6).
func (l *link) notJustSent(now time.Time, a answer) []dns.RR {
	least := quiet
	if a.defends {
		least = quietDefence
	}
	return slices.DeleteFunc(slices.Clone(a.records), func(rr dns.RR) bool {
		id, ok := identify(rr)
		last, sent := l.last[id]
		return !ok || sent && now.Sub(last) < least
	})
}

// unique leaves out repeated records. The records of a link are the same objects wherever they wait.
func unique(records []dns.RR) []dns.RR {
	var out []dns.RR
	for _, rr := range records {
		if !slices.Contains(out, rr) {
			out = append(out, rr)
		}
	}
	return out
}

// withAdditional adds what the asker will want next (RFC 6763 §12, RFC 6762 §6.2).
func (r *responder) withAdditional(l *link, answers []dns.RR) *dns.Msg {
	m := response(answers)
	var instance, host bool
	for _, rr := range answers {
		h := rr.Header()
		instance = instance || sameName(h.Name, r.names.service)
		host = host || instance || h.Rrtype == dns.TypeSRV || sameName(h.Name, r.names.host)
	}
	for _, rr := range l.records {
		name := rr.Header().Name
		wanted := instance && sameName(name, r.names.instance) || host && sameName(name, r.names.host)
		if wanted && !slices.Contains(answers, rr) {
			m.Extra = append(m.Extra, rr)
		}
	}
	return m
}

// answerLegacy answers a client that knows only ordinary DNS, at once and in its terms (RFC 6762 §6.7).
func (r *responder) answerLegacy(on linkID, l *link, from netip.AddrPort, query *dns.Msg) {
	if l.phase == probing {
		return
	}
	var records []dns.RR
	for _, q := range bounded(query.Question) {
		records = append(records, l.match(q, r.names)...)
	}
	if records = unique(records); len(records) == 0 {
		return
	}
	m := r.withAdditional(l, records)
	m.Id, m.Question = query.Id, bounded(query.Question)
	m.Answer, m.Extra = asLegacy(m.Answer), asLegacy(m.Extra)
	r.send(on, from, m)
}

// asLegacy drops what only mDNS knows.
func asLegacy(records []dns.RR) []dns.RR {
	out := withTTL(published(records), legacyTTL)
	for _, rr := range out {
		rr.Header().Class &^= flushBit
	}
	return out
}
