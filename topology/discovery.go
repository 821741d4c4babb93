package topology

import "time"

// Sight takes note that an LLDP frame sent by l.From was received at l.To. It does
// nothing unless both ports exist and neither is reserved.
//
// A port sends to one peer and hears one peer: another link out of l.From or into
// l.To is replaced, and is among the links lost (see [Graph.AddSwitch]). While a port
// at either end is not usable the link is known but not confirmed, because the frame
// may have been under way when the port went down.
//
// isNew tells whether this sighting changed something: the link was unknown, or it
// was not confirmed and is now. Whether it is usable depends on the other direction
// too; ask [Graph.Usable].
func (g *Graph) Sight(now time.Time, l Link) (isNew bool, lost []Link) {
	if !g.canCarry(l.From) || !g.canCarry(l.To) {
		return false, nil
	}
	before := g.note(l.From, l.To)
	have := g.out[l.From]
	if have == nil || have.Link != l {
		g.forget(g.out[l.From])
		g.forget(g.in[l.To])
		have = &link{Link: l}
		g.insert(have)
		isNew = true
	}
	have.last, have.base, have.counting, have.restored = now, now, true, false
	if !have.confirmed && g.portUsable(l.From) && g.portUsable(l.To) {
		have.confirmed = true
		isNew = true
	}
	if isNew {
		g.revision++
	}
	return isNew, before.lost(g)
}

// canCarry tells whether the port exists and may be the end of a link.
func (g *Graph) canCarry(ref PortRef) bool {
	_, ok := g.Port(ref)
	return ok && !ref.Port.Reserved()
}

// Restore adds a link remembered from before a restart. It counts as confirmed until
// [Graph.Expire] finds that it is not sighted any more. Its switches need not be known
// yet; it is usable once they are. Where a port already has another link, or is known
// to be down, what is known now wins.
func (g *Graph) Restore(l Link) {
	if g.out[l.From] != nil || g.in[l.To] != nil || l.From.Port.Reserved() || l.To.Port.Reserved() {
		return
	}
	g.insert(&link{Link: l, restored: true, confirmed: !g.knownDown(l.From) && !g.knownDown(l.To)})
	g.revision++
}

// knownDown tells whether the port's switch is known and does not offer the port.
func (g *Graph) knownDown(ref PortRef) bool {
	return g.switches[ref.Switch] != nil && !g.portUsable(ref)
}

// Expire forgets the links that should have been sighted within ttl and were not. The
// time counts only while a probe could arrive: both switches can be probed, and at
// least one of the two ports is usable. It starts anew each time this comes true, so a
// link whose switch was away, or which was restored, has the whole ttl from then. (With
// one port up and one down the cable now ends elsewhere; with both down it may well be
// where it was, and forgetting it would make the ports edges.)
//
// Call it more often than once per ttl. It returns the links lost; see
// [Graph.AddSwitch].
func (g *Graph) Expire(now time.Time, ttl time.Duration, canProbe func(SwitchID) bool) []Link {
	var expired []*link
	for _, l := range g.out {
		switch {
		case !g.observable(l.Link, canProbe):
			l.counting = false
		case !l.counting:
			l.base, l.counting = now, true
		case now.Sub(l.base) > ttl:
			expired = append(expired, l)
		}
	}
	if len(expired) == 0 {
		return nil
	}
	var refs []PortRef
	for _, l := range expired {
		refs = append(refs, l.From, l.To)
	}
	before := g.note(refs...)
	for _, l := range expired {
		g.forget(l)
	}
	g.revision++
	return before.lost(g)
}

func (g *Graph) observable(l Link, canProbe func(SwitchID) bool) bool {
	return canProbe(l.From.Switch) && canProbe(l.To.Switch) && (g.portUsable(l.From) || g.portUsable(l.To))
}
