package core

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// pair is an essence that is sent twice, by two flows (ST 2022-7).
type pair struct {
	Name    string
	Legs    [2]uuid.UUID // the second is Nil as long as one flow's label names the pair, and no other's
	ByLabel bool         // said by the flows' labels; else by a client
}

// The name of a pair in a flow's label stands between these, as in "Camera 1 red (2022-7: camera 1)".
const (
	pairLabelBegin = "(2022-7:"
	pairLabelEnd   = ")"
)

// pairNameOf reads from a flow's label which pair it is a leg of; "" for none.
func pairNameOf(label *string) string {
	if label == nil {
		return ""
	}
	_, after, found := strings.Cut(*label, pairLabelBegin)
	name, _, closed := strings.Cut(after, pairLabelEnd)
	if !found || !closed {
		return ""
	}
	return strings.TrimSpace(name)
}

// pairByLabel brings what is known of pairs to what a flow's label says. A flow that a client has paired stays so, and a third flow with the
// same name in its label is a leg of nothing.
func (s *State) pairByLabel(f *flow) {
	name := pairNameOf(f.Label)
	if p, in := s.pairOf(f.ID); in {
		if !p.ByLabel || p.Name == name {
			return
		}
		s.leavePair(p, f.ID)
	}
	if name == "" {
		return
	}
	switch p, known := s.pairs[name]; {
	case !known:
		s.setPair(pair{Name: name, Legs: [2]uuid.UUID{f.ID}, ByLabel: true})
	case p.ByLabel && p.Legs[1] == uuid.Nil:
		p.Legs[1] = f.ID
		s.setPair(p)
	}
}

func (s *State) pairOf(flow uuid.UUID) (pair, bool) {
	name, in := s.pairNames[flow]
	return s.pairs[name], in
}

// partner is the other leg of a flow; nil when it is no leg, or the only one.
func (s *State) partner(f *flow) *flow {
	p, in := s.pairOf(f.ID)
	switch {
	case !in:
		return nil
	case p.Legs[0] == f.ID:
		return s.flows[p.Legs[1]]
	default:
		return s.flows[p.Legs[0]]
	}
}

func (s *State) setPair(p pair) {
	s.pairs[p.Name] = p
	for _, leg := range p.Legs {
		if leg != uuid.Nil {
			s.pairNames[leg] = p.Name
		}
	}
}

// leavePair takes a flow out of a pair that labels made.
func (s *State) leavePair(p pair, flow uuid.UUID) {
	delete(s.pairNames, flow)
	if p.Legs[0] == flow {
		p.Legs[0] = p.Legs[1]
	}
	p.Legs[1] = uuid.Nil
	if s.pairs[p.Name] = p; p.Legs[0] == uuid.Nil {
		delete(s.pairs, p.Name)
	}
}

// dropPair forgets a pair.
func (s *State) dropPair(p pair) {
	delete(s.pairs, p.Name)
	for _, leg := range p.Legs {
		delete(s.pairNames, leg)
	}
}

// unpairFlow is told that a flow is gone.
func (s *State) unpairFlow(f *flow) {
	p, in := s.pairOf(f.ID)
	switch {
	case !in:
	case p.ByLabel:
		s.leavePair(p, f.ID)
	default:
		s.dropPair(p)
		s.save(RecordPair, p.Name, nil)
	}
}

// pairFlows declares two flows legs of one essence, and moves them apart as far as the network lets.
func (s *State) pairFlows(t Ticket, c PairFlows) *Refusal {
	if why := s.checkPair(c); why != nil {
		return why
	}
	var before []pair
	if old, known := s.pairs[c.Name]; known {
		before = append(before, old)
		s.dropPair(old)
	}
	for _, leg := range c.Legs {
		if p, in := s.pairOf(leg); in {
			before = append(before, p)
			s.leavePair(p, leg)
		}
	}
	p := pair{Name: c.Name, Legs: c.Legs}
	s.setPair(p)
	legs := []*flow{s.flows[c.Legs[1]], s.flows[c.Legs[0]]}
	plan := s.plan(legs, func(f *flow) (placement, bool) {
		now := s.shared(f)
		if f.place.tree == nil || len(now.Links)+len(now.Switches) == 0 {
			return placement{}, false
		}
		fresh := s.placeKeeping(f, func(topology.Link) bool { return false })
		return fresh, len(fresh.out) <= len(f.place.out) && s.sharedBy(f, fresh).less(now)
	})
	s.carryOutPlan(t, plan, func() {
		s.save(RecordPair, p.Name, p)
		s.note(true, false, "flows paired", "name", p.Name, "first", p.Legs[0].String(), "second", p.Legs[1].String())
	}, func() {
		s.dropPair(p)
		for _, old := range before {
			s.setPair(old)
		}
	})
	return nil
}

// maxPairName bounds the length of a pair's name, in bytes.
const maxPairName = 256

func (s *State) checkPair(c PairFlows) *Refusal {
	if c.Name == "" || len(c.Name) > maxPairName {
		return refuse(Invalid, "name", "name: it has %d bytes; 1 to %d", len(c.Name), maxPairName)
	}
	if c.Legs[0] == c.Legs[1] {
		return refuse(Invalid, "legs", "legs: both are network flow %s", c.Legs[0])
	}
	for _, leg := range c.Legs {
		if s.flows[leg] == nil {
			return refuse(Invalid, "legs", "legs: no network flow %s exists", leg)
		}
		if p, in := s.pairOf(leg); in && !p.ByLabel && p.Name != c.Name {
			return refuse(Conflict, "legs", "legs: network flow %s is a leg of %q already", leg, p.Name)
		}
	}
	if p, known := s.pairs[c.Name]; known && !p.ByLabel && p.Legs != c.Legs {
		return refuse(Conflict, "name", "name: %q has other legs; delete it first", c.Name)
	}
	return nil
}

func (s *State) unpairFlows(t Ticket, c UnpairFlows) *Refusal {
	p, known := s.pairs[c.Name]
	if !known {
		return refuse(NotFound, "", "no pair %q exists", c.Name)
	}
	if p.ByLabel {
		return refuse(Conflict, "", "the flows' labels say that they are legs of %q: change the labels", c.Name)
	}
	s.dropPair(p)
	s.save(RecordPair, p.Name, nil)
	s.emit(Reply{Ticket: t})
	return nil
}

// Shared is what the trees of two legs have in common and one failure would take from both: cables, and switches on the way. The switches where a
// sender or a receiver of either is are not counted: nothing can be done about them.
type Shared struct {
	Links    []topology.Link // as the first leg's tree has them
	Switches []topology.SwitchID
}

func (a Shared) less(b Shared) bool {
	if len(a.Links) != len(b.Links) {
		return len(a.Links) < len(b.Links)
	}
	return len(a.Switches) < len(b.Switches)
}

// shared tells what a flow shares with the other leg of its essence.
func (s *State) shared(f *flow) Shared { return s.sharedBy(f, f.place) }

func (s *State) sharedBy(f *flow, p placement) Shared {
	other := s.partner(f)
	if other == nil || other.place.tree == nil || p.tree == nil {
		return Shared{}
	}
	var out Shared
	taken, ends := s.takenBy(other), map[topology.SwitchID]bool{}
	for _, leg := range []placement{p, other.place} {
		maps.Copy(ends, endsOf(leg))
	}
	for _, l := range p.tree.Links() {
		if taken.cables[cable(l)] {
			out.Links = append(out.Links, l)
		}
		if id := l.To.Switch; taken.switches[id] && !ends[id] {
			out.Switches = append(out.Switches, id)
		}
	}
	slices.Sort(out.Switches)
	return out
}

// endsOf are the switches where a placement's sender and receivers are.
func endsOf(p placement) map[topology.SwitchID]bool {
	out := map[topology.SwitchID]bool{}
	if p.sender != nil {
		out[p.sender.Switch] = true
	}
	for _, placed := range p.at {
		out[placed.value.Switch] = true
	}
	return out
}

// taken is what a leg uses that the other should keep off.
type taken struct {
	cables   map[SwitchOrCable]bool
	switches map[topology.SwitchID]bool
}

func (s *State) takenBy(f *flow) taken {
	if f == nil || f.place.tree == nil {
		return taken{}
	}
	t := taken{map[SwitchOrCable]bool{}, map[topology.SwitchID]bool{}}
	for _, id := range f.place.tree.Switches() {
		t.switches[id] = true
	}
	for _, l := range f.place.tree.Links() {
		t.cables[cable(l)] = true
	}
	return t
}

// graftApart extends a flow's tree to a switch: off the switches and cables of the other leg of its essence where that can be, else off its
// cables, else as it can. A flow that is no leg is grafted as it can.
func (s *State) graftApart(f *flow, tree *topology.Tree, target topology.SwitchID, room func(topology.Link) topology.Bandwidth, need topology.Bandwidth) error {
	other := s.takenBy(s.partner(f))
	offCables := func(l topology.Link) topology.Bandwidth {
		if other.cables[cable(l)] {
			return 0
		}
		return room(l)
	}
	offSwitches := func(l topology.Link) topology.Bandwidth {
		if id := l.To.Switch; id != target && other.switches[id] {
			return 0
		}
		return offCables(l)
	}
	tries := []func(topology.Link) topology.Bandwidth{offSwitches, offCables, room}
	if len(other.cables) == 0 {
		tries = tries[2:]
	}
	var err error
	for _, try := range tries {
		if _, err = tree.Graft(s.graph, target, try, need, s.ledger.Usual()...); err == nil {
			return nil
		}
	}
	return err
}
