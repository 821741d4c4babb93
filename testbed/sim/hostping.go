package sim

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

const (
	pingEvery   = 10 * time.Millisecond
	pingPatient = time.Second // for the last answer
	arpEvery    = time.Second
	arpTries    = 3
	maxPings    = 1 << 16
	maxPinging  = 1024 // pings of one host at once
	pingTTL     = 64
)

// ping is one run of echo requests.
type ping struct {
	h        *host
	id       uint16
	to       netip.Addr
	count    int
	asked    int
	started  bool
	sent     int
	answered map[uint16]bool
	done     func(answered int)
}

// Ping has a host send ICMP echo requests (RFC 792, RFC 4443 §4.1), 10 ms apart, and calls done, from within Advance, with how many were answered: as soon as
// all are, or a second after the last. Before that the host finds its neighbour; without an answer none is sent.
func (w *World) Ping(from string, to netip.Addr, count int, done func(answered int)) error {
	h, err := w.host(from)
	if err != nil {
		return err
	}
	switch {
	case !h.addrFor(to).IsValid():
		return fmt.Errorf("ping %s from %s: the host has no address of that IP version", to, from)
	case count < 1 || count > maxPings:
		return fmt.Errorf("ping %s from %s: count %d is not between 1 and %d", to, from, count, maxPings)
	case len(h.pings) >= maxPinging:
		return fmt.Errorf("ping %s from %s: %d pings are under way", to, from, maxPinging)
	}
	for h.last++; h.pings[h.last] != nil; h.last++ {
	}
	p := &ping{h: h, id: h.last, to: to, count: count, answered: map[uint16]bool{}, done: done}
	h.pings[p.id] = p
	if _, known := h.arp[to]; known {
		p.resolved()
		return nil
	}
	p.resolve()
	return nil
}

// resolve asks for the neighbour a few times.
func (p *ping) resolve() {
	if p.started {
		return
	}
	if p.asked == arpTries {
		p.finish()
		return
	}
	p.asked++
	p.h.ask(p.to)
	p.h.w.after(arpEvery, call(p.resolve))
}

func (p *ping) resolved() {
	if !p.started {
		p.started = true
		p.next()
	}
}

// next sends one request and schedules the one behind it.
func (p *ping) next() {
	if p.sent == p.count {
		p.h.w.after(pingPatient-pingEvery, call(p.finish))
		return
	}
	b := make([]byte, 64)
	b[0] = echoTypes(p.to).request
	binary.BigEndian.PutUint16(b[4:], p.id)
	binary.BigEndian.PutUint16(b[6:], uint16(p.sent))
	p.sent++
	p.h.sendICMP(p.h.arp[p.to], p.to, b)
	p.h.w.after(pingEvery, call(p.next))
}

func (p *ping) finish() {
	if p.h.pings[p.id] != p {
		return
	}
	delete(p.h.pings, p.id)
	p.done(len(p.answered))
}

// echo is the types of echo messages (RFC 792, RFC 4443 §4).
type echo struct{ request, reply byte }

func echoTypes(peer netip.Addr) echo {
	if peer.Is4() {
		return echo{request: 8, reply: 0}
	}
	return echo{request: 128, reply: 129}
}

// sendICMP fills in the checksum and sends.
func (h *host) sendICMP(mac [6]byte, to netip.Addr, b []byte) {
	b[2], b[3] = 0, 0
	if to.Is6() {
		h.sendICMPv6(ipv6Header{dstMAC: mac, src: h.addr6, dst: to, hopLimit: pingTTL}, b)
		return
	}
	binary.BigEndian.PutUint16(b[2:], onesComplement(b))
	h.send(ipv4Frame(ipv4Header{dstMAC: mac, srcMAC: h.mac, src: h.addr, dst: to, proto: protoICMP, ttl: pingTTL}, b))
}

// receiveICMP answers echo requests and counts echo replies. Of ICMPv6 the checksum was looked at.
func (h *host) receiveICMP(p ipPacket) {
	b := p.payload
	if len(b) < 8 {
		return
	}
	if p.src.Is4() && onesComplement(b) != 0 {
		h.bad("ICMP checksum is wrong")
		return
	}
	switch types := echoTypes(p.src); b[0] {
	case types.request:
		answer := append([]byte(nil), b...)
		answer[0] = types.reply
		h.sendICMP(p.srcMAC, p.src, answer)
	case types.reply:
		r := h.pings[binary.BigEndian.Uint16(b[4:])]
		if r == nil || r.to != p.src {
			return
		}
		r.answered[binary.BigEndian.Uint16(b[6:])] = true
		if len(r.answered) == r.count {
			r.finish()
		}
	}
}
