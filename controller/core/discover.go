package core

import (
	"bytes"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// packetIn takes a packet that a switch punted. The table that sent it and its EtherType tell what it is.
func (s *State) packetIn(ev PacketIn) {
	d, ok := s.current(ev.Switch, ev.Conn)
	if !ok {
		return
	}
	s.counters.PacketIns++
	at := topology.PortRef{Switch: ev.Switch, Port: topology.PortID(ev.Message.InPort())}
	var eth layers.Ethernet
	if err := eth.DecodeFromBytes(ev.Message.Data, gopacket.NilDecodeFeedback); err != nil {
		s.counters.Malformed++
		return
	}
	switch {
	case eth.EthernetType == layers.EthernetTypeLinkLayerDiscovery:
		s.lldp(d, at, ev.Message.Data)
	case s.graph.IsLinkPort(at): // not for us: the switch drops what it can by itself
	case eth.EthernetType == layers.EthernetTypeARP:
		s.arp(d, at, eth)
	case ev.Message.Table == flows.TableGuard:
		s.unguarded(d, at, eth)
	case eth.EthernetType == layers.EthernetTypeIPv4:
		s.igmp(at, topology.MAC(eth.SrcMAC), eth.Payload)
	case eth.EthernetType == layers.EthernetTypeIPv6:
		s.ipv6Control(d, at, eth)
	}
}

// lldp takes a frame of link discovery: our own from another switch shows a link, a host's own shows the host.
func (s *State) lldp(d *device, at topology.PortRef, frame []byte) {
	m, err := topology.ParseLLDP(frame, s.cfg.LLDPKey)
	if errors.Is(err, topology.ErrForged) {
		s.counters.ForgedLLDP++
		return
	}
	if err != nil {
		s.counters.Malformed++
		return
	}
	if m.Probe == nil {
		if !s.sighted(m.SrcMAC, netip.Addr{}, at, topology.SeenLLDP) {
			s.counters.SpoofedLLDP++
		}
		return
	}
	if sent := time.Unix(0, int64(m.Probe.Stamp)); s.now.Sub(sent) > s.cfg.LinkTTL || sent.After(s.now) {
		s.counters.ForgedLLDP++ // an old probe of ours, kept and sent again
		return
	}
	link := topology.Link{From: topology.PortRef{Switch: m.Probe.Switch, Port: m.Probe.Port}, To: at}
	if link.From == link.To {
		s.counters.ForgedLLDP++ // a host throws our probe back, to pass for a switch
		return
	}
	wasLinkPort := s.graph.IsLinkPort(at) && s.graph.IsLinkPort(link.From)
	wasUsable := s.graph.Usable(link)
	isNew, lost := s.graph.Sight(s.now, link)
	s.linksLost(lost)
	if !s.graph.IsLinkPort(at) {
		return // nothing was learned: a port that is not there any more
	}
	if isNew {
		s.linkChanged(link)
		s.probePort(d, s.port(at)) // the other direction at once
	}
	if !wasLinkPort {
		s.becameLinkPort(link.From)
		s.becameLinkPort(at)
	}
	if usable := s.graph.Usable(link); usable && !wasUsable {
		s.linkChanged(link)
		s.linkChanged(link.Reverse())
		s.spanWithin(settleTime)
		s.note(false, false, "link up", "from", s.portName(link.From), "to", s.portName(link.To))
		s.soon(&s.timers.stations, settleTime)
		s.soon(&s.timers.replan, settleTime)
	}
}

func (s *State) port(at topology.PortRef) topology.Port {
	p, _ := s.graph.Port(at)
	return p
}

// becameLinkPort is told that another switch is behind a port: whoever seemed to be there was not.
func (s *State) becameLinkPort(at topology.PortRef) {
	for _, h := range s.hosts.ForgetPort(at) {
		s.markHost(h)
		s.saveHost(h, true)
	}
	s.querier.RemovePort(portKey(at))
	s.spanAgain()
	if d := s.switches[at.Switch]; d != nil {
		s.setBase(d)
	}
}

// linkChanged stamps and saves a link.
func (s *State) linkChanged(l topology.Link) {
	s.changed.links.add(l.From)
	st := s.links[l]
	st.Updated = s.stamp()
	if st.Created == 0 {
		st.Created = st.Updated
	}
	s.links[l] = st
	s.saveLink(l, st)
}

// expireLinks forgets links that were not confirmed for too long although both ends could be asked.
func (s *State) expireLinks() {
	lost := s.graph.Expire(s.now, s.cfg.LinkTTL, func(id topology.SwitchID) bool {
		d := s.switches[id]
		return d != nil && d.connected() && s.now.Sub(d.since) >= s.cfg.LinkTTL
	})
	s.linksLost(lost)
	s.countSilent(lost)
	for _, l := range lost {
		for _, dir := range []topology.Link{l, l.Reverse()} {
			if !s.graph.IsLinkPort(dir.From) {
				delete(s.links, dir)
				s.save(RecordLink, dir.String(), nil)
			}
			s.setBase(s.switches[dir.From.Switch])
			s.askPort(dir.From)
		}
	}
}

// probeAll sends LLDP out of every port of every connected switch.
func (s *State) probeAll() {
	for _, d := range s.sortedSwitches() {
		s.probeSwitch(d)
	}
}

func (s *State) probeSwitch(d *device) {
	ports, _ := s.graph.Switch(d.id)
	s.probePorts(d, ports)
}

func (s *State) probePort(d *device, p topology.Port) { s.probePorts(d, []topology.Port{p}) }

func (s *State) probePorts(d *device, ports []topology.Port) {
	if !d.connected() {
		return
	}
	var out []openflow.Message
	for _, p := range ports {
		if !p.Usable() || openflow.PortNo(p.ID) > openflow.PortMax {
			continue
		}
		probe := topology.Probe{Switch: d.id, Port: p.ID, PortName: p.Name, SrcMAC: p.MAC, Stamp: uint64(s.now.UnixNano())}
		out = append(out, packetOut(p.ID, topology.AppendProbe(nil, probe, s.cfg.LinkTTL, s.cfg.LLDPKey)))
	}
	if len(out) > 0 {
		s.tell(Send{Switch: d.id, Conn: d.conn, Messages: out})
	}
}

func packetOut(port topology.PortID, frame []byte) *openflow.PacketOut {
	return &openflow.PacketOut{
		BufferID: openflow.NoBuffer, InPort: openflow.PortController, Data: frame,
		Actions: []openflow.Action{openflow.Output{Port: openflow.PortNo(port)}},
	}
}

// arp locates the sender of an ARP packet and answers for registered endpoints, so that no request is ever flooded (RFC 826).
func (s *State) arp(d *device, at topology.PortRef, eth layers.Ethernet) {
	var a layers.ARP
	if err := a.DecodeFromBytes(eth.Payload, gopacket.NilDecodeFeedback); err != nil ||
		a.AddrType != layers.LinkTypeEthernet || a.Protocol != layers.EthernetTypeIPv4 || len(a.SourceProtAddress) != 4 || len(a.SourceHwAddress) != 6 {
		s.counters.Malformed++
		return
	}
	mac, from := topology.MAC(a.SourceHwAddress), netip.AddrFrom4([4]byte(a.SourceProtAddress))
	if mac != topology.MAC(eth.SrcMAC) { // who sends the frame speaks for somebody else
		s.counters.SpoofedARP++
		return
	}
	// A probe of RFC 5227 says nothing of the sender.
	if !from.IsUnspecified() && !s.sighted(mac, from, at, topology.SeenARP) {
		s.counters.SpoofedARP++
		return
	}
	if a.Operation != layers.ARPRequest {
		return
	}
	wanted := netip.AddrFrom4([4]byte(a.DstProtAddress))
	target, registered := s.byAddr[wanted]
	if !registered || target.bound == nil {
		s.counters.Unanswered++
		return
	}
	if target.MAC == mac {
		return // it asks for itself: address conflict detection
	}
	reply := arpFrame(layers.ARPReply, target.MAC, wanted, mac, from)
	s.tell(Send{Switch: d.id, Conn: d.conn, Messages: []openflow.Message{packetOut(at.Port, reply)}})
}

// arpFrame builds an ARP packet in a frame of the least length (IEEE 802.3: 60 bytes without checksum).
func arpFrame(op uint16, srcMAC topology.MAC, src netip.Addr, dstMAC topology.MAC, dst netip.Addr) []byte {
	to, target := dstMAC[:], dstMAC[:]
	if op == layers.ARPRequest {
		to, target = layers.EthernetBroadcast, make([]byte, 6)
	}
	buf := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{},
		&layers.Ethernet{SrcMAC: srcMAC[:], DstMAC: to, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: op,
			SourceHwAddress: srcMAC[:], SourceProtAddress: src.AsSlice(), DstHwAddress: target, DstProtAddress: dst.AsSlice(),
		})
	if err != nil {
		panic("core: fixed-size ARP frame does not serialize: " + err.Error())
	}
	frame := make([]byte, 60)
	copy(frame, buf.Bytes())
	return frame
}

// sighted takes note of a host at an edge port, and reports whether it is believed: not when it claims the MAC or the address of a host that is
// elsewhere. addr is invalid when only its MAC is known, from its own LLDP; an address of the local link says no more, since others
// may have it too (RFC 4291 §2.5.6).
func (s *State) sighted(mac topology.MAC, addr netip.Addr, at topology.PortRef, by topology.Sighting) (believed bool) {
	if !s.graph.IsEdge(at) {
		return true
	}
	if addr.Is6() && addr.IsLinkLocalUnicast() {
		addr = netip.Addr{}
	}
	before, known := s.hosts.ByAddr(addr)
	h, move := s.hosts.Seen(s.now, mac, addr, at, by)
	s.later(func() { s.markSighting(h) })
	if move.Kind == topology.Same {
		s.seenAgain(mac)
		return true
	}
	if known {
		s.markHost(before) // it may be another's now
	}
	s.changed.switches.add(move.From.Switch)
	switch move.Kind {
	case topology.Refused:
		return true
	case topology.Conflict:
		s.counters.LocationClashes++
		s.deny(Denial{
			Kind: DeniedHost, MAC: mac, Addr: addr, At: at, Count: 1, First: s.now, Last: s.now,
			Reason: "a host with this MAC or address is at port " + s.portName(move.From),
		})
		return false
	}
	if known && before.MAC != mac {
		s.saveHost(before, true)
	}
	for _, there := range s.hosts.ByMAC(mac) { // all of it has moved
		s.saveHost(there, false)
	}
	if e := s.byAddr[addr]; e != nil && e.MAC != mac {
		s.bind(e)
	}
	for _, e := range s.endpointsOf(mac) {
		s.bind(e)
	}
	s.seenAgain(mac)
	if move.Kind == topology.Moved {
		s.askPort(at) // a host that has kept its link does not know, and says nothing of itself
	}
	return true
}

// endpointsOf lists the registered endpoints of an interface, by id.
func (s *State) endpointsOf(mac topology.MAC) []*endpoint {
	st := s.byMAC[mac]
	if st == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(st.endpoints), func(a, b *endpoint) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// forgetHosts forgets where hosts were that were not heard of for long.
func (s *State) forgetHosts() {
	for _, h := range s.hosts.Expire(s.now, s.cfg.HostTTL) {
		s.markHost(h)
		s.saveHost(h, true)
	}
}

// lookAgain has every endpoint that was not found, or may have left, looked for anew, because the network changed.
func (s *State) lookAgain() {
	for _, e := range s.endpoints {
		e.probes = 0
	}
	if at := s.now.Add(settleTime); s.timers.locate.IsZero() || at.Before(s.timers.locate) {
		s.timers.locate = at
	}
}

// endpointProbes is how often a missing endpoint is looked for after each change of the network; then it is left to be heard of.
const endpointProbes = 5

// probeEndpoints looks for the endpoints that were not found yet, or may have left.
func (s *State) probeEndpoints() {
	again := false
	for _, e := range s.sortedEndpoints() {
		if (e.bound == nil || s.isUnproven(e)) && e.probes < endpointProbes {
			s.probeEndpoint(e)
			again = true
		}
	}
	if again {
		s.soon(&s.timers.locate, time.Second)
	}
}

// probeEndpoint asks for an endpoint at every edge port.
func (s *State) probeEndpoint(e *endpoint) {
	e.probes++
	for _, d := range s.sortedSwitches() {
		if !d.connected() {
			continue
		}
		var out []openflow.Message
		for _, p := range s.graph.EdgePorts(d.id) {
			port := s.port(topology.PortRef{Switch: d.id, Port: p})
			if port.Usable() {
				out = append(out, packetOut(p, probeFrame(port.MAC, e.Addr)))
			}
		}
		if len(out) > 0 {
			s.tell(Send{Switch: d.id, Conn: d.conn, Messages: out})
		}
	}
	s.soon(&s.timers.locate, time.Second)
}

// probeFrame asks for an address: by an ARP probe, which needs no address of ours (RFC 5227 §2.1.1), or by a neighbour solicitation.
func probeFrame(port topology.MAC, wanted netip.Addr) []byte {
	if wanted.Is4() {
		return arpFrame(layers.ARPRequest, port, netip.IPv4Unspecified(), topology.MAC{}, wanted)
	}
	return solicitation(port, wanted)
}

func portKey(at topology.PortRef) igmp.PortKey {
	return igmp.PortKey{Switch: uint64(at.Switch), Port: uint32(at.Port)}
}

// queryEdges has the querier ask every edge port of a switch.
func (s *State) queryEdges(d *device) {
	for _, p := range s.graph.EdgePorts(d.id) {
		s.askPort(topology.PortRef{Switch: d.id, Port: p})
	}
}

// name is a switch's name for a person: what its ports' names have in common before "-", or its id.
func (s *State) name(id topology.SwitchID) string {
	ports, _ := s.graph.Switch(id)
	return switchName(id, ports)
}

// portName is a port's name for a person.
func (s *State) portName(at topology.PortRef) string {
	if p, ok := s.graph.Port(at); ok && p.Name != "" {
		return p.Name
	}
	return s.name(at.Switch) + " port " + strconv.FormatUint(uint64(at.Port), 10)
}
