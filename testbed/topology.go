package testbed

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// Topology is a fabric to bring up: the same on the simulated fabric and on Open vSwitch.
type Topology struct {
	Name     string
	Switches []Switch
	Links    []Link
	Hosts    []Host
}

// Switch is one switch of a topology. Its ports are named <name>-eth<n>, numbered from 1 in the order of Links, then Hosts.
type Switch struct {
	Name string
	DPID uint64
}

// Link joins two switches by name.
type Link struct{ A, B string }

// Host is one end station. Its interface is <name>-eth0.
type Host struct {
	Name   string
	Switch string
	MAC    [6]byte
	Addr   netip.Addr // in 10.0.0.0/16
	Addr6  netip.Addr // in fd00::/64; invalid: the host has IPv4 only
	// Hub names what stands between the host and the switch: hosts of one hub share a port of the switch, and hear each other. "": a cable.
	Hub string
}

// AddrFor is the host's IPv6 address for an IPv6 peer, invalid when it has none, and its IPv4 address otherwise.
func (h Host) AddrFor(peer netip.Addr) netip.Addr {
	if peer.Is6() {
		return h.Addr6
	}
	return h.Addr
}

// LeafSpine joins every leaf to every spine and puts hosts on the leaves: sp1…, lf1…, h1… (h1 to h<hosts> on lf1, and so on).
func LeafSpine(spines, leaves, hosts int) Topology {
	t := Topology{Name: fmt.Sprintf("leaf-spine %dx%d", spines, leaves)}
	for i := range spines {
		t.addSwitch(fmt.Sprintf("sp%d", i+1))
	}
	for i := range leaves {
		leaf := t.addSwitch(fmt.Sprintf("lf%d", i+1))
		for s := range spines {
			t.Links = append(t.Links, Link{A: fmt.Sprintf("sp%d", s+1), B: leaf})
		}
		t.addHosts(leaf, hosts)
	}
	return t
}

// Ring joins n switches s1…sn in a circle with hosts on each.
func Ring(n, hosts int) Topology {
	t := Topology{Name: fmt.Sprintf("ring of %d", n)}
	for i := range n {
		t.addHosts(t.addSwitch(fmt.Sprintf("s%d", i+1)), hosts)
	}
	for i := range n {
		t.Links = append(t.Links, Link{A: fmt.Sprintf("s%d", i+1), B: fmt.Sprintf("s%d", (i+1)%n+1)})
	}
	return t
}

// Single is one switch s1 with all hosts on it.
func Single(hosts int) Topology {
	t := Topology{Name: "single switch"}
	t.addHosts(t.addSwitch("s1"), hosts)
	return t
}

func (t *Topology) addSwitch(name string) string {
	t.Switches = append(t.Switches, Switch{Name: name, DPID: uint64(len(t.Switches) + 1)})
	return name
}

func (t *Topology) addHosts(on string, n int) {
	for range n {
		i := len(t.Hosts) + 1
		t.Hosts = append(t.Hosts, Host{
			Name:   fmt.Sprintf("h%d", i),
			Switch: on,
			MAC:    [6]byte{0, 0, 0, 0, byte(i >> 8), byte(i)},
			Addr:   netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}),
			Addr6:  netip.AddrFrom16([16]byte{0xfd, 14: byte(i >> 8), 15: byte(i)}),
		})
	}
}

// Swapped is the topology after two hosts were plugged in at each other's place. Ports keep their numbers and names. It fails on a host that is not there, or behind a hub.
func (t Topology) Swapped(a, b string) (Topology, error) {
	find := func(name string) int { return slices.IndexFunc(t.Hosts, func(h Host) bool { return h.Name == name }) }
	i, j := find(a), find(b)
	if i < 0 || j < 0 || i == j || t.Hosts[i].Hub+t.Hosts[j].Hub != "" {
		return t, fmt.Errorf("swap hosts %s and %s: want two hosts of topology %s that have a port of their own", a, b, t.Name)
	}
	t.Hosts = slices.Clone(t.Hosts)
	t.Hosts[i], t.Hosts[j] = t.Hosts[j], t.Hosts[i]
	t.Hosts[i].Switch, t.Hosts[j].Switch = t.Hosts[j].Switch, t.Hosts[i].Switch
	return t, nil
}

// ShareHub puts hosts of one switch, each of which has a port of its own, behind a hub of their own at one port.
func (t *Topology) ShareHub(hosts ...string) error {
	name := fmt.Sprintf("hub%d", len(t.Hubs())+1)
	on := ""
	for i := range t.Hosts {
		h := &t.Hosts[i]
		switch {
		case !slices.Contains(hosts, h.Name):
			continue
		case h.Hub != "" || on != "" && on != h.Switch:
			return fmt.Errorf("host %s cannot be behind %s: it is behind a hub already, or at another switch than the hub", h.Name, name)
		}
		h.Hub, on = name, h.Switch
	}
	if on == "" {
		return fmt.Errorf("%s has no host", name)
	}
	return nil
}

// Hub is a plain bridge behind a port of a switch.
type Hub struct {
	Name, Switch string
	Hosts        []string // in order; the host at index i is at its port i+2, the switch at port 1
}

// Hubs lists the hubs, in the order of their first hosts.
func (t Topology) Hubs() []Hub {
	var out []Hub
	for _, h := range t.Hosts {
		if h.Hub == "" {
			continue
		}
		at := slices.IndexFunc(out, func(hub Hub) bool { return hub.Name == h.Hub })
		if at < 0 {
			at = len(out)
			out = append(out, Hub{Name: h.Hub, Switch: h.Switch})
		}
		out[at].Hosts = append(out[at].Hosts, h.Name)
	}
	return out
}

// PortNo is one port of one switch in a topology.
type PortNo struct {
	Switch string
	No     uint32
	Name   string // <switch>-eth<no>
	Peer   string // the switch, host or hub at the other end
}

// Ports lists every switch port: links in order first, then hosts in order, as Mininet numbers them. A hub is there once, in place of its first host.
func (t Topology) Ports() []PortNo {
	next := map[string]uint32{}
	var out []PortNo
	add := func(sw, peer string) {
		next[sw]++
		out = append(out, PortNo{Switch: sw, No: next[sw], Name: fmt.Sprintf("%s-eth%d", sw, next[sw]), Peer: peer})
	}
	for _, l := range t.Links {
		add(l.A, l.B)
		add(l.B, l.A)
	}
	hubs := map[string]bool{}
	for _, h := range t.Hosts {
		if h.Hub == "" || !hubs[h.Hub] {
			add(h.Switch, cmp.Or(h.Hub, h.Name))
		}
		hubs[h.Hub] = true
	}
	return out
}

// PortOf is the switch port at which a host is, behind a hub or not; the zero value for an unknown host.
func (t Topology) PortOf(host string) PortNo {
	for _, p := range t.Ports() {
		if p.Peer == host {
			return p
		}
		for _, hub := range t.Hubs() {
			if p.Peer == hub.Name && slices.Contains(hub.Hosts, host) {
				return p
			}
		}
	}
	return PortNo{}
}
