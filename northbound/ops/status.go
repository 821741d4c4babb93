package ops

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/topology"
)

// DeliveryState says what a receiver of a flow gets. It is the controller's core.ReceiverState, with two differences: what waits is told from
// what is merely reserved, and a flow that is forwarded but not sent is told from one that runs.
type DeliveryState string

// States of delivery.
const (
	DeliveryUnverified  DeliveryState = "unverified"       // the receiver, or the sender, was not found in the network yet
	DeliveryReserved    DeliveryState = "reserved"         // bandwidth is held
	DeliveryWaiting     DeliveryState = "waiting for join" // bandwidth is held, and the flow goes only to who joins
	DeliveryProgramming DeliveryState = "programming"      // switches have not confirmed yet
	DeliveryForwarding  DeliveryState = "forwarding"       // every switch on the path has confirmed
	DeliveryLeft        DeliveryState = "left"             // the receiver left by IGMP although forward_flow is true
	DeliveryNoCapacity  DeliveryState = "no capacity"      // a failure left no path with the bandwidth
	DeliveryNoPath      DeliveryState = "no path"          // a failure left no path
	DeliveryRefused     DeliveryState = "switch refused"   // a switch on the path answered with an error
	// DeliverySilent: all is ready, and the sender's own switch has not counted a packet while it was looked at. Only the status of one
	// flow has it, because only that reads the switch.
	DeliverySilent DeliveryState = "sender silent"
)

// FlowStatus is what becomes of a flow at this moment: what the controller knows, and what the switches on its tree have counted.
type FlowStatus struct {
	Revision  uint64             `json:"revision"`
	At        time.Time          `json:"at"`
	ID        uuid.UUID          `json:"id"`
	Label     string             `json:"label,omitempty"`
	Source    netip.Addr         `json:"source,omitzero"` // S
	Group     netip.Addr         `json:"group"`           // G
	Sender    EndpointRef        `json:"sender"`
	SenderAt  *PortRef           `json:"sender_at,omitempty"` // absent: the sender was not found yet
	Bandwidth topology.Bandwidth `json:"bandwidth"`
	Reserved  topology.Bandwidth `json:"reserved"` // on each link of the tree
	Receivers []ReceiverStatus   `json:"receivers"`
	Links     []LinkShare        `json:"links"` // of the tree
	Hops      []FlowHop          `json:"hops"`  // the switches of the tree, the sender's first
	// Redundancy tells of the essence that the flow is a leg of (ST 2022-7); absent: it is none.
	Redundancy *FlowRedundancy `json:"redundancy,omitempty"`
}

// ReceiverStatus is what one receiver of a flow gets, and by which ports.
type ReceiverStatus struct {
	Endpoint EndpointRef   `json:"endpoint"`
	At       *PortRef      `json:"at,omitempty"` // absent: the endpoint was not found yet
	State    DeliveryState `json:"state"`
	Reason   string        `json:"reason,omitempty"`
	Joined   bool          `json:"joined"` // a standing IGMP membership asks for the flow
	Since    time.Time     `json:"since,omitzero"`
	// Path lists the ports from the sender's to the receiver's, both included: at each switch the port it comes in by and the one it leaves by.
	// Empty: there is no path now.
	Path []PortRef `json:"path"`
}

// LinkShare is one link of a flow's tree and what is reserved on it.
type LinkShare struct {
	Hop
	Reserved topology.Bandwidth `json:"reserved"` // for this flow
	Total    topology.Bandwidth `json:"total"`    // for all flows
	Limit    topology.Bandwidth `json:"limit"`    // the most that may be reserved
}

// FlowHop is one switch of a flow's tree and what it counts of the flow. The numbers are the switch's: Open vSwitch brings those of entries
// up to date about twice a second, those of meters at once; rates of entries are told over whole such steps, within an eighth.
type FlowHop struct {
	Switch     topology.SwitchID `json:"switch"`
	SwitchName string            `json:"switch_name"`
	In         PortRef           `json:"in"`
	Out        []PortRef         `json:"out"` // to other switches of the tree, and to receivers that get the flow
	// Problem says why nothing is counted here; "" when there is none.
	Problem string `json:"problem,omitempty"`
	// Sent is what came from the sender, at its own switch only.
	Sent *Traffic `json:"sent,omitempty"`
	// Dropped is what exceeded the reservation, at the sender's own switch only: nowhere else is the flow's rate bounded.
	Dropped *Traffic `json:"dropped,omitempty"`
	// Forwarded is what the switch passed on. Absent: it holds no entry that would, or could not be read.
	Forwarded *Traffic `json:"forwarded,omitempty"`
	// WindowSeconds is the time between the two readings that the rates are from, by the switch's clock; absent: no rates.
	WindowSeconds float64 `json:"window_seconds,omitzero"`
}

// Traffic is a count and how fast it grows.
type Traffic struct {
	Packets          uint64  `json:"packets"` // since the switch began to count
	Bytes            uint64  `json:"bytes"`   // of whole frames
	PacketsPerSecond float64 `json:"packets_per_second"`
	BitsPerSecond    float64 `json:"bits_per_second"`
}

// FlowStatus gives what becomes of one flow, by id, a start of it, or label.
func (c Client) FlowStatus(ctx context.Context, name string) (*FlowStatus, error) {
	return get[FlowStatus](ctx, c, FlowStatusPath(name), nil)
}

func (a *API) flowStatus(w http.ResponseWriter, r *http.Request) error {
	if err := checkParams(r.URL.Query(), nil); err != nil {
		return err
	}
	ctx, cancel := a.bounded(r)
	defer cancel()
	x, err := a.index(ctx, w)
	if err != nil {
		return err
	}
	f, err := x.findFlow(mux.Vars(r)["flow"])
	if err != nil {
		return err
	}
	status := x.flowStatus(f)
	status.At = a.now()
	a.count(ctx, x, f, &status)
	return northbound.Answer(w, http.StatusOK, status)
}

// flowStatus is all of the status that the controller knows by itself.
func (x *index) flowStatus(f *core.FlowView) FlowStatus {
	s := FlowStatus{
		Revision: x.Revision, ID: f.ID, Label: textOf(f.Label), Source: f.Source, Group: f.Group,
		Sender: x.endpoint(f.Sender), Bandwidth: f.Bandwidth, Reserved: f.Reserved,
		Receivers: make([]ReceiverStatus, 0, len(f.Delivery)), Links: mapped(f.Tree, x.shareOf(f)), Hops: x.flowHops(f),
		Redundancy: x.redundancyOf(f.ID),
	}
	if e := x.Endpoint(f.Sender); e != nil {
		s.SenderAt = x.portOrNone(e.Bound)
	}
	for i := range f.Delivery {
		s.Receivers = append(s.Receivers, x.receiverStatus(f, &f.Delivery[i]))
	}
	return s
}

func (x *index) receiverStatus(f *core.FlowView, r *core.ReceiverView) ReceiverStatus {
	s := ReceiverStatus{
		Endpoint: x.endpoint(r.Endpoint), State: deliveryState(f, r), Reason: r.Reason, Joined: r.Joined, Since: utc(r.Since),
		Path: x.portPath(f, r),
	}
	if e := x.Endpoint(r.Endpoint); e != nil {
		s.At = x.portOrNone(e.Bound)
	}
	return s
}

func deliveryState(f *core.FlowView, r *core.ReceiverView) DeliveryState {
	if r.State == core.Reserved && !f.Forward && !r.Joined {
		return DeliveryWaiting
	}
	return DeliveryState(r.State)
}

// portPath lists the ports of a receiver's path; empty when it has no place in the tree.
func (x *index) portPath(f *core.FlowView, r *core.ReceiverView) []PortRef {
	ports := []PortRef{}
	from, to := x.boundOf(f.Sender), x.boundOf(r.Endpoint)
	switch r.State {
	case core.Unverified, core.NoCapacityNow, core.NoPathNow:
		return ports
	}
	if from == nil || to == nil || len(r.Path) == 0 && from.Switch != to.Switch {
		return ports
	}
	ports = append(ports, x.port(*from))
	for _, l := range r.Path {
		ports = append(ports, x.port(l.From), x.port(l.To))
	}
	return append(ports, x.port(*to))
}

func (x *index) boundOf(endpoint uuid.UUID) *topology.PortRef {
	if e := x.Endpoint(endpoint); e != nil {
		return e.Bound
	}
	return nil
}

// shareOf tells what a flow holds of a link.
func (x *index) shareOf(f *core.FlowView) func(topology.Link) LinkShare {
	return func(l topology.Link) LinkShare {
		share := LinkShare{Hop: x.hop(l), Reserved: f.Reserved}
		if v := x.Link(l); v != nil {
			share.Total, share.Limit = v.Reserved, v.Limit
		}
		return share
	}
}

// flowHops lists the switches of a flow's tree from the sender's on, each after the one it gets the flow from.
func (x *index) flowHops(f *core.FlowView) []FlowHop {
	hops := []FlowHop{}
	at := x.boundOf(f.Sender)
	if at == nil {
		return hops
	}
	entries := []topology.PortRef{*at}
	seen := map[topology.SwitchID]bool{at.Switch: true}
	for len(entries) > 0 {
		in := entries[0]
		entries = entries[1:]
		hop := FlowHop{Switch: in.Switch, SwitchName: x.port(in).SwitchText(), In: x.port(in), Out: []PortRef{}}
		for _, l := range f.Tree {
			if l.From.Switch == in.Switch && !seen[l.To.Switch] {
				seen[l.To.Switch] = true
				entries = append(entries, l.To)
				hop.Out = append(hop.Out, x.port(l.From))
			}
		}
		hop.Out = append(hop.Out, x.receiverPorts(f, in.Switch)...)
		hops = append(hops, hop)
	}
	return hops
}

// receiverPorts lists the ports of a switch at which receivers get the flow, or will when switches have confirmed.
func (x *index) receiverPorts(f *core.FlowView, sw topology.SwitchID) []PortRef {
	var ports []PortRef
	for _, r := range f.Delivery {
		at := x.boundOf(r.Endpoint)
		if at != nil && at.Switch == sw && (r.State == core.Forwarding || r.State == core.Programming) {
			ports = append(ports, x.port(*at))
		}
	}
	return ports
}
