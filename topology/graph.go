package topology

import (
	"maps"
	"slices"
)

// Graph is what is known of switches, ports and links. Use [NewGraph]. It is not
// safe for concurrent use. How many switches and ports it holds is up to who adds
// them; a port has at most one link out and one link in.
type Graph struct {
	switches map[SwitchID]*node
	out, in  map[PortRef]*link
	// from and to hold the same links by sending and by receiving switch, each list
	// sorted and none empty.
	from, to map[SwitchID][]*link
	revision uint64
}

// node is one switch. order holds the keys of ports, sorted.
type node struct {
	ports map[PortID]Port
	order []PortID
}

// NewGraph gives an empty graph.
func NewGraph() *Graph {
	return &Graph{
		switches: map[SwitchID]*node{},
		out:      map[PortRef]*link{},
		in:       map[PortRef]*link{},
		from:     map[SwitchID][]*link{},
		to:       map[SwitchID][]*link{},
	}
}

// Revision grows with every change that could alter the result of a query other
// than [Graph.AllLinks], so that what was computed from the graph can be kept until
// it does.
func (g *Graph) Revision() uint64 { return g.revision }

// AddSwitch adds a switch, or gives a known one a new list of ports. Of two ports
// with one number the later counts. Links at ports that vanished are forgotten;
// links at ports that are not usable lose their confirmation, as in [Graph.SetPort].
//
// Like every method that returns links lost, it returns each directed link that was
// forgotten and each that was usable and is not any more, sorted.
func (g *Graph) AddSwitch(id SwitchID, ports []Port) []Link {
	before := g.noteSwitch(id)
	want := &node{ports: make(map[PortID]Port, len(ports))}
	for _, p := range ports {
		want.ports[p.ID] = p
	}
	want.order = slices.Sorted(maps.Keys(want.ports))
	g.switches[id] = want
	for _, ref := range g.linkPorts(id) {
		p, ok := want.ports[ref.Port]
		switch {
		case !ok:
			g.forgetLinksAt(ref)
		case !p.Usable():
			g.doubtLinksAt(ref)
		}
	}
	g.revision++
	return before.lost(g)
}

// RemoveSwitch forgets a switch, its ports and all links at them.
func (g *Graph) RemoveSwitch(id SwitchID) []Link {
	before := g.noteSwitch(id)
	for _, ref := range g.linkPorts(id) {
		g.forgetLinksAt(ref)
	}
	delete(g.switches, id)
	g.revision++
	return before.lost(g)
}

// SetPort adds or changes a port of a known switch; for an unknown one it does
// nothing. A port that is not usable keeps its links, but they must be sighted again,
// in both directions, after it is back.
func (g *Graph) SetPort(id SwitchID, p Port) (lost []Link) {
	n := g.switches[id]
	if n == nil {
		return nil
	}
	old, known := n.ports[p.ID]
	if known && old == p {
		return nil
	}
	ref := PortRef{id, p.ID}
	before := g.note(ref)
	if !known {
		at, _ := slices.BinarySearch(n.order, p.ID)
		n.order = slices.Insert(n.order, at, p.ID)
	}
	n.ports[p.ID] = p
	if !p.Usable() {
		g.doubtLinksAt(ref)
	}
	g.revision++
	return before.lost(g)
}

// RemovePort forgets a port and the links at it.
func (g *Graph) RemovePort(ref PortRef) []Link {
	before := g.note(ref)
	g.forgetLinksAt(ref)
	if n := g.switches[ref.Switch]; n != nil {
		delete(n.ports, ref.Port)
		if at, ok := slices.BinarySearch(n.order, ref.Port); ok {
			n.order = slices.Delete(n.order, at, at+1)
		}
	}
	g.revision++
	return before.lost(g)
}

// Switch gives the ports of a switch, sorted by number.
func (g *Graph) Switch(id SwitchID) ([]Port, bool) {
	n := g.switches[id]
	if n == nil {
		return nil, false
	}
	ports := make([]Port, 0, len(n.order))
	for _, p := range n.order {
		ports = append(ports, n.ports[p])
	}
	return ports, true
}

// Switches lists the known switches, sorted.
func (g *Graph) Switches() []SwitchID { return slices.Sorted(maps.Keys(g.switches)) }

// Port gives one port.
func (g *Graph) Port(ref PortRef) (Port, bool) {
	n := g.switches[ref.Switch]
	if n == nil {
		return Port{}, false
	}
	p, ok := n.ports[ref.Port]
	return p, ok
}

// PortByName finds a port by its name on the switch; of several the lowest number.
func (g *Graph) PortByName(id SwitchID, name string) (Port, bool) {
	n := g.switches[id]
	if n == nil {
		return Port{}, false
	}
	for _, p := range n.order {
		if n.ports[p].Name == name {
			return n.ports[p], true
		}
	}
	return Port{}, false
}

// IsLinkPort tells whether any link is known at the port, usable or not, even if
// sighted in one direction only.
func (g *Graph) IsLinkPort(ref PortRef) bool { return g.out[ref] != nil || g.in[ref] != nil }

// IsEdge tells whether hosts may be attached to the port: it exists, is not
// reserved, and is no link port. It need not be up.
func (g *Graph) IsEdge(ref PortRef) bool {
	_, ok := g.Port(ref)
	return ok && !ref.Port.Reserved() && !g.IsLinkPort(ref)
}

// EdgePorts lists the edge ports of a switch, sorted.
func (g *Graph) EdgePorts(id SwitchID) []PortID {
	n := g.switches[id]
	if n == nil {
		return nil
	}
	var edge []PortID
	for _, p := range n.order {
		if g.IsEdge(PortRef{id, p}) {
			edge = append(edge, p)
		}
	}
	return edge
}
