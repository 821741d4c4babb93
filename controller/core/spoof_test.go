package core_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/igmp"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// inject has a host send a frame and lets it take effect.
func (l *lab) inject(host string, frame []byte) {
	require.NoError(l.t, l.world.Inject(host, append(frame, make([]byte, max(0, 60-len(frame)))...)))
	l.run(20 * time.Millisecond)
}

func (l *lab) counters() core.Counters { return l.state.Snapshot().Counters }

// igmpFrame is a message in a frame of somebody's name.
func (l *lab) igmpFrame(mac [6]byte, src netip.Addr, m igmp.Message) []byte {
	dst := netip.MustParseAddr("224.0.0.22")
	packet, err := igmp.AppendPacket(nil, igmp.Packet{Src: src, Dst: dst, RouterAlert: true, Message: m})
	require.NoError(l.t, err)
	frame := append([]byte{0x01, 0x00, 0x5e, 0, 0, 22}, mac[:]...)
	return append(append(frame, 0x08, 0x00), packet...)
}

// TestSpoofedARP: ARP that carries another MAC than its frame tells nothing of where anybody is, and is not answered.
func TestSpoofedARP(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 2))
	l.endpoints("h1", "h3")
	victim, liar := l.host("h3"), l.host("h4")
	buf := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{},
		&layers.Ethernet{SrcMAC: liar.MAC[:], DstMAC: layers.EthernetBroadcast, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: layers.ARPRequest,
			SourceHwAddress: victim.MAC[:], SourceProtAddress: victim.Addr.AsSlice(), DstHwAddress: make([]byte, 6), DstProtAddress: l.host("h1").Addr.AsSlice(),
		}))
	answers := 0
	require.NoError(t, l.world.Tap("h4", func([]byte) { answers++ }))
	l.inject("h4", buf.Bytes())
	assert.EqualValues(t, 1, l.counters().SpoofedARP)
	assert.Zero(t, answers)
	assert.Equal(t, topology.PortRef{Switch: 3, Port: 2}, *l.endpointView("h3").Bound)

	l.announce("h4", victim.MAC, victim.Addr) // consistent in itself, and not where the victim is
	l.announce("h4", liar.MAC, victim.Addr)   // the address only
	assert.EqualValues(t, 3, l.counters().SpoofedARP)
	assert.Equal(t, topology.PortRef{Switch: 3, Port: 2}, *l.endpointView("h3").Bound)
	l.check()
}

// TestSpoofedIGMP: a report in the name of a host that is elsewhere changes nothing, whether it joins or leaves; queries of hosts are ignored.
func TestSpoofedIGMP(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 2))
	l.endpoints("h1", "h3")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", false, "h3")})
	require.NoError(t, l.world.Join("h3", join("239.1.1.1", "")))
	l.run(50 * time.Millisecond)
	require.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	members := len(l.state.Snapshot().Memberships)

	victim, liar := l.host("h3"), l.host("h4")
	group := netip.MustParseAddr("239.1.1.1")
	joining := &igmp.ReportV3{Records: []igmp.Record{{Type: igmp.ChangeToExclude, Group: group}}}
	leaving := &igmp.ReportV3{Records: []igmp.Record{{Type: igmp.ChangeToInclude, Group: group}}}
	l.inject("h4", l.igmpFrame(victim.MAC, victim.Addr, leaving))
	l.inject("h4", l.igmpFrame(victim.MAC, victim.Addr, joining))
	l.inject("h4", l.igmpFrame(liar.MAC, victim.Addr, joining))
	assert.EqualValues(t, 3, l.counters().SpoofedIGMP)
	assert.Len(t, l.state.Snapshot().Memberships, members)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)

	l.inject("h4", l.igmpFrame(liar.MAC, liar.Addr, &igmp.Query{Version: igmp.V2, MaxResp: 10 * time.Second}))
	assert.EqualValues(t, 1, l.counters().ForeignQueries)
	l.run(time.Minute)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	l.check()
}

// TestForgedLLDP: a host cannot make itself a switch: not without our key, not with a probe of ours thrown back or kept. Nor can its own
// LLDP take another's place.
func TestForgedLLDP(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 2))
	l.endpoints("h1", "h3")
	links := len(l.state.Snapshot().Links)
	forged := topology.AppendProbe(nil, topology.Probe{Switch: 2, Port: 1, PortName: "lf1-eth1", Stamp: uint64(l.world.Now().UnixNano())}, time.Second, []byte("guessed"))
	l.inject("h4", forged)
	assert.EqualValues(t, 1, l.counters().ForgedLLDP)

	var ours []byte
	require.NoError(t, l.world.Tap("h4", func(frame []byte) {
		if frame[12] == 0x88 && frame[13] == 0xcc {
			ours = append([]byte{}, frame...)
		}
	}))
	l.run(2 * time.Second)
	require.NotNil(t, ours)
	require.NoError(t, l.world.Tap("h4", nil))
	l.inject("h4", ours)
	assert.EqualValues(t, 2, l.counters().ForgedLLDP, "thrown back")
	l.run(5 * time.Second)
	l.inject("h3", ours)
	assert.EqualValues(t, 3, l.counters().ForgedLLDP, "too old")
	assert.Len(t, l.state.Snapshot().Links, links)

	mac := l.host("h3").MAC
	frame := append([]byte{0x01, 0x80, 0xc2, 0, 0, 0x0e}, mac[:]...)
	frame = append(append(frame, 0x88, 0xcc, 0x02, 7, 4), mac[:]...)
	frame = append(append(frame, 0x04, 7, 3), mac[:]...)
	l.inject("h4", append(frame, 0x06, 2, 0, 120, 0, 0))
	assert.EqualValues(t, 1, l.counters().SpoofedLLDP)
	assert.Equal(t, topology.PortRef{Switch: 3, Port: 2}, *l.endpointView("h3").Bound)
	l.check()
}
