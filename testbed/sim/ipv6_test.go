package sim

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
)

// newListener6 is newListener for what h1 says by ICMPv6; ports are joined as by a cable.
func newListener6(t *testing.T) *listener {
	l := &listener{t: t, w: newWorld(t, testbed.Single(2), Options{})}
	install(t, l.w, "s1", nil, []string{"in_port=1 actions=output:2", "in_port=2 actions=output:1"})
	require.NoError(t, l.w.Tap("h2", func(f []byte) { l.heard = append(l.heard, readICMPv6(t, f)) }))
	return l
}

// readICMPv6 writes a frame in short: type, destination, and the records of an MLDv2 report; it must be right to the checksum.
func readICMPv6(t *testing.T, f []byte) string {
	t.Helper()
	p := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default)
	require.Nil(t, p.ErrorLayer())
	ip := p.Layer(layers.LayerTypeIPv6).(*layers.IPv6)
	icmp := p.Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6)
	require.Zero(t, checksumIPv6(netip.AddrFrom16([16]byte(ip.SrcIP)), netip.AddrFrom16([16]byte(ip.DstIP)), protoICMP6, append(icmp.Contents, icmp.Payload...)))
	text := fmt.Sprintf("%d %s", icmp.TypeCode.Type(), ip.DstIP)
	if kind := icmp.TypeCode.Type(); kind < 130 || kind > 132 && kind != 143 {
		return text
	}
	assert.EqualValues(t, 1, ip.HopLimit)
	assert.Equal(t, "fe80::200:ff:fe00:1", ip.SrcIP.String())
	hop := p.Layer(layers.LayerTypeIPv6HopByHop).(*layers.IPv6HopByHop)
	assert.EqualValues(t, 5, hop.Options[0].OptionType, "router alert")
	if report, ok := p.Layer(layers.LayerTypeMLDv2MulticastListenerReport).(*layers.MLDv2MulticastListenerReportMessage); ok {
		for _, r := range report.MulticastAddressRecords {
			text += fmt.Sprintf(" %d %s %v", r.RecordType, r.MulticastAddress, r.SourceAddresses)
		}
	}
	return text
}

func TestHostMLD(t *testing.T) {
	l := newListener6(t)
	do := func(err error) { require.NoError(t, err) }
	ssm := testbed.Join{Group: netip.MustParseAddr("ff3e::1"), Source: netip.MustParseAddr("fd00::9")}
	asm := testbed.Join{Group: netip.MustParseAddr("ff05::1")}
	do(l.w.Join("h1", ssm))
	assert.Equal(t, twice("143 ff02::16 5 ff3e::1 [fd00::9]"), l.after(2*second))
	do(l.w.Join("h1", asm))
	assert.Equal(t, twice("143 ff02::16 4 ff05::1 []"), l.after(2*second))
	do(l.w.Leave("h1", ssm))
	assert.Equal(t, twice("143 ff02::16 6 ff3e::1 [fd00::9]"), l.after(2*second))
	assert.Equal(t, []Member{{Host: "h1", Group: asm.Group, Exclude: true}}, l.w.Members())

	query := append([]byte{mldQuery, 0, 0, 0, 3, 232, 0, 0}, make([]byte, 16)...) // MLDv1, general, one second
	q := ipv6Header{dstMAC: groupMAC(allNodes), src: netip.MustParseAddr("fe80::9"), dst: allNodes, hopLimit: 1, routerAlert: true}
	ask := func(b []byte) { l.w.hostBy["h2"].sendICMPv6(q, append([]byte(nil), b...)) }
	ask(append(query, 2, 125, 0, 0))
	assert.Equal(t, []string{"143 ff02::16 2 ff05::1 []"}, l.after(2*second), "MLDv2 is answered with what there is")
	ask(query)
	assert.Equal(t, []string{"131 ff05::1"}, l.after(2*second), "as the querier speaks")
	do(l.w.Leave("h1", asm))
	assert.Equal(t, []string{"132 ff02::2"}, l.after(2*second))
	assert.Empty(t, l.w.Violations())

	q.routerAlert = false
	ask(query)
	l.after(second)
	assert.Len(t, l.w.Violations(), 1, "a query without router alert")
	assert.ErrorContains(t, l.w.Join("h1", testbed.Join{Group: asm.Group, Version: 3}), "1 to 2")
	assert.ErrorContains(t, l.w.Join("h1", testbed.Join{Group: asm.Group, Source: netip.MustParseAddr("10.0.0.1")}), "IP version")
}

func TestHostIPv6(t *testing.T) {
	l := newListener6(t)
	topo := l.w.Topology()
	answered := -1
	require.NoError(t, l.w.Ping("h1", topo.Hosts[1].Addr6, 2, func(n int) { answered = n }))
	heard := l.after(3 * second)
	assert.Equal(t, 2, answered)
	assert.Equal(t, []string{"135 ff02::1:ff00:2", "128 fd00::2", "128 fd00::2"}, heard)

	group := netip.MustParseAddr("ff3e::1")
	require.NoError(t, l.w.Tap("h2", nil))
	require.NoError(t, l.w.Join("h2", testbed.Join{Group: group, Port: 5004}))
	require.NoError(t, l.w.Send("h1", testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 100, Size: 101}))
	l.w.Run(second)
	rs := l.w.Receptions()
	require.Len(t, rs, 1)
	assert.Equal(t, topo.Hosts[0].Addr6, rs[0].Source)
	assert.Equal(t, rs[0].Received, rs[0].Delivered)
	assert.GreaterOrEqual(t, rs[0].Received, uint64(99))
	assert.Empty(t, l.w.Violations(), "checksums of odd length too")

	advertisement := []byte{routerSays, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	l.w.hostBy["h1"].sendICMPv6(ipv6Header{dstMAC: groupMAC(allNodes), src: l.w.hostBy["h1"].local, dst: allNodes, hopLimit: 255}, advertisement)
	l.w.Run(second)
	assert.Len(t, l.w.Violations(), 1, "a host that hears a router where there is none")
}
