package openflow

import (
	"encoding/binary"
	"net/netip"
)

// The builders below make one field each, in the order of the standard (OpenFlow 1.3.5 §7.2.3.7). An address of the wrong
// family gives a field with an empty payload, which Match.Validate and every switch refuse, and Append too in a set-field action: it never
// widens a match.

// basic makes a field of the basic class; mask is "" for none.
func basic(f Field, value, mask string) OXM {
	if mask == "" {
		return OXM{NewOXMHeader(ClassBasic, f, false, len(value)), value}
	}
	return OXM{NewOXMHeader(ClassBasic, f, true, len(value)+len(mask)), value + mask}
}

func be16(v uint16) string {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return string(b[:])
}

func be32(v uint32) string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	return string(b[:])
}

func be64(v uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	return string(b[:])
}

func be8(v uint8) string { return string([]byte{v}) }

// addr4 is the wire form of an IPv4 address, also of one mapped into IPv6; "" for others.
func addr4(a netip.Addr) string {
	if a = a.Unmap(); !a.Is4() {
		return ""
	}
	b := a.As4()
	return string(b[:])
}

// addr6 is the wire form of an IPv6 address; "" for others.
func addr6(a netip.Addr) string {
	if !a.Is6() {
		return ""
	}
	b := a.As16()
	return string(b[:])
}

// prefixMask is the wire form of the network mask of a prefix in an address of n bytes.
func prefixMask(bits, n int) string {
	b := make([]byte, n)
	for i := range b {
		left := min(max(bits-8*i, 0), 8)
		b[i] = ^byte(0xff >> left)
	}
	return string(b)
}

func prefix4(f Field, p netip.Prefix) OXM {
	p = p.Masked()
	v := addr4(p.Addr())
	if v == "" || !p.Addr().Is4() {
		return basic(f, "", "")
	}
	return basic(f, v, prefixMask(p.Bits(), 4))
}

func prefix6(f Field, p netip.Prefix) OXM {
	p = p.Masked()
	v := addr6(p.Addr())
	if v == "" {
		return basic(f, "", "")
	}
	return basic(f, v, prefixMask(p.Bits(), 16))
}

// InPort matches the port by which a packet came in.
func InPort(n PortNo) OXM { return basic(FieldInPort, be32(uint32(n)), "") }

// InPhyPort matches the physical port below a logical one.
func InPhyPort(n PortNo) OXM { return basic(FieldInPhyPort, be32(uint32(n)), "") }

// Metadata matches the metadata that an earlier table wrote.
func Metadata(v uint64) OXM { return basic(FieldMetadata, be64(v), "") }

// MetadataMasked matches the bits of the metadata that mask picks.
func MetadataMasked(v, mask uint64) OXM { return basic(FieldMetadata, be64(v), be64(mask)) }

// EthDst matches the destination address.
func EthDst(a MAC) OXM { return basic(FieldEthDst, string(a[:]), "") }

// EthDstMasked matches the bits of the destination address that mask picks.
func EthDstMasked(a, mask MAC) OXM { return basic(FieldEthDst, string(a[:]), string(mask[:])) }

// EthSrc matches the source address.
func EthSrc(a MAC) OXM { return basic(FieldEthSrc, string(a[:]), "") }

// EthSrcMasked matches the bits of the source address that mask picks.
func EthSrcMasked(a, mask MAC) OXM { return basic(FieldEthSrc, string(a[:]), string(mask[:])) }

// EthType matches the EtherType behind any VLAN tags.
func EthType(t uint16) OXM { return basic(FieldEthType, be16(t), "") }

// VLANVID matches packets tagged with a VLAN id, 0 to 4095. The bit VLANPresent is added.
func VLANVID(vid uint16) OXM { return basic(FieldVLANVID, be16(vid|VLANPresent), "") }

// NoVLAN matches packets without a tag.
func NoVLAN() OXM { return basic(FieldVLANVID, be16(VLANNone), "") }

// AnyVLAN matches packets with a tag, whatever its id.
func AnyVLAN() OXM { return basic(FieldVLANVID, be16(VLANPresent), be16(VLANPresent)) }

// VLANPCP matches the priority in the VLAN tag, 0 to 7.
func VLANPCP(pcp uint8) OXM { return basic(FieldVLANPCP, be8(pcp), "") }

// IPDSCP matches the differentiated services code point, 0 to 63.
func IPDSCP(dscp uint8) OXM { return basic(FieldIPDSCP, be8(dscp), "") }

// IPECN matches the congestion bits, 0 to 3.
func IPECN(ecn uint8) OXM { return basic(FieldIPECN, be8(ecn), "") }

// IPProto matches the protocol number of IPv4 or the last next-header of IPv6.
func IPProto(p uint8) OXM { return basic(FieldIPProto, be8(p), "") }

// IPv4Src matches the source address.
func IPv4Src(a netip.Addr) OXM { return basic(FieldIPv4Src, addr4(a), "") }

// IPv4SrcMasked matches source addresses in a prefix.
func IPv4SrcMasked(p netip.Prefix) OXM { return prefix4(FieldIPv4Src, p) }

// IPv4Dst matches the destination address.
func IPv4Dst(a netip.Addr) OXM { return basic(FieldIPv4Dst, addr4(a), "") }

// IPv4DstMasked matches destination addresses in a prefix.
func IPv4DstMasked(p netip.Prefix) OXM { return prefix4(FieldIPv4Dst, p) }

// TCPSrc matches the source port.
func TCPSrc(p uint16) OXM { return basic(FieldTCPSrc, be16(p), "") }

// TCPDst matches the destination port.
func TCPDst(p uint16) OXM { return basic(FieldTCPDst, be16(p), "") }

// UDPSrc matches the source port.
func UDPSrc(p uint16) OXM { return basic(FieldUDPSrc, be16(p), "") }

// UDPDst matches the destination port.
func UDPDst(p uint16) OXM { return basic(FieldUDPDst, be16(p), "") }

// SCTPSrc matches the source port.
func SCTPSrc(p uint16) OXM { return basic(FieldSCTPSrc, be16(p), "") }

// SCTPDst matches the destination port.
func SCTPDst(p uint16) OXM { return basic(FieldSCTPDst, be16(p), "") }

// ICMPv4Type matches the ICMP type.
func ICMPv4Type(t uint8) OXM { return basic(FieldICMPv4Type, be8(t), "") }

// ICMPv4Code matches the ICMP code.
func ICMPv4Code(c uint8) OXM { return basic(FieldICMPv4Code, be8(c), "") }

// ARPOp matches the ARP operation: 1 request, 2 reply.
func ARPOp(op uint16) OXM { return basic(FieldARPOp, be16(op), "") }

// ARPSPA matches the sender's protocol address.
func ARPSPA(a netip.Addr) OXM { return basic(FieldARPSPA, addr4(a), "") }

// ARPSPAMasked matches sender protocol addresses in a prefix.
func ARPSPAMasked(p netip.Prefix) OXM { return prefix4(FieldARPSPA, p) }

// ARPTPA matches the target's protocol address.
func ARPTPA(a netip.Addr) OXM { return basic(FieldARPTPA, addr4(a), "") }

// ARPTPAMasked matches target protocol addresses in a prefix.
func ARPTPAMasked(p netip.Prefix) OXM { return prefix4(FieldARPTPA, p) }

// ARPSHA matches the sender's hardware address.
func ARPSHA(a MAC) OXM { return basic(FieldARPSHA, string(a[:]), "") }

// ARPTHA matches the target's hardware address.
func ARPTHA(a MAC) OXM { return basic(FieldARPTHA, string(a[:]), "") }

// IPv6Src matches the source address.
func IPv6Src(a netip.Addr) OXM { return basic(FieldIPv6Src, addr6(a), "") }

// IPv6SrcMasked matches source addresses in a prefix.
func IPv6SrcMasked(p netip.Prefix) OXM { return prefix6(FieldIPv6Src, p) }

// IPv6Dst matches the destination address.
func IPv6Dst(a netip.Addr) OXM { return basic(FieldIPv6Dst, addr6(a), "") }

// IPv6DstMasked matches destination addresses in a prefix.
func IPv6DstMasked(p netip.Prefix) OXM { return prefix6(FieldIPv6Dst, p) }

// IPv6FLabel matches the flow label, 20 bits.
func IPv6FLabel(l uint32) OXM { return basic(FieldIPv6FLabel, be32(l), "") }

// ICMPv6Type matches the ICMPv6 type.
func ICMPv6Type(t uint8) OXM { return basic(FieldICMPv6Type, be8(t), "") }

// ICMPv6Code matches the ICMPv6 code.
func ICMPv6Code(c uint8) OXM { return basic(FieldICMPv6Code, be8(c), "") }

// IPv6NDTarget matches the target of a neighbour solicitation or advertisement.
func IPv6NDTarget(a netip.Addr) OXM { return basic(FieldIPv6NDTarget, addr6(a), "") }

// IPv6NDSLL matches the source link-layer address of a neighbour solicitation.
func IPv6NDSLL(a MAC) OXM { return basic(FieldIPv6NDSLL, string(a[:]), "") }

// IPv6NDTLL matches the target link-layer address of a neighbour advertisement.
func IPv6NDTLL(a MAC) OXM { return basic(FieldIPv6NDTLL, string(a[:]), "") }

// MPLSLabel matches the outermost label, 20 bits.
func MPLSLabel(l uint32) OXM { return basic(FieldMPLSLabel, be32(l), "") }

// MPLSTC matches the traffic class of the outermost label, 0 to 7.
func MPLSTC(tc uint8) OXM { return basic(FieldMPLSTC, be8(tc), "") }

// MPLSBOS matches the bottom-of-stack bit of the outermost label, 0 or 1.
func MPLSBOS(bos uint8) OXM { return basic(FieldMPLSBOS, be8(bos), "") }

// PBBISID matches the service id of the outermost PBB tag, 24 bits.
func PBBISID(id uint32) OXM { return basic(FieldPBBISID, be32(id)[1:], "") }

// TunnelID matches the metadata of a logical port, the VXLAN network id for instance.
func TunnelID(id uint64) OXM { return basic(FieldTunnelID, be64(id), "") }

// TunnelIDMasked matches the bits of the tunnel id that mask picks.
func TunnelIDMasked(id, mask uint64) OXM { return basic(FieldTunnelID, be64(id), be64(mask)) }

// IPv6ExtHdr matches which extension headers there are, 9 bits (enum ofp_ipv6exthdr_flags).
func IPv6ExtHdr(bits uint16) OXM { return basic(FieldIPv6ExtHdr, be16(bits), "") }

// IPv6ExtHdrMasked matches the extension header bits that mask picks.
func IPv6ExtHdrMasked(bits, mask uint16) OXM { return basic(FieldIPv6ExtHdr, be16(bits), be16(mask)) }
