package core

import (
	"net/netip"
	"slices"

	"github.com/google/gopacket/layers"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// ipv6Control takes what hosts say to neighbours and routers, which the switch keeps at the edge.
func (s *State) ipv6Control(d *device, at topology.PortRef, eth layers.Ethernet) {
	p, ok := parseICMPv6(eth.Payload)
	if !ok {
		s.counters.Malformed++
		return
	}
	mac := topology.MAC(eth.SrcMAC)
	switch p.kind() {
	case layers.ICMPv6TypeMLDv1MulticastListenerQueryMessage, layers.ICMPv6TypeMLDv1MulticastListenerReportMessage,
		layers.ICMPv6TypeMLDv1MulticastListenerDoneMessage, layers.ICMPv6TypeMLDv2MulticastListenerReportMessageV2:
		s.mld(at, mac, p.whole)
	case layers.ICMPv6TypeNeighborSolicitation, layers.ICMPv6TypeNeighborAdvertisement:
		s.neighbour(d, at, mac, p)
	case layers.ICMPv6TypeRouterAdvertisement:
		s.spoofedRouter(at, mac, p.src)
	}
}

// routersAmong lists those of a switch's ports at which a router may advertise itself.
func (s *State) routersAmong(d *device, ports []topology.PortID) []topology.PortID {
	if len(s.cfg.RouterPorts) == 0 {
		return nil
	}
	var out []topology.PortID
	for _, p := range ports {
		if s.mayAdvertise(topology.PortRef{Switch: d.id, Port: p}) {
			out = append(out, p)
		}
	}
	return out
}

// mayAdvertise reports whether the configuration lets a router advertise itself at a port.
func (s *State) mayAdvertise(at topology.PortRef) bool {
	return slices.ContainsFunc(s.portNames(at.Switch, s.port(at)), func(name PortName) bool {
		_, listed := s.cfg.RouterPorts[name]
		return listed
	})
}

// spoofedRouter takes a sample of router advertisements from where no router may be (RFC 6104); the switch has dropped it.
func (s *State) spoofedRouter(at topology.PortRef, mac topology.MAC, src netip.Addr) {
	if s.mayAdvertise(at) {
		return // the port came up a moment ago: its switch was not told yet
	}
	s.counters.SpoofedRouters++
	s.deny(Denial{
		Kind: DeniedHost, MAC: mac, Addr: src, At: at, Count: 1, First: s.now, Last: s.now,
		Reason: "it sends IPv6 router advertisements; they reach nobody",
	})
}

// neighbour locates the sender of a packet of neighbour discovery, and answers for registered endpoints, so that no question is ever flooded
// (RFC 4861 §7.2), and hosts find their neighbours and go on finding them without a packet from one to the other.
func (s *State) neighbour(d *device, at topology.PortRef, mac topology.MAC, p icmpv6Packet) {
	n, ok := parseNeighbour(p)
	if !ok || n.link != nil && *n.link != mac {
		s.counters.Malformed++
		return
	}
	if !n.solicitation {
		s.sighted(mac, n.target, at, topology.SeenND)
		return
	}
	if !p.src.IsUnspecified() { // duplicate address detection says nothing of the sender (RFC 4862 §5.4)
		s.sighted(mac, p.src, at, topology.SeenND)
	}
	owner, known := s.neighbourOwner(at, n.target)
	if !known {
		s.counters.Unanswered++
		return
	}
	if owner == mac {
		return // it asks for itself: duplicate address detection
	}
	s.tell(Send{Switch: d.id, Conn: d.conn, Messages: []openflow.Message{packetOut(at.Port, advertisement(owner, n.target, mac, p.src))}})
}

// neighbourOwner says whose address a solicitation asks for: an endpoint that is served, a registered router by its address of the link, or the port
// itself, from which we probe and which the probed hosts then check now and then (RFC 4861 §7.3.3).
func (s *State) neighbourOwner(at topology.PortRef, target netip.Addr) (topology.MAC, bool) {
	if e := s.byAddr[target]; e != nil && e.bound != nil {
		return e.MAC, true
	}
	if port := s.port(at).MAC; target == linkLocal(port) {
		return port, true
	}
	return s.routerOf(target)
}

// routerOf is the registered endpoint at a router's port that an address of the link is made from (RFC 4291 appendix A). Hosts send what leaves the
// network to that address of the router (RFC 4861 §4.2), and look now and then whether it is still there.
func (s *State) routerOf(target netip.Addr) (mac topology.MAC, ok bool) {
	b := target.As16()
	mac = topology.MAC{b[8] ^ 0x02, b[9], b[10], b[13], b[14], b[15]}
	if target != linkLocal(mac) {
		return topology.MAC{}, false
	}
	return mac, slices.ContainsFunc(s.endpointsOf(mac), func(e *endpoint) bool { return e.bound != nil && s.mayAdvertise(*e.bound) })
}
