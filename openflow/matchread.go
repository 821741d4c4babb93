package openflow

import (
	"math/bits"
	"net/netip"
)

// The readers below give the value of one field. ok is false when the match does not have it, has it under a mask, or has it with a
// length that is not the field's.

// exact finds a field that has no mask and the right length.
func (m Match) exact(f Field) (string, bool) {
	o, ok := m.Get(f)
	if !ok || o.Header.HasMask() || len(o.Payload) != fields[f].bytes() {
		return "", false
	}
	return o.Payload, true
}

func (m Match) number(f Field) (uint64, bool) {
	s, ok := m.exact(f)
	return beUint(s), ok
}

func (m Match) mac(f Field) (MAC, bool) {
	s, ok := m.exact(f)
	if !ok {
		return MAC{}, false
	}
	return MAC([]byte(s)), true
}

func (m Match) addr(f Field) (netip.Addr, bool) {
	s, ok := m.exact(f)
	if !ok {
		return netip.Addr{}, false
	}
	return toAddr(s), true
}

// toAddr reads 4 or 16 bytes; anything else is the zero Addr.
func toAddr(s string) netip.Addr {
	switch len(s) {
	case 4:
		return netip.AddrFrom4([4]byte([]byte(s)))
	case 16:
		return netip.AddrFrom16([16]byte([]byte(s)))
	default:
		return netip.Addr{}
	}
}

// prefix reads an address whose mask is a network mask, or that has none.
func (m Match) prefix(f Field) (netip.Prefix, bool) {
	o, ok := m.Get(f)
	if _, bad := o.check(); !ok || bad != "" {
		return netip.Prefix{}, false
	}
	n, ok := o.prefixLen()
	if !ok {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(toAddr(o.Value()), n).Masked(), true
}

// prefixLen is how many leading ones the mask has; ok is false when others follow. No mask counts as all ones.
func (o OXM) prefixLen() (n int, ok bool) {
	mask := o.Mask()
	if mask == "" {
		return 8 * len(o.Payload), true
	}
	for i := range len(mask) {
		ones := bits.LeadingZeros8(^mask[i])
		n += ones
		if ones < 8 {
			return n, mask[i]<<ones == 0 && beZero(mask[i+1:])
		}
	}
	return n, true
}

// beZero tells whether all bytes are zero.
func beZero(s string) bool {
	for i := range len(s) {
		if s[i] != 0 {
			return false
		}
	}
	return true
}

// InPort is the port by which the packet came in.
func (m Match) InPort() (PortNo, bool) {
	v, ok := m.number(FieldInPort)
	return PortNo(v), ok
}

// InPhyPort is the physical port below the logical one.
func (m Match) InPhyPort() (PortNo, bool) {
	v, ok := m.number(FieldInPhyPort)
	return PortNo(v), ok
}

// Metadata is the metadata between tables.
func (m Match) Metadata() (uint64, bool) { return m.number(FieldMetadata) }

// TunnelID is the metadata of the logical port.
func (m Match) TunnelID() (uint64, bool) { return m.number(FieldTunnelID) }

// EthDst is the destination address.
func (m Match) EthDst() (MAC, bool) { return m.mac(FieldEthDst) }

// EthSrc is the source address.
func (m Match) EthSrc() (MAC, bool) { return m.mac(FieldEthSrc) }

// EthType is the EtherType behind VLAN tags.
func (m Match) EthType() (uint16, bool) {
	v, ok := m.number(FieldEthType)
	return uint16(v), ok
}

// VLANVID is the VLAN id with the bit VLANPresent, or VLANNone.
func (m Match) VLANVID() (uint16, bool) {
	v, ok := m.number(FieldVLANVID)
	return uint16(v), ok
}

// VLANPCP is the priority in the VLAN tag.
func (m Match) VLANPCP() (uint8, bool) {
	v, ok := m.number(FieldVLANPCP)
	return uint8(v), ok
}

// IPDSCP is the differentiated services code point.
func (m Match) IPDSCP() (uint8, bool) {
	v, ok := m.number(FieldIPDSCP)
	return uint8(v), ok
}

// IPProto is the IP protocol number.
func (m Match) IPProto() (uint8, bool) {
	v, ok := m.number(FieldIPProto)
	return uint8(v), ok
}

// IPv4Src is the source address.
func (m Match) IPv4Src() (netip.Addr, bool) { return m.addr(FieldIPv4Src) }

// IPv4Dst is the destination address.
func (m Match) IPv4Dst() (netip.Addr, bool) { return m.addr(FieldIPv4Dst) }

// IPv4SrcPrefix is the source prefix; a lone address is a prefix of 32 bits.
func (m Match) IPv4SrcPrefix() (netip.Prefix, bool) { return m.prefix(FieldIPv4Src) }

// IPv4DstPrefix is the destination prefix; a lone address is a prefix of 32 bits.
func (m Match) IPv4DstPrefix() (netip.Prefix, bool) { return m.prefix(FieldIPv4Dst) }

// IPv6Src is the source address.
func (m Match) IPv6Src() (netip.Addr, bool) { return m.addr(FieldIPv6Src) }

// IPv6Dst is the destination address.
func (m Match) IPv6Dst() (netip.Addr, bool) { return m.addr(FieldIPv6Dst) }

// IPv6SrcPrefix is the source prefix; a lone address is a prefix of 128 bits.
func (m Match) IPv6SrcPrefix() (netip.Prefix, bool) { return m.prefix(FieldIPv6Src) }

// IPv6DstPrefix is the destination prefix; a lone address is a prefix of 128 bits.
func (m Match) IPv6DstPrefix() (netip.Prefix, bool) { return m.prefix(FieldIPv6Dst) }

// ARPOp is the ARP operation.
func (m Match) ARPOp() (uint16, bool) {
	v, ok := m.number(FieldARPOp)
	return uint16(v), ok
}

// ARPSPA is the sender's protocol address.
func (m Match) ARPSPA() (netip.Addr, bool) { return m.addr(FieldARPSPA) }

// ARPTPA is the target's protocol address.
func (m Match) ARPTPA() (netip.Addr, bool) { return m.addr(FieldARPTPA) }

// TCPSrc is the source port.
func (m Match) TCPSrc() (uint16, bool) {
	v, ok := m.number(FieldTCPSrc)
	return uint16(v), ok
}

// TCPDst is the destination port.
func (m Match) TCPDst() (uint16, bool) {
	v, ok := m.number(FieldTCPDst)
	return uint16(v), ok
}

// UDPSrc is the source port.
func (m Match) UDPSrc() (uint16, bool) {
	v, ok := m.number(FieldUDPSrc)
	return uint16(v), ok
}

// UDPDst is the destination port.
func (m Match) UDPDst() (uint16, bool) {
	v, ok := m.number(FieldUDPDst)
	return uint16(v), ok
}

// ICMPv4Type is the ICMP type.
func (m Match) ICMPv4Type() (uint8, bool) {
	v, ok := m.number(FieldICMPv4Type)
	return uint8(v), ok
}

// ICMPv6Type is the ICMPv6 type.
func (m Match) ICMPv6Type() (uint8, bool) {
	v, ok := m.number(FieldICMPv6Type)
	return uint8(v), ok
}
