package openflow

// Field is the number of a match field within its OXM class. The constants are those of the basic class
// (OpenFlow 1.3.5 §7.2.3.7, enum oxm_ofb_match_fields).
type Field uint8

// Fields of the basic class.
const (
	FieldInPort       Field = 0
	FieldInPhyPort    Field = 1
	FieldMetadata     Field = 2
	FieldEthDst       Field = 3
	FieldEthSrc       Field = 4
	FieldEthType      Field = 5
	FieldVLANVID      Field = 6
	FieldVLANPCP      Field = 7
	FieldIPDSCP       Field = 8
	FieldIPECN        Field = 9
	FieldIPProto      Field = 10
	FieldIPv4Src      Field = 11
	FieldIPv4Dst      Field = 12
	FieldTCPSrc       Field = 13
	FieldTCPDst       Field = 14
	FieldUDPSrc       Field = 15
	FieldUDPDst       Field = 16
	FieldSCTPSrc      Field = 17
	FieldSCTPDst      Field = 18
	FieldICMPv4Type   Field = 19
	FieldICMPv4Code   Field = 20
	FieldARPOp        Field = 21
	FieldARPSPA       Field = 22
	FieldARPTPA       Field = 23
	FieldARPSHA       Field = 24
	FieldARPTHA       Field = 25
	FieldIPv6Src      Field = 26
	FieldIPv6Dst      Field = 27
	FieldIPv6FLabel   Field = 28
	FieldICMPv6Type   Field = 29
	FieldICMPv6Code   Field = 30
	FieldIPv6NDTarget Field = 31
	FieldIPv6NDSLL    Field = 32
	FieldIPv6NDTLL    Field = 33
	FieldMPLSLabel    Field = 34
	FieldMPLSTC       Field = 35
	FieldMPLSBOS      Field = 36
	FieldPBBISID      Field = 37
	FieldTunnelID     Field = 38
	FieldIPv6ExtHdr   Field = 39
)

// VLAN ids as they stand in FieldVLANVID (OpenFlow 1.3.5 §7.2.3.7, enum ofp_vlan_id).
const (
	VLANPresent uint16 = 0x1000 // set when the packet has a tag
	VLANNone    uint16 = 0x0000 // the packet has no tag
)

// EtherTypes and IP protocol numbers that the prerequisites of fields name.
const (
	EtherTypeIPv4    uint16 = 0x0800
	EtherTypeARP     uint16 = 0x0806
	EtherTypeRARP    uint16 = 0x8035
	EtherTypeVLAN    uint16 = 0x8100
	EtherTypeIPv6    uint16 = 0x86dd
	EtherTypeMPLS    uint16 = 0x8847
	EtherTypeMPLSMC  uint16 = 0x8848
	EtherTypePBB     uint16 = 0x88e7
	EtherTypeLLDP    uint16 = 0x88cc
	IPProtoICMP      uint8  = 1
	IPProtoIGMP      uint8  = 2
	IPProtoTCP       uint8  = 6
	IPProtoUDP       uint8  = 17
	IPProtoICMPv6    uint8  = 58
	IPProtoSCTP      uint8  = 132
	icmpv6NDSolicit  uint8  = 135
	icmpv6NDNeighbor uint8  = 136
)

// String is the field's name in lower case, as in "eth_dst"; "field_99" for one that is not known.
func (f Field) String() string {
	if int(f) < len(fields) {
		return fields[f].name
	}
	return "field_" + utoa(uint64(f))
}

// notation is how a value is written as text.
type notation uint8

const (
	asDec  notation = iota
	asHex           // 0x and as many digits as needed
	asHex4          // 0x and four digits
	asHex5          // 0x and five digits
	asMAC
	asIPv4
	asIPv6
	asPort // a number or the name of a reserved port
)

// fieldInfo is one line of the table of fields.
type fieldInfo struct {
	name     string // the standard's name in lower case; also what ovs-ofctl writes in set_field where ovsSet is ""
	oxm      string // the standard's OXM name
	ovs      string // what ovs-ofctl writes in a match
	ovsSet   string // what ovs-ofctl writes in set_field, when that differs from name
	bits     uint8
	maskable bool
	needs    prereq
	text     notation
}

// bytes is the length of the value on the wire, in bytes. The 20-bit labels travel in four.
func (f *fieldInfo) bytes() int {
	if f.bits == 20 {
		return 4
	}
	return (int(f.bits) + 7) / 8
}

// prereq says which other field must be in a match, and with which value, before a field may be (OpenFlow 1.3.5 §7.2.3.6).
// The zero value is "none".
type prereq struct {
	field Field
	kind  prereqKind
	a, b  uint16 // the values allowed
}

type prereqKind uint8

const (
	needNothing prereqKind = iota
	needPresent            // the field, whatever its value
	needNonzero            // the field with a value that is not zero
	needOneOf              // the field with value a or b, unmasked
)

// met tells whether m holds what is needed.
func (p prereq) met(m Match) bool {
	if p.kind == needNothing {
		return true
	}
	o, ok := m.Get(p.field)
	if !ok {
		return false
	}
	v := o.Uint64()
	switch p.kind {
	case needPresent:
		return true
	case needNonzero:
		return v != 0
	default:
		return !o.Header.HasMask() && (v == uint64(p.a) || v == uint64(p.b))
	}
}

// is needs the field to have exactly this value.
func is[T uint8 | uint16](f Field, v T) prereq {
	return prereq{field: f, kind: needOneOf, a: uint16(v), b: uint16(v)}
}

// either needs the field to have one of two values.
func either[T uint8 | uint16](f Field, v, w T) prereq {
	return prereq{field: f, kind: needOneOf, a: uint16(v), b: uint16(w)}
}

// Prerequisites that several fields share.
var (
	none    = prereq{}
	anyIP   = either(FieldEthType, EtherTypeIPv4, EtherTypeIPv6)
	isIPv4  = is(FieldEthType, EtherTypeIPv4)
	isIPv6  = is(FieldEthType, EtherTypeIPv6)
	isARP   = is(FieldEthType, EtherTypeARP)
	isMPLS  = either(FieldEthType, EtherTypeMPLS, EtherTypeMPLSMC)
	isTCP   = is(FieldIPProto, IPProtoTCP)
	isUDP   = is(FieldIPProto, IPProtoUDP)
	isSCTP  = is(FieldIPProto, IPProtoSCTP)
	isICMP  = is(FieldIPProto, IPProtoICMP)
	isICMP6 = is(FieldIPProto, IPProtoICMPv6)
)

// fields is the one table of match fields: lengths, masks, prerequisites and text all come from it
// (OpenFlow 1.3.5 §7.2.3.7, table 12). It is indexed by field number and never written.
var fields = [40]fieldInfo{
	FieldInPort:       {"in_port", "OXM_OF_IN_PORT", "in_port", "", 32, false, none, asPort},
	FieldInPhyPort:    {"in_phy_port", "OXM_OF_IN_PHY_PORT", "in_phy_port", "", 32, false, prereq{field: FieldInPort, kind: needPresent}, asPort},
	FieldMetadata:     {"metadata", "OXM_OF_METADATA", "metadata", "", 64, true, none, asHex},
	FieldEthDst:       {"eth_dst", "OXM_OF_ETH_DST", "dl_dst", "", 48, true, none, asMAC},
	FieldEthSrc:       {"eth_src", "OXM_OF_ETH_SRC", "dl_src", "", 48, true, none, asMAC},
	FieldEthType:      {"eth_type", "OXM_OF_ETH_TYPE", "dl_type", "", 16, false, none, asHex4},
	FieldVLANVID:      {"vlan_vid", "OXM_OF_VLAN_VID", "vlan_vid", "", 13, true, none, asDec},
	FieldVLANPCP:      {"vlan_pcp", "OXM_OF_VLAN_PCP", "dl_vlan_pcp", "", 3, false, prereq{field: FieldVLANVID, kind: needNonzero}, asDec},
	FieldIPDSCP:       {"ip_dscp", "OXM_OF_IP_DSCP", "ip_dscp", "", 6, false, anyIP, asDec},
	FieldIPECN:        {"ip_ecn", "OXM_OF_IP_ECN", "nw_ecn", "nw_ecn", 2, false, anyIP, asDec},
	FieldIPProto:      {"ip_proto", "OXM_OF_IP_PROTO", "nw_proto", "nw_proto", 8, false, anyIP, asDec},
	FieldIPv4Src:      {"ipv4_src", "OXM_OF_IPV4_SRC", "nw_src", "ip_src", 32, true, isIPv4, asIPv4},
	FieldIPv4Dst:      {"ipv4_dst", "OXM_OF_IPV4_DST", "nw_dst", "ip_dst", 32, true, isIPv4, asIPv4},
	FieldTCPSrc:       {"tcp_src", "OXM_OF_TCP_SRC", "tp_src", "", 16, false, isTCP, asDec},
	FieldTCPDst:       {"tcp_dst", "OXM_OF_TCP_DST", "tp_dst", "", 16, false, isTCP, asDec},
	FieldUDPSrc:       {"udp_src", "OXM_OF_UDP_SRC", "tp_src", "", 16, false, isUDP, asDec},
	FieldUDPDst:       {"udp_dst", "OXM_OF_UDP_DST", "tp_dst", "", 16, false, isUDP, asDec},
	FieldSCTPSrc:      {"sctp_src", "OXM_OF_SCTP_SRC", "tp_src", "", 16, false, isSCTP, asDec},
	FieldSCTPDst:      {"sctp_dst", "OXM_OF_SCTP_DST", "tp_dst", "", 16, false, isSCTP, asDec},
	FieldICMPv4Type:   {"icmpv4_type", "OXM_OF_ICMPV4_TYPE", "icmp_type", "icmp_type", 8, false, isICMP, asDec},
	FieldICMPv4Code:   {"icmpv4_code", "OXM_OF_ICMPV4_CODE", "icmp_code", "icmp_code", 8, false, isICMP, asDec},
	FieldARPOp:        {"arp_op", "OXM_OF_ARP_OP", "arp_op", "", 16, false, isARP, asDec},
	FieldARPSPA:       {"arp_spa", "OXM_OF_ARP_SPA", "arp_spa", "", 32, true, isARP, asIPv4},
	FieldARPTPA:       {"arp_tpa", "OXM_OF_ARP_TPA", "arp_tpa", "", 32, true, isARP, asIPv4},
	FieldARPSHA:       {"arp_sha", "OXM_OF_ARP_SHA", "arp_sha", "", 48, true, isARP, asMAC},
	FieldARPTHA:       {"arp_tha", "OXM_OF_ARP_THA", "arp_tha", "", 48, true, isARP, asMAC},
	FieldIPv6Src:      {"ipv6_src", "OXM_OF_IPV6_SRC", "ipv6_src", "", 128, true, isIPv6, asIPv6},
	FieldIPv6Dst:      {"ipv6_dst", "OXM_OF_IPV6_DST", "ipv6_dst", "", 128, true, isIPv6, asIPv6},
	FieldIPv6FLabel:   {"ipv6_flabel", "OXM_OF_IPV6_FLABEL", "ipv6_label", "ipv6_label", 20, true, isIPv6, asHex5},
	FieldICMPv6Type:   {"icmpv6_type", "OXM_OF_ICMPV6_TYPE", "icmp_type", "", 8, false, isICMP6, asDec},
	FieldICMPv6Code:   {"icmpv6_code", "OXM_OF_ICMPV6_CODE", "icmp_code", "", 8, false, isICMP6, asDec},
	FieldIPv6NDTarget: {"ipv6_nd_target", "OXM_OF_IPV6_ND_TARGET", "nd_target", "nd_target", 128, false, either(FieldICMPv6Type, icmpv6NDSolicit, icmpv6NDNeighbor), asIPv6},
	FieldIPv6NDSLL:    {"ipv6_nd_sll", "OXM_OF_IPV6_ND_SLL", "nd_sll", "nd_sll", 48, false, is(FieldICMPv6Type, icmpv6NDSolicit), asMAC},
	FieldIPv6NDTLL:    {"ipv6_nd_tll", "OXM_OF_IPV6_ND_TLL", "nd_tll", "nd_tll", 48, false, is(FieldICMPv6Type, icmpv6NDNeighbor), asMAC},
	FieldMPLSLabel:    {"mpls_label", "OXM_OF_MPLS_LABEL", "mpls_label", "", 20, false, isMPLS, asDec},
	FieldMPLSTC:       {"mpls_tc", "OXM_OF_MPLS_TC", "mpls_tc", "", 3, false, isMPLS, asDec},
	FieldMPLSBOS:      {"mpls_bos", "OXM_OF_MPLS_BOS", "mpls_bos", "", 1, false, isMPLS, asDec},
	FieldPBBISID:      {"pbb_isid", "OXM_OF_PBB_ISID", "pbb_isid", "", 24, true, is(FieldEthType, EtherTypePBB), asHex},
	FieldTunnelID:     {"tunnel_id", "OXM_OF_TUNNEL_ID", "tun_id", "tun_id", 64, true, none, asHex},
	FieldIPv6ExtHdr:   {"ipv6_exthdr", "OXM_OF_IPV6_EXTHDR", "ipv6_exthdr", "", 9, true, isIPv6, asHex},
}
