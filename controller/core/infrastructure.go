package core

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"crosspoint/flows"
	"crosspoint/topology"
)

// span is what is known for the one tree of the infrastructure groups, beside what the switches' trackers hold.
type span struct {
	read   map[topology.SwitchID]struct{} // switches whose tables were read since start; of others any port may pass anything
	edges  map[topology.PortRef]time.Time // since when a port that may be an edge has been up, without another switch being heard there
	linked map[topology.PortRef]struct{}  // ports at which a switch was heard since they last came up
}

func newSpan() span {
	return span{
		read:  map[topology.SwitchID]struct{}{},
		edges: map[topology.PortRef]time.Time{}, linked: map[topology.PortRef]struct{}{},
	}
}

// isInfrastructure reports whether a group goes to every host over the tree.
func (s *State) isInfrastructure(group netip.Addr) bool {
	return slices.Contains(s.cfg.Infrastructure.Groups, group)
}

// spanAgain has the tree looked at in this very step, and spanWithin after some time at most.
func (s *State) spanAgain() { s.timers.span = s.now }

func (s *State) spanWithin(d time.Duration) {
	if at := s.now.Add(d); s.timers.span.IsZero() || at.Before(s.timers.span) {
		s.timers.span = at
	}
}

// spanInfrastructure brings the switches to one tree that spans all of them, and to the edge ports.
//
// Say that a link is open when either end may send to it and the other may take that in; a circle needs a circle of open links. So the open
// links are kept a forest at every moment: first every switch closes the ports that are not in the new tree, and only when all have confirmed
// that are any opened. In between there is a part of the new tree, and the links between switches that are away, which go on as they
// were: the new tree is grown around those. No new tree is begun while one is on its way.
func (s *State) spanInfrastructure() {
	if !s.cfg.infrastructure().Any() || s.rollouts[flows.OwnerInfrastructure] != nil {
		return
	}
	want := s.spannedPorts()
	var shut, open step
	closing := false // a port that was to be shut may be open still: its switch refused
	for _, id := range sortedKeys(want) {
		d, ports := s.switches[id], want[id]
		now := flows.WantedInfrastructure(d.tracker)
		if kept := s.compileSpan(now.Both(ports)); !kept.Equal(d.tracker.Wants(flows.OwnerInfrastructure)) {
			shut = append(shut, told{id, kept})
		}
		if next := s.compileSpan(ports); !next.Equal(d.tracker.Wants(flows.OwnerInfrastructure)) {
			open = append(open, told{id, next})
		}
		closing = closing || s.passesMore(d, ports)
	}
	switch {
	case len(shut) > 0:
		s.roll(flows.OwnerInfrastructure, nil, shut)
	case closing:
		s.spanWithin(s.cfg.RetryFirst)
	case len(open) > 0:
		s.roll(flows.OwnerInfrastructure, nil, open)
	}
}

func (s *State) compileSpan(p flows.InfrastructurePorts) flows.Tables {
	return flows.CompileInfrastructure(s.cfg.infrastructure(), p)
}

// passesMore reports whether a switch may pass the groups at a link port that is not of the tree.
func (s *State) passesMore(d *device, want flows.InfrastructurePorts) bool {
	ports, _ := s.graph.Switch(d.id)
	return slices.ContainsFunc(ports, func(p topology.Port) bool {
		return !slices.Contains(want.Links, p.ID) && !slices.Contains(want.Edges, p.ID) && s.mayPass(topology.PortRef{Switch: d.id, Port: p.ID})
	})
}

// mayPass reports whether a port may take in or send infrastructure groups now, for all that is known.
func (s *State) mayPass(at topology.PortRef) bool {
	if _, read := s.span.read[at.Switch]; !read {
		return true
	}
	return flows.MayPassInfrastructure(s.switches[at.Switch].tracker, s.cfg.Infrastructure, at.Port)
}

// tellable reports whether a switch can be told what to do: it is connected, and what it holds was read.
func (d *device) tellable() bool { return d.connected() && d.tracker.Known() }

// spannedPorts says which ports of each switch that can be told are to pass infrastructure groups.
func (s *State) spannedPorts() map[topology.SwitchID]flows.InfrastructurePorts {
	out := map[topology.SwitchID]flows.InfrastructurePorts{}
	for _, d := range s.sortedSwitches() {
		if d.tellable() {
			edges := s.spannedEdges(d)
			out[d.id] = flows.InfrastructurePorts{Edges: edges, Routers: s.routersAmong(d, edges)}
		}
	}
	for _, l := range s.spanningTree() {
		for _, at := range []topology.PortRef{l.From, l.To} {
			if p, told := out[at.Switch]; told {
				p.Links = append(p.Links, at.Port)
				slices.Sort(p.Links)
				out[at.Switch] = p
			}
		}
	}
	return out
}

// spanningTree chooses links, one direction of each, such that they and those between switches that are away make no circle: links of the
// present tree first, so that what works stays; then from the smallest switch outwards; what is drained last, so that nothing but itself hangs on it.
func (s *State) spanningTree() []topology.Link {
	groups := clusters{}
	var links []topology.Link
	for _, l := range s.graph.AllLinks() {
		from, to := s.switches[l.From.Switch], s.switches[l.To.Switch]
		switch {
		case l.To.Compare(l.From) < 0 || from == nil || to == nil:
			continue // the other direction of a link, or one of which an end was never heard
		case !from.tellable() && !to.tellable():
			if s.mayPass(l.From) && s.mayPass(l.To) {
				groups.join(l.From.Switch, l.To.Switch)
			}
		case l.Usable && (from.tellable() || s.mayPass(l.From)) && (to.tellable() || s.mayPass(l.To)):
			links = append(links, l.Link)
		}
	}
	distance, present := s.distances(), s.presentTree()
	rank := func(l topology.Link) int {
		if s.drained(l) {
			return math.MaxInt
		}
		if present[l.From] && present[l.To] {
			return -1
		}
		return min(distance[l.From.Switch], distance[l.To.Switch])
	}
	slices.SortFunc(links, func(a, b topology.Link) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Compare(b)) })
	return slices.DeleteFunc(links, func(l topology.Link) bool { return !groups.join(l.From.Switch, l.To.Switch) })
}

// presentTree marks the link ports that are wanted to pass infrastructure groups now.
func (s *State) presentTree() map[topology.PortRef]bool {
	out := map[topology.PortRef]bool{}
	for id, d := range s.switches {
		for _, p := range flows.WantedInfrastructure(d.tracker).Links {
			out[topology.PortRef{Switch: id, Port: p}] = true
		}
	}
	return out
}

// distances counts the links from the smallest switch of each part of the network.
func (s *State) distances() map[topology.SwitchID]int {
	out := map[topology.SwitchID]int{}
	for _, root := range s.graph.Switches() {
		if _, reached := out[root]; reached {
			continue
		}
		out[root] = 0
		for line := []topology.SwitchID{root}; len(line) > 0; line = line[1:] {
			for _, l := range s.graph.Out(line[0]) {
				if _, reached := out[l.To.Switch]; !reached {
					out[l.To.Switch] = out[line[0]] + 1
					line = append(line, l.To.Switch)
				}
			}
		}
	}
	return out
}

// clusters are sets of switches that hang together; each points to another of its set, and one to itself or nothing.
type clusters map[topology.SwitchID]topology.SwitchID

func (c clusters) of(id topology.SwitchID) topology.SwitchID {
	for {
		up, known := c[id]
		if !known || up == id {
			return id
		}
		id = up
	}
}

// join makes one set of two, and reports false when they were one before.
func (c clusters) join(a, b topology.SwitchID) bool {
	a, b = c.of(a), c.of(b)
	if a == b {
		return false
	}
	c[max(a, b)] = min(a, b)
	return true
}

// spannedEdges lists the edge ports of a switch that take part. A port that came up is one only when no switch was heard there for as long as
// a link may live without a probe; and, where a switch is away that could not have been heard, or one was heard before, only when a host was
// seen there: else a cable between two switches would be taken for two edges, and close a circle.
func (s *State) spannedEdges(d *device) []topology.PortID {
	present := flows.WantedInfrastructure(d.tracker).Edges
	ports, _ := s.graph.Switch(d.id)
	var out []topology.PortID
	for _, p := range ports {
		at := topology.PortRef{Switch: d.id, Port: p.ID}
		switch {
		case !p.Usable() || p.ID.Reserved():
			delete(s.span.edges, at)
			delete(s.span.linked, at)
		case s.graph.IsLinkPort(at):
			delete(s.span.edges, at)
			s.span.linked[at] = struct{}{}
		case !s.takesPart(d.id, p):
		case slices.Contains(present, p.ID) || s.provenEdge(at):
			out = append(out, p.ID)
		}
	}
	return out
}

func (s *State) provenEdge(at topology.PortRef) bool {
	since, known := s.span.edges[at]
	if !known {
		since = s.now
		s.span.edges[at] = since
	}
	if rest := since.Add(s.cfg.LinkTTL).Sub(s.now); rest > 0 {
		s.spanWithin(rest)
		return false
	}
	_, linked := s.span.linked[at]
	seen := slices.ContainsFunc(s.hosts.At(at), func(h topology.Host) bool { return !h.Last.Before(since) })
	if seen || !linked && s.awayText() == "" {
		return true
	}
	s.spanWithin(s.cfg.LinkTTL)
	return false
}

// takesPart reports whether the configuration lets an edge port have infrastructure groups.
func (s *State) takesPart(sw topology.SwitchID, p topology.Port) bool {
	if s.cfg.InfrastructurePorts == nil {
		return true
	}
	for _, name := range s.portNames(sw, p) {
		if _, listed := s.cfg.InfrastructurePorts[name]; listed {
			return true
		}
	}
	return false
}

// portNames are the names by which the configuration may call a port.
func (s *State) portNames(sw topology.SwitchID, p topology.Port) []PortName {
	number := strconv.FormatUint(uint64(p.ID), 10)
	name, id := s.name(sw), sw.String()
	return []PortName{{name, p.Name}, {name, number}, {id, p.Name}, {id, number}}
}
