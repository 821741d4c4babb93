package ovs

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"

	"crosspoint/testbed"
)

// spec is what lab.py is to build: the topology with all numbers and names worked out.
type spec struct {
	Owner    int          `json:"owner"`    // our process id
	Patience float64      `json:"patience"` // seconds to wait for another lab
	Switches []switchSpec `json:"switches"`
	Links    []linkSpec   `json:"links"`
	Hosts    []hostSpec   `json:"hosts"`
}

type switchSpec struct {
	Name    string   `json:"name"`
	DPID    string   `json:"dpid"` // 16 hexadecimal digits
	Targets []string `json:"targets"`
	Plain   bool     `json:"plain,omitempty"` // a bridge that no controller has to do with: a hub of the topology
}

type linkSpec struct {
	A       string `json:"a"` // interface name
	ASwitch string `json:"aSwitch"`
	APort   uint32 `json:"aPort"`
	B       string `json:"b"`
	BSwitch string `json:"bSwitch"`
	BPort   uint32 `json:"bPort"`
}

type hostSpec struct {
	Name   string `json:"name"`
	IP     string `json:"ip"`  // with prefix length
	IP6    string `json:"ip6"` // with prefix length; "": the host has IPv4 only
	MAC    string `json:"mac"`
	Switch string `json:"switch"`
	Port   string `json:"port"` // of the switch: interface name
	PortNo uint32 `json:"portNo"`
}

func newSpec(t testbed.Topology, o Options) (spec, error) {
	s := spec{Owner: os.Getpid(), Patience: o.Wait.Seconds(), Switches: []switchSpec{}, Links: []linkSpec{}, Hosts: []hostSpec{}}
	if err := checkTopology(t); err != nil {
		return s, err
	}
	for _, sw := range t.Switches {
		targets, err := o.targets(sw)
		if err != nil {
			return s, err
		}
		s.Switches = append(s.Switches, switchSpec{Name: sw.Name, DPID: fmt.Sprintf("%016x", sw.DPID), Targets: targets})
	}
	ports := t.Ports()
	for range t.Links {
		a, b := ports[0], ports[1]
		ports = ports[2:]
		s.Links = append(s.Links, linkSpec{A: a.Name, ASwitch: a.Switch, APort: a.No, B: b.Name, BSwitch: b.Switch, BPort: b.No})
	}
	s.addHubs(t)
	for _, h := range t.Hosts {
		at := cableTo(t, h)
		s.Hosts = append(s.Hosts, hostSpec{
			Name: h.Name, IP: h.Addr.String() + "/16", IP6: prefix6(h.Addr6), MAC: net.HardwareAddr(h.MAC[:]).String(),
			Switch: at.Switch, Port: at.Name, PortNo: at.No,
		})
	}
	return s, nil
}

// firstHubID begins the datapath ids of hubs, which nobody sees.
const firstHubID = 0xffff_0000

// addHubs makes a bridge of each hub.
func (s *spec) addHubs(t testbed.Topology) {
	for i, hub := range t.Hubs() {
		at := t.PortOf(hub.Hosts[0])
		s.Switches = append(s.Switches, switchSpec{Name: hub.Name, DPID: fmt.Sprintf("%016x", firstHubID+i), Targets: []string{}, Plain: true})
		up := hubPort(hub, 1)
		s.Links = append(s.Links, linkSpec{A: at.Name, ASwitch: at.Switch, APort: at.No, B: up.Name, BSwitch: up.Switch, BPort: up.No})
	}
}

// cableTo is the port that a host's cable leads to, of its switch or of its hub.
func cableTo(t testbed.Topology, h testbed.Host) testbed.PortNo {
	for _, hub := range t.Hubs() {
		if hub.Name == h.Hub {
			return hubPort(hub, uint32(slices.Index(hub.Hosts, h.Name)+2))
		}
	}
	return t.PortOf(h.Name)
}

func hubPort(hub testbed.Hub, no uint32) testbed.PortNo {
	return testbed.PortNo{Switch: hub.Name, No: no, Name: fmt.Sprintf("%s-eth%d", hub.Name, no)}
}

// prefix6 is an IPv6 address with the length of its prefix; "" for none.
func prefix6(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String() + "/64"
}

// interfaceNameSize is the longest name of a network interface, by Linux's IFNAMSIZ.
const interfaceNameSize = 15

// checkTopology refuses what Mininet or the kernel would misunderstand. Names go through a shell there.
func checkTopology(t testbed.Topology) error {
	plain := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	nodes := map[string]bool{}
	add := func(name string) error {
		if !plain.MatchString(name) || len(name) > interfaceNameSize-len("-eth0") || nodes[name] {
			return fmt.Errorf("topology %s: name %q must be unique, of lower-case letters and digits, and at most 10 long", t.Name, name)
		}
		nodes[name] = true
		return nil
	}
	dpids := map[uint64]bool{0: true}
	for _, sw := range t.Switches {
		if err := add(sw.Name); err != nil {
			return err
		}
		if dpids[sw.DPID] {
			return fmt.Errorf("topology %s: switch %s: datapath id %#x is 0 or taken", t.Name, sw.Name, sw.DPID)
		}
		dpids[sw.DPID] = true
	}
	if err := checkEnds(t, nodes); err != nil {
		return err
	}
	for _, hub := range t.Hubs() {
		if err := add(hub.Name); err != nil {
			return err
		}
	}
	for _, h := range t.Hosts {
		if err := add(h.Name); err != nil {
			return err
		}
		if !h.Addr.Is4() {
			return fmt.Errorf("topology %s: host %s: address %s is not IPv4", t.Name, h.Name, h.Addr)
		}
		if h.Addr6.IsValid() && (!h.Addr6.Is6() || h.Addr6.Zone() != "") {
			return fmt.Errorf("topology %s: host %s: address %s is not IPv6", t.Name, h.Name, h.Addr6)
		}
	}
	return nil
}

// checkEnds sees that links and hosts are at switches that exist, with port names that fit.
func checkEnds(t testbed.Topology, switches map[string]bool) error {
	for _, l := range t.Links {
		if !switches[l.A] || !switches[l.B] || l.A == l.B {
			return fmt.Errorf("topology %s: link %s–%s does not join two switches", t.Name, l.A, l.B)
		}
	}
	for _, h := range t.Hosts {
		if !switches[h.Switch] {
			return fmt.Errorf("topology %s: host %s is on switch %q, which does not exist", t.Name, h.Name, h.Switch)
		}
	}
	for _, p := range t.Ports() {
		if len(p.Name) > interfaceNameSize {
			return fmt.Errorf("topology %s: interface name %s is longer than %d", t.Name, p.Name, interfaceNameSize)
		}
	}
	return nil
}
