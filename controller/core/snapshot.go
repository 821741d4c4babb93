package core

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// Snapshot is everything a reader may want to know, as of one revision of the state. Neither it nor what its lists point to is ever changed
// after it was made, so that successive snapshots share what did not change: the same pointer in two of them means that nothing did. Every list is
// sorted: switches by id, links and ports by id, hosts by MAC and address, endpoints and flows by id, memberships by group and host, denials newest
// first. One that was made by hand needs [Snapshot.Arrange].
type Snapshot struct {
	Revision    uint64
	At          time.Time
	Switches    []*SwitchView
	Links       []*LinkView
	Hosts       []*topology.Host
	Endpoints   []*EndpointView
	Flows       []*FlowView
	Memberships []*MembershipView
	// Queriers are those of others on edge ports, as far as they still count (RFC 3376 §8.5).
	Queriers []igmp.OtherQuerier
	Denials  []*Denial
	// Drained are the switches and cables taken out of use, a cable by one of its ends; sorted.
	Drained []SwitchOrCable
	// Pairs are the essences that are sent twice (ST 2022-7), sorted by name.
	Pairs    []PairView
	Counters Counters
	// Unsaved says that some of it was not made durable, so that a restart could undo it. The state does not know; whoever keeps it says so.
	Unsaved bool

	// The same, as IS-06 pages them.
	SwitchesByTime  Timeline[SwitchView]
	EndpointsByTime Timeline[EndpointView]
	FlowsByTime     Timeline[FlowView]
}

// Arrange sets the orders by time of a snapshot that was made by hand, from its lists, and returns it.
func (s *Snapshot) Arrange() *Snapshot {
	s.SwitchesByTime = after(Timeline[SwitchView]{}, exchange[SwitchView]{here: s.Switches})
	s.EndpointsByTime = after(Timeline[EndpointView]{}, exchange[EndpointView]{here: s.Endpoints})
	s.FlowsByTime = after(Timeline[FlowView]{}, exchange[FlowView]{here: s.Flows})
	return s
}

// Switch finds a switch; nil: there is none.
func (s *Snapshot) Switch(id topology.SwitchID) *SwitchView {
	return found(s.Switches, id, func(v *SwitchView, id topology.SwitchID) int { return cmp.Compare(v.ID, id) })
}

// Link finds one direction of a link; nil: there is none.
func (s *Snapshot) Link(l topology.Link) *LinkView {
	return found(s.Links, l, func(v *LinkView, l topology.Link) int { return v.Compare(l) })
}

// Endpoint finds an endpoint; nil: there is none.
func (s *Snapshot) Endpoint(id uuid.UUID) *EndpointView {
	return found(s.Endpoints, id, func(v *EndpointView, id uuid.UUID) int { return bytes.Compare(v.ID[:], id[:]) })
}

// Flow finds a flow; nil: there is none.
func (s *Snapshot) Flow(id uuid.UUID) *FlowView {
	return found(s.Flows, id, func(v *FlowView, id uuid.UUID) int { return bytes.Compare(v.ID[:], id[:]) })
}

// Port finds a port; nil: there is none.
func (v *SwitchView) Port(id topology.PortID) *PortView {
	i, ok := slices.BinarySearchFunc(v.Ports, id, func(p PortView, id topology.PortID) int { return cmp.Compare(p.ID, id) })
	if !ok {
		return nil
	}
	return &v.Ports[i]
}

func found[V, K any](sorted []*V, key K, compare func(*V, K) int) *V {
	i, ok := slices.BinarySearchFunc(sorted, key, compare)
	if !ok {
		return nil
	}
	return sorted[i]
}

// PairView is an essence that is sent by two flows.
type PairView struct {
	Name    string
	Legs    [2]uuid.UUID // the second is Nil when only one flow's label names the pair
	ByLabel bool         // said by the flows' labels; else by a client
	Shared  Shared       // what both trees need
}

// SwitchView is one switch that is or was connected.
type SwitchView struct {
	ID        topology.SwitchID
	Name      string // what its ports' names have in common ("lf1"), or the id
	Connected bool
	Remote    string    // address of the control connection
	Since     time.Time // of the present state of Connected
	Software  string    // as the switch describes itself
	Ports     []PortView
	// Verified is when have was last found or made equal to want by reading the switch; zero: not since it connected.
	Verified time.Time
	// VerifyTime is how long that took after the session opened.
	VerifyTime time.Duration
	InSync     bool // everything wanted is proven installed
	Flows      int  // entries wanted
	Groups     int  // groups wanted
	Drift      uint64
	Created    flows.TAI // when first seen
	Updated    flows.TAI // when ports last changed
}

// PortView is one port of a switch.
type PortView struct {
	topology.Port
	Kind string // "edge", "link" or "local"
	Peer string // the port at the other end of a link, as switch name and port name; hosts at an edge port by address
	// In and Out account for what the port takes in and sends. A link is accounted for where it leaves a switch: at Out.
	In, Out Account
	// HeldUntil is until when the port is taken for down although its switch says that it is up, because it went up and down too often; if it is
	// down, it must come up first. Zero: it is not.
	HeldUntil time.Time
}

// LinkView is one direction of a link.
type LinkView struct {
	topology.Link
	Usable   bool
	Capacity topology.Bandwidth
	Reserved topology.Bandwidth
	Limit    topology.Bandwidth // the most that may be reserved
	// HeldUntil is the later one of its two ports; see PortView.
	HeldUntil time.Time
	Created   flows.TAI
	Updated   flows.TAI
}

// EndpointView is a registered endpoint and where it was found.
type EndpointView struct {
	flows.Endpoint
	Object flows.ObjectID
	// Bound is the switch port it is served at; nil: it is not.
	Bound *topology.PortRef
	// Problem is why it is not served, for a person; "" when it is.
	Problem string
	// Seen is when the host itself was last heard there; zero: never.
	Seen time.Time
}

// FlowView is a network flow and what became of it.
type FlowView struct {
	flows.NetworkFlow
	Object   flows.ObjectID
	Source   netip.Addr      // S
	Delivery []ReceiverView  // one per receiver, in the order of Receivers
	Tree     []topology.Link // the links that carry or reserve it
	// Channels are all of which it has reserved Reserved each: its sender's port inwards, its links, its receivers' ports outwards; sorted.
	Channels []topology.Channel
	Reserved topology.Bandwidth
}

// ReceiverState says what a receiver of a flow gets, and why.
type ReceiverState string

// Receiver states.
const (
	Unverified    ReceiverState = "unverified"     // the endpoint, or the sender, was not found in the network yet
	Reserved      ReceiverState = "reserved"       // bandwidth is held; waits for forward_flow or a join
	Programming   ReceiverState = "programming"    // switches have not confirmed yet
	Forwarding    ReceiverState = "forwarding"     // every switch on the path has confirmed
	Left          ReceiverState = "left"           // forward_flow is true, and the receiver left by IGMP
	NoCapacityNow ReceiverState = "no capacity"    // a failure left no path with the bandwidth
	NoPathNow     ReceiverState = "no path"        // a failure left no path
	Refused       ReceiverState = "switch refused" // a switch on the path answered with an error
)

// ReceiverView is one receiver of a flow.
type ReceiverView struct {
	Endpoint uuid.UUID
	State    ReceiverState
	Reason   string // for a person; "" when the state says it all
	Joined   bool   // a standing IGMP membership asks for the flow
	Since    time.Time
	Path     []topology.Link
}

// MembershipView is what one host asks for.
type MembershipView struct {
	igmp.Membership
	Endpoint uuid.UUID // the registered endpoint at that port, MAC and address; Nil: none
	// Flows are the flows that it gets by this membership.
	Flows []uuid.UUID
	// Verdict is "allowed", or why not.
	Verdict string
}

// Denial is one thing that a host asked for or sent and was not allowed: the same host, group and reason count as one.
type Denial struct {
	Kind     DenialKind
	MAC      topology.MAC
	Addr     netip.Addr
	At       topology.PortRef
	Group    netip.Addr   // invalid for DeniedHost
	Sources  []netip.Addr // what a join named; empty: any source
	Endpoint uuid.UUID    // the endpoint it seems to be; Nil: none
	Reason   string
	Count    uint64 // joins seen, or packets dropped
	First    time.Time
	Last     time.Time
}

// DenialKind is what was denied.
type DenialKind string

// Kinds of denial.
const (
	DeniedJoin DenialKind = "join"
	DeniedSend DenialKind = "send"
	// DeniedHost: a host that claims to be where another is, or a registered endpoint that is not what or where it was said to be.
	DeniedHost DenialKind = "host"
	// DeniedQuery: a host that asks for memberships as only we should, and is not obeyed.
	DeniedQuery DenialKind = "query"
	// DeniedReport: a host or a port that asks for more, or more often, than is taken in.
	DeniedReport DenialKind = "report"
)

// Counters count what happened since start.
type Counters struct {
	PacketIns       uint64
	Joins           uint64 // memberships begun or changed
	Leaves          uint64
	DeniedJoins     uint64
	DeniedSenders   uint64
	Reroutes        uint64 // trees changed by a failure
	Batches         uint64
	RefusedItems    uint64
	DriftRepaired   uint64
	ForgedLLDP      uint64 // probes of ours that are not, or are thrown back or sent again
	SpoofedLLDP     uint64 // a host's own LLDP with the MAC of a host that is elsewhere
	SpoofedARP      uint64 // ARP in somebody else's name: not the frame's own MAC, or that or the address of a host that is elsewhere
	SpoofedIGMP     uint64 // IGMP reports with the MAC or the address of a host that is elsewhere
	HeldDown        uint64 // ports that went up and down too often
	Malformed       uint64 // packets punted to us that could not be read
	LocationClashes uint64 // a host's MAC and address seen at a second port
	SpoofedRouters  uint64 // router advertisements that hosts sent, as far as they were sampled
	Unanswered      uint64 // ARP requests and neighbour solicitations for an address that is no endpoint's
	Refusals        uint64 // intents refused
	DroppedReports  uint64 // reports and group records of IGMP and MLD not taken in because a limit was reached
	IgnoredReports  uint64 // group records that the standards have a router ignore
	ForeignQueries  uint64 // queries of IGMP and MLD from hosts
}
