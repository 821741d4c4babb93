package flows

import (
	"fmt"

	"crosspoint/openflow"
)

// The tables of the pipeline. A packet passes them in this order; what no entry lets on is dropped, and counted where it stopped.
const (
	TableClassify  openflow.TableID = 0 // what a packet is: control protocol, multicast, unicast
	TableGuard     openflow.TableID = 1 // may this sender send to this group here?
	TableMulticast openflow.TableID = 2 // one entry per <S,G>: from the tree's side to the flow's group
	TableUnicast   openflow.TableID = 3 // known hosts by destination address
)

// Priorities in TableClassify.
const (
	prioLLDP          uint16 = 900 // LLDP to the controller, from any port
	prioControlLink   uint16 = 800 // IGMP, MLD, ARP and neighbour discovery that come from another switch: dropped
	prioControlEdge   uint16 = 700 // the same from an edge port: to the controller
	prioLocalGroups   uint16 = 450 // groups of the local link (mDNS and the like): dropped
	prioMulticast     uint16 = 400 // an IPv4 or IPv6 group: to the guard
	prioMulticastRest uint16 = 300 // any other multicast or broadcast frame: dropped
	prioUnicast       uint16 = 200 // from a switch, or from a registered host at its own port: to TableUnicast
	prioMiss          uint16 = 0
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
)

// Meters that bound what a switch sends to the controller, by kind, so that a flood of one cannot starve another.
const (
	meterLLDP   openflow.MeterID = 1
	meterIGMP   openflow.MeterID = 2
	meterARP    openflow.MeterID = 3
	meterSample openflow.MeterID = 4 // unauthorised senders, of streams and of router advertisements
	meterMLD    openflow.MeterID = 5
	meterND     openflow.MeterID = 6
)

// Rates and bursts of those meters, in packets a second and packets.
const (
	rateLLDP, burstLLDP     = 2000, 2000
	rateIGMP, burstIGMP     = 20000, 20000
	rateARP, burstARP       = 2000, 2000
	rateSample, burstSample = 20, 20
	rateMLD, burstMLD       = 20000, 20000
	rateND, burstND         = 2000, 2000
)

// FirstObject and LastObject bound the ids of flows and endpoints. A flow's group and meter have its object id, so they lie in the same range.
const (
	FirstObject ObjectID = 16
	LastObject  ObjectID = 0x00ffffff
)

// Cookie layout, from the top: 16 bits prefix, 8 bits kind, 8 bits zero, 32 bits object id.
const (
	cookiePrefix     uint64 = 0xc905 << 48
	cookiePrefixMask uint64 = 0xffff << 48
	cookieKindShift         = 40

	// CookieMaskKind matches the entries of one kind.
	CookieMaskKind uint64 = cookiePrefixMask | 0xff<<cookieKindShift
)

// Kind is what an entry is there for; it is in its cookie.
type Kind uint8

// Kinds of entry.
const (
	KindForeign Kind = iota // not ours
	KindBase                // the same on every switch, or tied to a port
	KindHost                // unicast to a registered endpoint, and from it
	KindFlow                // a network flow
	KindDenied              // an unauthorised sender, dropped and counted
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
	default:
		return "foreign"
	}
}

// Owner is what a set of entries serves. Entries of one owner come and go together.
type Owner struct {
	Kind   Kind
	Object ObjectID // 0 for KindBase
}

// String names the owner.
func (o Owner) String() string { return fmt.Sprintf("%s %d", o.Kind, o.Object) }

// Cookie is the cookie of all entries of the owner.
func (o Owner) Cookie() uint64 {
	return cookiePrefix | uint64(o.Kind)<<cookieKindShift | uint64(o.Object)
}

// OwnerOf reads a cookie. The kind is KindForeign when the entry is not ours.
func OwnerOf(cookie uint64) Owner {
	if cookie&cookiePrefixMask != cookiePrefix {
		return Owner{}
	}
	return Owner{Kind: Kind(cookie >> cookieKindShift), Object: ObjectID(cookie)}
}

// ours reports whether a group or meter number is in a range that the pipeline uses.
func ours(id uint32) bool { return id != 0 && id <= uint32(LastObject) }
