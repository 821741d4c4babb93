package topology

import (
	"cmp"
	"iter"
	"slices"
)

// Tree is a flow's distribution tree, rooted at the sender's switch. Use [NewTree].
//
// Invariant: for every switch of the tree but the root there is one link into it, and
// following the links upwards ends at the root. Who adds links by hand keeps that; the
// methods do not hang if it is broken.
type Tree struct {
	Root SwitchID
	in   []Link // sorted by the switch that each leads into
}

// NewTree gives a tree of the root alone.
func NewTree(root SwitchID) *Tree { return &Tree{Root: root} }

// Clone gives a copy that shares nothing.
func (t *Tree) Clone() *Tree { return &Tree{Root: t.Root, in: slices.Clone(t.in)} }

func (t *Tree) find(id SwitchID) (at int, has bool) {
	return slices.BinarySearchFunc(t.in, id, func(l Link, id SwitchID) int { return cmp.Compare(l.To.Switch, id) })
}

// Into is the link by which the tree enters a switch; false for the root and for a
// switch outside the tree.
func (t *Tree) Into(id SwitchID) (Link, bool) {
	at, has := t.find(id)
	if !has {
		return Link{}, false
	}
	return t.in[at], true
}

// Add has the tree enter a switch by a link, instead of any other.
func (t *Tree) Add(l Link) {
	at, has := t.find(l.To.Switch)
	if has {
		t.in[at] = l
		return
	}
	t.in = slices.Insert(t.in, at, l)
}

// Contains tells whether the tree reaches the switch.
func (t *Tree) Contains(id SwitchID) bool {
	_, has := t.find(id)
	return has || id == t.Root
}

// Switches lists the switches of the tree with the root, sorted.
func (t *Tree) Switches() []SwitchID {
	ids := make([]SwitchID, 1, 1+len(t.in))
	ids[0] = t.Root
	for _, l := range t.in {
		ids = append(ids, l.To.Switch)
	}
	slices.Sort(ids)
	return ids
}

// Links lists the links of the tree, sorted.
func (t *Tree) Links() []Link {
	links := slices.Clone(t.in)
	slices.SortFunc(links, Link.Compare)
	return links
}

// Children lists the links by which the tree leaves the switch, sorted.
func (t *Tree) Children(id SwitchID) []Link {
	var links []Link
	for _, l := range t.in {
		if l.From.Switch == id {
			links = append(links, l)
		}
	}
	slices.SortFunc(links, Link.Compare)
	return links
}

// Up goes along the links from the switch to the root. There are none for the root and
// for a switch outside the tree.
func (t *Tree) Up(id SwitchID) iter.Seq[Link] {
	return func(yield func(Link) bool) {
		for range t.in {
			l, ok := t.Into(id)
			if !ok || !yield(l) {
				return
			}
			id = l.From.Switch
		}
	}
}

// Depth is the number of links between the root and a switch of the tree.
func (t *Tree) Depth(id SwitchID) (n int) {
	for range t.Up(id) {
		n++
	}
	return n
}

// PathTo lists the links from the root to the switch, in that order. It is nil for
// the root and for a switch outside the tree.
func (t *Tree) PathTo(id SwitchID) []Link {
	n := t.Depth(id)
	path := make([]Link, n)
	for l := range t.Up(id) {
		n--
		path[n] = l
	}
	if len(path) == 0 || path[0].From.Switch != t.Root {
		return nil
	}
	return path
}

// Prune removes the branches that lead to no switch in keep, and returns their links,
// sorted. The root stays.
func (t *Tree) Prune(keep map[SwitchID]bool) []Link {
	needed := map[SwitchID]bool{t.Root: true}
	for _, l := range t.in {
		if keep[l.To.Switch] {
			t.need(l.To.Switch, needed)
		}
	}
	var removed []Link
	stays := make([]Link, 0, min(len(needed)-1, len(t.in)))
	for _, l := range t.in {
		if needed[l.To.Switch] {
			stays = append(stays, l)
		} else {
			removed = append(removed, l)
		}
	}
	t.in = stays
	slices.SortFunc(removed, Link.Compare)
	return removed
}

// need notes that a switch is needed, and those above it.
func (t *Tree) need(id SwitchID, needed map[SwitchID]bool) {
	for !needed[id] {
		needed[id] = true
		l, _ := t.Into(id)
		id = l.From.Switch
	}
}

// Circles tells whether a packet could go in a circle where every switch follows either
// this tree or another, each as it likes.
func (t *Tree) Circles(other *Tree) bool {
	done := map[SwitchID]bool{} // false: on the way up from where the search began
	var above func(SwitchID) bool
	above = func(id SwitchID) bool {
		if over, seen := done[id]; seen {
			return !over
		}
		done[id] = false
		for _, tree := range []*Tree{t, other} {
			if l, in := tree.Into(id); in && above(l.From.Switch) {
				return true
			}
		}
		done[id] = true
		return false
	}
	return slices.ContainsFunc(t.in, func(l Link) bool { return above(l.To.Switch) }) // a circle has links of both
}

// Works tells whether all links of the tree are usable now.
func (t *Tree) Works(g *Graph) bool {
	return !slices.ContainsFunc(t.in, func(l Link) bool { return !g.Usable(l) })
}
