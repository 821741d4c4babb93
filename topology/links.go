package topology

import (
	"maps"
	"slices"
)

// portUsable tells whether the port exists and passes traffic.
func (g *Graph) portUsable(ref PortRef) bool {
	p, ok := g.Port(ref)
	return ok && p.Usable()
}

// Usable tells whether the link carries traffic: it joins two switches, both
// directions are confirmed, and the ports at both ends are usable.
func (g *Graph) Usable(l Link) bool {
	return l.From.Switch != l.To.Switch && g.confirmed(l) && g.confirmed(l.Reverse()) &&
		g.portUsable(l.From) && g.portUsable(l.To)
}

func (g *Graph) confirmed(l Link) bool {
	have := g.out[l.From]
	return have != nil && have.Link == l && have.confirmed
}

// Links lists the usable directed links, sorted.
func (g *Graph) Links() []Link {
	var links []Link
	for _, id := range slices.Sorted(maps.Keys(g.from)) {
		links = append(links, g.Out(id)...)
	}
	return links
}

// AllLinks lists every directed link that is known, usable or not, sorted.
func (g *Graph) AllLinks() []LinkState {
	states := make([]LinkState, 0, len(g.out))
	for _, l := range g.out {
		states = append(states, LinkState{
			Link: l.Link, Usable: g.Usable(l.Link), Confirmed: l.confirmed, Restored: l.restored, Last: l.last,
		})
	}
	slices.SortFunc(states, func(a, b LinkState) int { return a.Link.Compare(b.Link) })
	return states
}

// Out lists the usable links that leave the switch, sorted.
func (g *Graph) Out(id SwitchID) []Link {
	links := make([]Link, 0, len(g.from[id]))
	for _, l := range g.from[id] {
		if g.Usable(l.Link) {
			links = append(links, l.Link)
		}
	}
	return links
}

// Peer gives the port at the other end of a usable link.
func (g *Graph) Peer(ref PortRef) (PortRef, bool) {
	l := g.out[ref]
	if l == nil || !g.Usable(l.Link) {
		return PortRef{}, false
	}
	return l.To, true
}

// insert records a link; both of its ports must be free in that direction.
func (g *Graph) insert(l *link) {
	g.out[l.From], g.in[l.To] = l, l
	insertSorted(g.from, l.From.Switch, l)
	insertSorted(g.to, l.To.Switch, l)
}

// forget removes a link; a nil one is no link.
func (g *Graph) forget(l *link) {
	if l == nil {
		return
	}
	delete(g.out, l.From)
	delete(g.in, l.To)
	deleteSorted(g.from, l.From.Switch, l)
	deleteSorted(g.to, l.To.Switch, l)
}

func insertSorted(by map[SwitchID][]*link, id SwitchID, l *link) {
	at, _ := slices.BinarySearchFunc(by[id], l.Link, compareLink)
	by[id] = slices.Insert(by[id], at, l)
}

func deleteSorted(by map[SwitchID][]*link, id SwitchID, l *link) {
	at, ok := slices.BinarySearchFunc(by[id], l.Link, compareLink)
	if !ok {
		return
	}
	if by[id] = slices.Delete(by[id], at, at+1); len(by[id]) == 0 {
		delete(by, id)
	}
}

func compareLink(l *link, want Link) int { return l.Compare(want) }

func (g *Graph) forgetLinksAt(ref PortRef) {
	g.forget(g.out[ref])
	g.forget(g.in[ref])
}

// doubtLinksAt takes the confirmation from the links at a port, because while the
// port was down the cable may have been put somewhere else.
func (g *Graph) doubtLinksAt(ref PortRef) {
	for _, l := range []*link{g.out[ref], g.in[ref]} {
		if l != nil {
			l.confirmed = false
		}
	}
}

// linkPorts lists the ports of a switch at which a link is known, sorted.
func (g *Graph) linkPorts(id SwitchID) []PortRef {
	var refs []PortRef
	for _, l := range g.from[id] {
		refs = append(refs, l.From)
	}
	for _, l := range g.to[id] {
		refs = append(refs, l.To)
	}
	slices.SortFunc(refs, PortRef.Compare)
	return slices.Compact(refs)
}

// snapshot is links before a change, each with whether it was usable.
type snapshot map[Link]bool

// note remembers the links that a change at the ports can cost. A link that is usable
// has both directions at each of its ports, so the ports' own links are enough.
func (g *Graph) note(refs ...PortRef) snapshot {
	before := snapshot{}
	for _, ref := range refs {
		for _, l := range []*link{g.out[ref], g.in[ref]} {
			if l != nil {
				before[l.Link] = g.Usable(l.Link)
			}
		}
	}
	return before
}

func (g *Graph) noteSwitch(id SwitchID) snapshot { return g.note(g.linkPorts(id)...) }

// lost lists the links that have been forgotten, or have become unusable, since.
func (before snapshot) lost(g *Graph) []Link {
	var lost []Link
	for l, usable := range before {
		have := g.out[l.From]
		known := have != nil && have.Link == l
		if !known || (usable && !g.Usable(l)) {
			lost = append(lost, l)
		}
	}
	slices.SortFunc(lost, Link.Compare)
	return lost
}
