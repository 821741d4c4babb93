package core

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// Restore takes back what was saved before a restart: the network as last seen, what clients had been promised, the trees as they were
// installed, and what hosts had asked for. Nothing is planned anew, so that what a switch still holds is exactly what is wanted. It must be
// called on a new State, before any Step. An error names the record that cannot be read; the state is then of no use.
func (s *State) Restore(records []Record) error {
	byKind := map[RecordKind][]Record{}
	for _, r := range records {
		byKind[r.Kind] = append(byKind[r.Kind], r)
	}
	take := map[RecordKind]func([]byte) error{
		RecordSwitch: restoring(s.restoreSwitch), RecordLink: restoring(s.restoreLink), RecordHost: restoring(s.restoreHost),
		RecordEndpoint: restoring(s.restoreEndpoint), RecordFlow: restoring(s.restoreFlow), RecordMembership: restoring(s.restoreMembership),
		RecordDrain: restoring(s.restoreDrain), RecordPair: restoring(s.restorePair),
	}
	for _, kind := range RecordKinds() {
		of := byKind[kind]
		slices.SortFunc(of, func(a, b Record) int { return cmp.Compare(a.Key, b.Key) })
		for _, r := range of {
			if err := take[kind](r.Value); err != nil {
				return fmt.Errorf("restore %s %q: %w", kind, r.Key, err)
			}
		}
	}
	s.objects.reclaim()
	for _, d := range s.sortedSwitches() {
		s.setBase(d)
	}
	s.routeRestored()
	for _, f := range s.flows {
		s.noteLeftOut(f)
		s.compileRestored(f)
	}
	for _, d := range s.switches {
		d.tracker.Believe()
	}
	s.gatherUntil = s.now.Add(gatherTime)
	s.out = s.out[:0]
	clear(s.touched)
	s.changed = everything()
	return nil
}

func restoring[T any](take func(T) error) func([]byte) error {
	return func(text []byte) error {
		var v T
		if err := json.Unmarshal(text, &v); err != nil {
			return err
		}
		return take(v)
	}
}

// seen keeps new stamps later than any that was given before.
func (s *State) seen(times ...flows.TAI) {
	for _, t := range times {
		s.lastStamp = max(s.lastStamp, t)
	}
}

func (s *State) restoreSwitch(r switchRecord) error {
	d := s.device(r.ID)
	d.stamps, d.uncertain = r.Stamps, true
	s.seen(r.Stamps.Created, r.Stamps.Updated)
	s.graph.AddSwitch(r.ID, r.Ports)
	for _, p := range r.Ports {
		s.setCapacity(topology.PortRef{Switch: r.ID, Port: p.ID}, p)
	}
	return nil
}

func (s *State) restoreLink(r linkRecord) error {
	s.graph.Restore(r.Link)
	s.links[r.Link] = r.Stamps
	s.seen(r.Stamps.Created, r.Stamps.Updated)
	return nil
}

func (s *State) restoreHost(r hostRecord) error {
	s.hosts.Restore(r.Host)
	return nil
}

func (s *State) restoreEndpoint(r endpointRecord) error {
	st := s.byMAC[r.Endpoint.MAC]
	if st == nil {
		if err := s.objects.claim(r.Object); err != nil {
			return err
		}
		st = s.addStation(r.Endpoint.MAC, r.Object)
	}
	e := &endpoint{Endpoint: r.Endpoint, given: r.Given}
	s.serveAt(e, r.Bound)
	if e.bound == nil {
		e.problem = "it was not seen since the controller started"
	}
	if e.bound != nil && s.switches[e.bound.Switch] == nil {
		return fmt.Errorf("it is at switch %s, which is not there", e.bound.Switch)
	}
	if r.Unproven && e.bound != nil {
		s.unproven[e.ID] = struct{}{}
		s.hosts.Lost(s.now, *e.bound)
	}
	def := r.Endpoint
	e.visible = &def
	s.addEndpoint(e, st)
	s.seen(def.Created, def.Updated)
	return nil
}

func (s *State) restoreFlow(r flowRecord) error {
	for _, id := range append([]uuid.UUID{r.Flow.Sender}, r.Flow.Receivers...) {
		if s.endpoints[id] == nil {
			return fmt.Errorf("it names endpoint %s, which is not there", id)
		}
	}
	if err := s.objects.claim(r.Object); err != nil {
		return err
	}
	f := newFlow(r.Flow, r.Object)
	f.version = r.Version
	f.visible = f.NetworkFlow
	for _, id := range r.Left {
		f.leave(id)
	}
	f.place = s.restoredPlace(r)
	s.addFlow(f)
	s.seen(f.Created, f.Updated)
	if err := s.ledger.Set(f.holder(), f.place.channels(f.Reservation())); err != nil {
		f.place = placement{sender: f.place.sender}
		for _, id := range f.Receivers {
			f.place.leaveOut(id, leftOut{state: NoCapacityNow, reason: err.Error()})
		}
	}
	return nil
}

// restoredPlace is where a flow was, but for what has been plugged in elsewhere. That is saved at once, and of the flow a moment later: for a controller
// that ended in between, what it saved last of the flow is of a place where another host may be now, and where nothing may be sent.
func (s *State) restoredPlace(r flowRecord) placement {
	p := placement{sender: s.endpoints[r.Flow.Sender].bound}
	if p.sender != nil && r.Sender != nil && p.sender.Switch == r.Sender.Switch && len(r.At) > 0 {
		p.tree = topology.NewTree(p.sender.Switch)
		for _, l := range r.Tree {
			p.tree.Add(l)
		}
	}
	needed := map[topology.SwitchID]bool{}
	for _, id := range r.Flow.Receivers {
		at := s.endpoints[id].bound
		if _, placed := r.At[id]; placed && at != nil && p.tree != nil && p.tree.Contains(at.Switch) {
			p.at.put(id, *at)
			needed[at.Switch] = true
		} else {
			p.leaveOut(id, leftOut{state: Unverified})
		}
	}
	if len(p.at) == 0 {
		p.tree = nil
	} else {
		p.tree.Prune(needed)
	}
	return p
}

func (s *State) restoreDrain(p SwitchOrCable) error {
	s.parked[p] = struct{}{}
	return nil
}

// restorePair puts back what a client declared. A flow's label may have made a pair of it meanwhile.
func (s *State) restorePair(p pair) error {
	for _, leg := range p.Legs {
		if s.flows[leg] == nil {
			return fmt.Errorf("it names network flow %s, which is not there", leg)
		}
		if old, in := s.pairOf(leg); in {
			s.leavePair(old, leg)
		}
	}
	s.setPair(p)
	return nil
}

// restoreMembership gives a host a whole membership interval to say again what it wants.
func (s *State) restoreMembership(r membershipRecord) error {
	return s.members.Restore(igmp.Membership{
		Host: r.Host, Group: r.Group, Filter: r.Filter, Version: r.Version,
		Since: s.now, Expires: s.now.Add(s.cfg.Querier.GroupMembershipInterval()),
	})
}

// routeRestored sets unicast routes without the order that a change under traffic needs: the switches hold them already.
func (s *State) routeRestored() {
	for st := range s.objects.stations() {
		at := st.at()
		if at == nil {
			continue
		}
		to := flows.Station{Object: st.object, MAC: st.mac, At: *at}
		if d := s.switches[at.Switch]; d != nil {
			s.set(d, st.owner(), flows.CompileHost(to, at.Switch, at.Port))
		}
		for id, hop := range topology.NextHops(s.graph, at.Switch, nil) {
			s.set(s.switches[id], st.owner(), flows.CompileHost(to, id, hop.Out))
		}
	}
}

// compileRestored sets a flow's entries as they were.
func (s *State) compileRestored(f *flow) {
	s.lay(f, s.layoutOf(f))
	for _, t := range f.layout.programs(f.version) {
		if d := s.switches[t.at]; d != nil {
			s.set(d, f.branches(), t.want)
		}
	}
	f.guard = guard{f.layout.stream, f.running.sender, f.version}
	if at := f.guard.at; at != nil && s.switches[at.Switch] != nil {
		s.set(s.switches[at.Switch], flows.GuardOf(f.object), &flows.Guard{Stream: f.layout.stream, In: at.Port, Version: f.version})
	}
}
