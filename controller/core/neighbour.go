package core

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/gopacket/layers"

	"crosspoint/topology"
)

const (
	ipv6HeaderLen  = 40
	neighbourLen   = 24 // a solicitation or advertisement without options
	neighbourLimit = 255
	protoICMPv6    = uint8(layers.IPProtocolICMPv6)

	flagSolicited = 0x40 // RFC 4861 §4.4
	flagOverride  = 0x20
)

// icmpv6Packet is an IPv6 packet that carries ICMPv6, perhaps behind a hop-by-hop header. It refers to the frame.
type icmpv6Packet struct {
	src, dst netip.Addr
	hopLimit uint8
	whole    []byte // the packet without Ethernet padding
	message  []byte // ICMPv6, at least 4 bytes
}

func (p icmpv6Packet) kind() uint8 { return p.message[0] }

// parseICMPv6 reads the headers (RFC 8200 §3, §4.3); false when they are not those of an ICMPv6 packet. Checksums are for who reads the message.
func parseICMPv6(b []byte) (icmpv6Packet, bool) {
	if len(b) < ipv6HeaderLen || b[0]>>4 != 6 {
		return icmpv6Packet{}, false
	}
	end := ipv6HeaderLen + int(binary.BigEndian.Uint16(b[4:]))
	if end > len(b) {
		return icmpv6Packet{}, false
	}
	next, at := b[6], ipv6HeaderLen
	if next == uint8(layers.IPProtocolIPv6HopByHop) && at+8 <= end {
		next, at = b[at], at+8*(int(b[at+1])+1)
	}
	if next != protoICMPv6 || at+4 > end {
		return icmpv6Packet{}, false
	}
	return icmpv6Packet{
		src: netip.AddrFrom16([16]byte(b[8:24])), dst: netip.AddrFrom16([16]byte(b[24:40])),
		hopLimit: b[7], whole: b[:end], message: b[at:end],
	}, true
}

// neighbourMessage is a neighbour solicitation or advertisement (RFC 4861 §4.3, §4.4).
type neighbourMessage struct {
	solicitation bool
	target       netip.Addr
	link         *topology.MAC // the link-layer address that it gives for its sender, or for the target; nil: none
}

// parseNeighbour reads a message and holds it to the rules of RFC 4861 §7.1.1 and §7.1.2; false when it breaks one. A hop limit below 255 is
// that of a packet from another link.
func parseNeighbour(p icmpv6Packet) (neighbourMessage, bool) {
	m := p.message
	if len(m) < neighbourLen || p.hopLimit != neighbourLimit || m[1] != 0 || checksumICMPv6(p.src, p.dst, m) != 0 {
		return neighbourMessage{}, false
	}
	n := neighbourMessage{solicitation: m[0] == layers.ICMPv6TypeNeighborSolicitation, target: netip.AddrFrom16([16]byte(m[8:24]))}
	link, ok := linkOption(m[neighbourLen:], n.option())
	if !ok || n.target.IsMulticast() || p.src.IsMulticast() {
		return neighbourMessage{}, false
	}
	n.link = link
	if p.src.IsUnspecified() && (!n.solicitation || link != nil) {
		return neighbourMessage{}, false
	}
	return n, true
}

// option is the type of the option that gives a link-layer address (RFC 4861 §4.6.1).
func (n neighbourMessage) option() uint8 {
	if n.solicitation {
		return uint8(layers.ICMPv6OptSourceAddress)
	}
	return uint8(layers.ICMPv6OptTargetAddress)
}

// linkOption finds an Ethernet address among options; false when they do not add up. Options that are not known are passed over.
func linkOption(b []byte, kind uint8) (link *topology.MAC, ok bool) {
	for len(b) > 0 {
		if len(b) < 8 || b[1] == 0 || len(b) < 8*int(b[1]) {
			return nil, false
		}
		if b[0] == kind && b[1] == 1 {
			mac := topology.MAC(b[2:8])
			link = &mac
		}
		b = b[8*int(b[1]):]
	}
	return link, true
}

// advertisement says who has an address, to who asked; a question without a sender's address is answered to all nodes (RFC 4861 §7.2.4).
func advertisement(owner topology.MAC, target netip.Addr, asker topology.MAC, to netip.Addr) []byte {
	flags := byte(flagSolicited | flagOverride)
	if to.IsUnspecified() {
		to, flags = netip.IPv6LinkLocalAllNodes(), flagOverride
	}
	n := neighbourMessage{target: target, link: &owner}
	return neighbourFrame(n, flags, asker, target, to)
}

// solicitation asks who has an address, from an address of the port's own. The unspecified one would do as well where all is quiet, but a
// host that is just giving itself the address would take that for a duplicate, and do without it (RFC 4862 §5.4.3).
func solicitation(port topology.MAC, target netip.Addr) []byte {
	to := solicitedNode(target)
	b := to.As16()
	n := neighbourMessage{solicitation: true, target: target, link: &port}
	return neighbourFrame(n, 0, topology.MAC{0x33, 0x33, b[12], b[13], b[14], b[15]}, linkLocal(port), to)
}

// neighbourFrame puts a message with its link-layer address, whose owner sends it, into a frame.
func neighbourFrame(n neighbourMessage, flags byte, dstMAC topology.MAC, src, dst netip.Addr) []byte {
	kind := byte(layers.ICMPv6TypeNeighborAdvertisement)
	if n.solicitation {
		kind = layers.ICMPv6TypeNeighborSolicitation
	}
	message := []byte{kind, 0, 0, 0, flags, 0, 0, 0}
	message = append(message, n.target.AsSlice()...)
	message = append(message, n.option(), 1)
	message = append(message, n.link[:]...)
	binary.BigEndian.PutUint16(message[2:], checksumICMPv6(src, dst, message))

	frame := append(append([]byte{}, dstMAC[:]...), n.link[:]...)
	frame = binary.BigEndian.AppendUint16(frame, uint16(layers.EthernetTypeIPv6))
	frame = append(frame, 0x60, 0, 0, 0, 0, byte(len(message)), protoICMPv6, neighbourLimit)
	frame = append(append(frame, src.AsSlice()...), dst.AsSlice()...)
	return append(frame, message...)
}

// checksumICMPv6 is the checksum over the pseudo header and the message (RFC 8200 §8.1, RFC 1071): 0 for a message that holds its own.
func checksumICMPv6(src, dst netip.Addr, message []byte) uint16 {
	sum := uint32(len(message)) + uint32(protoICMPv6)
	for _, part := range [][]byte{src.AsSlice(), dst.AsSlice(), message} {
		for i, b := range part {
			sum += uint32(b) << (8 * (1 - i&1))
		}
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// linkLocal is the address of the local link that an interface has by its MAC (RFC 4291 §2.5.6, appendix A).
func linkLocal(mac topology.MAC) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]})
}

// solicitedNode is the group in which the owner of an address hears questions for it (RFC 4291 §2.7.1).
func solicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom16([16]byte{0xff, 0x02, 11: 1, 0xff, b[13], b[14], b[15]})
}
