package flows

import (
	"fmt"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// The tables of the pipeline. A packet passes them in this order; what no entry lets on is dropped, and counted where it stopped.
const (
	TableClassify  openflow.TableID = 0 // what a packet is: control protocol, multicast, unicast
	TableGuard     openflow.TableID = 1 // may this sender send to this group here?
	TableMulticast openflow.TableID = 2 // one entry per <S,G>: from the tree's side to the flow's group
	TableUnicast   openflow.TableID = 3 // known hosts by destination address

	// What hosts say for the controller, bounded for each edge port by itself. They come last because what they hold is no part of forwarding.
	TableMembership openflow.TableID = 4 // IGMP and MLD
	TableNeighbours openflow.TableID = 5 // ARP and neighbour discovery
)

// Priorities in TableClassify.
const (
	prioLLDP           uint16 = 900 // LLDP to the controller, from any port
	prioRouters        uint16 = 850 // where there are routers: what they and hosts say to each other by multicast, from a port of the tree
	prioControlLink    uint16 = 800 // router advertisements that come from another switch: dropped, or to their host where there are routers
	prioControl        uint16 = 700 // IGMP, MLD, ARP and neighbour discovery: to the tables that bound them by port
	prioInfrastructure uint16 = 500 // infrastructure groups (PTP, mDNS) from a port of their tree or of a host: along the tree
	prioLocalGroups    uint16 = 450 // other groups of the local link: dropped
	prioMulticast      uint16 = 400 // an IPv4 or IPv6 group: to the guard
	prioMulticastRest  uint16 = 300 // any other multicast or broadcast frame: dropped
	prioUnicast        uint16 = 200 // from a switch, or from a registered host at its own port: to TableUnicast
	prioMiss           uint16 = 0
)

// Priorities in TableGuard.
const (
	prioGuardLink   uint16 = 900 // from another switch: guarded where it came in
	prioGuardSender uint16 = 800 // a flow's sender at its own port
	prioGuardDenied uint16 = 700 // an unauthorised sender already known: dropped and counted
)

const (
	prioBranch uint16 = 500 // TableMulticast
	prioHost   uint16 = 500 // TableUnicast
	prioPort   uint16 = 500 // TableMembership, TableNeighbours: a port that is known
)

// Meters that bound what a switch sends to the controller, by kind, so that a flood of one cannot starve another. Those of memberships and
// neighbours are for ports that the switch was told nothing of yet; every edge port has two of its own.
const (
	meterLLDP       openflow.MeterID = 1
	meterMembership openflow.MeterID = 2
	meterNeighbours openflow.MeterID = 3
	meterSample     openflow.MeterID = 4 // unauthorised senders, of streams and of router advertisements
)

// Rates and bursts of meters towards the controller, in packets a second and packets. That of memberships is a little more than what the
// controller takes in from one port (igmp.DefaultConfig), so that what it drops, it still counts.
const (
	rateLLDP, burstLLDP             = 2000, 2000
	rateMembership, burstMembership = 4400, 8800
	rateNeighbours, burstNeighbours = 1000, 1000
	rateSample, burstSample         = 20, 20
)

// FirstObject and LastObject bound the ids of flows and endpoints. A flow's meter has its object id, and so has its group, with groupVersionBit
// in version 1.
const (
	FirstObject ObjectID = 16
	LastObject  ObjectID = 0x0002ffff
)

// groupInfrastructure is the group of the infrastructure tree.
const groupInfrastructure openflow.GroupID = 1

// Ranges of meters with one for each edge port, above those of flows, and within the 262,144 that Open vSwitch has.
const (
	firstInfrastructureMeter openflow.MeterID = openflow.MeterID(LastObject) + 1 + iota*portMeters
	firstMembershipMeter
	firstNeighboursMeter
	endOfPortMeters

	portMeters = 0x4000
)

// portMeter numbers the meter of an edge port in a range. Ports beyond what a range holds share one.
func portMeter(first openflow.MeterID, port topology.PortID) openflow.MeterID {
	if port >= portMeters {
		port = 0
	}
	return first + openflow.MeterID(port)
}

// Cookie layout, from the top: 16 bits prefix, 8 bits kind, 8 bits slot, 32 bits object id.
const (
	cookiePrefix     uint64 = 0xc905 << 48
	cookiePrefixMask uint64 = 0xffff << 48
	cookieKindShift         = 40
	cookieSlotShift         = 32

	// CookieMaskKind matches the entries of one kind.
	CookieMaskKind uint64 = cookiePrefixMask | 0xff<<cookieKindShift
	// CookieMaskObject matches the entries of one object, whatever their slot.
	CookieMaskObject uint64 = CookieMaskKind | 0xffffffff
)

// Kind is what an entry is there for; it is in its cookie.
type Kind uint8

// Kinds of entry.
const (
	KindForeign        Kind = iota // not ours
	KindBase                       // the same on every switch, or tied to a port
	KindHost                       // unicast to a registered endpoint, and from it
	KindFlow                       // a network flow
	KindDenied                     // an unauthorised sender, dropped and counted
	KindInfrastructure             // the tree of PTP, mDNS and the like
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case KindBase:
		return "base"
	case KindHost:
		return "host"
	case KindFlow:
		return "flow"
	case KindDenied:
		return "denied sender"
	case KindInfrastructure:
		return "infrastructure"
	default:
		return "foreign"
	}
}

// Slot is one of the sets of entries that an object may have on a switch. Only flows have more than the first.
type Slot uint8

// The slots of a flow. Its branches are there in two versions while its tree moves, else in one.
const (
	SlotBranches0 Slot = iota // branches, version 0; the only slot of what is no flow
	SlotBranches1             // branches, version 1
	SlotGuard                 // what the sender may send, and the version that it goes out in
)

// Owner is what a set of entries serves. Entries of one owner come and go together.
type Owner struct {
	Kind   Kind
	Slot   Slot
	Object ObjectID // 0 for KindBase
}

// BranchesOf owns one version of a flow's branches.
func BranchesOf(flow ObjectID, v Version) Owner {
	return Owner{Kind: KindFlow, Slot: SlotBranches0 + Slot(v), Object: flow}
}

// GuardOf owns the guard of a flow's sender.
func GuardOf(flow ObjectID) Owner { return Owner{Kind: KindFlow, Slot: SlotGuard, Object: flow} }

// String names the owner.
func (o Owner) String() string {
	switch {
	case o.Slot == SlotGuard:
		return fmt.Sprintf("%s %d, guard", o.Kind, o.Object)
	case o.Slot != SlotBranches0:
		return fmt.Sprintf("%s %d, version %d", o.Kind, o.Object, o.Slot)
	default:
		return fmt.Sprintf("%s %d", o.Kind, o.Object)
	}
}

// Cookie is the cookie of all entries of the owner.
func (o Owner) Cookie() uint64 {
	return cookiePrefix | uint64(o.Kind)<<cookieKindShift | uint64(o.Slot)<<cookieSlotShift | uint64(o.Object)
}

// OwnerOf reads a cookie. The kind is KindForeign when the entry is not ours.
func OwnerOf(cookie uint64) Owner {
	if cookie&cookiePrefixMask != cookiePrefix {
		return Owner{}
	}
	return Owner{Kind: Kind(cookie >> cookieKindShift), Slot: Slot(cookie >> cookieSlotShift), Object: ObjectID(cookie)}
}

// groupVersionBit is set in the number of a flow's group in version 1; the rest is the flow's object id.
const groupVersionBit openflow.GroupID = 1 << 24

// groupOf numbers the group of a flow's branches in a version.
func groupOf(flow ObjectID, v Version) openflow.GroupID {
	id := openflow.GroupID(flow)
	if v == 1 {
		id |= groupVersionBit
	}
	return id
}

// groupOwner tells what a group serves by its number; the kind is KindForeign when it is not ours.
func groupOwner(id openflow.GroupID) Owner {
	flow := ObjectID(id &^ groupVersionBit)
	switch {
	case id == groupInfrastructure:
		return OwnerInfrastructure
	case flow < FirstObject || flow > LastObject:
		return Owner{}
	case id&groupVersionBit != 0:
		return BranchesOf(flow, 1)
	default:
		return BranchesOf(flow, 0)
	}
}

// meterOwner tells what a meter serves by its number; the kind is KindForeign when it is not ours.
func meterOwner(id openflow.MeterID) Owner {
	switch object := ObjectID(id); {
	case id >= firstInfrastructureMeter && id < firstMembershipMeter:
		return OwnerInfrastructure
	case id >= firstMembershipMeter && id < endOfPortMeters:
		return OwnerBase
	case id == 0 || object > LastObject:
		return Owner{}
	case object < FirstObject:
		return OwnerBase
	default:
		return GuardOf(object)
	}
}

// MeteredToController says what a meter towards the controller bounds; "" when it is no such meter.
func MeteredToController(id openflow.MeterID) string {
	port := func(first openflow.MeterID) string {
		if id == first {
			return fmt.Sprintf("ports from %d on", portMeters)
		}
		return fmt.Sprintf("port %d", id-first)
	}
	switch {
	case id == meterLLDP:
		return "LLDP to controller"
	case id == meterMembership:
		return "IGMP and MLD of ports not known yet"
	case id == meterNeighbours:
		return "ARP and neighbour discovery of ports not known yet"
	case id == meterSample:
		return "samples of unauthorised senders"
	case id >= firstMembershipMeter && id < firstNeighboursMeter:
		return "IGMP and MLD of " + port(firstMembershipMeter)
	case id >= firstNeighboursMeter && id < endOfPortMeters:
		return "ARP and neighbour discovery of " + port(firstNeighboursMeter)
	default:
		return ""
	}
}
