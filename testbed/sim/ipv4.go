package sim

import (
	"encoding/binary"
	"net/netip"
)

// ipv4Header is what a host says in the headers of a frame.
type ipv4Header struct {
	dstMAC, srcMAC [6]byte
	src, dst       netip.Addr
	proto          byte
	ttl            byte
	tos            byte
	routerAlert    bool // RFC 2113
}

// ipv4Frame builds a frame.
func ipv4Frame(h ipv4Header, payload []byte) []byte {
	size := 20
	if h.routerAlert {
		size = 24
	}
	f := make([]byte, 0, ethHeaderLen+size+len(payload))
	f = append(append(f, h.dstMAC[:]...), h.srcMAC[:]...)
	f = binary.BigEndian.AppendUint16(f, etherIPv4)
	f = append(f, 0x40|byte(size/4), h.tos)
	f = binary.BigEndian.AppendUint16(f, uint16(size+len(payload)))
	f = append(f, 0, 0, 0x40, 0, h.ttl, h.proto, 0, 0)
	src, dst := h.src.As4(), h.dst.As4()
	f = append(append(f, src[:]...), dst[:]...)
	if h.routerAlert {
		f = append(f, 0x94, 0x04, 0, 0)
	}
	binary.BigEndian.PutUint16(f[ethHeaderLen+10:], onesComplement(f[ethHeaderLen:]))
	return append(f, payload...)
}

// ipPacket is what a host reads from a frame of either IP version.
type ipPacket struct {
	srcMAC, dstMAC [6]byte
	src, dst       netip.Addr
	proto, ttl     byte // protocol or last next header; time to live or hop limit
	routerAlert    bool
	payload        []byte
}

// parseIPv4 reads a frame whose Ethernet type is IPv4; what is wrong, or "" when nothing is.
func parseIPv4(f []byte) (p ipPacket, wrong string) {
	b := f[ethHeaderLen:]
	if len(b) < 20 || b[0]>>4 != 4 {
		return p, "IPv4 header is cut short"
	}
	header, total := int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	if header < 20 || header > total || total > len(b) {
		return p, "IPv4 lengths do not fit the frame"
	}
	if onesComplement(b[:header]) != 0 {
		return p, "IPv4 header checksum is wrong"
	}
	copy(p.dstMAC[:], f)
	copy(p.srcMAC[:], f[6:])
	p.src, p.dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	p.ttl, p.proto = b[8], b[9]
	p.routerAlert = header >= 24 && binary.BigEndian.Uint32(b[20:]) == 0x94040000
	p.payload = b[header:total]
	return p, ""
}

// onesComplement is the Internet checksum (RFC 1071). Over data that holds its own checksum it is 0.
func onesComplement(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
