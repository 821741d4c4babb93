package topology

import (
	"cmp"
	"math"
)

// Graft extends the tree to the target and returns the new links in order from the
// tree. It is the best path from any switch of the tree, over usable links into
// switches outside the tree: fewest new links first; then the least room spoilt for
// flows of the usual sizes, summed over the links; then the least reserved, which is the
// largest free bandwidth on the link with least of it; then the smallest links, compared
// from the tree on.
//
// room tells how much of a link is free for this flow and may be asked more than once;
// nil means no limit. Links with less than need are not taken. usual are the sizes of the
// flows that may come; with none, nothing is spoilt. Graft fails with a
// [*NoPathError] if no links lead to the target whatever the room, and otherwise with a
// [*NoRoomError] that names the tightest channel of the path it would have taken had
// there been room. On error the tree is unchanged. If the target is in the tree there is
// nothing to add.
//
// It takes O(V + E) calls and steps.
func (t *Tree) Graft(g *Graph, target SwitchID, room func(Link) (free Bandwidth), need Bandwidth, usual ...Bandwidth) ([]Link, error) {
	if t.Contains(target) {
		return nil, nil
	}
	if room == nil {
		room = func(Link) Bandwidth { return math.MaxUint64 }
	}
	path := newSearch(g, t, room, need, usual).path(target)
	if path == nil {
		ruledOut := newSearch(g, t, room, 0, nil).path(target)
		if ruledOut == nil {
			return nil, &NoPathError{From: t.Root, To: target}
		}
		return nil, tightest(ruledOut, room, need)
	}
	for _, l := range path {
		t.Add(l)
	}
	return path, nil
}

// tightest is the error that names the link of the path with the least room, and of
// several the one nearest the tree.
func tightest(path []Link, room func(Link) Bandwidth, need Bandwidth) error {
	e := &NoRoomError{Need: need, Free: math.MaxUint64}
	for i, l := range path {
		if free := room(l); i == 0 || free < e.Free {
			e.Channel, e.Free = l.Channel(), free
		}
	}
	return e
}

// search looks for the best path from a tree to a target. It goes backwards from the
// target, so that what it knows of a switch says how best to go on from there, and the
// path can then be walked forwards with the smallest link at each step.
type search struct {
	g     *Graph
	tree  *Tree
	room  func(Link) Bandwidth
	need  Bandwidth
	usual []Bandwidth
	best  map[SwitchID]reach
}

// reach is how a switch reaches the target along the best path: by how many links, how
// much room that spoils, and how much is free on the tightest of them.
type reach struct {
	links  int
	spoilt Bandwidth
	width  Bandwidth
}

// worse compares two ways of as many links: which one spoils more, or is tighter.
func (r reach) worse(than reach) int {
	return cmp.Or(cmp.Compare(r.spoilt, than.spoilt), cmp.Compare(than.width, r.width))
}

func newSearch(g *Graph, t *Tree, room func(Link) Bandwidth, need Bandwidth, usual []Bandwidth) *search {
	return &search{g: g, tree: t, room: room, need: need, usual: usual, best: map[SwitchID]reach{}}
}

// path is the best path into the target, or nil. The target is not in the tree.
func (s *search) path(target SwitchID) []Link {
	s.best[target] = reach{width: math.MaxUint64}
	for level := []SwitchID{target}; len(level) > 0; level = s.widen(level) {
		if from, ok := s.bestInTree(level); ok {
			return s.walk(from)
		}
	}
	return nil
}

// widen gives the switches one link further from the target than those of level, which
// must all be equally far. When it returns, what is known of them is final.
func (s *search) widen(level []SwitchID) []SwitchID {
	var next []SwitchID
	for _, id := range level {
		here := s.best[id]
		for _, out := range s.g.Out(id) {
			// A usable link is usable both ways, so the links out tell those in.
			into := out.Reverse()
			free := s.room(into)
			have, seen := s.best[into.From.Switch]
			if free < s.need || (seen && have.links <= here.links) {
				continue
			}
			if !seen {
				next = append(next, into.From.Switch)
			}
			if by := s.before(here, free); !seen || by.worse(have) < 0 {
				s.best[into.From.Switch] = by
			}
		}
	}
	return next
}

// before is how a switch reaches the target by a link, of which so much is free, to one that reaches it like on.
func (s *search) before(on reach, free Bandwidth) reach {
	return reach{on.links + 1, on.spoilt + spoilt(free, s.need, s.usual), min(on.width, free)}
}

// bestInTree picks the switch of the tree with the best path; of several the smallest.
func (s *search) bestInTree(level []SwitchID) (from SwitchID, ok bool) {
	for _, id := range level {
		if !s.tree.Contains(id) {
			continue
		}
		if worse := s.best[id].worse(s.best[from]); !ok || worse < 0 || (worse == 0 && id < from) {
			from, ok = id, true
		}
	}
	return from, ok
}

// walk goes from a switch of the tree to the target with the width promised there.
func (s *search) walk(from SwitchID) []Link {
	left, width := s.best[from].links, s.best[from].width
	path := make([]Link, 0, left)
	for at := from; left > 0; left-- {
		l := s.step(at, left, width)
		path = append(path, l)
		at = l.To.Switch
	}
	return path
}

// step is the smallest link that keeps the width and spoils no more than it must, left links
// from the target. Were room to change its answers on the way, it would be the widest instead:
// still a way there.
func (s *search) step(at SwitchID, left int, width Bandwidth) Link {
	var best Link
	var by reach
	for _, l := range s.g.Out(at) {
		on, seen := s.best[l.To.Switch]
		if !seen || on.links != left-1 {
			continue
		}
		next := s.before(on, s.room(l))
		next.width = min(next.width, width)
		if by.links == 0 || next.width > by.width || (next.width == by.width && next.spoilt < by.spoilt) {
			best, by = l, next
		}
	}
	return best
}
