package core

import (
	"slices"
	"time"

	"crosspoint/flows"
	"crosspoint/topology"
)

// move takes a flow from one tree to another without losing or doubling a packet. The new tree is brought to the switches in the version that
// the flow is not in; when all have confirmed, the guard at the sender is told to send in that version, in one modification; when what was
// under way has arrived, the old version is taken away. Each packet goes down one tree, whole: so no order of events makes a loop,
// and switches may be told in any order.
type move struct {
	phase movePhase
	to    layout       // what is being made; afterwards it is the flow's layout
	ops   []*operation // wait for the guard to turn, or for the next move
	again bool         // the flow must move once more when this is through
}

type movePhase uint8

const (
	making   movePhase = iota // the new tree is on its way to the switches; the old one runs
	turning                   // the guard was told
	settling                  // the guard has confirmed; what is under way in the old tree arrives
	clearing                  // the old tree is being taken away
)

// due is when something of a flow may be taken away.
type due struct {
	flow *flow
	at   time.Time
}

func (f *flow) branches() flows.Owner { return flows.BranchesOf(f.object, f.version) }
func (f *flow) spare() flows.Owner    { return flows.BranchesOf(f.object, f.version.Other()) }

// owners are all that a flow may have entries as.
func (f *flow) owners() []flows.Owner {
	return []flows.Owner{f.branches(), f.spare(), flows.GuardOf(f.object)}
}

// reaches reports whether every switch of a layout is connected, so that it can be told of a new tree.
func (s *State) reaches(l layout) bool {
	return !slices.ContainsFunc(l.parts, func(p part) bool { return !s.switches[p.at].connected() })
}

func (s *State) beginMove(f *flow, to layout, ops []*operation) {
	f.move = &move{to: to}
	f.move.hold(ops)
	s.makeTree(f)
}

// hold has operations wait for the move.
func (m *move) hold(ops []*operation) {
	for _, op := range ops {
		if !slices.Contains(m.ops, op) {
			m.ops = append(m.ops, op)
			op.rollouts++
		}
	}
}

// letGo gives back the operations that wait for the move.
func (m *move) letGo() []*operation {
	ops := m.ops
	m.ops = nil
	for _, op := range ops {
		op.rollouts--
	}
	return ops
}

// makeTree brings the new tree to the switches.
func (s *State) makeTree(f *flow) {
	s.roll(f.spare(), nil, s.only(f.spare(), f.move.to.programs(f.version.Other())))
}

// remake changes what a move that has not turned yet is going to; when the flow need not move any more, the move is given up.
func (s *State) remake(f *flow, next layout, moves bool, ops []*operation) {
	if moves && s.reaches(next) {
		f.move.to = next
		f.move.hold(ops)
		s.makeTree(f)
		return
	}
	for _, op := range f.move.letGo() {
		if !slices.Contains(ops, op) {
			ops = append(ops, op)
		}
	}
	f.move = nil
	s.changed.flows.add(f.ID)
	s.withdraw(f.spare())
	if moves || f.unknown || f.untidy {
		s.rearrange(f, next, ops)
	} else {
		s.adjust(f, next, ops)
	}
}

// moveAgain notes that a flow must move again when the move that has turned already is through. The old tree is not left to settle then.
func (s *State) moveAgain(f *flow, ops []*operation) {
	f.move.again = true
	f.move.hold(ops)
	if f.move.phase == settling {
		s.clearOld(f)
	}
}

// moveOn goes on with a flow's move when a rollout of one of its owners is through.
func (s *State) moveOn(f *flow, through flows.Owner) {
	m := f.move
	if m == nil || f.deleting {
		return
	}
	switch {
	case m.phase == making && through == f.spare():
		s.turn(f)
	case m.phase == turning && through == flows.GuardOf(f.object):
		s.turned(f)
	case m.phase == clearing && through == f.spare():
		s.endMove(f)
	}
}

// turn has the guard send in the new version, now that every switch has the new tree. When one of them went away meanwhile, it may not have it:
// then the flow stays where it is, and is placed again without that switch.
func (s *State) turn(f *flow) {
	m := f.move
	for _, p := range m.to.parts {
		if !s.switches[p.at].connected() {
			s.giveUp(f, p.at)
			return
		}
	}
	m.phase = turning
	f.version, f.untidy = f.version.Other(), false
	s.lay(f, m.to)
	s.setGuard(f, m.letGo())
	s.saveFlowSoon(f)
}

// giveUp ends a move of which a switch went away. What clients asked for is undone; a flow that had to move finds another way.
func (s *State) giveUp(f *flow, away topology.SwitchID) {
	m := f.move
	for _, op := range slices.Clone(m.ops) {
		s.fail(op, wentAway(s.name(away)))
	}
	if f.move != m || m.phase != making {
		return // undone
	}
	f.place = f.running
	s.replan(f)
}

// turned goes on when the guard's switch has confirmed. When it refused, or went away, it is not known which version runs: both stay until
// it is known.
func (s *State) turned(f *flow) {
	if at := f.running.sender; at != nil && !s.switches[at.Switch].has(flows.GuardOf(f.object)) {
		s.unturned[f] = struct{}{}
		return
	}
	m := f.move
	if m.again {
		s.clearOld(f)
		return
	}
	m.phase = settling
	s.changed.flows.add(f.ID)
	at := s.now.Add(s.drainTime())
	if n := len(s.settling); n > 0 && at.Before(s.settling[n-1].at) {
		at = s.settling[n-1].at
	}
	s.settling = append(s.settling, due{f, at})
}

// lookTurned looks again at the guards that were not known to have turned.
func (s *State) lookTurned() {
	for _, f := range sortedKeysBy(s.unturned, byClass) {
		delete(s.unturned, f)
		if f.move != nil && f.move.phase == turning {
			s.turned(f)
		}
	}
}

const (
	drainLeast   = 20 * time.Millisecond
	drainPerFlow = 20 * time.Microsecond
	drainMost    = 500 * time.Millisecond
)

// drainTime is how long a switch may go on in an old way after it has confirmed a new one, and packets may be under way. Open vSwitch takes
// about 1 ms, and 17 ms with a thousand active flows.
func (s *State) drainTime() time.Duration {
	return min(drainLeast+time.Duration(len(s.flows))*drainPerFlow, drainMost)
}

// clearSettled takes the old trees away whose time has come.
func (s *State) clearSettled() {
	for len(s.settling) > 0 && !s.now.Before(s.settling[0].at) {
		f := s.settling[0].flow
		s.settling = s.settling[1:]
		if f.move != nil && f.move.phase == settling {
			s.clearOld(f)
		}
	}
}

func (s *State) clearOld(f *flow) {
	f.move.phase = clearing
	s.withdraw(f.spare())
}

// endMove ends a move of which nothing is left to do.
func (s *State) endMove(f *flow) {
	m := f.move
	f.move = nil
	ops := m.letGo()
	if m.again {
		s.program(f, ops...)
	}
}
