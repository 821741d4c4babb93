package core_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/topology"
)

func TestForwardedIPv6FlowReachesExactlyItsReceivers(t *testing.T) {
	for _, topo := range []testbed.Topology{testbed.Single(5), testbed.LeafSpine(2, 3, 2), testbed.Ring(4, 2)} {
		t.Run(topo.Name, func(t *testing.T) {
			l := newLab(t, topo)
			l.everyMoment = true
			l.endpoints()
			l.endpoints6()
			l.must(core.PutFlow{Flow: flowDef("cam", "h1", "ff3e::8000:1", true, "h2", "h4", "h5")})
			l.must(core.PutFlow{Flow: flowDef("four", "h1", "239.1.1.1", true, "h3")})
			l.send("h1", "ff3e::8000:1", 1000)
			l.send("h1", "239.1.1.1", 1000)
			l.run(50 * time.Millisecond)
			for _, r := range []string{"h2", "h4", "h5"} {
				assert.Equal(t, core.Forwarding, l.stateOf("cam", r).State)
				assert.Greater(t, l.received(r, "ff3e::8000:1").Received, uint64(40))
			}
			l.check()
			l.must(core.RemoveReceiver{Flow: id("cam"), Receiver: id6("h4")})
			l.run(20 * time.Millisecond)
			l.check()
			l.kill()
			l.start()
			for _, sw := range topo.Switches {
				l.connect(sw.Name)
			}
			l.run(5 * time.Second)
			l.check()
		})
	}
}

// TestOneInterfaceHasBothIPVersions holds that two endpoints with one MAC are one station, each found by its own protocol.
func TestOneInterfaceHasBothIPVersions(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 2))
	l.endpoints()
	l.endpoints6()
	snap := l.state.Snapshot()
	objects := map[flows.ObjectID]int{}
	for _, e := range snap.Endpoints {
		objects[e.Object]++
	}
	assert.Len(t, objects, 4)
	l.check()
	l.must(core.DeleteEndpoint{ID: id("h1")})
	answered := -1
	require.NoError(t, l.world.Ping("h4", l.host("h1").Addr6, 5, func(n int) { answered = n }))
	l.run(5 * time.Second)
	assert.Equal(t, 5, answered, "the other endpoint of the interface is still served")
	l.check()
}

func TestUnauthorisedIPv6SenderIsDroppedCountedAndNamed(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints6()
	l.send("h4", "ff3e::99", 1000)
	l.run(10 * time.Second)
	denials := l.state.Snapshot().Denials
	require.Len(t, denials, 1)
	d := denials[0]
	assert.Equal(t, core.DeniedSend, d.Kind)
	assert.Equal(t, "fd00::4", d.Addr.String())
	assert.Equal(t, id6("h4"), d.Endpoint)
	assert.InDelta(t, 10000, float64(d.Count), 1100, "counted by the switch, read once a second")
	assert.Less(t, l.state.Snapshot().Counters.DeniedSenders, uint64(25), "the controller sees a few samples only")
	assert.Empty(t, l.world.Reached())
	l.check()

	l.must(core.PutFlow{Flow: flowDef("late", "h4", "ff3e::99", true, "h1")})
	l.run(3 * time.Second)
	assert.Equal(t, core.Forwarding, l.stateOf("late", "h1").State)
	l.check()
}

// TestJoinByMLDIsServedOnlyToListedReceivers goes through what IGMP does, with a host that speaks from its address of the link.
func TestJoinByMLDIsServedOnlyToListedReceivers(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 4, 2))
	l.endpoints()
	l.endpoints6()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "ff3e::8000:1", false, "h3", "h6")})
	l.must(core.PutFlow{Flow: flowDef("wide", "h1", "ff05::1:1", false, "h3", "h7")})
	l.send("h1", "ff3e::8000:1", 1000)
	l.send("h1", "ff05::1:1", 1000)
	l.run(50 * time.Millisecond)
	assert.Equal(t, core.Reserved, l.stateOf("cam", "h3").State)
	require.NoError(t, l.world.Join("h3", join("ff3e::8000:1", "fd00::1")))
	require.NoError(t, l.world.Join("h8", join("ff3e::8000:1", "fd00::1"))) // nobody listed it
	require.NoError(t, l.world.Join("h6", join("ff3e::8000:1", "fd00::5"))) // listed, and asks for another source
	old := join("ff05::1:1", "")
	old.Version = 1
	require.NoError(t, l.world.Join("h7", old))
	l.run(50 * time.Millisecond)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	assert.Equal(t, core.Reserved, l.stateOf("cam", "h6").State)
	assert.Equal(t, core.Forwarding, l.stateOf("wide", "h7").State)
	assert.Equal(t, core.Reserved, l.stateOf("wide", "h3").State)
	denials := l.state.Snapshot().Denials
	require.Len(t, denials, 2)
	for _, d := range denials {
		assert.Equal(t, core.DeniedJoin, d.Kind)
	}
	l.checkStates()
	l.check()

	for _, g := range []string{"ff3e::8000:1", "ff05::1:1"} { // so many packets would take long
		_, err := l.world.StopSend("h1", streamID("h1", netip.MustParseAddr(g)))
		require.NoError(t, err)
	}
	l.run(20 * time.Minute) // queries and answers keep it
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	assert.Equal(t, core.Forwarding, l.stateOf("wide", "h7").State)
	require.NoError(t, l.world.Leave("h3", join("ff3e::8000:1", "fd00::1")))
	require.NoError(t, l.world.Leave("h7", old))
	l.run(5 * time.Second)
	assert.Equal(t, core.Reserved, l.stateOf("cam", "h3").State)
	assert.Equal(t, core.Reserved, l.stateOf("wide", "h7").State)
	l.check()
}

// TestOneFamilyInAFlow holds that what cannot work is refused, with both sides named.
func TestOneFamilyInAFlow(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.endpoints6()
	refused := func(c core.Change, says ...string) {
		t.Helper()
		_, err := l.ask(c)
		var why *core.Refusal
		require.True(t, errors.As(err, &why), "%v", err)
		assert.Equal(t, core.Invalid, why.Kind)
		for _, s := range says {
			assert.ErrorContains(t, err, s)
		}
	}
	mixed := flowDef("cam", "h1", "ff3e::1", true, "h2")
	mixed.Sender = id("h1")
	refused(core.PutFlow{Flow: mixed}, "multicast_address", "ff3e::1 is an IPv6 group", "IPv4 address 10.0.0.1", id("h1").String())
	mixed = flowDef("cam", "h1", "239.1.1.1", true, "h2")
	mixed.Sender = id6("h1")
	refused(core.PutFlow{Flow: mixed}, "239.1.1.1 is an IPv4 group", "IPv6 address fd00::1")
	mixed = flowDef("cam", "h1", "ff3e::1", true, "h2")
	mixed.Receivers = ids("h2")
	refused(core.PutFlow{Flow: mixed}, "receiver_endpoint_ids", "IPv4 address 10.0.0.2")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "ff3e::1", true, "h2")})
	refused(core.AddReceivers{Flow: id("cam"), Receivers: ids("h3")}, "receiver_endpoint_ids")
	again := flowDef("again", "h1", "ff3e:0:0::0001", true)
	_, err := l.ask(core.PutFlow{Flow: again})
	assert.ErrorContains(t, err, id("cam").String(), "two spellings of one group")
	four := netip.MustParseAddr("10.0.9.9")
	refused(core.PatchEndpoint{ID: id6("h1"), Patch: flows.EndpointPatch{Addr: &four}}, "ip_address", id("cam").String(), "IPv4")
	six := netip.MustParseAddr("fd00:0:0::3")
	refused(core.PatchEndpoint{ID: id6("h1"), Patch: flows.EndpointPatch{Addr: &six}}, "fd00::3", "unique")
	for _, addr := range []string{"fe80::1", "ff3e::1", "::1", "::", "::ffff:10.0.0.9", "fd00::9%eth0"} {
		e := l.endpoint6Of("h3")
		e.ID, e.Addr = id("another"), netip.MustParseAddr(addr)
		refused(core.PutEndpoint{Endpoint: e}, "ip_address")
	}
	l.check()
}

// nd is a frame of neighbour discovery as a test wants it: right unless edited.
type nd struct {
	kind         byte
	srcMAC       [6]byte
	src, dst     string
	target       string
	link         *[6]byte // an option with an Ethernet address; nil: none
	limit        byte
	sum          bool // spoil the checksum
	code         byte
	optionLength byte
}

func (n nd) frame() []byte {
	src, dst, target := netip.MustParseAddr(n.src), netip.MustParseAddr(n.dst), netip.MustParseAddr(n.target)
	m := append([]byte{n.kind, n.code, 0, 0, 0, 0, 0, 0}, target.AsSlice()...)
	if n.link != nil {
		option := byte(1)
		if n.kind == layers.ICMPv6TypeNeighborAdvertisement {
			option = 2
		}
		m = append(append(m, option, n.optionLength), n.link[:]...)
	}
	ip := layers.IPv6{Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: n.limit, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
	icmp := layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(n.kind, n.code)}
	_ = icmp.SetNetworkLayerForChecksum(&ip)
	b := gopacket.NewSerializeBuffer()
	group := dst.As16()
	err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: n.srcMAC[:], DstMAC: []byte{0x33, 0x33, group[12], group[13], group[14], group[15]}, EthernetType: layers.EthernetTypeIPv6},
		&ip, &icmp, gopacket.Payload(m[4:]))
	if err != nil {
		panic(err)
	}
	f := b.Bytes()
	if n.sum {
		f[14+40+2] ^= 1
	}
	return f
}

// solicitOf is a right question of h1 for a target.
func solicitOf(l *lab, target string) nd {
	mac := l.host("h1").MAC
	return nd{
		kind: layers.ICMPv6TypeNeighborSolicitation, srcMAC: mac, src: "fd00::1", dst: "ff02::1:ff00:2", target: target,
		link: &mac, limit: 255, optionLength: 1,
	}
}

// asked injects a frame at h1 and gives what h1 hears, and how the counters change.
func (l *lab) asked(n nd) (heard []gopacket.Packet, malformed, unanswered uint64) {
	before := l.state.Snapshot().Counters
	require.NoError(l.t, l.world.Tap("h1", func(f []byte) {
		if binary.BigEndian.Uint16(f[12:]) == uint16(layers.EthernetTypeIPv6) {
			heard = append(heard, gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default))
		}
	}))
	require.NoError(l.t, l.world.Inject("h1", n.frame()))
	l.run(10 * time.Millisecond)
	require.NoError(l.t, l.world.Tap("h1", nil))
	after := l.state.Snapshot().Counters
	return heard, after.Malformed - before.Malformed, after.Unanswered - before.Unanswered
}

func TestNeighbourSolicitationsAreAnswered(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints6("h1", "h2")
	dad := solicitOf(l, "fd00::2")
	dad.src, dad.link = "::", nil
	bare := solicitOf(l, "fd00::2")
	bare.link = nil
	for name, c := range map[string]struct {
		ask   nd
		to    string
		flags uint8
	}{
		"a question": {solicitOf(l, "fd00::2"), "fd00::1", 0x60},
		"without option, as RFC 4861 §4.3 allows":   {bare, "fd00::1", 0x60},
		"duplicate address detection of another's":  {dad, "ff02::1", 0x20},
		"reachability of the port that we ask from": {solicitOf(l, "fe80::c5:ff:fe00:0"), "fd00::1", 0x60},
	} {
		t.Run(name, func(t *testing.T) {
			heard, malformed, unanswered := l.asked(c.ask)
			require.Len(t, heard, 1)
			assert.Zero(t, malformed+unanswered)
			ip := heard[0].Layer(layers.LayerTypeIPv6).(*layers.IPv6)
			na := heard[0].Layer(layers.LayerTypeICMPv6NeighborAdvertisement).(*layers.ICMPv6NeighborAdvertisement)
			assert.Equal(t, c.ask.target, ip.SrcIP.String())
			assert.Equal(t, c.to, ip.DstIP.String())
			assert.EqualValues(t, 255, ip.HopLimit)
			assert.Equal(t, c.flags, na.Flags)
			assert.Equal(t, c.ask.target, na.TargetAddress.String())
			require.Len(t, na.Options, 1)
			assert.Equal(t, layers.ICMPv6OptTargetAddress, na.Options[0].Type)
			assert.Equal(t, []byte(heard[0].LinkLayer().LinkFlow().Src().Raw()), na.Options[0].Data)
		})
	}
	assert.Empty(t, l.world.Violations(), "the hosts of the simulation check checksums, too")
}

func TestNeighbourSolicitationsThatAreNotAnswered(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints6("h1", "h2")
	other := [6]byte{2, 2, 2, 2, 2, 2}
	edit := func(change func(*nd)) nd {
		n := solicitOf(l, "fd00::2")
		change(&n)
		return n
	}
	for name, c := range map[string]struct {
		ask                   nd
		malformed, unanswered uint64
	}{
		"nobody has it":          {solicitOf(l, "fd00::77"), 0, 1},
		"not registered":         {solicitOf(l, "fd00::3"), 0, 1},
		"of a link":              {solicitOf(l, "fe80::200:ff:fe00:2"), 0, 1},
		"its own":                {solicitOf(l, "fd00::1"), 0, 0},
		"its own, by DAD":        {edit(func(n *nd) { n.target, n.src, n.link = "fd00::1", "::", nil }), 0, 0},
		"DAD with an option":     {edit(func(n *nd) { n.src = "::" }), 1, 0},
		"another's MAC":          {edit(func(n *nd) { n.link = &other }), 1, 0},
		"from afar":              {edit(func(n *nd) { n.limit = 254 }), 1, 0},
		"checksum":               {edit(func(n *nd) { n.sum = true }), 1, 0},
		"code":                   {edit(func(n *nd) { n.code = 1 }), 1, 0},
		"option without length":  {edit(func(n *nd) { n.optionLength = 0 }), 1, 0},
		"option over the end":    {edit(func(n *nd) { n.optionLength = 2 }), 1, 0},
		"a group":                {edit(func(n *nd) { n.target = "ff3e::1" }), 1, 0},
		"advertised from nobody": {edit(func(n *nd) { n.kind, n.src, n.link = layers.ICMPv6TypeNeighborAdvertisement, "::", nil }), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			heard, malformed, unanswered := l.asked(c.ask)
			assert.Empty(t, heard)
			assert.Equal(t, c.malformed, malformed, "malformed")
			assert.Equal(t, c.unanswered, unanswered, "unanswered")
		})
	}
}

// TestAddressOfTheLinkIsNobodysOwn holds that hosts with one link-local address do not clash, and that such an address shows where an interface is.
func TestAddressOfTheLinkIsNobodysOwn(t *testing.T) {
	l := newLab(t, testbed.Single(2))
	for _, name := range []string{"h1", "h2"} {
		n := solicitOf(l, "fd00::77")
		mac := l.host(name).MAC
		n.srcMAC, n.link, n.src = mac, &mac, "fe80::1"
		require.NoError(t, l.world.Inject(name, n.frame()))
		l.run(10 * time.Millisecond)
	}
	assert.Empty(t, l.state.Snapshot().Denials)
	hosts := l.state.Snapshot().Hosts
	require.Len(t, hosts, 2)
	for _, h := range hosts {
		assert.False(t, h.Addr.IsValid(), "%v", h)
		assert.Equal(t, topology.SeenND, h.By)
	}
}

// TestRouterAdvertisementsReachNobody holds that no host can make itself the router of others.
func TestRouterAdvertisementsReachNobody(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 2))
	l.endpoints6()
	for _, dst := range []string{"ff02::1", "fd00::2"} {
		n := nd{kind: layers.ICMPv6TypeRouterAdvertisement, srcMAC: l.host("h1").MAC, src: "fe80::200:ff:fe00:1", dst: dst, target: "::", limit: 255}
		f := n.frame()
		if dst == "fd00::2" {
			mac := l.host("h2").MAC
			copy(f, mac[:])
		}
		require.NoError(t, l.world.Inject("h1", f))
		n.kind = layers.ICMPv6TypeRouterSolicitation
		require.NoError(t, l.world.Inject("h1", n.frame()))
	}
	l.run(100 * time.Millisecond)
	snap := l.state.Snapshot()
	assert.EqualValues(t, 2, snap.Counters.SpoofedRouters)
	require.Len(t, snap.Denials, 1)
	assert.Equal(t, core.DeniedHost, snap.Denials[0].Kind)
	assert.Contains(t, snap.Denials[0].Reason, "router advertisements")
	l.check() // a simulated host that hears one reports a violation
}

func TestPingOverIPv6(t *testing.T) {
	l := newLab(t, testbed.Ring(4, 2))
	l.endpoints6()
	answered := map[string]int{}
	for _, to := range []string{"h2", "h5", "h8"} {
		require.NoError(t, l.world.Ping("h1", l.host(to).Addr6, 5, func(n int) { answered[to] = n }))
	}
	l.run(5 * time.Second)
	assert.Equal(t, map[string]int{"h2": 5, "h5": 5, "h8": 5}, answered)
	l.check()
}
