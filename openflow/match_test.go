package openflow

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFieldTable(t *testing.T) {
	// Lengths in bytes and masks from OpenFlow 1.3.5 §7.2.3.7, written down apart from the table.
	lengths := []int{4, 4, 8, 6, 6, 2, 2, 1, 1, 1, 1, 4, 4, 2, 2, 2, 2, 2, 2, 1, 1, 2, 4, 4, 6, 6, 16, 16, 4, 1, 1, 16, 6, 6, 4, 1, 1, 3, 8, 2}
	maskable := map[Field]bool{2: true, 3: true, 4: true, 6: true, 11: true, 12: true, 22: true, 23: true, 24: true, 25: true, 26: true, 27: true, 28: true, 37: true, 38: true, 39: true}
	for i, f := range fields {
		assert.Equal(t, lengths[i], f.bytes(), f.name)
		assert.Equal(t, maskable[Field(i)], f.maskable, f.name)
		assert.NotEmpty(t, f.name)
		found, ok := fieldByName(f.oxm)
		assert.True(t, ok && found == Field(i), f.oxm)
		assert.Less(t, f.needs.field, Field(i)+1, "%s: a prerequisite comes first", f.name)
	}
	order := map[Field]int{}
	for _, f := range textOrder {
		order[f]++
	}
	assert.Len(t, order, len(fields), "every field has a place in the text, once")
	assert.Len(t, textOrder, len(fields))
}

func TestBuildersGiveTheirField(t *testing.T) {
	a4, a6 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1")
	p4, p6 := netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fe80::/10")
	all := []OXM{
		InPort(1), InPhyPort(1), Metadata(1), EthDst(mac1), EthSrc(mac1), EthType(1), VLANVID(1), VLANPCP(1), IPDSCP(1), IPECN(1), IPProto(1),
		IPv4Src(a4), IPv4Dst(a4), TCPSrc(1), TCPDst(1), UDPSrc(1), UDPDst(1), SCTPSrc(1), SCTPDst(1), ICMPv4Type(1), ICMPv4Code(1),
		ARPOp(1), ARPSPA(a4), ARPTPA(a4), ARPSHA(mac1), ARPTHA(mac1), IPv6Src(a6), IPv6Dst(a6), IPv6FLabel(1), ICMPv6Type(1), ICMPv6Code(1),
		IPv6NDTarget(a6), IPv6NDSLL(mac1), IPv6NDTLL(mac1), MPLSLabel(1), MPLSTC(1), MPLSBOS(1), PBBISID(1), TunnelID(1), IPv6ExtHdr(1),
	}
	require.Len(t, all, len(fields))
	for i, o := range all {
		assert.Equal(t, Field(i), o.Header.Field())
		assert.False(t, o.Header.HasMask())
		_, bad := o.check()
		assert.Empty(t, bad, "%s", o.Header.Field())
	}
	for _, o := range []OXM{
		MetadataMasked(1, 2), EthDstMasked(mac1, mac2), EthSrcMasked(mac1, mac2), AnyVLAN(), IPv4SrcMasked(p4), IPv4DstMasked(p4), ARPSPAMasked(p4),
		ARPTPAMasked(p4), IPv6SrcMasked(p6), IPv6DstMasked(p6), TunnelIDMasked(1, 2), IPv6ExtHdrMasked(1, 3),
	} {
		assert.True(t, o.Header.HasMask())
		_, bad := o.check()
		assert.Empty(t, bad, "%s", o.Header.Field())
	}
	for _, o := range []OXM{IPv4Src(a6), IPv6Src(a4), IPv4SrcMasked(p6), IPv6SrcMasked(p4), IPv4Dst(netip.Addr{}), IPv6DstMasked(netip.Prefix{})} {
		assert.Error(t, NewMatch(EthType(EtherTypeIPv4), o).Validate(), "%s", o.Header.Field())
	}
	assert.Equal(t, IPv4Src(a4), IPv4Src(netip.MustParseAddr("::ffff:10.0.0.1")))
}

func TestMatchWireForm(t *testing.T) {
	// OpenFlow 1.3.5 §7.2.3.1: type 1, length without padding, OXM_OF_IN_PORT = 0x80000004, padding to 8.
	assert.Equal(t, []byte{0, 1, 0, 12, 0x80, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 0}, appendMatch(nil, NewMatch(InPort(3))))
	assert.Equal(t, []byte{0, 1, 0, 4, 0, 0, 0, 0}, appendMatch(nil, ""))
}

func TestNewMatch(t *testing.T) {
	m := NewMatch(UDPDst(5), IPProto(17), InPort(1), EthType(0x0800), InPort(2))
	var order []Field
	for o := range m.Fields() {
		order = append(order, o.Header.Field())
	}
	assert.Equal(t, []Field{FieldInPort, FieldEthType, FieldIPProto, FieldUDPDst}, order)
	n, ok := m.InPort()
	assert.True(t, ok)
	assert.Equal(t, PortNo(2), n, "the last wins")
	assert.NoError(t, m.Validate())

	exp := func(id byte) OXM {
		return OXM{NewOXMHeader(ClassExperimenter, 0, false, 5), string([]byte{0, 0, 0, id, 9})}
	}
	assert.Len(t, NewMatch(exp(1), exp(2), exp(1)), 18, "fields of different experimenters are different fields")
}

func TestMatchReaders(t *testing.T) {
	m := senderMatch()
	src, ok := m.IPv4Src()
	assert.True(t, ok)
	assert.Equal(t, addr1, src)
	dst, ok := m.IPv4DstPrefix()
	assert.True(t, ok)
	assert.Equal(t, "239.1.1.1/32", dst.String())
	mac, ok := m.EthSrc()
	assert.True(t, ok)
	assert.Equal(t, mac1, mac)
	_, ok = m.EthDst()
	assert.False(t, ok)

	m = NewMatch(EthType(EtherTypeIPv4), IPv4DstMasked(netip.MustParsePrefix("224.0.0.0/4")))
	_, ok = m.IPv4Dst()
	assert.False(t, ok, "a masked address is no address")
	dst, ok = m.IPv4DstPrefix()
	assert.True(t, ok)
	assert.Equal(t, "224.0.0.0/4", dst.String())

	_, ok = Match("\x80\x00\x00\x04").InPort()
	assert.False(t, ok, "cut short")
	_, ok = Match("\x80\x00\x00\x02\x00\x01").InPort()
	assert.False(t, ok, "wrong length")
	odd, err := ParseMatch("ip,nw_src=1.2.0.4/255.255.0.255")
	require.NoError(t, err)
	_, ok = odd.IPv4SrcPrefix()
	assert.False(t, ok, "no network mask")
}

func TestValidate(t *testing.T) {
	raw := func(f Field, payload string) OXM {
		return OXM{NewOXMHeader(ClassBasic, f, false, len(payload)), payload}
	}
	concat := func(oxms ...OXM) Match {
		var b []byte
		for _, o := range oxms {
			b = appendOXM(b, o)
		}
		return Match(b)
	}
	ip := EthType(EtherTypeIPv4)
	for name, c := range map[string]struct {
		m    Match
		code ErrorCode
	}{
		"cut":                  {NewMatch(InPort(1))[:5], CodeBadMatchLen},
		"length":               {concat(raw(FieldInPort, "12")), CodeBadMatchLen},
		"no protocol":          {concat(ip, UDPDst(1)), CodeBadMatchPrereq},
		"other protocol":       {concat(ip, IPProto(6), UDPDst(1)), CodeBadMatchPrereq},
		"wrong order":          {concat(IPv4Dst(addrG), ip), CodeBadMatchPrereq},
		"no tag":               {concat(NoVLAN(), VLANPCP(1)), CodeBadMatchPrereq},
		"phy port alone":       {concat(InPhyPort(1)), CodeBadMatchPrereq},
		"twice":                {concat(InPort(1), InPort(1)), CodeBadMatchDupField},
		"mask":                 {concat(basic(FieldInPort, be32(1), be32(1))), CodeBadMatchMask},
		"wide":                 {concat(ip, IPDSCP(64)), CodeBadMatchValue},
		"outside the mask":     {concat(MetadataMasked(3, 1)), CodeBadMatchWildcards},
		"nd without icmp type": {concat(EthType(EtherTypeIPv6), IPProto(IPProtoICMPv6), ICMPv6Type(1), IPv6NDSLL(mac1)), CodeBadMatchPrereq},
	} {
		var e *MatchError
		require.True(t, errors.As(c.m.Validate(), &e), name)
		assert.Equal(t, c.code, e.Code, "%s: %v", name, e)
	}
	for name, m := range map[string]Match{
		"empty":   "",
		"sender":  senderMatch(),
		"vlan":    concat(AnyVLAN(), VLANPCP(1)),
		"nd":      concat(EthType(EtherTypeIPv6), IPProto(IPProtoICMPv6), ICMPv6Type(135), IPv6NDSLL(mac1)),
		"mpls":    concat(EthType(EtherTypeMPLSMC), MPLSLabel(1)),
		"unknown": concat(OXM{NewOXMHeader(1, 2, false, 1), "x"}),
	} {
		assert.NoError(t, m.Validate(), name)
	}
}

func TestCanonical(t *testing.T) {
	m := NewMatch(MetadataMasked(0xfff, 0xff), EthDstMasked(mac1, MAC{}), EthSrcMasked(mac1, MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		OXM{NewOXMHeader(ClassBasic, FieldVLANVID, true, 4), "\x10\x05\x1f\xff"})
	assert.Equal(t, NewMatch(MetadataMasked(0xff, 0xff), EthSrc(mac1), VLANVID(5)), m.Canonical())
	assert.Equal(t, Match("bad"), Match("bad").Canonical())
}

func TestCovers(t *testing.T) {
	parse := func(s string) Match {
		m, err := ParseMatch(s)
		require.NoError(t, err)
		return m
	}
	wide, narrow := parse("ip,nw_dst=239.0.0.0/8"), parse("udp,in_port=3,nw_dst=239.1.1.1")
	assert.True(t, Match("").Covers(wide))
	assert.True(t, wide.Covers(narrow))
	assert.True(t, wide.Covers(wide))
	assert.False(t, narrow.Covers(wide))
	assert.False(t, wide.Covers(parse("ip,nw_dst=224.0.0.0/4")))
	assert.False(t, wide.Covers(parse("ip,nw_dst=10.0.0.0/8")))
	assert.False(t, wide.Covers(""))
}

// drawOXM makes any field of the basic class, valid or not, but of the right length.
func drawOXM(t *rapid.T) OXM {
	f := Field(rapid.IntRange(0, len(fields)-1).Draw(t, "field"))
	n := fields[f].bytes()
	bytes := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x0f, 0xf0, 0xff}), n, n)
	mask := ""
	if rapid.Bool().Draw(t, "masked") {
		mask = string(bytes.Draw(t, "mask"))
	}
	return basic(f, string(bytes.Draw(t, "value")), mask)
}

func TestCanonicalProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oxms := rapid.SliceOfN(rapid.Custom(drawOXM), 0, 8).Draw(t, "oxms")
		m := NewMatch(oxms...)
		c := m.Canonical()
		if c.Canonical() != c {
			t.Fatalf("not idempotent: %x", c)
		}
		if !c.Covers(m.Canonical()) || !m.Canonical().Covers(c) {
			t.Fatalf("changed its meaning: %x, %x", m, c)
		}
		text := m.String()
		back, err := ParseMatch(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if back.String() != text {
			t.Fatalf("%q became %q", text, back.String())
		}
		if m.Validate() == nil && back != c {
			t.Fatalf("%q is %x, not %x", text, back, c)
		}
	})
}

// TestEveryReader reads each field back that its builder made.
func TestEveryReader(t *testing.T) {
	a4, a6 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1")
	m := NewMatch(InPhyPort(2), Metadata(3), TunnelID(4), VLANVID(5), VLANPCP(6), IPDSCP(7), IPProto(8), IPv6Src(a6), IPv6Dst(a6), ARPOp(9),
		ARPSPA(a4), ARPTPA(a4), TCPSrc(10), TCPDst(11), UDPSrc(12), UDPDst(13), ICMPv4Type(14), ICMPv6Type(15), EthDst(mac2))
	check := func(want, have any, ok bool) {
		t.Helper()
		assert.True(t, ok)
		assert.Equal(t, want, have)
	}
	phy, ok := m.InPhyPort()
	check(PortNo(2), phy, ok)
	metadata, ok := m.Metadata()
	check(uint64(3), metadata, ok)
	tunnel, ok := m.TunnelID()
	check(uint64(4), tunnel, ok)
	for want, read := range map[uint16]func() (uint16, bool){
		5 | VLANPresent: m.VLANVID, 9: m.ARPOp, 10: m.TCPSrc, 11: m.TCPDst, 12: m.UDPSrc, 13: m.UDPDst,
	} {
		v, ok := read()
		check(want, v, ok)
	}
	for want, read := range map[uint8]func() (uint8, bool){6: m.VLANPCP, 7: m.IPDSCP, 8: m.IPProto, 14: m.ICMPv4Type, 15: m.ICMPv6Type} {
		v, ok := read()
		check(want, v, ok)
	}
	for _, read := range []func() (netip.Addr, bool){m.IPv6Src, m.IPv6Dst} {
		v, ok := read()
		check(a6, v, ok)
	}
	for _, read := range []func() (netip.Addr, bool){m.ARPSPA, m.ARPTPA} {
		v, ok := read()
		check(a4, v, ok)
	}
	for _, read := range []func() (netip.Prefix, bool){m.IPv6SrcPrefix, m.IPv6DstPrefix} {
		v, ok := read()
		check(netip.PrefixFrom(a6, 128), v, ok)
	}
	dst, ok := m.EthDst()
	check(mac2, dst, ok)
}
