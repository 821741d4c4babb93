package sim

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"crosspoint/testbed"
)

// host is an end station: it answers ARP, neighbour discovery and ping, speaks IGMP and MLD, and sends and counts streams.
type host struct {
	w     *World
	index int
	name  string
	mac   [6]byte
	addr  netip.Addr
	addr6 netip.Addr // invalid: it has IPv4 only
	local netip.Addr // its IPv6 address of the link
	end   end
	arp   map[netip.Addr][6]byte // neighbours, by ARP and by neighbour discovery
	pings map[uint16]*ping       // by ICMP identifier
	last  uint16                 // ICMP identifier
	igmp  igmpHost
	mld   igmpHost
	tap   func([]byte)
}

func newHost(w *World, index int, t testbed.Host) *host {
	h := &host{
		w: w, index: index, name: t.Name, mac: t.MAC, addr: t.Addr, addr6: t.Addr6, local: linkLocal(t.MAC),
		arp: map[netip.Addr][6]byte{}, pings: map[uint16]*ping{},
	}
	h.igmp, h.mld = newIGMPHost(h, igmpSpeech{}), newIGMPHost(h, mldSpeech{})
	return h
}

// addrFor is the host's address of the IP version of another.
func (h *host) addrFor(peer netip.Addr) netip.Addr {
	if peer.Is4() {
		return h.addr
	}
	return h.addr6
}

// memberships is what the host has joined of the IP version of a group.
func (h *host) memberships(group netip.Addr) *igmpHost {
	if group.Is4() {
		return &h.igmp
	}
	return &h.mld
}

func (w *World) host(name string) (*host, error) {
	if h := w.hostBy[name]; h != nil {
		return h, nil
	}
	return nil, fmt.Errorf("find host %q: the topology has none of that name", name)
}

// Inject has a host send a frame of the caller's making, now.
func (w *World) Inject(hostName string, frame []byte) error {
	h, err := w.host(hostName)
	if err != nil {
		return err
	}
	h.send(slices.Clone(frame))
	return nil
}

// Tap has a function called with every frame that arrives at a host's port, from within Advance; nil ends it. The frame must not be written.
func (w *World) Tap(hostName string, tap func(frame []byte)) error {
	h, err := w.host(hostName)
	if err != nil {
		return err
	}
	h.tap = tap
	return nil
}

func (h *host) send(frame []byte) { h.w.transmit(&h.end, frame, nil, nil) }

// receive is what a network card and an IP stack do with a frame.
func (h *host) receive(f []byte) {
	if h.tap != nil {
		h.tap(f)
	}
	if len(f) < ethHeaderLen {
		return
	}
	switch binary.BigEndian.Uint16(f[12:]) {
	case etherARP:
		h.receiveARP(f)
	case etherIPv4:
		h.receiveIPv4(f)
	case etherIPv6:
		if h.addr6.IsValid() {
			h.receiveIPv6(f)
		}
	}
}

func (h *host) receiveIPv4(f []byte) {
	p, wrong := parseIPv4(f)
	if wrong != "" {
		h.bad(wrong)
		return
	}
	switch {
	case p.proto == protoIGMP:
		h.igmp.receive(p)
	case p.proto == protoUDP && p.dst.IsMulticast():
		h.receiveStream(p)
	case p.proto == protoICMP && p.dst == h.addr && p.dstMAC == h.mac:
		h.receiveICMP(p)
	}
}

func (h *host) bad(what string) {
	h.w.oracle.violated(Violation{At: h.w.Now(), Kind: ViolationFrame, Where: h.name, What: what})
}
