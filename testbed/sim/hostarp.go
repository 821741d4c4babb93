package sim

import (
	"encoding/binary"
	"net/netip"
)

const (
	arpRequest = 1
	arpReply   = 2
	arpLen     = 28
)

var broadcast = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// arpFrame builds an ARP packet (RFC 826).
func arpFrame(dst, src [6]byte, op uint16, spa netip.Addr, tha [6]byte, tpa netip.Addr) []byte {
	f := make([]byte, 0, 60)
	f = append(append(f, dst[:]...), src[:]...)
	f = binary.BigEndian.AppendUint16(f, etherARP)
	f = append(f, 0, 1, 8, 0, 6, 4)
	f = binary.BigEndian.AppendUint16(f, op)
	f = append(f, src[:]...)
	from, to := spa.As4(), tpa.As4()
	f = append(f, from[:]...)
	f = append(f, tha[:]...)
	f = append(f, to[:]...)
	return f[:60] // Ethernet's least length without the checksum
}

// receiveARP answers questions for the host's own address, probes from 0.0.0.0 too (RFC 5227 §2.1.1), and learns who asked or answered.
func (h *host) receiveARP(f []byte) {
	b := f[ethHeaderLen:]
	if len(b) < arpLen || binary.BigEndian.Uint32(b) != 0x00010800 || b[4] != 6 || b[5] != 4 {
		return
	}
	dst := [6]byte(f[:6])
	sha, spa := [6]byte(b[8:14]), netip.AddrFrom4([4]byte(b[14:18]))
	tpa := netip.AddrFrom4([4]byte(b[24:28]))
	if dst != h.mac && dst != broadcast || tpa != h.addr || sha == h.mac {
		return
	}
	if !spa.IsUnspecified() {
		h.learn(spa, sha)
	}
	if binary.BigEndian.Uint16(b[6:]) == arpRequest {
		h.send(arpFrame(sha, h.mac, arpReply, h.addr, sha, spa))
	}
}

// maxNeighbours bounds the neighbours that a host remembers.
const maxNeighbours = 4096

// learn keeps a neighbour's address and has pings go on that waited for it.
func (h *host) learn(a netip.Addr, mac [6]byte) {
	if _, known := h.arp[a]; !known && len(h.arp) >= maxNeighbours {
		return
	}
	h.arp[a] = mac
	for _, id := range sortedKeys(h.pings) {
		if p := h.pings[id]; p.to == a {
			p.resolved()
		}
	}
}

// ask looks for a neighbour.
func (h *host) ask(a netip.Addr) {
	if a.Is6() {
		h.solicit(a)
		return
	}
	h.send(arpFrame(broadcast, h.mac, arpRequest, h.addr, [6]byte{}, a))
}
