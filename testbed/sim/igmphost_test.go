package sim

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
)

// igmpQueryFrame builds a v3 query, or a v2 query for code 0 sources nil and version by the length.
func igmpQueryFrame(group byte, to netip.Addr, code byte, sources ...netip.Addr) []byte {
	g := netip.IPv4Unspecified().As4()
	if group != 0 {
		g = [4]byte{239, 1, 1, group}
	}
	b := []byte{igmpQuery, code, 0, 0, g[0], g[1], g[2], g[3], 2, 125, 0, byte(len(sources))}
	for _, s := range sources {
		a := s.As4()
		b = append(b, a[:]...)
	}
	return igmpFrame(to, sumIGMP(b))
}

func igmpFrame(to netip.Addr, b []byte) []byte {
	return ipv4Frame(ipv4Header{dstMAC: groupMAC(to), srcMAC: [6]byte{2, 0, 0, 0, 0, 9}, src: netip.MustParseAddr("10.0.0.254"), dst: to,
		proto: protoIGMP, ttl: 1, tos: ipTOSControl, routerAlert: true}, b)
}

// listener is a world of one switch where h2's port hears all that h1 sends, read with gopacket.
type listener struct {
	t     *testing.T
	w     *World
	heard []string
}

func newListener(t *testing.T) *listener {
	l := &listener{t: t, w: newWorld(t, testbed.Single(2), Options{})}
	install(t, l.w, "s1", nil, []string{"in_port=1 actions=output:2", "in_port=2 actions=output:1"})
	require.NoError(t, l.w.Tap("h2", func(f []byte) { l.heard = append(l.heard, readIGMP(t, f)) }))
	return l
}

// readIGMP writes an IGMP frame in short; it must be one.
func readIGMP(t *testing.T, f []byte) string {
	t.Helper()
	p := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default)
	require.Nil(t, p.ErrorLayer())
	ip := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	require.Equal(t, uint8(1), ip.TTL)
	require.Equal(t, uint8(0xc0), ip.TOS)
	require.Equal(t, uint8(6), ip.IHL)
	require.Equal(t, uint8(148), ip.Options[0].OptionType, "router alert")
	require.Zero(t, onesComplement(f[14:38]), "IPv4 checksum")
	require.Zero(t, onesComplement(ip.Payload), "IGMP checksum")
	switch m := p.Layer(layers.LayerTypeIGMP).(type) {
	case *layers.IGMPv1or2:
		return fmt.Sprintf("%s %s>%s", m.Type, ip.DstIP, m.GroupAddress)
	case *layers.IGMP:
		require.Equal(t, layers.IGMPMembershipReportV3, m.Type)
		require.Equal(t, "224.0.0.22", ip.DstIP.String())
		var out []string
		for _, r := range m.GroupRecords {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Type, r.MulticastAddress, strings.Trim(fmt.Sprint(r.SourceAddresses), "[]"))))
		}
		return strings.Join(out, "; ")
	}
	t.Fatalf("no IGMP: % x", f)
	return ""
}

// after runs the world and gives what was heard, without repeats next to each other.
func (l *listener) after(d time.Duration) []string {
	l.heard = nil
	l.w.Run(d)
	return l.heard
}

func (l *listener) query(f []byte) { require.NoError(l.t, l.w.Inject("h2", f)) }

func twice(s string) []string { return []string{s, s} }

func TestHostV3StateChanges(t *testing.T) {
	l := newListener(t)
	s1, s2 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	do := func(err error) { require.NoError(t, err) }
	is := func(r layers.IGMPv3GroupRecordType, rest string) []string {
		return twice(r.String() + " 239.1.1.1" + rest)
	}
	do(l.w.Join("h1", testbed.Join{Group: g1}))
	assert.Equal(t, is(layers.IGMPToEx, ""), l.after(2*second))
	do(l.w.Join("h1", testbed.Join{Group: g1}))
	assert.Empty(t, l.after(2*second), "nothing changed")
	do(l.w.Leave("h1", testbed.Join{Group: g1}))
	assert.Equal(t, is(layers.IGMPToIn, ""), l.after(2*second))
	assert.Empty(t, l.w.Members())
	do(l.w.Join("h1", testbed.Join{Group: g1, Source: s1}))
	assert.Equal(t, is(layers.IGMPAllow, " 10.0.0.1"), l.after(2*second))
	do(l.w.Join("h1", testbed.Join{Group: g1, Source: s2}))
	assert.Equal(t, is(layers.IGMPAllow, " 10.0.0.2"), l.after(2*second))
	do(l.w.Leave("h1", testbed.Join{Group: g1, Source: s1}))
	assert.Equal(t, is(layers.IGMPBlock, " 10.0.0.1"), l.after(2*second))
	do(l.w.Exclude("h1", g1, s1, s2))
	assert.Equal(t, is(layers.IGMPToEx, " 10.0.0.1"), l.after(2*second), "what a socket asks for by name is not excluded")
	assert.Equal(t, []Member{{Host: "h1", Group: g1, Exclude: true, Sources: []netip.Addr{s1}}}, l.w.Members())
	do(l.w.Exclude("h1", g1))
	assert.Equal(t, is(layers.IGMPAllow, " 10.0.0.1"), l.after(2*second))
	assert.Empty(t, l.w.Violations())
}

func TestHostV3Answers(t *testing.T) {
	l := newListener(t)
	s1, s2 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	g2 := netip.MustParseAddr("239.1.1.2")
	require.NoError(t, l.w.Join("h1", testbed.Join{Group: g1}))
	require.NoError(t, l.w.Join("h1", testbed.Join{Group: g2, Source: s1}))
	l.after(5 * second)
	isEx, isIn := layers.IGMPIsEx.String()+" 239.1.1.1", layers.IGMPIsIn.String()+" 239.1.1.2 10.0.0.1"
	l.query(igmpQueryFrame(0, allSystems, 20))
	assert.Equal(t, []string{isEx + "; " + isIn}, l.after(2*second+time.Millisecond), "within the time that the query gives")
	l.query(igmpQueryFrame(2, g2, 10))
	l.query(igmpQueryFrame(2, g2, 10))
	assert.Equal(t, []string{isIn}, l.after(second+time.Millisecond), "two queries, one answer")
	l.query(igmpQueryFrame(2, g2, 10, s1, s2))
	assert.Equal(t, []string{isIn}, l.after(second+time.Millisecond))
	l.query(igmpQueryFrame(2, g2, 10, s2))
	assert.Empty(t, l.after(second+time.Millisecond), "nothing wanted of what was asked")
	l.query(igmpQueryFrame(1, g1, 10, s2))
	assert.Equal(t, []string{layers.IGMPIsIn.String() + " 239.1.1.1 10.0.0.2"}, l.after(second+time.Millisecond))
	l.query(igmpQueryFrame(9, netip.MustParseAddr("239.1.1.9"), 10))
	assert.Empty(t, l.after(second+time.Millisecond), "not a member")
}

func TestHostV2(t *testing.T) {
	l := newListener(t)
	report := layers.IGMPMembershipReportV2.String() + " 239.1.1.1>239.1.1.1"
	require.NoError(t, l.w.Join("h1", testbed.Join{Group: g1, Version: 2}))
	assert.Equal(t, twice(report), l.after(11*second))
	l.query(queryV2(100))
	assert.Equal(t, []string{report}, l.after(11*second))
	require.NoError(t, l.w.Leave("h1", testbed.Join{Group: g1}))
	assert.Equal(t, []string{layers.IGMPLeaveGroup.String() + " 224.0.0.2>239.1.1.1"}, l.after(11*second))
}

// queryV2 is a general query of version 2, or of version 1 without a time.
func queryV2(tenths byte) []byte {
	q := v2Message(igmpQuery, netip.IPv4Unspecified())
	q[1], q[2], q[3] = tenths, 0, 0
	return igmpFrame(allSystems, sumIGMP(q))
}

// TestHostV1 has a host of version 1 (RFC 1112 appendix I): no router alert, no leave, and answers within ten seconds to any query.
func TestHostV1(t *testing.T) {
	l := newListener(t)
	var reports []string
	require.NoError(t, l.w.Tap("h2", func(f []byte) {
		ip := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default).Layer(layers.LayerTypeIPv4).(*layers.IPv4)
		m := gopacket.NewPacket(ip.Payload, layers.LayerTypeIGMP, gopacket.Default).Layer(layers.LayerTypeIGMP).(*layers.IGMPv1or2)
		assert.Zero(t, onesComplement(ip.Payload))
		reports = append(reports, fmt.Sprintf("%s %s>%s %d", m.Type, ip.DstIP, m.GroupAddress, len(ip.Options)))
	}))
	report := layers.IGMPMembershipReportV1.String() + " 239.1.1.1>239.1.1.1 0"
	heard := func(d time.Duration) []string {
		reports = nil
		l.w.Run(d)
		return reports
	}
	require.NoError(t, l.w.Join("h1", testbed.Join{Group: g1, Version: 1}))
	assert.Equal(t, twice(report), heard(11*second))
	for _, q := range [][]byte{queryV2(0), queryV2(1), igmpQueryFrame(0, g1, 10)} {
		l.query(q)
		assert.Equal(t, []string{report}, heard(11*second))
	}
	require.NoError(t, l.w.Leave("h1", testbed.Join{Group: g1}))
	assert.Empty(t, heard(11*second))
	l.query(queryV2(0))
	assert.Empty(t, heard(11*second))
	assert.Empty(t, l.w.Violations(), "a query of version 1 has no router alert")

	require.NoError(t, l.w.Join("h1", testbed.Join{Group: g1, Version: 3}))
	assert.Equal(t, twice(report), heard(11*second), "a querier of version 1 is around")
}

func TestHostFallsBackToV2(t *testing.T) {
	l := newListener(t)
	l.query(queryV2(10))
	l.after(second)
	require.NoError(t, l.w.Join("h1", testbed.Join{Group: g1}))
	assert.Equal(t, twice(layers.IGMPMembershipReportV2.String()+" 239.1.1.1>239.1.1.1"), l.after(11*second))
	l.after(260 * second)
	require.NoError(t, l.w.Leave("h1", testbed.Join{Group: g1}))
	assert.Equal(t, twice(layers.IGMPToIn.String()+" 239.1.1.1"), l.after(2*second), "the old querier is gone")
}

func TestBadQueriesAreNoticed(t *testing.T) {
	l := newListener(t)
	require.NoError(t, l.w.Tap("h2", nil))
	bad := igmpQueryFrame(0, allSystems, 10)
	bad[len(bad)-1] ^= 1
	l.query(bad)
	far := ipv4Frame(ipv4Header{dstMAC: groupMAC(allSystems), src: allRouters, dst: allSystems, proto: protoIGMP, ttl: 64}, queryV2(10)[38:46])
	l.query(far)
	l.w.Run(second)
	v := l.w.Violations()
	require.Len(t, v, 2)
	assert.Equal(t, ViolationFrame, v[0].Kind)
	assert.Contains(t, v[1].What, "router alert")
}

func TestManyGroupsFillSeveralReports(t *testing.T) {
	l := newListener(t)
	for i := range 500 {
		require.NoError(t, l.w.Join("h1", testbed.Join{Group: netip.AddrFrom4([4]byte{239, 2, byte(i >> 8), byte(i)})}))
	}
	l.after(5 * second)
	l.query(igmpQueryFrame(0, allSystems, 10))
	got := l.after(second + time.Millisecond)
	assert.Len(t, got, 3)
	assert.Equal(t, 500, strings.Count(strings.Join(got, "; "), "239.2."))
}
