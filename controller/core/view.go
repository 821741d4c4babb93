package core

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// Snapshot is what readers may see. What an operation has not finished is not in it. It costs in proportion to what changed since the last.
func (s *State) Snapshot() *Snapshot {
	s.views.renew(s, s.changed)
	s.changed = changed{}
	return s.views.snapshot(s)
}

// Want is what a switch should hold; nothing for one that is not known.
func (s *State) Want(id topology.SwitchID) flows.Tables {
	if d := s.switches[id]; d != nil {
		return d.tracker.Want()
	}
	return flows.Tables{}
}

func (s *State) viewSwitch(id topology.SwitchID) *SwitchView {
	d := s.switches[id]
	if d == nil {
		return nil
	}
	ports, _ := s.graph.Switch(id)
	v := &SwitchView{
		ID: id, Name: s.name(id), Connected: d.connected(), Remote: d.remote, Since: d.since, Software: d.desc.Software,
		Verified: d.verified, VerifyTime: d.verifyTime, InSync: d.inflight == nil && d.tracker.InSync(), Drift: d.drift,
		Created: d.stamps.Created, Updated: d.stamps.Updated,
	}
	v.Flows, v.Groups = d.tracker.Sizes()
	for _, p := range ports {
		v.Ports = append(v.Ports, s.viewPort(id, p))
	}
	return v
}

func (s *State) viewPort(sw topology.SwitchID, p topology.Port) PortView {
	at := topology.PortRef{Switch: sw, Port: p.ID}
	v := PortView{Port: p, Kind: "edge", In: s.account(topology.Channel{PortRef: at, Ingress: true}), Out: s.account(topology.Channel{PortRef: at}), HeldUntil: s.heldUntil(at)}
	switch {
	case openflow.PortNo(p.ID) > openflow.PortMax:
		v.Kind = "local"
	case s.graph.IsLinkPort(at):
		v.Kind = "link"
		if peer, ok := s.graph.Peer(at); ok {
			v.Peer = s.portName(peer)
		}
	default:
		var hosts []string
		for _, h := range s.hosts.At(at) {
			if h.Addr.IsValid() {
				hosts = append(hosts, h.Addr.String())
			}
		}
		v.Peer = strings.Join(hosts, " ")
	}
	return v
}

func (s *State) viewLink(l topology.Link, usable bool) *LinkView {
	a, st := s.account(l.Channel()), s.links[l]
	held := s.heldUntil(l.From)
	if other := s.heldUntil(l.To); other.After(held) {
		held = other
	}
	return &LinkView{
		Link: l, Usable: usable, Capacity: a.Capacity, Reserved: a.Reserved, Limit: a.Limit,
		HeldUntil: held, Created: st.Created, Updated: st.Updated,
	}
}

func (s *State) viewEndpoint(id uuid.UUID) *EndpointView {
	e := s.endpoints[id]
	if e == nil || e.visible == nil {
		return nil
	}
	v := &EndpointView{Endpoint: *e.visible, Object: e.station.object, Bound: e.bound, Problem: e.problem}
	if s.isUnproven(e) {
		v.Problem = unprovenText
	}
	if h, ok := s.hosts.ByAddr(e.Addr); ok && e.bound != nil && h.MAC == e.MAC && h.At == *e.bound {
		v.Seen = h.Last
	}
	return v
}

func (s *State) viewFlow(id uuid.UUID) *FlowView {
	f := s.flows[id]
	if f == nil || f.visible == nil {
		return nil
	}
	v := &FlowView{NetworkFlow: *f.visible, Object: f.object, Source: f.sender.Addr, Reserved: f.Reservation()}
	if f.place.tree != nil {
		v.Tree = f.place.tree.Links()
	}
	held := f.place.channels(v.Reserved)
	v.Channels = slices.AppendSeq(make([]topology.Channel, 0, len(held)), maps.Keys(held))
	slices.SortFunc(v.Channels, topology.Channel.Compare)
	for _, r := range f.visible.Receivers {
		v.Delivery = append(v.Delivery, s.viewReceiver(f, r))
	}
	return v
}

func (s *State) viewReceiver(f *flow, r uuid.UUID) ReceiverView {
	e := s.endpoints[r]
	v := ReceiverView{Endpoint: r, Joined: s.joined(f, e)}
	v.Since, _ = f.activeSince.get(r)
	if out, is := f.place.out[r]; is {
		v.State, v.Reason = out.state, out.reason
		if out.state == Unverified {
			v.Reason = s.missing(f, e)
		}
		return v
	}
	if s.isUnproven(e) {
		v.State, v.Reason = Unverified, "the receiver: "+unprovenText
		return v
	}
	at, placed := f.place.at.get(r)
	if placed {
		v.Path = f.place.tree.PathTo(at.Switch)
	}
	switch {
	case !placed || s.busy[f.ID] != nil && !slices.Contains(f.Receivers, r):
		v.State, v.Reason = Programming, "a change is on its way"
	case !s.active(f, e) && f.Forward:
		v.State, v.Reason = Left, "the receiver left by IGMP"
	case !s.active(f, e):
		v.State, v.Reason = Reserved, "waits for forward_flow or a join"
	default:
		v.State, v.Reason = s.provenState(f, v.Path)
	}
	return v
}

// missing says who of a flow's sender and a receiver is not served, and why.
func (s *State) missing(f *flow, receiver *endpoint) string {
	if f.sender.bound == nil {
		return "the sender: " + f.sender.problem
	}
	return "the receiver: " + receiver.problem
}

// provenState tells whether every switch on a receiver's path has confirmed what it should do for the flow.
func (s *State) provenState(f *flow, path []topology.Link) (ReceiverState, string) {
	if s.rollouts[f.branches()] != nil || s.rollouts[flows.GuardOf(f.object)] != nil || f.move != nil && f.move.phase <= turning {
		return Programming, "switches have not confirmed yet"
	}
	on := []topology.SwitchID{f.place.sender.Switch}
	for _, l := range path {
		on = append(on, l.To.Switch)
	}
	for _, id := range on {
		switch d := s.switches[id]; {
		case d.tracker.Failed(f.branches()) || d.tracker.Failed(flows.GuardOf(f.object)):
			return Refused, "switch " + s.name(id) + " refused an entry"
		case !d.connected() && d.haveRev != d.wantRev:
			return Programming, "switch " + s.name(id) + " is away"
		}
	}
	return Forwarding, ""
}

func (s *State) viewMembership(k memberKey) *MembershipView {
	m, standing := s.members.Membership(k.host, k.group)
	if !standing {
		return nil
	}
	e, allowed, reason := s.judge(m.Host, m.Group, m.Filter)
	v := &MembershipView{Membership: m, Flows: allowed, Verdict: "allowed"}
	if e != nil {
		v.Endpoint = e.ID
	}
	if len(allowed) == 0 {
		v.Verdict = reason
	}
	return v
}

func (s *State) viewDrained() []SwitchOrCable {
	return sortedKeysBy(s.parked, func(a, b SwitchOrCable) int {
		return cmp.Or(cmp.Compare(a.Switch, b.Switch), cmp.Compare(a.Port, b.Port))
	})
}

func (s *State) viewPairs() []PairView {
	var out []PairView
	for _, name := range sortedKeys(s.pairs) {
		p := s.pairs[name]
		v := PairView{Name: p.Name, Legs: p.Legs, ByLabel: p.ByLabel}
		if f := s.flows[p.Legs[0]]; f != nil {
			v.Shared = s.shared(f)
		}
		out = append(out, v)
	}
	return out
}

// switchName is what the names of a switch's ports have in common before the last "-", as Mininet and most switches have it; else its id.
func switchName(id topology.SwitchID, ports []topology.Port) string {
	name := ""
	for _, p := range ports {
		if openflow.PortNo(p.ID) > openflow.PortMax {
			continue
		}
		i := strings.LastIndexByte(p.Name, '-')
		if i <= 0 || name != "" && name != p.Name[:i] {
			return id.String()
		}
		name = p.Name[:i]
	}
	if name == "" {
		return id.String()
	}
	return name
}
