package is06

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// fake keeps endpoints and flows by the controller's rules, without a network.
type fake struct {
	mu        sync.Mutex
	now       flows.TAI
	endpoints map[uuid.UUID]flows.Endpoint
	flows     map[uuid.UUID]flows.NetworkFlow
	switches  []*core.SwitchView
	links     []*core.LinkView
	// fail is what the next Submit or Snapshot answers, if it is set.
	fail error
	// unsaved marks snapshots, as when the disk is full.
	unsaved bool
	// last is the change that was asked for last.
	last core.Change
}

func newFake() *fake {
	return &fake{
		now: 1000 * flows.TAI(time.Second), endpoints: make(map[uuid.UUID]flows.Endpoint), flows: make(map[uuid.UUID]flows.NetworkFlow),
	}
}

func (f *fake) Submit(_ context.Context, change core.Change) (core.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = change
	if err := f.fail; err != nil {
		f.fail = nil
		return core.Result{}, err
	}
	f.now++
	switch c := change.(type) {
	case core.PutEndpoint:
		return f.putEndpoint(c.Endpoint)
	case core.PatchEndpoint:
		return f.patchEndpoint(c.ID, c.Patch)
	case core.DeleteEndpoint:
		return f.deleteEndpoint(c.ID)
	case core.PutFlow:
		return f.putFlow(c.Flow)
	case core.PatchFlow:
		return f.patchFlow(c.ID, c.Patch)
	case core.DeleteFlow:
		if _, ok := f.flows[c.ID]; !ok {
			return deny(core.NotFound, "", "no network flow %s", c.ID)
		}
		delete(f.flows, c.ID)
		return core.Result{}, nil
	case core.AddReceivers:
		return f.addReceivers(c)
	case core.RemoveReceiver:
		return f.removeReceiver(c)
	}
	panic(fmt.Sprintf("unknown change %T", change))
}

func deny(kind core.RefusalKind, field, format string, args ...any) (core.Result, error) {
	return core.Result{}, &core.Refusal{Kind: kind, Field: field, Message: fmt.Sprintf(format, args...)}
}

func denyFor(kind core.RefusalKind, other uuid.UUID) (core.Result, error) {
	return core.Result{}, &core.Refusal{Kind: kind, Message: "in the way: " + other.String(), Other: other}
}

func (f *fake) putEndpoint(e flows.Endpoint) (core.Result, error) {
	if _, ok := f.endpoints[e.ID]; ok {
		return deny(core.Exists, "id", "endpoint %s exists", e.ID)
	}
	for _, other := range f.endpoints {
		if other.Addr == e.Addr {
			return denyFor(core.Conflict, other.ID)
		}
	}
	e.Created, e.Updated = f.now, f.now
	f.endpoints[e.ID] = e
	return core.Result{Endpoint: &e}, nil
}

func (f *fake) patchEndpoint(id uuid.UUID, p flows.EndpointPatch) (core.Result, error) {
	e, ok := f.endpoints[id]
	if !ok {
		return deny(core.NotFound, "", "no endpoint %s", id)
	}
	for _, other := range f.endpoints {
		if p.Addr != nil && other.Addr == *p.Addr && other.ID != id {
			return denyFor(core.Conflict, other.ID)
		}
	}
	e.Addr, e.Role = or(p.Addr, e.Addr), or(p.Role, e.Role)
	if p.Attached != nil {
		e.Attached = p.Attached
	}
	if p.MaxBandwidth != nil {
		e.MaxBandwidth = p.MaxBandwidth
	}
	if p.Label != nil {
		e.Label = p.Label
	}
	e.Updated = f.now
	f.endpoints[id] = e
	return core.Result{Endpoint: &e}, nil
}

func (f *fake) deleteEndpoint(id uuid.UUID) (core.Result, error) {
	if _, ok := f.endpoints[id]; !ok {
		return deny(core.NotFound, "", "no endpoint %s", id)
	}
	for _, flow := range f.flows {
		if flow.Sender == id || flow.Lists(id) {
			return denyFor(core.InUse, flow.ID)
		}
	}
	delete(f.endpoints, id)
	return core.Result{}, nil
}

func (f *fake) putFlow(flow flows.NetworkFlow) (core.Result, error) {
	if _, ok := f.flows[flow.ID]; ok {
		return deny(core.Exists, "id", "network flow %s exists", flow.ID)
	}
	for _, other := range f.flows {
		if other.Sender == flow.Sender && other.Group == flow.Group {
			return denyFor(core.Conflict, other.ID)
		}
	}
	if e, ok := f.endpoints[flow.Sender]; !ok || !e.Role.MaySend() {
		return deny(core.Invalid, "sender_endpoint_id", "endpoint %s cannot send", flow.Sender)
	}
	if err := f.mayReceive(flow.Receivers); err != nil {
		return core.Result{}, err
	}
	flow.Created, flow.Updated = f.now, f.now
	f.flows[flow.ID] = flow
	return core.Result{Flow: &flow}, nil
}

func (f *fake) mayReceive(ids []uuid.UUID) error {
	for _, id := range ids {
		if e, ok := f.endpoints[id]; !ok || !e.Role.MayReceive() {
			_, err := deny(core.Invalid, "receiver_endpoint_ids", "endpoint %s cannot receive", id)
			return err
		}
	}
	return nil
}

func (f *fake) patchFlow(id uuid.UUID, p flows.FlowPatch) (core.Result, error) {
	flow, ok := f.flows[id]
	if !ok {
		return deny(core.NotFound, "", "no network flow %s", id)
	}
	flow.Bandwidth, flow.Profile = or(p.Bandwidth, flow.Bandwidth), or(p.Profile, flow.Profile)
	flow.Forward, flow.DSCP = or(p.Forward, flow.Forward), or(p.DSCP, flow.DSCP)
	if p.Label != nil {
		flow.Label = p.Label
	}
	flow.Updated = f.now
	f.flows[id] = flow
	return core.Result{Flow: &flow}, nil
}

func (f *fake) addReceivers(c core.AddReceivers) (core.Result, error) {
	flow, ok := f.flows[c.Flow]
	if !ok {
		return deny(core.NotFound, "", "no network flow %s", c.Flow)
	}
	if err := f.mayReceive(c.Receivers); err != nil {
		return core.Result{}, err
	}
	flow.Receivers = slices.Clone(flow.Receivers)
	for _, id := range c.Receivers {
		if !flow.Lists(id) {
			flow.Receivers = append(flow.Receivers, id)
		}
	}
	flow.Updated = f.now
	f.flows[c.Flow] = flow
	return core.Result{Flow: &flow}, nil
}

func (f *fake) removeReceiver(c core.RemoveReceiver) (core.Result, error) {
	flow, ok := f.flows[c.Flow]
	if !ok || !flow.Lists(c.Receiver) {
		return deny(core.NotFound, "", "no receiver %s of network flow %s", c.Receiver, c.Flow)
	}
	flow.Receivers = slices.DeleteFunc(slices.Clone(flow.Receivers), func(id uuid.UUID) bool { return id == c.Receiver })
	flow.Updated = f.now
	f.flows[c.Flow] = flow
	return core.Result{Flow: &flow}, nil
}

func (f *fake) Snapshot(context.Context) (*core.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail; err != nil {
		f.fail = nil
		return nil, err
	}
	s := &core.Snapshot{
		Unsaved:  f.unsaved,
		Switches: slices.SortedFunc(slices.Values(f.switches), func(a, b *core.SwitchView) int { return cmp.Compare(a.ID, b.ID) }),
		Links:    slices.SortedFunc(slices.Values(f.links), func(a, b *core.LinkView) int { return a.Compare(b.Link) }),
	}
	for _, e := range f.endpoints {
		s.Endpoints = append(s.Endpoints, &core.EndpointView{Endpoint: e})
	}
	for _, flow := range f.flows {
		s.Flows = append(s.Flows, &core.FlowView{NetworkFlow: flow})
	}
	slices.SortFunc(s.Endpoints, func(a, b *core.EndpointView) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	slices.SortFunc(s.Flows, func(a, b *core.FlowView) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return s.Arrange(), nil
}

// endpointID makes ids that are the same in every run.
func endpointID(n int) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "endpoint %d", n))
}

func flowID(n int) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "flow %d", n)) }

// register puts endpoints 1 to n, of both roles.
func (f *fake) register(n int) {
	for i := 1; i <= n; i++ {
		f.now++
		id := endpointID(i)
		f.endpoints[id] = flows.Endpoint{
			ID: id, MAC: topology.MAC{2, 0, 0, 0, byte(i >> 8), byte(i)}, Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}),
			Role: flows.RoleBoth, Created: f.now, Updated: f.now,
		}
	}
}
