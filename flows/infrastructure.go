package flows

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// OwnerInfrastructure owns the one tree that carries what every host may need: clocks (PTP) and names (mDNS).
var OwnerInfrastructure = Owner{Kind: KindInfrastructure}

// defaultInfrastructureGroups are the groups of PTP (IEEE 1588-2019 annex C.3: 224.0.1.129 to .132 and, for peer delay, 224.0.0.107) and mDNS
// (RFC 6762 §3: 224.0.0.251).
func defaultInfrastructureGroups() []netip.Addr {
	return []netip.Addr{
		netip.AddrFrom4([4]byte{224, 0, 0, 107}), netip.AddrFrom4([4]byte{224, 0, 0, 251}),
		netip.AddrFrom4([4]byte{224, 0, 1, 129}), netip.AddrFrom4([4]byte{224, 0, 1, 130}),
		netip.AddrFrom4([4]byte{224, 0, 1, 131}), netip.AddrFrom4([4]byte{224, 0, 1, 132}),
	}
}

// Infrastructure is what the switches need to know of the infrastructure groups.
type Infrastructure struct {
	Groups []netip.Addr // IPv4
	Rate   uint32       // packets a second that one edge port may send to all of them together
	// Routers says that there are IPv6 routers: what they say to all hosts, and hosts to them, takes the tree as well (RFC 4861 §4.1, §4.2).
	Routers bool
}

// Any reports whether there is anything that needs the tree.
func (c Infrastructure) Any() bool { return len(c.Groups) > 0 || c.Routers }

// DefaultInfrastructure has the groups of PTP and mDNS, and room for the requests of a few hundred clocks.
func DefaultInfrastructure() Infrastructure {
	return Infrastructure{Groups: defaultInfrastructureGroups(), Rate: 2000}
}

// InfrastructurePorts are the ports of one switch that take infrastructure groups in and send them out. Both lists are sorted.
type InfrastructurePorts struct {
	Links []topology.PortID // of the tree, to other switches
	Edges []topology.PortID // to hosts
	// Routers are those of the edges at which a router may advertise itself (RFC 6105).
	Routers []topology.PortID
}

// Both gives the ports that are in o as well.
func (p InfrastructurePorts) Both(o InfrastructurePorts) InfrastructurePorts {
	return InfrastructurePorts{Links: inBoth(p.Links, o.Links), Edges: inBoth(p.Edges, o.Edges), Routers: inBoth(p.Routers, o.Routers)}
}

func inBoth(a, b []topology.PortID) []topology.PortID {
	return slices.DeleteFunc(slices.Clone(a), func(p topology.PortID) bool { return !slices.Contains(b, p) })
}

// CompileInfrastructure makes a switch's entries: what comes in by one of the ports goes out by all others. A group never sends a packet back
// to where it came from (OpenFlow 1.3.5 §5.6.1), so one group serves all ports. What comes from a host is metered, each port by itself, so
// that none can starve another; from any other port the groups are dropped like the rest. Where there are routers, so goes what hosts ask of them, and
// what they advertise to all hosts, from their own ports only.
func CompileInfrastructure(c Infrastructure, p InfrastructurePorts) Tables {
	b := newBuilder(OwnerInfrastructure)
	var out []openflow.Bucket
	for _, port := range slices.Sorted(slices.Values(slices.Concat(p.Links, p.Edges))) {
		out = append(out, openflow.Bucket{
			WatchPort: openflow.PortAny, WatchGroup: openflow.GroupAny,
			Actions: []openflow.Action{openflow.Output{Port: openflow.PortNo(port)}},
		})
	}
	if len(out) == 0 {
		return b.tables
	}
	b.group(groupInfrastructure, out)
	apply := openflow.ApplyActions{Actions: []openflow.Action{openflow.ApplyGroup{Group: groupInfrastructure}}}
	for _, group := range c.Groups {
		for _, port := range p.Links {
			b.entry(TableClassify, prioInfrastructure, infrastructureMatch(port, group), apply)
		}
		for _, port := range p.Edges {
			meter := portMeter(firstInfrastructureMeter, port)
			b.meter(meter, packetMeter(c.Rate, c.Rate))
			b.entry(TableClassify, prioInfrastructure, infrastructureMatch(port, group), openflow.UseMeter{Meter: meter}, apply)
		}
	}
	if c.Routers {
		b.routers(c, p, apply)
	}
	return b.tables
}

// routers lets on what routers and hosts say to each other by multicast.
func (b *builder) routers(c Infrastructure, p InfrastructurePorts, apply openflow.Instruction) {
	for _, port := range p.Links {
		b.entry(TableClassify, prioRouters, solicitationMatch(port), apply)
		b.entry(TableClassify, prioRouters, advertisementMatch(port), apply)
	}
	for _, port := range p.Edges {
		meter := portMeter(firstInfrastructureMeter, port)
		b.meter(meter, packetMeter(c.Rate, c.Rate))
		b.entry(TableClassify, prioRouters, solicitationMatch(port), openflow.UseMeter{Meter: meter}, apply)
		if slices.Contains(p.Routers, port) {
			b.entry(TableClassify, prioRouters, advertisementMatch(port), openflow.UseMeter{Meter: meter}, apply)
		}
	}
}

func solicitationMatch(in topology.PortID) openflow.Match {
	return solicitations.match(openflow.InPort(openflow.PortNo(in)), openflow.IPv6Dst(allRouters6))
}

func advertisementMatch(in topology.PortID) openflow.Match {
	return advertisements.match(openflow.InPort(openflow.PortNo(in)), openflow.IPv6Dst(allNodes6))
}

// The groups of a link's nodes and of its routers (RFC 4291 §2.7.1).
var (
	allNodes6   = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x01})
	allRouters6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x02})
)

func infrastructureMatch(in topology.PortID, group netip.Addr) openflow.Match {
	return match(openflow.InPort(openflow.PortNo(in)), openflow.EthType(etherTypeIPv4), openflow.IPv4Dst(group))
}

// WantedInfrastructure reads the ports back from what a switch is wanted to have.
func WantedInfrastructure(t *Tracker) InfrastructurePorts {
	links, edges, routers := map[topology.PortID]struct{}{}, map[topology.PortID]struct{}{}, map[topology.PortID]struct{}{}
	for key, e := range t.Wants(OwnerInfrastructure).Flows {
		port, _ := key.Match.InPort()
		_, fromHost := e.Instructions[0].(openflow.UseMeter)
		if fromHost && key.Match == advertisementMatch(topology.PortID(port)) {
			routers[topology.PortID(port)] = struct{}{}
		}
		if fromHost {
			edges[topology.PortID(port)] = struct{}{}
		} else {
			links[topology.PortID(port)] = struct{}{}
		}
	}
	return InfrastructurePorts{
		Links: slices.Sorted(maps.Keys(links)), Edges: slices.Sorted(maps.Keys(edges)), Routers: slices.Sorted(maps.Keys(routers)),
	}
}

// MayPassInfrastructure reports whether a port of a switch takes infrastructure groups in or sends them out, as far as can be known: it does by
// what is wanted, or it did when the switch was last heard.
func MayPassInfrastructure(t *Tracker, c Infrastructure, port topology.PortID) bool {
	want, have := t.Wants(OwnerInfrastructure), t.Has(OwnerInfrastructure)
	keys := []EntryKey{{TableClassify, prioRouters, solicitationMatch(port)}}
	for _, group := range c.Groups {
		keys = append(keys, EntryKey{TableClassify, prioInfrastructure, infrastructureMatch(port, group)})
	}
	for _, key := range keys {
		if _, has := have.Flows[key]; has {
			return true
		}
		if _, wants := want.Flows[key]; wants {
			return true
		}
	}
	sends := func(b openflow.Bucket) bool {
		return len(b.Actions) == 1 && b.Actions[0] == openflow.Action(openflow.Output{Port: openflow.PortNo(port)})
	}
	return slices.ContainsFunc(have.Groups[groupInfrastructure].Buckets, sends)
}

// Validate says what is wrong with the groups or the rate.
func (c Infrastructure) Validate() error {
	for _, g := range c.Groups {
		if !g.Is4() || !g.IsMulticast() {
			return fmt.Errorf("infrastructure group %s: want an IPv4 multicast group", g)
		}
	}
	if len(c.Groups) > maxInfrastructureGroups {
		return fmt.Errorf("%d infrastructure groups: at most %d, since every port has an entry for each", len(c.Groups), maxInfrastructureGroups)
	}
	if c.Any() && c.Rate == 0 {
		return fmt.Errorf("infrastructure rate 0: want packets a second, at least 1")
	}
	return nil
}

const maxInfrastructureGroups = 64
