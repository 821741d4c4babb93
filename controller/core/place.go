package core

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// placement is where a flow runs, or would: what admission decided.
type placement struct {
	sender *topology.PortRef // nil: the sender was not found yet, and nothing is placed
	tree   *topology.Tree    // nil: no receiver is placed
	at     perReceiver[topology.PortRef]
	out    map[uuid.UUID]leftOut // listed, but not placed
}

// leaveOut says that a receiver has no place.
func (p *placement) leaveOut(r uuid.UUID, why leftOut) {
	if p.out == nil {
		p.out = map[uuid.UUID]leftOut{}
	}
	p.out[r] = why
}

// leftOut says why a receiver has no place.
type leftOut struct {
	state  ReceiverState
	reason string      // "" for Unverified, which may change without a new placement: see missing
	kind   RefusalKind // of the answer, when a client asks for it
}

// place finds a tree for a flow from where it is now: what works stays as it is. Receivers are served in the order in which they are listed,
// each grafted to the nearest point of the tree that has room. Nothing is reserved yet.
func (s *State) place(f *flow) placement { return s.placeKeeping(f, s.graph.Usable) }

// placeKeeping finds a tree for a flow that keeps of the present one only the links that may be kept.
func (s *State) placeKeeping(f *flow, may func(topology.Link) bool) placement {
	var p placement
	p.sender = f.sender.bound
	if p.sender == nil {
		for _, r := range f.Receivers {
			p.leaveOut(r, leftOut{state: Unverified})
		}
		return p
	}
	tree := s.keep(f, *p.sender, may)
	for _, r := range f.Receivers {
		if why, out := s.graft(f, tree, *p.sender, r); out {
			p.leaveOut(r, why)
		} else {
			p.at.put(r, *s.endpoints[r].bound)
		}
	}
	if len(p.at) > 0 {
		needed := map[topology.SwitchID]bool{}
		for _, r := range p.at {
			needed[r.value.Switch] = true
		}
		tree.Prune(needed)
		p.tree = tree
	}
	return p
}

// keep is the part of a flow's tree that may be kept and has room for what the flow needs now.
func (s *State) keep(f *flow, sender topology.PortRef, may func(topology.Link) bool) *topology.Tree {
	kept := topology.NewTree(sender.Switch)
	if f.place.tree == nil || f.place.tree.Root != sender.Switch {
		return kept
	}
	need := f.Reservation()
	reached := []topology.SwitchID{sender.Switch}
	for len(reached) > 0 {
		at := reached[0]
		reached = reached[1:]
		for _, l := range f.place.tree.Children(at) {
			if may(l) && s.ledger.FreeFor(f.holder(), l.Channel()) >= need {
				kept.Add(l)
				reached = append(reached, l.To.Switch)
			}
		}
	}
	return kept
}

// graft adds one receiver to a tree, or says why that is not possible.
func (s *State) graft(f *flow, tree *topology.Tree, sender topology.PortRef, receiver uuid.UUID) (leftOut, bool) {
	e := s.endpoints[receiver]
	if e.bound == nil {
		return leftOut{state: Unverified}, true
	}
	need := f.Reservation()
	for _, c := range []topology.Channel{{PortRef: sender, Ingress: true}, {PortRef: *e.bound}} {
		if free := s.ledger.FreeFor(f.holder(), c); free < need {
			return s.noRoom(e, &topology.NoRoomError{Channel: c, Need: need, Free: free}), true
		}
	}
	if _, placed := f.place.at.get(receiver); !placed && !s.switches[e.bound.Switch].connected() {
		return leftOut{NoPathNow, fmt.Sprintf("switch %s, where %s is, is away", s.name(e.bound.Switch), e.describe()), NoPath}, true
	}
	room := func(l topology.Link) topology.Bandwidth {
		if !s.switches[l.From.Switch].connected() || !s.switches[l.To.Switch].connected() || s.drained(l) {
			return 0
		}
		return s.ledger.FreeFor(f.holder(), l.Channel())
	}
	err := s.graftApart(f, tree, e.bound.Switch, room, max(need, 1))
	if noRoom := (*topology.NoRoomError)(nil); errors.As(err, &noRoom) {
		return s.noRoom(e, noRoom), true
	}
	if err != nil {
		return leftOut{NoPathNow, fmt.Sprintf("no path from switch %s to %s at switch %s%s",
			s.name(sender.Switch), e.describe(), s.name(e.bound.Switch), s.awayText()), NoPath}, true
	}
	return leftOut{}, false
}

// noRoom words a lack of capacity: which receiver, which link, what was asked for and what is free.
func (s *State) noRoom(e *endpoint, err *topology.NoRoomError) leftOut {
	if away := s.awayText(); away != "" && s.endAway(err.Channel.PortRef) {
		return leftOut{NoPathNow, "no path to " + e.describe() + away, NoPath}
	}
	if link, is := s.linkOf(err.Channel); is && s.drained(link) {
		return leftOut{NoPathNow, fmt.Sprintf("no path to %s but by what is drained: %s", e.describe(), s.linkName(link)), NoPath}
	}
	direction := "out of"
	if err.Channel.Ingress {
		direction = "into"
	}
	return leftOut{NoCapacityNow, fmt.Sprintf("receiver %s: %s is needed %s port %s, where %s is free",
		e.describe(), err.Need, direction, s.portName(err.Channel.PortRef), err.Free), NoCapacity}
}

// endAway reports whether a switch at either end of a port's cable is away.
func (s *State) endAway(at topology.PortRef) bool {
	peer, isLink := s.graph.Peer(at)
	return !s.switches[at.Switch].connected() || isLink && !s.switches[peer.Switch].connected()
}

// awayText names the switches that are not connected; "" when all are.
func (s *State) awayText() string {
	var away []string
	for _, d := range s.sortedSwitches() {
		if !d.connected() {
			away = append(away, s.name(d.id))
		}
	}
	if len(away) == 0 {
		return ""
	}
	return " (switches away: " + strings.Join(away, ", ") + ")"
}

// channels is what a placement must hold in the ledger: the sender's port inwards, every link of the tree, every receiver's port outwards.
func (p placement) channels(need topology.Bandwidth) map[topology.Channel]topology.Bandwidth {
	out := map[topology.Channel]topology.Bandwidth{}
	if p.tree == nil {
		return out
	}
	out[topology.Channel{PortRef: *p.sender, Ingress: true}] = need
	for _, l := range p.tree.Links() {
		out[l.Channel()] = need
	}
	for _, r := range p.at {
		out[topology.Channel{PortRef: r.value}] = need
	}
	return out
}

// reserve has the ledger hold what a flow's placement needs, and, for as long as an operation may be undone, what it held before.
func (s *State) reserve(f *flow, before map[topology.Channel]topology.Bandwidth) {
	want := f.place.channels(f.Reservation())
	for c, b := range before {
		want[c] = max(want[c], b)
	}
	held := s.ledger.Held(f.holder())
	s.changed.flows.add(f.ID)
	s.changed.reserved(held)
	s.changed.reserved(want)
	shrinks := len(held) > len(want)
	if err := s.ledger.Set(f.holder(), want); err != nil {
		panic("core: admitted placement does not fit the ledger: " + err.Error())
	}
	if shrinks {
		s.soon(&s.timers.replan, settleTime)
	}
}

// replan places a flow again after the network changed under it. Nothing is refused: what finds no place is shown, and tried again later.
func (s *State) replan(f *flow) {
	f.place = s.place(f)
	s.reserve(f, nil)
	s.noteLeftOut(f)
	s.program(f)
	s.saveFlowSoon(f)
}

func (s *State) noteLeftOut(f *flow) {
	if len(f.place.out) > 0 {
		s.leftOut[f.ID] = struct{}{}
	} else {
		delete(s.leftOut, f.ID)
	}
}

// placeLeftOut tries receivers that have no place again.
func (s *State) placeLeftOut() {
	var again []*flow
	for id := range s.leftOut {
		again = append(again, s.flows[id])
	}
	slices.SortFunc(again, byClass)
	for _, f := range again {
		if s.busy[f.ID] == nil {
			s.replan(f)
		}
	}
}

// linksLost moves the flows that ran over links which carry nothing any more: those flows only, highest class first.
func (s *State) linksLost(lost []topology.Link) {
	if len(lost) == 0 {
		return
	}
	var affected []*flow
	for _, l := range lost {
		for _, h := range s.ledger.Holders(l.Channel()) {
			if f := s.objects.at(flows.ObjectID(h)).flow; f != nil {
				affected = append(affected, f)
			}
		}
		s.linkChanged(l)
		s.note(false, true, "link lost", "from", s.portName(l.From), "to", s.portName(l.To))
	}
	s.soon(&s.timers.stations, settleTime)
	s.spanAgain()
	if s.gathering() {
		s.soon(&s.timers.replan, settleTime)
		return
	}
	s.reroute(affected)
}

// reroutesAtOnce is how many flows one step places again. The switches work on the first, which are of the highest class, while the next are placed.
const reroutesAtOnce = 64

// reroute moves flows whose trees are broken, highest class first.
func (s *State) reroute(broken []*flow) {
	s.broken = append(s.broken, broken...)
	slices.SortFunc(s.broken, byClass)
	s.broken = slices.Compact(s.broken)
	s.rerouteNext()
}

// rerouteNext places some of the flows again that wait for it. In the end it says how many there were, not which: a thousand lines for the log would take
// longer than the work.
func (s *State) rerouteNext() {
	n := min(len(s.broken), reroutesAtOnce)
	for _, f := range s.broken[:n] {
		if s.flows[f.ID] != f || f.place.tree == nil || f.place.tree.Works(s.graph) {
			continue // gone, or placed again by something else
		}
		s.replan(f)
		s.counters.Reroutes++
		s.rerouted.flows++
		s.rerouted.leftOut += min(len(f.place.out), 1)
	}
	if s.broken = s.broken[n:]; len(s.broken) > 0 {
		s.timers.reroute = s.now.Add(1) // in a step of its own
		return
	}
	if done := s.rerouted; done.flows > 0 {
		s.note(false, done.leftOut > 0, "flows placed again", "flows", strconv.Itoa(done.flows), "with receivers left out", strconv.Itoa(done.leftOut))
	}
	s.broken, s.rerouted = nil, rerouted{}
}

// rerouted counts what one failure moved.
type rerouted struct{ flows, leftOut int }

// placeBroken moves the flows whose trees were found broken while a restarted controller was still gathering its switches.
func (s *State) placeBroken() {
	var broken []*flow
	for _, f := range s.flows {
		if f.place.tree != nil && !f.place.tree.Works(s.graph) {
			broken = append(broken, f)
		}
	}
	s.reroute(broken)
}
