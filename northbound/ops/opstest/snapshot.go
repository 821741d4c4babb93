package opstest

import (
	"net/netip"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// The switches.
const (
	Spine1 topology.SwitchID = 1
	Leaf1  topology.SwitchID = 2
	Leaf2  topology.SwitchID = 3
	Leaf3  topology.SwitchID = 4
)

// The objects' numbers in the switches.
const (
	CameraObject flows.ObjectID = flows.FirstObject + iota
	MonitorObject
	UnlabelledObject
	ReplayObject
	CleanObject
	SecondObject
)

// Ids of the endpoints.
const (
	CameraID     = "c0000001-0000-4000-8000-000000000001"
	MonitorID    = "c0000002-0000-4000-8000-000000000002"
	UnlabelledID = "c0000003-0000-4000-8000-000000000003"
	ReplayID     = "c0000005-0000-4000-8000-000000000005"
)

// Ids of the flows: "Camera 1 clean", and the one without a label.
const (
	CleanID  = "4f2a81c0-0000-4000-8000-0000000000a1"
	SecondID = "7b3d0e52-0000-4000-8000-0000000000a2"
)

// Snapshot gives the state; the caller may change it.
func Snapshot() *core.Snapshot {
	s := &core.Snapshot{
		Revision: 42,
		// Older than Now, as a snapshot is when nothing happens: ages must not be told from it.
		At:          ago(time.Hour),
		Switches:    switches(),
		Links:       links(),
		Hosts:       hosts(),
		Endpoints:   endpoints(),
		Flows:       networkFlows(),
		Memberships: memberships(),
		Denials:     denials(),
		Drained:     []core.SwitchOrCable{{Switch: Spine1, Port: 2}},
		Pairs:       pairs(),
		Queriers:    queriers(),
		Counters: core.Counters{
			PacketIns: 1001, Joins: 3, Leaves: 1, DeniedJoins: 4, DeniedSenders: 12345, Reroutes: 2, Batches: 17,
			RefusedItems: 5, DriftRepaired: 6, ForgedLLDP: 7, Malformed: 8, LocationClashes: 9, SpoofedRouters: 15, Unanswered: 10, Refusals: 11,
			DroppedReports: 12, IgnoredReports: 13, ForeignQueries: 14, SpoofedLLDP: 12, SpoofedARP: 13, SpoofedIGMP: 14, HeldDown: 16,
		},
	}
	return s.Arrange()
}

func switches() []*core.SwitchView {
	view := func(id topology.SwitchID, name string, ports ...core.PortView) *core.SwitchView {
		return &core.SwitchView{
			ID: id, Name: name, Connected: true, Remote: "127.0.0.1:40001", Since: ago(2 * time.Hour), Software: "Open vSwitch 3.1.0",
			Ports: ports, Verified: ago(30 * time.Second), VerifyTime: 3200 * time.Microsecond, InSync: true, Flows: 16, Groups: 2,
			Created: flows.TAIOf(ago(3 * time.Hour)), Updated: flows.TAIOf(ago(time.Hour)),
		}
	}
	leaf1 := view(Leaf1, "lf1", linkPort(1, "lf1-eth1", "sp1 sp1-eth1"), edgePort(2, "lf1-eth2", "10.0.0.1"),
		edgePort(3, "lf1-eth3", "10.0.0.2"), core.PortView{Port: topology.Port{ID: topology.PortLocal, Name: "lf1", MAC: mac(0xaa)}, Kind: "local"})
	leaf1.InSync, leaf1.Drift = false, 1
	leaf2 := view(Leaf2, "lf2", linkPort(1, "lf2-eth1", "sp1 sp1-eth2"), edgePort(2, "lf2-eth2", "10.0.0.3"), edgePort(3, "lf2-eth3", "10.0.0.4"))
	leaf2.Ports[2].Live = false
	leaf2.Ports[1].Out = core.Account{
		Capacity: topology.Gbit, Limit: 900 * topology.Mbit, Reserved: 26041667,
	}
	leaf3 := &core.SwitchView{ID: Leaf3, Name: "lf3", Since: ago(5 * time.Minute), Created: flows.TAIOf(ago(3 * time.Hour))}
	return []*core.SwitchView{
		view(Spine1, "sp1", linkPort(1, "sp1-eth1", "lf1 lf1-eth1"), linkPort(2, "sp1-eth2", "lf2 lf2-eth1")),
		leaf1, leaf2, leaf3,
	}
}

func linkPort(id topology.PortID, name, peer string) core.PortView {
	return core.PortView{Port: upPort(id, name), Kind: "link", Peer: peer}
}

func edgePort(id topology.PortID, name, peer string) core.PortView {
	return core.PortView{Port: upPort(id, name), Kind: "edge", Peer: peer}
}

func upPort(id topology.PortID, name string) topology.Port {
	return topology.Port{ID: id, Name: name, MAC: mac(0xe0 + byte(id)), AdminUp: true, LinkUp: true, Live: true, Speed: 10 * topology.Gbit}
}

func links() []*core.LinkView {
	view := func(l topology.Link, reserved topology.Bandwidth) *core.LinkView {
		return &core.LinkView{
			Link: l, Usable: true, Capacity: 100 * topology.Mbit, Reserved: reserved, Limit: 90 * topology.Mbit,
			Created: flows.TAIOf(ago(2 * time.Hour)), Updated: flows.TAIOf(ago(time.Hour)),
		}
	}
	down := view(spineToLeaf2().Reverse(), 0)
	down.Usable = false
	out := []*core.LinkView{
		view(leaf1ToSpine().Reverse(), 0), view(spineToLeaf2(), 26041667), view(leaf1ToSpine(), 26041667), down,
	}
	return out
}

func leaf1ToSpine() topology.Link { return topology.Link{From: port(Leaf1, 1), To: port(Spine1, 1)} }
func spineToLeaf2() topology.Link { return topology.Link{From: port(Spine1, 2), To: port(Leaf2, 1)} }

func hosts() []*topology.Host {
	host := func(n byte, a string, at topology.PortRef, by topology.Sighting) *topology.Host {
		return &topology.Host{MAC: mac(n), Addr: addr(a), At: at, By: by, Since: ago(2 * time.Hour), Last: ago(20 * time.Second)}
	}
	bare := host(9, "10.0.0.9", port(Leaf2, 3), topology.SeenLLDP)
	bare.Addr = netip.Addr{}
	return []*topology.Host{
		host(1, "10.0.0.1", port(Leaf1, 2), topology.SeenARP), host(2, "10.0.0.2", port(Leaf1, 3), topology.SeenARP),
		host(3, "10.0.0.3", port(Leaf2, 2), topology.SeenIGMP), host(4, "10.0.0.4", port(Leaf2, 3), topology.SeenIGMP), bare,
	}
}

func endpoints() []*core.EndpointView {
	view := func(id string, o flows.ObjectID, n byte, a string, role flows.Role, at *topology.PortRef) *core.EndpointView {
		e := &core.EndpointView{
			Endpoint: flows.Endpoint{
				ID: uuid.MustParse(id), MAC: mac(n), Addr: addr(a), Role: role,
				Created: flows.TAIOf(ago(time.Hour)), Updated: flows.TAIOf(ago(time.Hour)),
			},
			Object: o, Bound: at,
		}
		if at != nil {
			e.Seen = ago(20 * time.Second)
		}
		return e
	}
	camera := view(CameraID, CameraObject, 1, "10.0.0.1", flows.RoleSender, ptr(port(Leaf1, 2)))
	camera.Label, camera.MaxBandwidth = ptr("Camera 1"), ptr(topology.Gbit)
	camera.Attached = &flows.Attachment{ChassisID: Leaf1.ChassisID(), PortID: "lf1-eth2"}
	monitor := view(MonitorID, MonitorObject, 2, "10.0.0.2", flows.RoleReceiver, ptr(port(Leaf1, 3)))
	monitor.Label = ptr("Monitor 2")
	replay := view(ReplayID, ReplayObject, 5, "10.0.0.5", flows.RoleBoth, nil)
	replay.Label = ptr("Replay")
	return []*core.EndpointView{
		camera, monitor, view(UnlabelledID, UnlabelledObject, 3, "10.0.0.3", flows.RoleReceiver, ptr(port(Leaf2, 2))), replay,
	}
}

func networkFlows() []*core.FlowView {
	path := []topology.Link{leaf1ToSpine(), spineToLeaf2()}
	clean := &core.FlowView{
		NetworkFlow: flows.NetworkFlow{
			ID: uuid.MustParse(CleanID), Group: addr("239.1.1.1"), Sender: uuid.MustParse(CameraID),
			Receivers: []uuid.UUID{uuid.MustParse(UnlabelledID), uuid.MustParse(MonitorID), uuid.MustParse(ReplayID)},
			Bandwidth: 25 * topology.Mbit, Profile: flows.ProfileNarrow, DSCP: "AF41", Label: ptr("Camera 1 clean"),
			Created: flows.TAIOf(ago(time.Hour)), Updated: flows.TAIOf(ago(time.Minute)),
		},
		Object: CleanObject, Source: addr("10.0.0.1"), Tree: path, Reserved: 26041667,
		Channels: []topology.Channel{path[0].Channel(), path[1].Channel(), {PortRef: port(Leaf2, 2)}},
		Delivery: []core.ReceiverView{
			{Endpoint: uuid.MustParse(UnlabelledID), State: core.Forwarding, Joined: true, Since: ago(90 * time.Second), Path: path},
			{Endpoint: uuid.MustParse(MonitorID), State: core.Reserved, Reason: "waits for a join", Since: ago(time.Hour)},
			{Endpoint: uuid.MustParse(ReplayID), State: core.Unverified, Reason: "no host with 10.0.0.5 was seen", Since: ago(time.Hour)},
		},
	}
	second := &core.FlowView{
		NetworkFlow: flows.NetworkFlow{
			ID: uuid.MustParse(SecondID), Group: addr("239.1.1.2"), Sender: uuid.MustParse(CameraID),
			Receivers: []uuid.UUID{uuid.MustParse(MonitorID)}, Bandwidth: 3 * topology.Mbit, Profile: flows.ProfileConstant,
			Forward: true, DSCP: flows.DSCPDefault, Created: flows.TAIOf(ago(time.Hour)), Updated: flows.TAIOf(ago(time.Hour)),
		},
		Object: SecondObject, Source: addr("10.0.0.1"), Reserved: 3 * topology.Mbit, Channels: []topology.Channel{{PortRef: port(Leaf1, 2), Ingress: true}},
		Delivery: []core.ReceiverView{{Endpoint: uuid.MustParse(MonitorID), State: core.Forwarding, Since: ago(time.Hour)}},
	}
	return []*core.FlowView{clean, second}
}

func memberships() []*core.MembershipView {
	view := func(n byte, a string, at topology.PortRef, f igmp.Filter, v igmp.Version) *core.MembershipView {
		return &core.MembershipView{Membership: igmp.Membership{
			Host:  igmp.Host{Switch: uint64(at.Switch), Port: uint32(at.Port), MAC: mac(n), Addr: addr(a)},
			Group: addr("239.1.1.1"), Filter: f, Version: v, Since: ago(90 * time.Second), Expires: Now().Add(4 * time.Minute),
		}}
	}
	allowed := view(3, "10.0.0.3", port(Leaf2, 2), igmp.Including(addr("10.0.0.1")), igmp.V3)
	allowed.Endpoint, allowed.Flows, allowed.Verdict = uuid.MustParse(UnlabelledID), []uuid.UUID{uuid.MustParse(CleanID)}, "allowed"
	denied := view(4, "10.0.0.4", port(Leaf2, 3), igmp.Excluding(), igmp.V2)
	denied.Verdict = "no endpoint is registered for 10.0.0.4 at this port"
	return []*core.MembershipView{allowed, denied}
}

func denials() []*core.Denial {
	return []*core.Denial{
		{
			Kind: core.DeniedJoin, MAC: mac(4), Addr: addr("10.0.0.4"), At: port(Leaf2, 3), Group: addr("239.1.1.1"),
			Reason: "no endpoint is registered for 10.0.0.4 at this port", Count: 4, First: ago(80 * time.Second), Last: ago(3 * time.Second),
		},
		{
			Kind: core.DeniedSend, MAC: mac(2), Addr: addr("10.0.0.2"), At: port(Leaf1, 3), Group: addr("239.1.1.9"),
			Endpoint: uuid.MustParse(MonitorID), Reason: "no flow has this sender and group", Count: 12345, First: ago(time.Hour), Last: ago(2 * time.Minute),
		},
	}
}

func pairs() []core.PairView {
	return []core.PairView{{
		Name: "cam1", Legs: [2]uuid.UUID{uuid.MustParse(CleanID), uuid.MustParse(SecondID)}, ByLabel: true,
		Shared: core.Shared{Switches: []topology.SwitchID{Spine1}},
	}}
}

func queriers() []igmp.OtherQuerier {
	return []igmp.OtherQuerier{{
		Port: igmp.PortKey{Switch: uint64(Leaf2), Port: 3}, Addr: addr("10.0.0.4"), Version: igmp.V2,
		Since: ago(time.Hour), Last: ago(time.Minute), Timing: igmp.DefaultTiming(),
	}}
}

func port(sw topology.SwitchID, p topology.PortID) topology.PortRef {
	return topology.PortRef{Switch: sw, Port: p}
}

func mac(n byte) topology.MAC       { return topology.MAC{0x02, 0, 0, 0, 0, n} }
func addr(s string) netip.Addr      { return netip.MustParseAddr(s) }
func ago(d time.Duration) time.Time { return Now().Add(-d) }
func ptr[T any](v T) *T             { return &v }
