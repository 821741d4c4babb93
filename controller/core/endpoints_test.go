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
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

func (l *lab) endpointView(name string) core.EndpointView {
	for _, e := range l.state.Snapshot().Endpoints {
		if e.ID == id(name) {
			return *e
		}
	}
	require.Fail(l.t, "no such endpoint", name)
	return core.EndpointView{}
}

// announce has a host say by ARP that it has a MAC and an address, whosever they are.
func (l *lab) announce(host string, mac [6]byte, addr netip.Addr) {
	buf := gopacket.NewSerializeBuffer()
	require.NoError(l.t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{},
		&layers.Ethernet{SrcMAC: mac[:], DstMAC: layers.EthernetBroadcast, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: layers.ARPRequest,
			SourceHwAddress: mac[:], SourceProtAddress: addr.AsSlice(), DstHwAddress: make([]byte, 6), DstProtAddress: addr.AsSlice(),
		}))
	require.NoError(l.t, l.world.Inject(host, append(buf.Bytes(), make([]byte, 18)...)))
	l.run(20 * time.Millisecond)
}

func at(chassis topology.SwitchID, port string) *flows.Attachment {
	return &flows.Attachment{ChassisID: chassis.ChassisID(), PortID: port}
}

// TestFlowWaitsForAHostThatComesLate: what names a host that nobody has seen is accepted, and starts by itself when the host is there.
func TestFlowWaitsForAHostThatComesLate(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	require.NoError(t, l.world.SetLink("lf2", "h3", false))
	l.run(time.Minute)
	l.endpoints("h1")
	late := l.must(core.PutEndpoint{Endpoint: l.endpointOf("h3")})
	assert.Nil(t, late.Endpoint.Attached)
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(20 * time.Second)
	assert.Equal(t, core.Unverified, l.stateOf("cam", "h3").State)
	for _, link := range l.state.Snapshot().Links {
		assert.Zero(t, link.Reserved, "nothing is reserved for a receiver that is nowhere")
	}
	require.NoError(t, l.world.SetLink("lf2", "h3", true))
	l.run(2 * time.Second)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	assert.Equal(t, at(4, "lf2-eth3"), l.endpointView("h3").Attached)
	l.check()
}

// TestAttachmentIsVerified: a host is served where its client says only when it is there.
func TestAttachmentIsVerified(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	right, wrong, unknown := l.endpointOf("h1"), l.endpointOf("h2"), l.endpointOf("h3")
	right.Attached = at(3, "lf1-eth3")
	l.must(core.PutEndpoint{Endpoint: right})
	wrong.Attached = at(4, "lf2-eth3") // h2 is at lf1-eth4, and was not heard of yet
	l.must(core.PutEndpoint{Endpoint: wrong})
	unknown.Attached = at(4, "lf2-eth99")
	_, err := l.ask(core.PutEndpoint{Endpoint: unknown})
	require.ErrorContains(t, err, `switch lf2 has no port "lf2-eth99"`)
	unknown.Attached = at(4, "lf2-eth1")
	_, err = l.ask(core.PutEndpoint{Endpoint: unknown})
	require.ErrorContains(t, err, "port lf2-eth1 leads to another switch")
	l.run(time.Second)

	assert.NotNil(t, l.endpointView("h1").Bound)
	assert.Nil(t, l.endpointView("h2").Bound)
	assert.Contains(t, l.endpointView("h2").Problem, "was seen at port lf1-eth4")
	denials := l.state.Snapshot().Denials
	require.NotEmpty(t, denials)
	assert.Equal(t, core.DeniedHost, denials[0].Kind)

	// Now that it was seen, saying so again is refused with both sides, and saying what is true is taken.
	_, err = l.ask(core.PatchEndpoint{ID: id("h2"), Patch: flows.EndpointPatch{Attached: at(4, "lf2-eth3")}})
	require.ErrorContains(t, err, "you say port lf2-eth3, and the host was seen at port lf1-eth4")
	l.must(core.PatchEndpoint{ID: id("h2"), Patch: flows.EndpointPatch{Attached: at(3, "lf1-eth4")}})
	assert.NotNil(t, l.endpointView("h2").Bound)
	l.check()
}

// TestLiarsAreNotBelieved: neither the MAC nor the address of a host that is there can be taken from another port.
func TestLiarsAreNotBelieved(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints("h1", "h2", "h3")
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2", "h3")})
	l.send("h1", "239.1.1.1", 1000)
	for range 50 {
		l.announce("h4", l.host("h3").MAC, l.host("h3").Addr) // all of it
		l.announce("h4", l.host("h4").MAC, l.host("h1").Addr) // the address only
	}
	snap := l.state.Snapshot()
	require.Len(t, snap.Denials, 2)
	for _, d := range snap.Denials {
		assert.Equal(t, core.DeniedHost, d.Kind)
		assert.EqualValues(t, 50, d.Count)
	}
	assert.Equal(t, topology.PortRef{Switch: 4, Port: 3}, *l.endpointView("h3").Bound)
	assert.EqualValues(t, 100, snap.Counters.LocationClashes)
	// A join in h3's name from h4's port is none of h3's.
	l.check()
}

// TestStolenAddress: when somebody else has the address of an endpoint that was never there, it is not served, and one can see why.
func TestStolenAddress(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	require.NoError(t, l.world.SetLink("lf2", "h3", false))
	l.run(10 * time.Second)
	l.endpoints("h1")
	l.must(core.PutEndpoint{Endpoint: l.endpointOf("h3")})
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3")})
	l.announce("h4", l.host("h4").MAC, l.host("h3").Addr)
	assert.Contains(t, l.endpointView("h3").Problem, "its address is used by MAC 00:00:00:00:00:04 at port lf2-eth4")
	assert.Equal(t, core.Unverified, l.stateOf("cam", "h3").State)
	assert.Contains(t, l.stateOf("cam", "h3").Reason, "its address is used by")
	l.check()
}

// TestMaxBandwidth: what a sender's flows may send in all is counted through creation, change, refusal, undoing, deletion and a restart.
func TestMaxBandwidth(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	most := 25 * topology.Mbit
	l.must(core.PatchEndpoint{ID: id("h1"), Patch: flows.EndpointPatch{MaxBandwidth: &most}})
	put := func(name string) error {
		_, err := l.ask(core.PutFlow{Flow: flowDef(name, "h1", "239.1.1."+name, true, "h2")}) // 10 Mbit/s
		return err
	}
	change := func(name string, b topology.Bandwidth) error {
		_, err := l.ask(core.PatchFlow{ID: id(name), Patch: flows.FlowPatch{Bandwidth: &b}})
		return err
	}
	require.NoError(t, put("1"))
	require.NoError(t, put("2"))
	require.ErrorContains(t, put("3"), "would send 30Mbit/s in all")
	require.ErrorContains(t, change("2", 16*topology.Mbit), "would send 26Mbit/s in all")
	require.NoError(t, change("2", 15*topology.Mbit))
	require.NoError(t, change("2", 5*topology.Mbit))

	l.refuse = func(string, openflow.Message) *openflow.ErrorMsg { return &openflow.ErrorMsg{} }
	require.Error(t, change("2", 15*topology.Mbit))
	require.Error(t, put("3"))
	l.refuse = nil

	l.restart()
	l.run(time.Second)
	require.NoError(t, put("3"))
	require.ErrorContains(t, put("4"), "would send 35Mbit/s in all")
	l.must(core.DeleteFlow{ID: id("1")})
	require.NoError(t, put("4"))
	l.check()
}

// TestPatchEndpoint: what is in the network follows an endpoint, or the change is refused whole.
func TestPatchEndpoint(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 2))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h3")})
	patch := func(name string, p flows.EndpointPatch) error {
		_, err := l.ask(core.PatchEndpoint{ID: id(name), Patch: p})
		return err
	}
	role := func(r flows.Role) flows.EndpointPatch { return flows.EndpointPatch{Role: &r} }
	require.ErrorContains(t, patch("h1", role(flows.RoleReceiver)), "has this endpoint as its sender")
	require.ErrorContains(t, patch("h3", role(flows.RoleSender)), "has this endpoint as a receiver")
	little := 5 * topology.Mbit
	require.ErrorContains(t, patch("h1", flows.EndpointPatch{MaxBandwidth: &little}), "the endpoint's flows send 10Mbit/s in all")
	taken := l.host("h2").Addr
	require.ErrorContains(t, patch("h1", flows.EndpointPatch{Addr: &taken}), "it must be unique in the network")
	require.NoError(t, patch("h1", role(flows.RoleSender)))
	enough, label := 15*topology.Mbit, "Camera 1"
	require.NoError(t, patch("h1", flows.EndpointPatch{MaxBandwidth: &enough, Label: &label}))
	assert.Equal(t, "Camera 1", *l.endpointView("h1").Label)
	_, err := l.ask(core.PutFlow{Flow: flowDef("second", "h1", "239.1.1.2", true, "h2")})
	require.ErrorContains(t, err, "would send 20Mbit/s in all, and its max_bandwidth is 15Mbit/s")

	// A new address: the flow's source is another, so what came from the old one is nobody's any more.
	l.send("h1", "239.1.1.1", 100)
	l.check()
	fresh := netip.MustParseAddr("10.0.0.77")
	require.NoError(t, patch("h1", flows.EndpointPatch{Addr: &fresh}))
	l.run(time.Second)
	assert.Equal(t, core.Unverified, l.stateOf("cam", "h3").State)
	l.world.ResetReceptions()
	l.run(time.Second)
	assert.Empty(t, l.world.Receptions())
	back := l.host("h1").Addr
	require.NoError(t, patch("h1", flows.EndpointPatch{Addr: &back}))
	l.run(time.Second)
	assert.Equal(t, core.Forwarding, l.stateOf("cam", "h3").State)
	l.check()
}

// TestSeveralAddressesOfOneInterface: the unicast entries of an interface outlive each of its endpoints but the last.
func TestSeveralAddressesOfOneInterface(t *testing.T) {
	l := newLab(t, testbed.Single(2))
	l.endpoints()
	second := l.endpointOf("h1")
	second.ID, second.Addr = id("h1 again"), netip.MustParseAddr("10.0.0.201")
	l.must(core.PutEndpoint{Endpoint: second})
	l.announce("h1", l.host("h1").MAC, second.Addr)
	before := l.tables("s1")
	l.must(core.DeleteEndpoint{ID: id("h1")})
	l.run(time.Second)
	assert.Equal(t, before, l.tables("s1"))
	l.must(core.DeleteEndpoint{ID: second.ID})
	l.run(time.Second)
	assert.Len(t, l.tables("s1"), len(before)-2)
	l.check()
}

func TestEndpointInUseIsNotDeleted(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2")})
	var why *core.Refusal
	_, err := l.ask(core.DeleteEndpoint{ID: id("h2")})
	require.ErrorAs(t, err, &why)
	assert.Equal(t, core.InUse, why.Kind)
	assert.Equal(t, id("cam"), why.Other)
	l.must(core.RemoveReceiver{Flow: id("cam"), Receiver: id("h2")})
	l.must(core.DeleteEndpoint{ID: id("h2")})
	_, err = l.ask(core.DeleteEndpoint{ID: id("h2")})
	require.ErrorAs(t, err, &why)
	assert.Equal(t, core.NotFound, why.Kind)
}

// TestHostIsLocatedByItsOwnLLDP: a host that says nothing but LLDP is found by its MAC.
func TestHostIsLocatedByItsOwnLLDP(t *testing.T) {
	l := newLab(t, testbed.Single(2))
	e := l.endpointOf("h1")
	e.MAC, e.Addr = topology.MAC{2, 0, 0, 0, 0, 0x77}, netip.MustParseAddr("10.0.0.77")
	l.must(core.PutEndpoint{Endpoint: e})
	l.run(time.Second)
	assert.Nil(t, l.endpointView("h1").Bound)
	frame := []byte{0x01, 0x80, 0xc2, 0, 0, 0x0e}
	frame = append(append(frame, e.MAC[:]...), 0x88, 0xcc)
	frame = append(append(frame, 0x02, 7, 4), e.MAC[:]...) // chassis id, IEEE 802.1AB §8.5.2
	frame = append(append(frame, 0x04, 7, 3), e.MAC[:]...) // port id, §8.5.3
	frame = append(frame, 0x06, 2, 0, 120, 0, 0)           // time to live, end
	require.NoError(t, l.world.Inject("h1", append(frame, make([]byte, 60-len(frame))...)))
	l.run(20 * time.Millisecond)
	assert.Equal(t, &topology.PortRef{Switch: 1, Port: 1}, l.endpointView("h1").Bound)
}
