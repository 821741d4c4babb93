package ops

import (
	"fmt"
	"net/netip"
	"time"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

func (x *index) switchView(s *core.SwitchView) Switch {
	return Switch{
		ID: s.ID, ChassisID: s.ID.ChassisID(), Name: s.Name,
		Connected: s.Connected, Since: utc(s.Since), Remote: s.Remote, Software: s.Software,
		Drained: x.drained(core.SwitchOrCable{Switch: s.ID}), InSync: s.InSync, Verified: utc(s.Verified), VerifySeconds: s.VerifyTime.Seconds(),
		Flows: s.Flows, Groups: s.Groups, Drift: s.Drift,
		Created: wallTime(s.Created), Updated: wallTime(s.Updated),
		Ports: mapped(s.Ports, func(p core.PortView) Port { return x.portView(s.ID, p) }),
	}
}

func (x *index) portView(sw topology.SwitchID, p core.PortView) Port {
	at := topology.PortRef{Switch: sw, Port: p.ID}
	v := Port{
		PortRef: x.port(at),
		Kind:    p.Kind, Peer: p.Peer, MAC: p.MAC,
		AdminUp: p.AdminUp, LinkUp: p.LinkUp, Live: p.Live, Usable: p.Usable(), Speed: p.Speed, HeldUntil: utc(p.HeldUntil),
	}
	if !p.ID.Reserved() {
		v.In, v.Out = x.accountView(p.In, topology.Channel{PortRef: at, Ingress: true}), x.accountView(p.Out, topology.Channel{PortRef: at})
	}
	return v
}

func (x *index) accountView(a core.Account, c topology.Channel) *Account {
	return &Account{Capacity: a.Capacity, Limit: a.Limit, Reserved: a.Reserved, Flows: mapped(x.sharesOf(c), x.shareView)}
}

// sharesOf tells who has reserved something of a channel. It is gathered once a request, when it is first asked for.
func (x *index) sharesOf(c topology.Channel) []core.Share {
	if x.shares == nil {
		x.shares = x.Shares()
	}
	return x.shares[c]
}

func (x *index) shareView(s core.Share) Share {
	return Share{FlowRef: x.flow(s.Flow), Amount: s.Amount}
}

func (x *index) linkView(l *core.LinkView) Link {
	return Link{
		Hop: x.hop(l.Link), Usable: l.Usable, Drained: x.linkDrained(l.Link),
		Capacity: l.Capacity, Reserved: l.Reserved, Limit: l.Limit, Flows: mapped(x.sharesOf(l.Channel()), x.shareView), HeldUntil: utc(l.HeldUntil),
		Created: wallTime(l.Created), Updated: wallTime(l.Updated),
	}
}

func (x *index) hostView(h *topology.Host) Host {
	v := Host{MAC: h.MAC, Addr: h.Addr, At: x.port(h.At), By: h.By.String(), Since: utc(h.Since), Last: utc(h.Last)}
	if e := x.stationOf(h.MAC, h.Addr); e != nil {
		v.Endpoint = x.endpointOrNone(e.ID)
	}
	return v
}

func (x *index) endpointView(e *core.EndpointView) Endpoint {
	v := Endpoint{
		ID: e.ID, Label: textOf(e.Label), Role: e.Role, MAC: e.MAC, Addr: e.Addr, ChassisID: e.ChassisID,
		MaxBandwidth: e.MaxBandwidth, Bound: x.portOrNone(e.Bound), Seen: utc(e.Seen), Object: e.Object,
		Created: wallTime(e.Created), Updated: wallTime(e.Updated),
	}
	if a := e.Attached; a != nil {
		v.Attached = &Attachment{ChassisID: a.ChassisID, PortID: a.PortID}
	}
	return v
}

func (x *index) flowView(f *core.FlowView) Flow {
	v := Flow{
		ID: f.ID, Label: textOf(f.Label), Sender: x.endpoint(f.Sender), Source: f.Source, Group: f.Group,
		Bandwidth: f.Bandwidth, Reserved: f.Reserved, Profile: f.Profile, DSCP: f.DSCP, Forward: f.Forward,
		Receivers: mapped(f.Delivery, x.receiverView), Tree: x.hops(f.Tree),
		Object: f.Object, Cookie: fmt.Sprintf("%#x", flows.BranchesOf(f.Object, 0).Cookie()),
		Created: wallTime(f.Created), Updated: wallTime(f.Updated),
	}
	if e := x.Endpoint(f.Sender); e != nil {
		v.SenderAt = x.portOrNone(e.Bound)
	}
	return v
}

func (x *index) receiverView(r core.ReceiverView) Receiver {
	v := Receiver{
		Endpoint: x.endpoint(r.Endpoint), State: r.State, Reason: r.Reason, Joined: r.Joined,
		Since: utc(r.Since), Path: x.hops(r.Path),
	}
	if e := x.Endpoint(r.Endpoint); e != nil {
		v.At = x.portOrNone(e.Bound)
	}
	return v
}

func (x *index) membershipView(m *core.MembershipView) Membership {
	return Membership{
		Group: m.Group, MAC: m.Host.MAC, Addr: m.Host.Addr, At: x.port(memberPort(m)),
		Mode: m.Filter.Mode.String(), Sources: listOf(m.Filter.Sources), Version: m.Version.String(),
		Endpoint: x.endpointOrNone(m.Endpoint), Flows: mapped(m.Flows, x.flow), Verdict: m.Verdict,
		Since: utc(m.Since), Expires: utc(m.Expires),
	}
}

func memberPort(m *core.MembershipView) topology.PortRef {
	return topology.PortRef{Switch: topology.SwitchID(m.Host.Switch), Port: topology.PortID(m.Host.Port)}
}

func (x *index) denialView(d *core.Denial) Denial {
	return Denial{
		Kind: d.Kind, MAC: d.MAC, Addr: d.Addr, At: x.port(d.At), Group: d.Group, Sources: listOf(d.Sources),
		Endpoint: x.endpointOrNone(d.Endpoint), Reason: d.Reason, Count: d.Count, First: utc(d.First), Last: utc(d.Last),
	}
}

// listOf is the list itself, or an empty one: [] in JSON, not null.
func listOf(addrs []netip.Addr) []netip.Addr {
	if addrs == nil {
		return []netip.Addr{}
	}
	return addrs
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
