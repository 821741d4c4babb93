package core_test

import (
	"fmt"
	"net"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/openflow"
	"crosspoint/testbed"
)

// cabling tells what is at the other end of each switch port.
type cabling struct {
	peer  map[place]place                // of ports between switches
	ports []place                        // those ports, in order
	edges []place                        // the ports of hosts, in order
	known map[string]map[arriving]onward // by switch: where it sends a frame on to; forgotten when the switch changes
}

// arriving is a frame at a port of a switch.
type arriving struct {
	port  openflow.PortNo
	frame string
}

// onward is where a switch sends a frame on to.
type onward struct {
	to   []place // ports of other switches
	some bool    // it is sent out somewhere, to hosts too; else it is dropped
}

type place struct {
	sw   string
	port openflow.PortNo
}

func cablingOf(t testbed.Topology) cabling {
	c := cabling{peer: map[place]place{}, known: map[string]map[arriving]onward{}}
	all := t.Ports()
	for i := range t.Links { // Ports lists both ends of each link in turn
		a, b := all[2*i], all[2*i+1]
		pa, pb := place{a.Switch, openflow.PortNo(a.No)}, place{b.Switch, openflow.PortNo(b.No)}
		c.peer[pa], c.peer[pb] = pb, pa
		c.ports = append(c.ports, pa, pb)
	}
	for _, h := range all[2*len(t.Links):] {
		c.edges = append(c.edges, place{h.Switch, openflow.PortNo(h.No)})
	}
	return c
}

// noLoops holds that no packet of any flow, and none to any host, could go in a circle through what the switches hold right now, wherever it
// is: the invariant that must hold at every moment of every update. It is called when a switch has changed.
func (l *lab) noLoops(changed string) {
	if l.cables.peer == nil {
		l.cables = cablingOf(l.world.Topology())
	}
	delete(l.cables.known, changed)
	for _, f := range l.state.Snapshot().Flows {
		for v, dst := range destinations(f) {
			l.follow(fmt.Sprintf("%s → %s in version %d", f.Source, f.Group, v), udpFrame(dst, f.Source.AsSlice(), f.Group.AsSlice()))
		}
	}
	for _, h := range l.world.Topology().Hosts {
		l.follow("unicast to "+h.Name, udpFrame(h.MAC[:], net.IP{10, 0, 0, 99}, h.Addr.AsSlice()))
	}
	l.followOnce("PTP", udpFrame(net.HardwareAddr{1, 0, 0x5e, 0, 1, 0x81}, net.IP{10, 0, 0, 99}, ptp))
}

var ptp = net.IP{224, 0, 1, 129}

// followOnce follows a frame as follow does, and holds also that from no edge port any switch takes it in twice. That it comes to a switch which drops
// it is nothing: while the switch at one end of a link is away, only the other can stop what comes by it.
func (l *lab) followOnce(what string, frame []byte) {
	l.follow(what, frame)
	for _, from := range l.cables.edges {
		seen := map[string]bool{from.sw: true}
		for line := l.onward(from, frame).to; len(line) > 0; line = line[1:] {
			next := l.onward(line[0], frame)
			if !next.some {
				continue
			}
			require.False(l.t, seen[line[0].sw], "%s from %v comes to %s twice", what, from, line[0].sw)
			seen[line[0].sw] = true
			line = append(line, next.to...)
		}
	}
}

// onward is where a frame is sent on to that comes in by a port.
func (l *lab) onward(at place, frame []byte) onward {
	if l.cables.known[at.sw] == nil {
		l.cables.known[at.sw] = map[arriving]onward{}
	}
	key := arriving{at.port, string(frame)}
	next, known := l.cables.known[at.sw][key]
	if known {
		return next
	}
	out, _ := l.world.Switch(at.sw).Receive(l.world.Now(), at.port, slices.Clone(frame))
	for _, e := range out {
		next.some = next.some || e.Port <= openflow.PortMax
		if peer, ok := l.cables.peer[place{at.sw, e.Port}]; ok {
			next.to = append(next.to, peer)
		}
	}
	if l.isConnected(at.sw) { // else nobody is told when a port of it goes down
		l.cables.known[at.sw][key] = next
	}
	return next
}

func (l *lab) isConnected(sw string) bool {
	for _, w := range l.conns {
		if w.sw == sw {
			return true
		}
	}
	return false
}

// destinations are the Ethernet destinations that a flow's packets have between switches in its two versions.
func destinations(f *core.FlowView) [2]net.HardwareAddr {
	o := f.Object
	moved := net.HardwareAddr{3, 0xc9, 5, byte(o >> 16), byte(o >> 8), byte(o)}
	if f.Group.Is4() {
		g := f.Group.As4()
		return [2]net.HardwareAddr{{1, 0, 0x5e, g[1] & 0x7f, g[2], g[3]}, moved}
	}
	g := f.Group.As16()
	return [2]net.HardwareAddr{{0x33, 0x33, g[12], g[13], g[14], g[15]}, moved}
}

// follow sends a frame into every switch from every side and follows it; a loop is a port between switches that leads back to itself.
func (l *lab) follow(what string, frame []byte) {
	next := map[place][]place{}
	for _, at := range l.cables.ports {
		next[at] = l.onward(at, frame).to
	}
	done, open := map[place]bool{}, map[place]bool{}
	var walk func(place)
	walk = func(at place) {
		require.False(l.t, open[at], "%s goes in a circle through %v: %v", what, at, next)
		if done[at] {
			return
		}
		open[at] = true
		for _, to := range next[at] {
			walk(to)
		}
		open[at], done[at] = false, true
	}
	for _, at := range l.cables.ports {
		walk(at)
	}
}

func udpFrame(dst net.HardwareAddr, src, to net.IP) []byte {
	var ip interface {
		gopacket.NetworkLayer
		gopacket.SerializableLayer
	} = &layers.IPv4{Version: 4, TTL: 16, Protocol: layers.IPProtocolUDP, SrcIP: src, DstIP: to}
	kind := layers.EthernetTypeIPv4
	if len(to) == net.IPv6len {
		ip = &layers.IPv6{Version: 6, HopLimit: 16, NextHeader: layers.IPProtocolUDP, SrcIP: src, DstIP: to}
		kind = layers.EthernetTypeIPv6
	}
	udp := &layers.UDP{SrcPort: 1, DstPort: 2}
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		panic(err)
	}
	buf := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: dst, EthernetType: kind}, ip, udp)
	if err != nil {
		panic(err)
	}
	return buf.Bytes()
}
