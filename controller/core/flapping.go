package core

import (
	"slices"
	"time"

	"crosspoint/topology"
)

// Flapping bounds the work that a port which goes up and down makes: it is held down, that is, taken for down whatever its switch says, until
// it has been up for some time.
type Flapping struct {
	// Losses of a port within Window are one too many.
	Losses int
	Window time.Duration
	// Hold is how long it must be up then; it doubles each time that it is held down again, up to MaxHold. A port that was not lost for
	// MaxHold begins anew.
	Hold, MaxHold time.Duration
}

// valid reports whether all bounds are positive and in order.
func (f Flapping) valid() bool {
	return f.Losses > 0 && f.Window > 0 && f.Hold > 0 && f.MaxHold >= f.Hold
}

// flapping is a port that was lost lately. A port is forgotten when it has been quiet.
type flapping struct {
	said   topology.Port // as the switch says it is
	losses []time.Time   // within the window, fewer than are too many
	hold   time.Duration // the last one; zero: it was never held down
	until  time.Time     // held down until then, if it stays up; zero: it is not
	calm   time.Time     // forgotten then, when it was not lost meanwhile
}

// damped takes what a switch says of a port, counts when it was lost, and gives the port as it is to be taken: down, while it is held down.
func (s *State) damped(ref topology.PortRef, p topology.Port) topology.Port {
	before, _ := s.graph.Port(ref)
	f := s.flaps[ref]
	if f != nil {
		before, f.said = f.said, p
	}
	changed := before.Usable() != p.Usable()
	if changed && !p.Usable() {
		f = s.countLoss(ref, p, s.cfg.Flapping.Window)
	}
	if f == nil || f.until.IsZero() {
		return p
	}
	if changed {
		f.until = s.now.Add(f.hold)
	}
	s.markHeld(ref)
	p.Live = false
	return p
}

// countSilent counts the loss of links that no switch told of, only missing probes, and holds their ports down when that is one too many. Such a loss
// is noticed after the time that a link may live without a probe, so what counts as often is longer, too.
func (s *State) countSilent(lost []topology.Link) {
	ports := map[topology.PortRef]struct{}{}
	for _, l := range lost {
		ports[l.From], ports[l.To] = struct{}{}, struct{}{}
	}
	window := max(s.cfg.Flapping.Window, 2*time.Duration(s.cfg.Flapping.Losses)*s.cfg.LinkTTL)
	for _, ref := range sortedKeysBy(ports, topology.PortRef.Compare) {
		d, p := s.switches[ref.Switch], s.port(ref)
		if !d.connected() || !p.Usable() {
			continue // the switch told, or could not
		}
		if f := s.countLoss(ref, p, window); !f.until.IsZero() {
			s.portChange(PortChange{Switch: d.id, Conn: d.conn, Port: p})
		}
	}
}

// countLoss notes that a port was lost, and holds it down when that is one too many within a window.
func (s *State) countLoss(ref topology.PortRef, said topology.Port, window time.Duration) *flapping {
	f := s.flaps[ref]
	if f == nil {
		f = &flapping{said: said}
		s.flaps[ref] = f
	}
	f.losses = slices.DeleteFunc(f.losses, func(t time.Time) bool { return s.now.Sub(t) > window })
	f.losses = append(f.losses, s.now)
	f.calm = s.now.Add(window)
	if f.hold > 0 {
		f.calm = s.now.Add(max(window, s.cfg.Flapping.MaxHold))
	}
	if len(f.losses) < s.cfg.Flapping.Losses || !f.until.IsZero() {
		return f
	}
	f.losses = nil
	f.hold = min(max(2*f.hold, s.cfg.Flapping.Hold), s.cfg.Flapping.MaxHold)
	f.until = s.now.Add(f.hold)
	s.counters.HeldDown++
	s.note(false, true, "port held down: it goes up and down", "port", s.portName(ref), "until it was up for", f.hold.String())
	return f
}

// masked gives a port as it is to be taken, without counting anything.
func (s *State) masked(ref topology.PortRef, p topology.Port) topology.Port {
	if f := s.flaps[ref]; f != nil {
		f.said = p
		p.Live = p.Live && f.until.IsZero()
	}
	return p
}

// heldUntil is until when a port is held down, if it is up and stays so; the zero time when it is not.
func (s *State) heldUntil(ref topology.PortRef) time.Time {
	if f := s.flaps[ref]; f != nil {
		return f.until
	}
	return time.Time{}
}

// nextFlap is when a port is let up again or forgotten.
func (s *State) nextFlap() (next time.Time) {
	for _, f := range s.flaps {
		if t := f.due(); !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

// due is when something is to be done about a port; the zero time while it is held down and down.
func (f *flapping) due() time.Time {
	switch {
	case f.until.IsZero():
		return f.calm
	case f.said.Usable():
		return f.until
	default:
		return time.Time{}
	}
}

// letUp takes ports into use again that have been up for as long as they were to be, and forgets those that were quiet.
func (s *State) letUp() {
	for _, ref := range sortedKeysBy(s.flaps, topology.PortRef.Compare) {
		f := s.flaps[ref]
		t := f.due()
		switch {
		case t.IsZero() || s.now.Before(t):
		case f.until.IsZero():
			delete(s.flaps, ref)
		default:
			f.until, f.calm = time.Time{}, s.now.Add(s.cfg.Flapping.MaxHold)
			s.markHeld(ref)
			s.note(false, false, "port used again", "port", s.portName(ref))
			if d := s.switches[ref.Switch]; d.connected() {
				s.portChange(PortChange{Switch: d.id, Conn: d.conn, Port: f.said})
			}
		}
	}
}
