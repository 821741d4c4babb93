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
	Profile   Profile            // how far it may burst: see Profile.Burst
	DSCP      DSCP
}

// Part is one switch's part of a flow's tree.
type Part struct {
	In     topology.PortID   // by which the flow enters the switch
	Sender bool              // In is the sender's own port
	Links  []topology.PortID // to other switches
	Edges  []topology.PortID // to receivers
}

// Equal reports whether two parts are the same; Links and Edges are sets kept sorted by Compile's callers.
func (p Part) Equal(o Part) bool {
	return p.In == o.In && p.Sender == o.Sender && slices.Equal(p.Links, o.Links) && slices.Equal(p.Edges, o.Edges)
}

// Sends reports whether the switch sends the flow out of a port.
func (p *Part) Sends(port topology.PortID) bool {
	for _, list := range [][]topology.PortID{p.Links, p.Edges} {
		if _, is := slices.BinarySearch(list, port); is {
			return true
		}
	}
	return false
}

// outputs appends the ports that the switch sends the flow out of to ports, sorted. The port that the flow comes in by is left out: whoever is there
// has it already.
func (p *Part) outputs(ports []topology.PortID) []topology.PortID {
	ports = append(append(ports, p.Links...), p.Edges...)
	slices.Sort(ports)
	return slices.DeleteFunc(slices.Compact(ports), func(port topology.PortID) bool { return port == p.In })
}

// Compile turns one switch's part of a flow into its branches in a version: an entry for what comes from the tree's side in that version,
// and a group with one bucket a branch. A switch that sends the flow nowhere now has both, the group without buckets: what comes is
// dropped, and to begin or end a branch is one GROUP_MOD.
func Compile(s Stream, v Version, p Part) Tables {
	key, entry := branchEntry(&s, v, p.In)
	return Tables{
		Flows:  map[EntryKey]Entry{key: entry},
		Groups: map[openflow.GroupID]Group{groupOf(s.Object, v): {Type: openflow.GroupTypeAll, Buckets: branches(&s, v, &p)}},
	}
}

// branchEntry sends what of a flow comes in by a port to the flow's group.
func branchEntry(s *Stream, v Version, in topology.PortID) (EntryKey, Entry) {
	return branchKey(s, v, in), Entry{Cookie: BranchesOf(s.Object, v).Cookie(), Instructions: []openflow.Instruction{
		openflow.ApplyActions{Actions: []openflow.Action{openflow.ApplyGroup{Group: groupOf(s.Object, v)}}},
	}}
}

func branchKey(s *Stream, v Version, in topology.PortID) EntryKey {
	return EntryKey{TableMulticast, prioBranch, match(append(s.fields(in), openflow.EthDst(v.destination(*s)))...)}
}

// CompileGuard makes the entry that lets a flow's sender in at its port: what it may send, metered, with the flow's DSCP, in the version that
// runs. It stands even when nothing listens, so that an authorised sender is told from an unauthorised one.
func CompileGuard(s Stream, v Version, in topology.PortID) Tables {
	b := newBuilder(GuardOf(s.Object))
	b.meter(openflow.MeterID(s.Object), policer(s.Rate, s.Profile))
	sets := []openflow.Action{openflow.SetField{Field: openflow.IPDSCP(s.DSCP.Value())}}
	if v != 0 {
		sets = append(sets, openflow.SetField{Field: openflow.EthDst(v.destination(s))})
	}
	from := []openflow.OXM{openflow.EthSrc(openflow.MAC(s.SenderMAC)), openflow.EthDst(groupMAC(s.Group))}
	b.entry(TableGuard, prioGuardSender, match(append(s.fields(in), from...)...),
		openflow.UseMeter{Meter: openflow.MeterID(s.Object)}, openflow.ApplyActions{Actions: sets}, goTo(TableMulticast))
	return b.tables
}

// fields match a flow's packets at a port.
func (s *Stream) fields(in topology.PortID) []openflow.OXM {
	return append(sourceGroup(s.Source, s.Group), openflow.InPort(openflow.PortNo(in)))
}

// sourceGroup matches the packets of a source to a group, both of one family.
func sourceGroup(source, group netip.Addr) []openflow.OXM {
	const most = 6 // fields of any entry of a flow
	fields := make([]openflow.OXM, 0, most)
	if group.Is4() {
		return append(fields, openflow.EthType(etherTypeIPv4), openflow.IPv4Src(source), openflow.IPv4Dst(group))
	}
	return append(fields, openflow.EthType(etherTypeIPv6), openflow.IPv6Src(source), openflow.IPv6Dst(group))
}

// branches makes one bucket a port, in port order. A receiver gets what the sender sent, so what the guard made of the destination is undone.
func branches(s *Stream, v Version, p *Part) []openflow.Bucket {
	var room [32]topology.PortID
	ports := p.outputs(room[:0])
	out := make([]openflow.Bucket, 0, len(ports))
	outputs := make([]openflow.Action, 0, len(ports)) // of all buckets, in one piece: a group may have hundreds
	for i, port := range ports {
		outputs = append(outputs, openflow.Output{Port: openflow.PortNo(port)})
		actions := outputs[i : i+1 : i+1]
		if v != 0 && !slices.Contains(p.Links, port) {
			actions = []openflow.Action{openflow.SetField{Field: openflow.EthDst(groupMAC(s.Group))}, actions[0]}
		}
		out = append(out, openflow.Bucket{WatchPort: openflow.PortAny, WatchGroup: openflow.GroupAny, Actions: actions})
	}
	return out
}

// policer limits a sender to a rate, with the burst of its profile. Meters count in kbit/s and kbit (OpenFlow 1.3.5 §7.3.4.4).
func policer(rate topology.Bandwidth, p Profile) Meter {
	return Meter{
		Flags: openflow.MeterKbps | openflow.MeterBurst,
		Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: max(kilobits(uint64(rate)), 1), Burst: kilobits(p.Burst(rate))}},
	}
}

// kilobits rounds up to what a meter can say.
func kilobits(bits uint64) uint32 {
	return uint32(min(bits/1000+min(bits%1000, 1), math.MaxUint32))
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

// HostRoute finds the port by which a switch sends to a station; false when it knows no way.
func HostRoute(t *Tracker, s Station) (topology.PortID, bool) {
	e, ok := t.Has(s.Owner()).Flows[EntryKey{TableUnicast, prioHost, match(openflow.EthDst(openflow.MAC(s.MAC)))}]
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
