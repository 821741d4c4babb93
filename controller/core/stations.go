package core

import (
	"bytes"
	"maps"
	"slices"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// station is one interface for unicast: all endpoints with one MAC.
type station struct {
	object    flows.ObjectID
	mac       topology.MAC
	endpoints map[uuid.UUID]*endpoint
}

func (st *station) owner() flows.Owner { return flows.Station{Object: st.object}.Owner() }

// at is where the station is: where its first endpoint that was found is. nil: nowhere yet.
func (st *station) at() *topology.PortRef {
	var first *endpoint
	for _, e := range st.endpoints {
		if e.bound != nil && !e.deleting && (first == nil || bytes.Compare(e.ID[:], first.ID[:]) < 0) {
			first = e
		}
	}
	if first == nil {
		return nil
	}
	return first.bound
}

// stationOf gives the station with a MAC, made when it is new.
func (s *State) stationOf(mac topology.MAC) (*station, error) {
	if st := s.byMAC[mac]; st != nil {
		return st, nil
	}
	object, err := s.objects.take()
	if err != nil {
		return nil, err
	}
	return s.addStation(mac, object), nil
}

func (s *State) addStation(mac topology.MAC, id flows.ObjectID) *station {
	st := &station{object: id, mac: mac, endpoints: map[uuid.UUID]*endpoint{}}
	s.byMAC[mac] = st
	s.objects.hold(id, object{station: st})
	return st
}

// dropStation forgets a station without endpoints.
func (s *State) dropStation(st *station) {
	if len(st.endpoints) == 0 {
		delete(s.byMAC, st.mac)
		s.objects.free(st.object)
	}
}

func (s *State) sortedEndpoints() []*endpoint {
	return slices.SortedFunc(maps.Values(s.endpoints), func(a, b *endpoint) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// routeStations brings unicast to where the topology is now. When every switch can be told where to send, the next hops towards one
// switch serve all stations on it.
func (s *State) routeStations() {
	away := s.awayText() != ""
	hops := map[topology.SwitchID]map[topology.SwitchID]topology.Hop{}
	for st := range s.objects.stations() {
		at := st.at()
		if at == nil {
			continue
		}
		if hops[at.Switch] == nil || away {
			hops[at.Switch] = s.hopsTo(st, *at)
		}
		s.routeTowards(st, *at, hops[at.Switch], nil)
	}
}

// hopsTo gives the way to a station from every switch. A switch that is away goes on sending as it does: the others may count on that, and on
// nothing else of it, or a packet could go in a circle between what it does and what they think. When it went away in the middle of a
// batch, what it does is not known, and nobody counts on it; that it is the station's own switch makes no difference.
func (s *State) hopsTo(st *station, at topology.PortRef) map[topology.SwitchID]topology.Hop {
	sends := func(by topology.PortRef) bool {
		d := s.switches[by.Switch]
		if d.connected() {
			return true
		}
		port, known := flows.HostRoute(d.tracker, flows.Station{Object: st.object, MAC: st.mac})
		return known && !d.uncertain && port == by.Port
	}
	if !sends(at) {
		return nil
	}
	dst, may := at.Switch, func(via topology.Link) bool { return sends(via.From) }
	all := topology.NextHops(s.graph, dst, may)
	if len(s.parked) == 0 {
		return all
	}
	around := topology.NextHops(s.graph, dst, func(via topology.Link) bool { return may(via) && !s.drained(via) })
	if len(around) < len(all) {
		return all // some can be reached only by what is drained
	}
	return around
}

// mayLead reports whether a switch from which no way to a station is known sends to it over a link all the same, while a switch is away of which
// is not known what it does: it may go on, since it may arrive. Nothing loops by that. Who has a known way sends to nobody without one; and of those,
// what each does was part of a tree once, the latest of which leads only to others as late, and so not back.
func (s *State) mayLead(id topology.SwitchID, st flows.Station) bool {
	port, known := flows.HostRoute(s.switches[id].tracker, st)
	if !known || s.graph.IsEdge(topology.PortRef{Switch: id, Port: port}) {
		return false
	}
	for _, d := range s.switches {
		if !d.connected() && d.uncertain {
			return true
		}
	}
	return false
}

// routeStation brings one station's unicast to the switches.
func (s *State) routeStation(st *station, ops ...*operation) {
	if at := st.at(); at != nil {
		s.routeTowards(st, *at, s.hopsTo(st, *at), ops)
	} else {
		s.withdraw(st.owner(), ops...)
	}
}

// routeTowards installs a station's entries along the shortest paths to it. Switches are changed from the station outwards, each only when
// all that are nearer have confirmed: what a changed switch sends on meets changed switches only, so it arrives; no order in between loops.
func (s *State) routeTowards(st *station, at topology.PortRef, hops map[topology.SwitchID]topology.Hop, ops []*operation) {
	to := flows.Station{Object: st.object, MAC: st.mac, At: at}
	var changed []ranked
	routed := map[topology.SwitchID]bool{}
	put := func(distance int, id topology.SwitchID, t flows.Tables) {
		routed[id] = true
		if maps.EqualFunc(s.switches[id].tracker.Wants(st.owner()).Flows, t.Flows, flows.Entry.Equal) {
			return
		}
		changed = append(changed, ranked{told{id, t}, distance})
	}
	put(0, at.Switch, flows.CompileHost(to, at.Switch, at.Port))
	for id, hop := range hops {
		put(hop.Distance, id, flows.CompileHost(to, id, hop.Out))
	}
	for id := range s.switches {
		if !routed[id] && !s.mayLead(id, to) {
			put(-1, id, flows.Tables{})
		}
	}
	steps := byRank(changed)
	if len(steps) == 0 {
		steps = []step{nil}
	}
	s.roll(st.owner(), ops, steps...)
}
