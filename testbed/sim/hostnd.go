package sim

import (
	"fmt"
	"net/netip"
)

const (
	ndLen        = 32 // with one Ethernet address as its option
	ndLimit      = 255
	optSource    = 1
	optTarget    = 2
	advertAnswer = 0x60 // solicited, override
	advertAll    = 0x20 // override
)

var allNodes = netip.IPv6LinkLocalAllNodes()

// ndMessage builds a neighbour solicitation or advertisement (RFC 4861 §4.3, §4.4).
func ndMessage(kind, flags byte, target netip.Addr, option byte, mac [6]byte) []byte {
	b := append([]byte{kind, 0, 0, 0, flags, 0, 0, 0}, target.AsSlice()...)
	return append(append(b, option, 1), mac[:]...)
}

// solicit asks for a neighbour.
func (h *host) solicit(a netip.Addr) {
	b := a.As16()
	to := netip.AddrFrom16([16]byte{0xff, 0x02, 11: 1, 0xff, b[13], b[14], b[15]})
	h.sendICMPv6(ipv6Header{dstMAC: groupMAC(to), src: h.addr6, dst: to, hopLimit: ndLimit}, ndMessage(ndSolicit, 0, a, optSource, h.mac))
}

// receiveNeighbour answers questions for the host's own addresses, and learns who asked or answered (RFC 4861 §7.2).
func (h *host) receiveNeighbour(p ipPacket) {
	b := p.payload
	if len(b) < 24 || p.ttl != ndLimit {
		h.bad(fmt.Sprintf("neighbour discovery of %s has hop limit %d and %d bytes (RFC 4861 §7.1)", p.src, p.ttl, len(b)))
		return
	}
	target := netip.AddrFrom16([16]byte(b[8:24]))
	var option byte
	var mac [6]byte
	if len(b) >= ndLen {
		option, mac = b[24], [6]byte(b[26:32])
	}
	switch {
	case b[0] == ndAdvert && option == optTarget:
		h.learn(target, mac)
	case b[0] == ndSolicit && (target == h.addr6 || target == h.local):
		if option == optSource {
			h.learn(p.src, mac)
		}
		h.advertise(target, p)
	}
}

// advertise answers a question: to all when it has no sender's address.
func (h *host) advertise(target netip.Addr, question ipPacket) {
	to, mac, flags := question.src, question.srcMAC, byte(advertAnswer)
	if to.IsUnspecified() {
		to, mac, flags = allNodes, groupMAC(allNodes), advertAll
	}
	h.sendICMPv6(ipv6Header{dstMAC: mac, src: target, dst: to, hopLimit: ndLimit}, ndMessage(ndAdvert, flags, target, optTarget, h.mac))
}
