package core

import (
	"bytes"
	"slices"

	"crosspoint/topology"
)

// unprovenText is what a person is told of an endpoint that was not seen since the link of its port was lost.
const unprovenText = "the link of its port was lost, and it was not seen since"

// lostLink takes note that the link of a port was lost. When it is back another host may be plugged in there, so what was served there gets nothing of
// any flow until it is seen again, there or elsewhere. It keeps its place and what is reserved for it.
func (s *State) lostLink(at topology.PortRef) {
	s.hosts.Lost(s.now, at)
	var there []*endpoint
	for e := range s.byPort[at] {
		if !s.isUnproven(e) {
			there = append(there, e)
		}
	}
	slices.SortFunc(there, func(a, b *endpoint) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	for _, e := range there {
		s.unproven[e.ID] = struct{}{}
		s.provenChanged(e)
	}
}

// lostMeanwhile takes note of the links that a switch has lost, of those it was known to have, when it connects and tells of its ports.
func (s *State) lostMeanwhile(id topology.SwitchID, now []topology.Port) {
	before, _ := s.graph.Switch(id)
	for _, p := range before {
		stays := slices.ContainsFunc(now, func(n topology.Port) bool { return n.ID == p.ID && n.Usable() })
		if p.Usable() && !stays {
			s.lostLink(topology.PortRef{Switch: id, Port: p.ID})
		}
	}
}

// seenAgain takes note that an interface was seen.
func (s *State) seenAgain(mac topology.MAC) {
	if len(s.unproven) == 0 {
		return
	}
	for _, e := range s.endpointsOf(mac) {
		if s.isUnproven(e) && s.isProven(e) {
			delete(s.unproven, e.ID)
			s.provenChanged(e)
		}
	}
}

// isProven reports whether an endpoint was seen where it is served since the link there was last lost.
func (s *State) isProven(e *endpoint) bool {
	seen, found := s.seenHost(e)
	return found && e.bound != nil && seen.At == *e.bound && !s.hosts.MayHaveLeft(seen)
}

// isThere reports whether nothing speaks against a host being where it was last seen.
func (s *State) isThere(h topology.Host) bool {
	return s.port(h.At).Usable() && !s.hosts.MayHaveLeft(h)
}

// isUnproven reports whether an endpoint was not seen since the link of its port was lost.
func (s *State) isUnproven(e *endpoint) bool {
	_, is := s.unproven[e.ID]
	return is
}

// provenChanged brings what an endpoint gets to whether it is proven to be where it is.
func (s *State) provenChanged(e *endpoint) {
	s.markEndpoint(e)
	s.saveEndpoint(e)
	for _, f := range s.flowsUsing(e.ID) {
		if f.Lists(e.ID) {
			s.reactivate(f, e)
			s.expelStrangers(f, *e.bound)
		}
	}
}
