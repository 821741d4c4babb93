package core

import (
	"net/netip"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// changed is what may read differently in the next snapshot than in the last one. Whatever alters something that a view shows marks it here;
// marking too much costs time, and marking too little shows readers what was: tests compare each snapshot with one that is built whole.
// What the graph tells of switches and links needs no mark: its revision does that.
type changed struct {
	switches  marks[topology.SwitchID]
	links     marks[topology.PortRef] // by the port that sends
	hosts     marks[topology.MAC]
	endpoints marks[uuid.UUID]
	flows     marks[uuid.UUID]
	members   marks[memberKey]
	groups    marks[netip.Addr]   // all memberships in a group
	addrs     marks[netip.Addr]   // all memberships of hosts with an address
	speakers  marks[topology.MAC] // all memberships of an interface, which speaks MLD from an address of the link
}

// marks is a set of ids, or all there are.
type marks[K comparable] struct {
	all bool
	ids map[K]struct{}
}

// mostMarks bounds a set when nobody reads: from there on everything is marked, which costs about as much.
const mostMarks = 4096

func (m *marks[K]) add(id K) {
	if m.all {
		return
	}
	if len(m.ids) >= mostMarks {
		*m = marks[K]{all: true}
		return
	}
	if m.ids == nil {
		m.ids = map[K]struct{}{}
	}
	m.ids[id] = struct{}{}
}

func (m *marks[K]) has(id K) bool {
	_, has := m.ids[id]
	return has || m.all
}

func (m *marks[K]) any() bool { return m.all || len(m.ids) > 0 }

// everything marks all there is.
func everything() changed {
	return changed{
		switches: marks[topology.SwitchID]{all: true}, links: marks[topology.PortRef]{all: true}, hosts: marks[topology.MAC]{all: true},
		endpoints: marks[uuid.UUID]{all: true}, flows: marks[uuid.UUID]{all: true}, members: marks[memberKey]{all: true},
	}
}

// event marks the switch that an event is about.
func (c *changed) event(ev Event) {
	switch ev := ev.(type) {
	case SwitchUp:
		c.switches.add(ev.Switch)
	case SwitchDown:
		c.switches.add(ev.Switch)
	case PortChange:
		c.switches.add(ev.Switch)
	case TablesRead:
		c.switches.add(ev.Switch)
	case BatchDone:
		c.switches.add(ev.Switch)
	}
}

// resources marks what an operation works on: flows and endpoints alike.
func (c *changed) resources(ids []uuid.UUID) {
	for _, id := range ids {
		c.flows.add(id)
		c.endpoints.add(id)
	}
}

// reserved marks the ports and links that a reservation is for.
func (c *changed) reserved(channels map[topology.Channel]topology.Bandwidth) {
	for ch := range channels {
		c.switches.add(ch.Switch)
		if !ch.Ingress {
			c.links.add(ch.PortRef)
		}
	}
}

// report marks the memberships that a host speaks of. What an older host says, who holds back when another spoke, is said for others on its port
// as well.
func (c *changed) report(h igmp.Host, m igmp.Message) {
	switch m := m.(type) {
	case *igmp.Leave:
		c.members.add(memberKey{h, m.Group})
		c.groups.add(m.Group)
	case *igmp.Report:
		c.groups.add(m.Group)
	}
	for _, group := range groupsOf(m) {
		c.members.add(memberKey{h, group})
	}
}

// markHeld marks a port that is held down, or no longer, and with it all links: which it is an end of is not known while it is down.
func (s *State) markHeld(at topology.PortRef) {
	s.changed.switches.add(at.Switch)
	s.changed.links = marks[topology.PortRef]{all: true}
}

// markOwner marks the flow whose entries changed.
func (s *State) markOwner(o flows.Owner) {
	if f := s.flowOf(o); f != nil {
		s.changed.flows.add(f.ID)
	}
}

// markThrough marks the flows whose trees have a switch.
func (s *State) markThrough(sw topology.SwitchID) {
	for _, f := range s.flows {
		if f.place.sender != nil && f.place.sender.Switch == sw || f.place.tree != nil && f.place.tree.Contains(sw) {
			s.changed.flows.add(f.ID)
		}
	}
}

// markMembers marks the flows of a group whose receivers' memberships changed.
func (s *State) markMembers(h igmp.Host, group netip.Addr) {
	s.changed.members.add(memberKey{h, group})
	for f := range s.flowsTo(group) {
		s.changed.flows.add(f.ID)
	}
}

// markEndpoint marks an endpoint that is elsewhere or has another address or problem, and all that depends on that: its flows, and what is
// said of memberships of hosts with its address and to its flows' groups.
func (s *State) markEndpoint(e *endpoint) {
	s.changed.endpoints.add(e.ID)
	s.changed.addrs.add(e.Addr)
	if e.Addr.Is6() {
		s.changed.speakers.add(e.MAC)
	}
	for f := range s.uses[e.ID] {
		s.changed.flows.add(f.ID)
		s.changed.groups.add(f.Group)
	}
}

// markSighting marks what the sighting of a host may change, beyond where it was before: see markHost.
func (s *State) markSighting(h topology.Host) {
	s.markHost(h)
	if st := s.byMAC[h.MAC]; st != nil {
		for id := range st.endpoints {
			s.changed.endpoints.add(id)
		}
	}
}

// markHost marks a host, the switch at which it is, and the endpoint that it may be.
func (s *State) markHost(h topology.Host) {
	s.changed.hosts.add(h.MAC)
	s.changed.switches.add(h.At.Switch)
	if e := s.byAddr[h.Addr]; e != nil {
		s.changed.endpoints.add(e.ID)
	}
}
