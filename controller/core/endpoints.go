package core

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// endpoint is a registered endpoint and where it is.
type endpoint struct {
	flows.Endpoint // as it shall be
	station        *station
	visible        *flows.Endpoint   // as last confirmed; nil: not confirmed yet
	given          bool              // Attached was given by the client, not found by us
	bound          *topology.PortRef // where it is served; nil: nowhere
	problem        string            // why not, for a person
	probes         int               // times it was asked for since the network last changed
	deleting       bool              // withdrawn; waits for the switches to confirm
	// sends is the bandwidth of all flows that it is the sender of.
	sends topology.Bandwidth
}

// host is the endpoint as the membership table knows it. It must be bound.
func (e *endpoint) host() igmp.Host {
	return igmp.Host{Switch: uint64(e.bound.Switch), Port: uint32(e.bound.Port), MAC: e.MAC, Addr: e.Addr}
}

// describe names an endpoint for a person.
func (e *endpoint) describe() string {
	if e.Label != nil && *e.Label != "" {
		return fmt.Sprintf("%q %s (%s)", *e.Label, e.Addr, e.ID)
	}
	return fmt.Sprintf("%s (%s)", e.Addr, e.ID)
}

// putEndpoint registers an endpoint.
func (s *State) putEndpoint(t Ticket, def flows.Endpoint) *Refusal {
	if why := s.checkEndpoint(def); why != nil {
		return why
	}
	if why := s.checkAttached(def); why != nil {
		return why
	}
	st, err := s.stationOf(def.MAC)
	if err != nil {
		return refuse(Busy, "", "cannot hold another endpoint: %v", err)
	}
	def.Created = s.stamp()
	def.Updated = def.Created
	e := &endpoint{Endpoint: def, given: def.Attached != nil}
	s.addEndpoint(e, st)
	s.settle(e)
	op := s.begin(&operation{
		ticket: t, keys: []uuid.UUID{e.ID}, owners: []flows.Owner{st.owner()},
		commit: func() Result { return s.commitEndpoint(e, "endpoint registered") },
		undo: func() {
			s.dropEndpoint(e)
			s.routeStation(st)
		},
	})
	s.routeStation(st, op)
	if e.bound == nil {
		s.probeEndpoint(e)
	}
	return nil
}

// checkEndpoint says why an endpoint may not be registered.
func (s *State) checkEndpoint(def flows.Endpoint) *Refusal {
	if _, taken := s.endpoints[def.ID]; taken {
		return refuse(Exists, "id", "endpoint %s exists already; change it with PATCH", def.ID)
	}
	if len(s.endpoints) >= s.cfg.MaxEndpoints {
		return refuse(Busy, "", "%d endpoints are held, the most that this controller may hold", len(s.endpoints))
	}
	if err := flows.CheckHostAddr(def.Addr); err != nil {
		return refuse(Invalid, "ip_address", "ip_address: %v", err)
	}
	if def.MAC.IsZero() || def.MAC.IsMulticast() {
		return refuse(Invalid, "port_id", "port_id: %s is no address of one interface", def.MAC.Dashed())
	}
	other, taken := s.byAddr[def.Addr]
	if !taken {
		return nil
	}
	if other.ChassisID == def.ChassisID && other.MAC == def.MAC {
		why := refuse(Conflict, "", "endpoint %s has the same chassis_id, port_id and ip_address", other.ID)
		why.Other = other.ID
		return why
	}
	return refuse(Invalid, "ip_address", "ip_address: %s is the address of endpoint %s; it must be unique in the network", def.Addr, other.ID)
}

// checkAttached holds what a client says of an endpoint's place against what was seen. A switch that is not known may come yet.
func (s *State) checkAttached(def flows.Endpoint) *Refusal {
	const field = "attached_network_device"
	if def.Attached == nil {
		return nil
	}
	sw, known := s.switchByChassis(def.Attached.ChassisID)
	if !known {
		return nil
	}
	port, exists := s.graph.PortByName(sw, def.Attached.PortID)
	if !exists {
		return refuse(Invalid, field+".port_id", "%s.port_id: switch %s has no port %q", field, s.name(sw), def.Attached.PortID)
	}
	at := topology.PortRef{Switch: sw, Port: port.ID}
	if s.graph.IsLinkPort(at) {
		return refuse(Invalid, field, "%s: port %s leads to another switch", field, s.portName(at))
	}
	seen, found := s.hosts.ByAddr(def.Addr)
	if found && seen.MAC == def.MAC && seen.At != at && s.isThere(seen) {
		return refuse(Invalid, field, "%s: you say port %s, and the host was seen at port %s", field, s.portName(at), s.portName(seen.At))
	}
	return nil
}

func (s *State) switchByChassis(chassis string) (topology.SwitchID, bool) {
	for id := range s.switches {
		if id.ChassisID() == chassis {
			return id, true
		}
	}
	return 0, false
}

// place of an endpoint, as far as anybody knows.
type whereabouts struct {
	at      *topology.PortRef // nil: it may not be served
	problem string            // why not
	// contradicted: what was seen of it is not what was said of it. It was not merely not heard of yet.
	contradicted bool
}

// locate says where an endpoint is: where its MAC and address were seen, which must be the port that the client named, if it named one.
func (s *State) locate(e *endpoint) whereabouts {
	seen, found := s.seenHost(e)
	if !found {
		return whereabouts{problem: "it was not seen in the network yet"}
	}
	if seen.MAC != e.MAC {
		return whereabouts{problem: fmt.Sprintf("its address is used by MAC %s at port %s", seen.MAC, s.portName(seen.At)), contradicted: true}
	}
	if !s.graph.IsEdge(seen.At) {
		return whereabouts{problem: "it was not seen at an edge port yet"}
	}
	if e.given && !s.isAt(seen.At, *e.Attached) {
		return whereabouts{
			problem: fmt.Sprintf("it is registered at switch %s port %s, and was seen at port %s", e.Attached.ChassisID, e.Attached.PortID, s.portName(seen.At)),
			// where it was seen before its cable was pulled says nothing against where it is now
			contradicted: s.isThere(seen),
		}
	}
	return whereabouts{at: &seen.At}
}

// seenHost is what was last seen of an endpoint.
func (s *State) seenHost(e *endpoint) (topology.Host, bool) {
	if seen, found := s.hosts.ByAddr(e.Addr); found {
		return seen, true
	}
	return s.seenByLLDP(e.MAC)
}

// seenByLLDP finds an interface that told of itself by LLDP: its port_id is its MAC (IS-06 endpoint.port_id), and it need not say an address.
func (s *State) seenByLLDP(mac topology.MAC) (topology.Host, bool) {
	known := s.hosts.ByMAC(mac)
	i := slices.IndexFunc(known, func(h topology.Host) bool { return h.By == topology.SeenLLDP })
	if i < 0 {
		return topology.Host{}, false
	}
	return known[i], true
}

// isAt reports whether a port is the one that an attachment names.
func (s *State) isAt(at topology.PortRef, a flows.Attachment) bool {
	return at.Switch.ChassisID() == a.ChassisID && s.port(at).Name == a.PortID
}

// settle serves an endpoint where it is, and fills in the attachment of one whose client left it open.
func (s *State) settle(e *endpoint) {
	w := s.locate(e)
	s.serveAt(e, w.at)
	e.problem = w.problem
	if s.isProven(e) {
		delete(s.unproven, e.ID)
	}
	s.markEndpoint(e)
	if e.given || e.bound == nil {
		return
	}
	e.Attached = &flows.Attachment{ChassisID: e.bound.Switch.ChassisID(), PortID: s.port(*e.bound).Name}
}

// serveAt has an endpoint served at a port; nil: nowhere.
func (s *State) serveAt(e *endpoint, at *topology.PortRef) {
	if e.bound != nil {
		if delete(s.byPort[*e.bound], e); len(s.byPort[*e.bound]) == 0 {
			delete(s.byPort, *e.bound)
		}
	}
	e.bound = at
	if at == nil {
		return
	}
	if s.byPort[*at] == nil {
		s.byPort[*at] = map[*endpoint]struct{}{}
	}
	s.byPort[*at][e] = struct{}{}
}

// bindAll looks again where every endpoint is that has no place.
func (s *State) bindAll() {
	for _, e := range s.sortedEndpoints() {
		if e.bound == nil {
			s.bind(e)
		}
	}
}

// bind looks again where an endpoint is, and what it means for its flows. One that is where it should not be is not served, and shown.
func (s *State) bind(e *endpoint) {
	w := s.locate(e)
	if w.at == nil && !w.contradicted && e.bound != nil {
		return // nothing new was heard of it
	}
	if w.contradicted {
		s.denyHost(e.MAC, e.Addr, w.problem)
	}
	same := w.at == nil && e.bound == nil || w.at != nil && e.bound != nil && *w.at == *e.bound
	if same {
		if e.problem != w.problem {
			s.markEndpoint(e)
		}
		e.problem = w.problem
		return
	}
	s.settle(e)
	if e.visible != nil {
		e.Updated = s.stamp()
		s.commitEndpoint(e, "endpoint located")
	}
	s.routeStation(e.station)
	for _, f := range s.flowsUsing(e.ID) {
		s.replan(f)
	}
}

func (s *State) addEndpoint(e *endpoint, st *station) {
	s.endpoints[e.ID] = e
	s.byAddr[e.Addr] = e
	e.station = st
	st.endpoints[e.ID] = e
	s.markEndpoint(e)
}

// dropEndpoint takes an endpoint out of every index. Its station's entries are brought up to date by the caller.
func (s *State) dropEndpoint(e *endpoint) {
	s.markEndpoint(e)
	s.serveAt(e, nil)
	delete(s.endpoints, e.ID)
	delete(s.unproven, e.ID)
	delete(s.byAddr, e.Addr)
	delete(e.station.endpoints, e.ID)
	s.dropStation(e.station)
}

// commitEndpoint makes an endpoint visible and durable.
func (s *State) commitEndpoint(e *endpoint, what string) Result {
	def := e.Endpoint
	e.visible = &def
	s.changed.endpoints.add(e.ID)
	s.saveEndpoint(e)
	at := "none: " + e.problem
	if e.bound != nil {
		at = s.portName(*e.bound)
	}
	s.note(true, false, what, "endpoint", e.ID.String(), "mac", e.MAC.String(), "address", e.Addr.String(), "port", at)
	return Result{Endpoint: &def}
}

// deleteEndpoint removes an endpoint that no flow names.
func (s *State) deleteEndpoint(t Ticket, id uuid.UUID) *Refusal {
	e, known := s.endpoints[id]
	if !known {
		return refuse(NotFound, "", "no endpoint %s exists", id)
	}
	if using := s.flowsUsing(id); len(using) > 0 {
		why := refuse(InUse, "", "endpoint %s is named by network flow %s; delete that first", id, using[0].ID)
		why.Other = using[0].ID
		return why
	}
	op := s.begin(&operation{
		ticket: t, keys: []uuid.UUID{id}, owners: []flows.Owner{e.station.owner()}, removes: true,
		commit: func() Result {
			s.dropEndpoint(e)
			s.save(RecordEndpoint, id.String(), nil)
			s.note(true, false, "endpoint deleted", "endpoint", id.String())
			return Result{}
		},
		undo: func() {
			e.deleting = false
			s.routeStation(e.station)
		},
	})
	e.deleting = true
	s.routeStation(e.station, op)
	return nil
}

// patchEndpoint changes an endpoint, and what is in the network for it, whole or not at all.
func (s *State) patchEndpoint(t Ticket, c PatchEndpoint) *Refusal {
	e, known := s.endpoints[c.ID]
	if !known {
		return refuse(NotFound, "", "no endpoint %s exists", c.ID)
	}
	def := e.Endpoint
	assign(&def.Addr, c.Patch.Addr)
	assign(&def.Role, c.Patch.Role)
	if c.Patch.Attached != nil {
		def.Attached = c.Patch.Attached
	}
	if c.Patch.MaxBandwidth != nil {
		def.MaxBandwidth = c.Patch.MaxBandwidth
	}
	if c.Patch.Label != nil {
		def.Label = c.Patch.Label
	}
	if why := s.checkEndpointPatch(e, def, c.Patch); why != nil {
		return why
	}
	return s.changeEndpoint(t, e, def, c.Patch.Attached != nil)
}

// checkEndpointPatch says why an endpoint may not become what a patch makes of it.
func (s *State) checkEndpointPatch(e *endpoint, def flows.Endpoint, patch flows.EndpointPatch) *Refusal {
	if def.Addr != e.Addr {
		fresh := def
		fresh.ID = uuid.Nil
		if why := s.checkEndpoint(fresh); why != nil {
			return why
		}
	}
	if patch.Attached != nil {
		if why := s.checkAttached(def); why != nil {
			return why
		}
	}
	for _, f := range s.flowsUsing(e.ID) {
		if f.Group.Is4() != def.Addr.Is4() {
			return refuse(Invalid, "ip_address", "ip_address: network flow %s to %s names this endpoint, and %s is an %s address", f.ID, f.Group, def.Addr, flows.Family(def.Addr))
		}
		if f.Sender == e.ID && !def.Role.MaySend() {
			return refuse(Invalid, "role", "role: network flow %s has this endpoint as its sender", f.ID)
		}
		if f.Sender != e.ID && !def.Role.MayReceive() {
			return refuse(Invalid, "role", "role: network flow %s has this endpoint as a receiver", f.ID)
		}
	}
	if patch.MaxBandwidth != nil && e.sends > *patch.MaxBandwidth {
		return refuse(Invalid, "max_bandwidth", "max_bandwidth: the endpoint's flows send %s in all", e.sends)
	}
	return nil
}

// changeEndpoint carries out a checked change: the endpoint, its unicast routes, and every flow that names it.
func (s *State) changeEndpoint(t Ticket, e *endpoint, def flows.Endpoint, given bool) *Refusal {
	using := s.flowsUsing(e.ID)
	restore := s.remember(e, using)
	s.become(e, def, given)
	for _, f := range using {
		if why := s.admit(f); why != nil {
			restore()
			for _, f := range using {
				s.reserve(f, nil)
			}
			return why
		}
	}
	op := &operation{
		ticket: t, keys: []uuid.UUID{e.ID}, owners: []flows.Owner{e.station.owner()},
		commit: func() Result {
			for _, f := range using {
				s.reserve(f, nil)
				s.saveFlow(f)
			}
			return s.commitEndpoint(e, "endpoint changed")
		},
		undo: func() {
			restore()
			s.routeStation(e.station)
			for _, f := range using {
				s.replan(f)
			}
		},
	}
	for _, f := range using {
		op.keys = append(op.keys, f.ID)
		op.owners = append(op.owners, f.owners()...)
	}
	s.begin(op)
	s.routeStation(e.station, op)
	for _, f := range using {
		s.program(f, op)
	}
	return nil
}

// become gives an endpoint its new attributes and looks where it is by them.
func (s *State) become(e *endpoint, def flows.Endpoint, given bool) {
	s.markEndpoint(e)
	delete(s.byAddr, e.Addr)
	if def.Addr != e.Addr && !e.given && !given {
		def.Attached = nil // what was found out was found out about another address
	}
	e.Endpoint, e.given = def, e.given || given
	s.byAddr[e.Addr] = e
	s.settle(e)
	e.Updated = s.stamp()
}

// remember gives a function that puts an endpoint, and the places of the flows that use it, back to what they are now.
func (s *State) remember(e *endpoint, using []*flow) (restore func()) {
	before := *e
	places := make([]placement, len(using))
	for i, f := range using {
		places[i] = f.place
	}
	return func() {
		s.markEndpoint(e)
		delete(s.byAddr, e.Addr)
		s.serveAt(e, before.bound)
		*e = before
		s.markEndpoint(e)
		s.byAddr[e.Addr] = e
		for i, f := range using {
			f.place = places[i]
		}
	}
}
