package core

import (
	"bytes"
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/google/uuid"

	"crosspoint/igmp"
	"crosspoint/topology"
)

// memberKey names a membership.
type memberKey struct {
	host  igmp.Host
	group netip.Addr
}

func (k memberKey) compare(o memberKey) int {
	return cmp.Or(k.group.Compare(o.group), k.host.Compare(o.host))
}

// hostKey names a host. The address is invalid while only the MAC is known.
type hostKey struct {
	mac  topology.MAC
	addr netip.Addr
}

func (k hostKey) compare(o hostKey) int { return cmp.Or(k.mac.Compare(o.mac), k.addr.Compare(o.addr)) }

// views is what the last snapshot showed.
type views struct {
	switches  shelf[topology.SwitchID, SwitchView]
	links     shelf[topology.Link, LinkView]
	hosts     shelf[hostKey, topology.Host]
	endpoints shelf[uuid.UUID, EndpointView]
	flows     shelf[uuid.UUID, FlowView]
	members   shelf[memberKey, MembershipView]

	switchTimes   Timeline[SwitchView]
	endpointTimes Timeline[EndpointView]
	flowTimes     Timeline[FlowView]
	graph         uint64 // its revision
}

func newViews() views {
	byID := func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
	return views{
		switches:  shelf[topology.SwitchID, SwitchView]{key: func(v *SwitchView) topology.SwitchID { return v.ID }, compare: cmp.Compare[topology.SwitchID]},
		links:     shelf[topology.Link, LinkView]{key: func(v *LinkView) topology.Link { return v.Link }, compare: topology.Link.Compare},
		hosts:     shelf[hostKey, topology.Host]{key: func(h *topology.Host) hostKey { return hostKey{h.MAC, h.Addr} }, compare: hostKey.compare},
		endpoints: shelf[uuid.UUID, EndpointView]{key: func(v *EndpointView) uuid.UUID { return v.ID }, compare: byID},
		flows:     shelf[uuid.UUID, FlowView]{key: func(v *FlowView) uuid.UUID { return v.ID }, compare: byID},
		members:   shelf[memberKey, MembershipView]{key: func(v *MembershipView) memberKey { return memberKey{v.Host, v.Group} }, compare: memberKey.compare},
	}
}

// snapshot puts the views together.
func (v *views) snapshot(s *State) *Snapshot {
	return &Snapshot{
		Revision: s.rev, At: s.now, Switches: v.switches.list, Links: v.links.list, Hosts: v.hosts.list,
		Endpoints: v.endpoints.list, Flows: v.flows.list, Memberships: v.members.list, Denials: s.denials.list(),
		Queriers: s.querier.Others(s.now), Drained: s.viewDrained(), Pairs: s.viewPairs(), Counters: s.counters,
		SwitchesByTime: v.switchTimes, EndpointsByTime: v.endpointTimes, FlowsByTime: v.flowTimes,
	}
}

// renew makes anew what changed.
func (v *views) renew(s *State, c changed) {
	if graph := s.graph.Revision(); graph != v.graph {
		v.graph, c.switches.all, c.links.all = graph, true, true
	}
	if renamed := v.renewSwitches(s, c); renamed {
		c.flows.all, c.members.all = true, true
	}
	v.renewLinks(s, c)
	v.renewHosts(s, c)
	endpoints := v.endpoints.renew(marked(&v.endpoints, c.endpoints, s.endpoints), s.viewEndpoint)
	v.endpointTimes = after(v.endpointTimes, endpoints)
	flows := v.flows.renew(marked(&v.flows, c.flows, s.flows), s.viewFlow)
	v.flowTimes = after(v.flowTimes, flows)
	v.members.renew(v.markedMembers(s, c), s.viewMembership)
}

// renewSwitches reports whether a switch or a port has another name now, or is new or gone: reasons name them.
func (v *views) renewSwitches(s *State, c changed) (renamed bool) {
	x := v.switches.renew(marked(&v.switches, c.switches, s.switches), s.viewSwitch)
	v.switchTimes = after(v.switchTimes, x)
	return !slices.EqualFunc(x.gone, x.here, func(a, b *SwitchView) bool {
		return a.ID == b.ID && a.Name == b.Name &&
			slices.EqualFunc(a.Ports, b.Ports, func(a, b PortView) bool { return a.ID == b.ID && a.Port.Name == b.Port.Name })
	})
}

func (v *views) renewLinks(s *State, c changed) {
	keys, usable := map[topology.Link]struct{}{}, map[topology.Link]bool{}
	if c.links.all {
		keys = v.links.keys()
		for _, l := range s.graph.AllLinks() {
			keys[l.Link], usable[l.Link] = struct{}{}, l.Usable
		}
	} else {
		for port := range c.links.ids { // the graph is the same
			for _, l := range v.links.of(func(l *LinkView) int { return l.From.Compare(port) }) {
				keys[l.Link], usable[l.Link] = struct{}{}, l.Usable
			}
		}
	}
	v.links.renew(keys, func(l topology.Link) *LinkView {
		is, known := usable[l]
		if !known {
			return nil
		}
		return s.viewLink(l, is)
	})
}

func (v *views) renewHosts(s *State, c changed) {
	keys := map[hostKey]struct{}{}
	is := map[hostKey]*topology.Host{}
	there := func(all []topology.Host) {
		for _, h := range all {
			k := hostKey{h.MAC, h.Addr}
			keys[k], is[k] = struct{}{}, &h
		}
	}
	if c.hosts.all {
		keys = v.hosts.keys()
		there(s.hosts.All())
	}
	for mac := range c.hosts.ids {
		for _, h := range v.hosts.of(func(h *topology.Host) int { return h.MAC.Compare(mac) }) {
			keys[hostKey{h.MAC, h.Addr}] = struct{}{}
		}
		there(s.hosts.ByMAC(mac))
	}
	v.hosts.renew(keys, func(k hostKey) *topology.Host { return is[k] })
}

// markedMembers lists the memberships that are marked, by themselves, by their group or by their host's address. One that is new is marked
// by itself.
func (v *views) markedMembers(s *State, c changed) map[memberKey]struct{} {
	if c.members.all || c.groups.all || c.addrs.all || c.speakers.all {
		keys := v.members.keys()
		for _, m := range s.members.All() {
			keys[memberKey{m.Host, m.Group}] = struct{}{}
		}
		return keys
	}
	keys := maps.Clone(c.members.ids)
	if keys == nil {
		keys = map[memberKey]struct{}{}
	}
	for group := range c.groups.ids {
		for _, m := range v.members.of(func(m *MembershipView) int { return m.Group.Compare(group) }) {
			keys[memberKey{m.Host, m.Group}] = struct{}{}
		}
	}
	if c.addrs.any() || c.speakers.any() {
		for _, m := range v.members.list {
			if c.addrs.has(m.Host.Addr) || c.speakers.has(topology.MAC(m.Host.MAC)) {
				keys[memberKey{m.Host, m.Group}] = struct{}{}
			}
		}
	}
	return keys
}
