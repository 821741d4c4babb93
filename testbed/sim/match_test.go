package sim

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/openflow"
)

// oxmBytes writes a TLV that no builder would.
func oxmBytes(class uint16, field byte, hasMask bool, payload ...byte) openflow.Match {
	b := binary.BigEndian.AppendUint16(nil, class)
	mask := byte(0)
	if hasMask {
		mask = 1
	}
	b = append(b, field<<1|mask, byte(len(payload)))
	return openflow.Match(append(b, payload...))
}

func TestCompileMatchRefuses(t *testing.T) {
	ip := oxmBytes(0x8000, 5, false, 8, 0)
	udpProto := oxmBytes(0x8000, 10, false, 17)
	for name, c := range map[string]struct {
		match openflow.Match
		code  openflow.ErrorCode
	}{
		"truncated":                 {ip[:5], openflow.CodeBadMatchLen},
		"wrong length":              {oxmBytes(0x8000, 5, false, 8), openflow.CodeBadMatchLen},
		"other class":               {oxmBytes(1, 5, false, 8, 0), openflow.CodeBadMatchField},
		"unknown field":             {oxmBytes(0x8000, 60, false, 0), openflow.CodeBadMatchField},
		"field twice":               {ip + ip, openflow.CodeBadMatchDupField},
		"ip_dst without eth_type":   {oxmBytes(0x8000, 12, false, 1, 2, 3, 4), openflow.CodeBadMatchPrereq},
		"eth_type behind ip_dst":    {oxmBytes(0x8000, 12, false, 1, 2, 3, 4) + ip, openflow.CodeBadMatchPrereq},
		"udp_dst without ip_proto":  {ip + oxmBytes(0x8000, 16, false, 0, 1), openflow.CodeBadMatchPrereq},
		"tcp_dst with UDP":          {ip + udpProto + oxmBytes(0x8000, 14, false, 0, 1), openflow.CodeBadMatchPrereq},
		"vlan_pcp without vlan_vid": {oxmBytes(0x8000, 7, false, 1), openflow.CodeBadMatchPrereq},
		"vlan_pcp with no tag":      {oxmBytes(0x8000, 6, false, 0, 0) + oxmBytes(0x8000, 7, false, 1), openflow.CodeBadMatchPrereq},
		"arp_op without ARP":        {oxmBytes(0x8000, 21, false, 0, 1), openflow.CodeBadMatchPrereq},
		"dscp too big":              {ip + oxmBytes(0x8000, 8, false, 64), openflow.CodeBadMatchValue},
		"in_port masked":            {oxmBytes(0x8000, 0, true, 0, 0, 0, 1, 0, 0, 0, 1), openflow.CodeBadMatchMask},
		"value outside the mask":    {ip + oxmBytes(0x8000, 12, true, 224, 0, 0, 1, 255, 0, 0, 0), openflow.CodeBadMatchWildcards},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1)
			m := flow(t, "actions=drop")
			m.Match = c.match
			b.refuses(m, openflow.ErrBadMatch, c.code)
		})
	}
}

func TestMatchDecodesFrames(t *testing.T) {
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, TOS: 0xb8 | 1, Protocol: layers.IPProtocolTCP, SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}}
	tcp := &layers.TCP{SrcPort: 1, DstPort: 80}
	require.NoError(t, tcp.SetNetworkLayerForChecksum(ip))
	eth := func(typ layers.EthernetType) *layers.Ethernet {
		return &layers.Ethernet{SrcMAC: mac(1), DstMAC: mac(2), EthernetType: typ}
	}
	ip6 := &layers.IPv6{Version: 6, HopLimit: 255, TrafficClass: 0xb8, FlowLabel: 5, NextHeader: layers.IPProtocolICMPv6,
		SrcIP: netip.MustParseAddr("fe80::1").AsSlice(), DstIP: netip.MustParseAddr("ff02::1").AsSlice()}
	ns := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeNeighborSolicitation, 0)}
	require.NoError(t, ns.SetNetworkLayerForChecksum(ip6))
	nsBody := &layers.ICMPv6NeighborSolicitation{TargetAddress: netip.MustParseAddr("fe80::2").AsSlice(),
		Options: layers.ICMPv6Options{{Type: layers.ICMPv6OptSourceAddress, Data: mac(1)}}}
	tagged := serialize(t, eth(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 7, Priority: 3, Type: layers.EthernetTypeIPv4}, ip, tcp)
	neighbour := serialize(t, eth(layers.EthernetTypeIPv6), ip6, ns, nsBody)
	arp := arpFrame([6]byte{0, 0, 0, 0, 0, 2}, [6]byte{0, 0, 0, 0, 0, 1}, 1, netip.MustParseAddr("10.0.0.1"), [6]byte{}, netip.MustParseAddr("10.0.0.2"))
	for _, c := range []struct {
		match string
		frame []byte
		want  bool
	}{
		{"in_port=1", tagged, true},
		{"in_port=2", tagged, false},
		{"dl_vlan=7", tagged, true},
		{"dl_vlan=8", tagged, false},
		{"dl_vlan=7,dl_vlan_pcp=3", tagged, true},
		{"ip,nw_dst=10.0.0.0/24", tagged, true},
		{"ip,nw_dst=10.0.1.0/24", tagged, false},
		{"tcp,tp_dst=80", tagged, true},
		{"tcp,tp_dst=81", tagged, false},
		{"udp", tagged, false},
		{"ip,ip_dscp=46", tagged, true},
		{"dl_dst=00:00:00:00:00:02", tagged, true},
		{"arp,arp_tpa=10.0.0.2,arp_op=1", arp, true},
		{"arp,arp_spa=10.0.0.2", arp, false},
		{"arp,arp_sha=00:00:00:00:00:01", arp, true},
		{"ip", arp, false},
		{"icmp6,icmp_type=135", neighbour, true},
		{"icmp6,icmp_type=136", neighbour, false},
		{"icmp6,icmp_type=135,icmp_code=0,nd_target=fe80::2", neighbour, true},
		{"icmp6,icmp_type=135,icmp_code=0,nd_target=fe80::3", neighbour, false},
		{"icmp6,icmp_type=135,icmp_code=0,nd_sll=00:00:00:00:00:01", neighbour, true},
		{"ipv6,ipv6_dst=ff02::/16", neighbour, true},
		{"ipv6,ipv6_label=5", neighbour, true},
	} {
		b := newBench(t, 3)
		b.flow(c.match + " actions=output:3")
		assert.Equal(t, c.want, len(b.ports(1, c.frame)) == 1, c.match)
	}
}

func TestMulticastMAC(t *testing.T) {
	b := newBench(t, 2)
	b.flow("dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=output:2")
	assert.Len(t, b.ports(1, udp(t, "10.0.0.1", "239.1.1.1", 1, 4)), 1)
	assert.Empty(t, b.ports(1, udp(t, "10.0.0.1", "10.0.0.2", 1, 4)))
}

func TestMatchIsNormalised(t *testing.T) {
	ip := oxmBytes(0x8000, 5, false, 8, 0)
	long := oxmBytes(0x8000, 3, true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) + ip + oxmBytes(0x8000, 12, true, 1, 2, 3, 4, 255, 255, 255, 255)
	r, refused := compileMatch(long)
	require.Nil(t, refused)
	assert.Equal(t, ip+oxmBytes(0x8000, 12, false, 1, 2, 3, 4), r.match())
}

// Every truncated prefix of a frame is decoded without a panic.
func TestDecodeTruncated(t *testing.T) {
	frames := [][]byte{udp(t, "10.0.0.1", "239.1.1.1", 1, 4), arpFrame(broadcast, [6]byte{}, 1, netip.IPv4Unspecified(), [6]byte{}, allSystems)}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(frames).Draw(t, "frame")
		f = append([]byte(nil), f[:rapid.IntRange(0, len(f)).Draw(t, "length")]...)
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			if len(f) > 0 {
				f[rapid.IntRange(0, len(f)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		}
		p := newPacket(1, f)
		for n := range fieldTable {
			if field, ok := lookupField(n); ok && field.writable {
				p.setField(n, string(make([]byte, field.size)))
			}
		}
		p.decTTL()
		p.pushVLAN(etherVLAN)
		p.popVLAN()
		if len(f) >= ethHeaderLen {
			_, _ = parseIPv4(f)
		}
	})
}

// Tuple space search finds what a walk through all entries finds.
func TestLookupAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table flowTable
		var all []*entry
		for i := range rapid.IntRange(0, 30).Draw(t, "entries") {
			var r rule
			for _, off := range []int{offInPort + 3, offProto, offEthDst} {
				m := rapid.SampledFrom([]byte{0, 0xff, 0xf0}).Draw(t, "mask")
				r.mask[off], r.value[off] = m, rapid.Byte().Draw(t, "value")&m&0x33
			}
			e := &entry{rule: r, value: r.value.words(), mask: r.mask.words(), priority: uint16(rapid.IntRange(0, 5).Draw(t, "priority")), seq: uint64(i)}
			if table.find(&r, e.priority) == nil {
				table.insert(e)
				all = append(all, e)
			}
		}
		for len(all) > 0 && rapid.Bool().Draw(t, "remove") {
			i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
			table.remove(all[i])
			all = append(all[:i], all[i+1:]...)
		}
		require.Len(t, table.sorted(func(*entry) bool { return true }), len(all))
		for range 20 {
			var k flowKey
			for _, off := range []int{offInPort + 3, offProto, offEthDst} {
				k[off] = rapid.Byte().Draw(t, "packet") & 0x33
			}
			best, found := -1, table.lookup(k.words())
			for _, e := range all {
				packet := rule{value: k}
				setOnes(packet.mask[:], 8*keyLen)
				if e.rule.covers(&packet) {
					best = max(best, int(e.priority))
				}
			}
			if found == nil {
				require.Equal(t, -1, best)
			} else {
				require.Equal(t, best, int(found.priority))
			}
		}
	})
}
