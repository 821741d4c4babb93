package ops

import (
	"net/netip"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// index answers who and where for one snapshot, so that each view can name what it refers to. It is for one goroutine.
type index struct {
	*core.Snapshot
	// Made when first asked for: few answers need them.
	stations map[station]*core.EndpointView
	shares   map[topology.Channel][]core.Share
	parked   map[core.SwitchOrCable]bool

	flowNames     lookup[core.FlowView]
	endpointNames lookup[core.EndpointView]
}

// station is what a host shows of itself on the wire.
type station struct {
	mac  topology.MAC
	addr netip.Addr
}

func newIndex(s *core.Snapshot) *index {
	x := &index{Snapshot: s}
	x.flowNames = lookup[core.FlowView]{
		kind: "flow", things: s.Flows, id: func(f *core.FlowView) uuid.UUID { return f.ID },
		names: func(f *core.FlowView) []string { return []string{textOf(f.Label)} },
		text:  func(f *core.FlowView) string { return x.flow(f.ID).String() },
	}
	x.endpointNames = lookup[core.EndpointView]{
		kind: "endpoint", things: s.Endpoints, id: func(e *core.EndpointView) uuid.UUID { return e.ID },
		names: func(e *core.EndpointView) []string { return []string{textOf(e.Label), addrText(e.Addr)} },
		text:  func(e *core.EndpointView) string { return x.endpoint(e.ID).String() },
	}
	return x
}

// stationOf finds the endpoint that a host is by what it shows of itself; nil: none.
func (x *index) stationOf(mac topology.MAC, addr netip.Addr) *core.EndpointView {
	if x.stations == nil {
		x.stations = make(map[station]*core.EndpointView, len(x.Endpoints))
		for _, e := range x.Endpoints {
			x.stations[station{e.MAC, e.Addr}] = e
		}
	}
	return x.stations[station{mac, addr}]
}

// port names a port; what the snapshot does not know stays a number.
func (x *index) port(at topology.PortRef) PortRef {
	ref := PortRef{Switch: at.Switch, Port: at.Port}
	sw := x.Switch(at.Switch)
	if sw == nil {
		return ref
	}
	ref.SwitchName = sw.Name
	if p := sw.Port(at.Port); p != nil {
		ref.PortName = p.Name
	}
	return ref
}

func (x *index) portOrNone(at *topology.PortRef) *PortRef {
	if at == nil {
		return nil
	}
	ref := x.port(*at)
	return &ref
}

func (x *index) hop(l topology.Link) Hop { return Hop{From: x.port(l.From), To: x.port(l.To)} }

func (x *index) hops(links []topology.Link) []Hop {
	return mapped(links, x.hop)
}

// endpoint names an endpoint, by its id alone if there is none.
func (x *index) endpoint(id uuid.UUID) EndpointRef {
	e := x.Endpoint(id)
	if e == nil {
		return EndpointRef{ID: id}
	}
	return EndpointRef{ID: id, Label: textOf(e.Label), Addr: e.Addr}
}

func (x *index) endpointOrNone(id uuid.UUID) *EndpointRef {
	if id == uuid.Nil {
		return nil
	}
	ref := x.endpoint(id)
	return &ref
}

// flow names a flow, by its id alone if there is none.
func (x *index) flow(id uuid.UUID) FlowRef {
	f := x.Flow(id)
	if f == nil {
		return FlowRef{ID: id}
	}
	return FlowRef{ID: id, Label: textOf(f.Label), Source: f.Source, Group: f.Group}
}

// mapped gives f of each; never nil, so that an empty list is [] in JSON.
func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, f(a))
	}
	return out
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// wallTime converts from TAI. No time stays no time.
func wallTime(t flows.TAI) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(t-flows.TAIOf(time.Unix(0, 0)))).UTC()
}

// addrText is "" for no address.
func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
