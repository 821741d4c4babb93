package sim

import (
	"encoding/binary"
	"net/netip"
)

// ipv6Header is what a host says in the headers of a frame.
type ipv6Header struct {
	dstMAC, srcMAC [6]byte
	src, dst       netip.Addr
	next           byte
	hopLimit       byte
	routerAlert    bool // RFC 2711, in a hop-by-hop header
}

// ipv6Frame builds a frame.
func ipv6Frame(h ipv6Header, payload []byte) []byte {
	next, size := h.next, len(payload)
	var hopByHop []byte
	if h.routerAlert {
		hopByHop = []byte{h.next, 0, 5, 2, 0, 0, 1, 0}
		next, size = 0, size+len(hopByHop)
	}
	f := make([]byte, 0, ethHeaderLen+40+size)
	f = append(append(f, h.dstMAC[:]...), h.srcMAC[:]...)
	f = binary.BigEndian.AppendUint16(f, etherIPv6)
	f = append(f, 0x60, 0, 0, 0)
	f = binary.BigEndian.AppendUint16(f, uint16(size))
	f = append(f, next, h.hopLimit)
	f = append(append(f, h.src.AsSlice()...), h.dst.AsSlice()...)
	return append(append(f, hopByHop...), payload...)
}

// parseIPv6 reads a frame whose Ethernet type is IPv6; what is wrong, or "" when nothing is.
func parseIPv6(f []byte) (p ipPacket, wrong string) {
	b := f[ethHeaderLen:]
	if len(b) < 40 || b[0]>>4 != 6 {
		return p, "IPv6 header is cut short"
	}
	end, at := 40+int(binary.BigEndian.Uint16(b[4:])), 40
	if end > len(b) {
		return p, "IPv6 length does not fit the frame"
	}
	copy(p.dstMAC[:], f)
	copy(p.srcMAC[:], f[6:])
	p.src, p.dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	p.proto, p.ttl = b[6], b[7]
	if p.proto == 0 && at+8 <= end {
		p.routerAlert = binary.BigEndian.Uint32(b[at+2:]) == 0x05020000
		p.proto, at = b[at], at+8*(int(b[at+1])+1)
	}
	if at > end {
		return p, "IPv6 hop-by-hop header does not fit the packet"
	}
	p.payload = b[at:end]
	if (p.proto == protoUDP || p.proto == protoICMP6) && checksumIPv6(p.src, p.dst, p.proto, p.payload) != 0 {
		return p, "checksum over IPv6 is wrong"
	}
	return p, ""
}

// checksumIPv6 is the checksum of what an IPv6 packet carries, with the pseudo header (RFC 8200 §8.1). A field that holds a checksum before
// counts too, so that it is 0 over what is right.
func checksumIPv6(src, dst netip.Addr, proto byte, b []byte) uint16 {
	pseudo := append(src.AsSlice(), dst.AsSlice()...)
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(b)))
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(proto))
	if len(b)%2 != 0 {
		b = append(b[:len(b):len(b)], 0)
	}
	sum := uint32(^onesComplement(pseudo)) + uint32(^onesComplement(b))
	return ^uint16(sum&0xffff + sum>>16)
}

// linkLocal is an interface's address of the link (RFC 4291, appendix A).
func linkLocal(mac [6]byte) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]})
}

// sendICMPv6 fills in the checksum and sends.
func (h *host) sendICMPv6(header ipv6Header, b []byte) {
	header.srcMAC, header.next = h.mac, protoICMP6
	b[2], b[3] = 0, 0
	binary.BigEndian.PutUint16(b[2:], checksumIPv6(header.src, header.dst, protoICMP6, b))
	h.send(ipv6Frame(header, b))
}

func (h *host) receiveIPv6(f []byte) {
	p, wrong := parseIPv6(f)
	switch {
	case wrong != "":
		h.bad(wrong)
	case p.proto == protoUDP && p.dst.IsMulticast():
		h.receiveStream(p)
	case p.proto == protoICMP6 && len(p.payload) >= 8:
		h.receiveICMPv6(p)
	}
}

func (h *host) receiveICMPv6(p ipPacket) {
	switch p.payload[0] {
	case mldQuery, mldV1Report:
		h.mld.receiveMLD(p)
	case ndSolicit, ndAdvert:
		h.receiveNeighbour(p)
	case routerAsk, routerSays:
		h.bad("a packet of router discovery came, and there is no router")
	default:
		if p.dst == h.addr6 && p.dstMAC == h.mac {
			h.receiveICMP(p)
		}
	}
}
