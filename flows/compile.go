package flows

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"crosspoint/openflow"
	"crosspoint/topology"
)

var (
	multicastIPv4 = netip.PrefixFrom(netip.AddrFrom4([4]byte{224, 0, 0, 0}), 4)
	localGroups   = netip.PrefixFrom(netip.AddrFrom4([4]byte{224, 0, 0, 0}), 24) // RFC 5771 §4: never forwarded
)

// Stream is what the switches need to know of a flow.
type Stream struct {
	Object    ObjectID
	Source    netip.Addr // S
	Group     netip.Addr // G
	SenderMAC topology.MAC
	Rate      topology.Bandwidth // what the guard lets through: the reservation
	DSCP      DSCP
}

func (s Stream) owner() Owner { return Owner{Kind: KindFlow, Object: s.Object} }

// Part is one switch's part of a flow's tree.
type Part struct {
	In     topology.PortID   // by which the flow enters the switch
	Sender bool              // In is the sender's own port
	Out    []topology.PortID // to other switches and to receivers
}

// Equal reports whether two parts are the same; Out is a set kept sorted by Compile's callers.
func (p Part) Equal(o Part) bool {
	return p.In == o.In && p.Sender == o.Sender && slices.Equal(p.Out, o.Out)
}

// Compile turns one switch's part of a flow into its tables. At the sender's port the guard stands even when nothing listens, so that an
// authorised sender is told from an unauthorised one; its packets then end at the miss of TableMulticast.
func Compile(s Stream, p Part) Tables {
	b := newBuilder(s.owner())
	sg := append(sourceGroup(s.Source, s.Group), openflow.InPort(openflow.PortNo(p.In)))
	if p.Sender {
		b.meter(openflow.MeterID(s.Object), policer(s.Rate))
		b.entry(TableGuard, prioGuardSender, match(append(sg, openflow.EthSrc(openflow.MAC(s.SenderMAC)))...),
			openflow.UseMeter{Meter: openflow.MeterID(s.Object)},
			openflow.ApplyActions{Actions: []openflow.Action{openflow.SetField{Field: openflow.IPDSCP(s.DSCP.Value())}}},
			goTo(TableMulticast))
	}
	buckets := branches(p)
	if len(buckets) > 0 {
		b.tables.Groups[openflow.GroupID(s.Object)] = Group{Type: openflow.GroupTypeAll, Buckets: buckets}
		b.entry(TableMulticast, prioBranch, match(sg...),
			openflow.ApplyActions{Actions: []openflow.Action{openflow.ApplyGroup{Group: openflow.GroupID(s.Object)}}})
	}
	return b.tables
}

// sourceGroup matches the packets of a source to a group, both of one family.
func sourceGroup(source, group netip.Addr) []openflow.OXM {
	if group.Is4() {
		return []openflow.OXM{openflow.EthType(etherTypeIPv4), openflow.IPv4Src(source), openflow.IPv4Dst(group)}
	}
	return []openflow.OXM{openflow.EthType(etherTypeIPv6), openflow.IPv6Src(source), openflow.IPv6Dst(group)}
}

// branches makes one bucket a port, in port order. The port that the flow comes in by is left out: whoever is there has it already.
func branches(p Part) []openflow.Bucket {
	var out []openflow.Bucket
	for _, port := range slices.Compact(slices.Sorted(slices.Values(p.Out))) {
		if port == p.In {
			continue
		}
		out = append(out, openflow.Bucket{
			WatchPort: openflow.PortAny, WatchGroup: openflow.GroupAny,
			Actions: []openflow.Action{openflow.Output{Port: openflow.PortNo(port)}},
		})
	}
	return out
}

// policer limits a sender to a rate. The burst is 100 ms of the rate and at least 64 kbit, so that a sender that gathers packets for
// a moment is not cut. Meters count in kbit/s (OpenFlow 1.3.5 §7.3.4.4).
func policer(rate topology.Bandwidth) Meter {
	kbps := uint32(min((uint64(rate)+999)/1000, math.MaxUint32))
	return Meter{
		Flags: openflow.MeterKbps | openflow.MeterBurst,
		Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: max(kbps, 1), Burst: max(kbps/10, 64)}},
	}
}

// Station is what the switches need to know of a registered host for unicast.
type Station struct {
	Object ObjectID
	MAC    topology.MAC
	At     topology.PortRef
}

// Owner owns the station's entries.
func (s Station) Owner() Owner { return Owner{Kind: KindHost, Object: s.Object} }

// CompileHost makes a switch's entries for a station: towards it by out, and, on its own switch, what it may send.
func CompileHost(s Station, sw topology.SwitchID, out topology.PortID) Tables {
	b := newBuilder(s.Owner())
	mac := openflow.MAC(s.MAC)
	b.entry(TableUnicast, prioHost, match(openflow.EthDst(mac)),
		openflow.ApplyActions{Actions: []openflow.Action{openflow.Output{Port: openflow.PortNo(out)}}})
	if sw == s.At.Switch {
		b.entry(TableClassify, prioUnicast, match(openflow.InPort(openflow.PortNo(s.At.Port)), openflow.EthSrc(mac)), goTo(TableUnicast))
	}
	return b.tables
}

// HostRoute finds the port by which a switch sends to a MAC; false when it knows no way.
func HostRoute(t *Tracker, mac topology.MAC) (topology.PortID, bool) {
	e, ok := t.Has(EntryKey{TableUnicast, prioHost, match(openflow.EthDst(openflow.MAC(mac)))})
	if !ok {
		return 0, false
	}
	for _, in := range e.Instructions {
		if apply, ok := in.(openflow.ApplyActions); ok && len(apply.Actions) == 1 {
			if out, ok := apply.Actions[0].(openflow.Output); ok {
				return topology.PortID(out.Port), true
			}
		}
	}
	return 0, false
}

// Intruder is a sender that nobody authorised, at the port where it was seen.
type Intruder struct {
	Port   topology.PortID
	MAC    topology.MAC
	Source netip.Addr
	Group  netip.Addr
}

// Compare orders intruders.
func (i Intruder) Compare(o Intruder) int {
	return cmp.Or(cmp.Compare(i.Port, o.Port), slices.Compare(i.MAC[:], o.MAC[:]), i.Source.Compare(o.Source), i.Group.Compare(o.Group))
}

// CompileDrop makes the entry that drops and counts an intruder's packets in the switch, so that the controller need not see them.
func CompileDrop(id ObjectID, i Intruder) Tables {
	b := newBuilder(Owner{Kind: KindDenied, Object: id})
	b.entry(TableGuard, prioGuardDenied, match(append(sourceGroup(i.Source, i.Group),
		openflow.InPort(openflow.PortNo(i.Port)), openflow.EthSrc(openflow.MAC(i.MAC)))...))
	return b.tables
}

// ParseDrop reads an intruder back from the key of an entry that CompileDrop made; false if it is none.
func ParseDrop(k EntryKey) (Intruder, bool) {
	port, okPort := k.Match.InPort()
	mac, okMAC := k.Match.EthSrc()
	src, okSrc := k.Match.IPv4Src()
	group, okGroup := k.Match.IPv4Dst()
	if !okSrc && !okGroup {
		src, okSrc = k.Match.IPv6Src()
		group, okGroup = k.Match.IPv6Dst()
	}
	i := Intruder{Port: topology.PortID(port), MAC: topology.MAC(mac), Source: src, Group: group}
	return i, k.Table == TableGuard && k.Priority == prioGuardDenied && okPort && okMAC && okSrc && okGroup
}
