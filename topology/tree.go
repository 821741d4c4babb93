package topology

import (
	"cmp"
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

// PathTo lists the links from the root to the switch, in that order. It is nil for
// the root and for a switch outside the tree.
func (t *Tree) PathTo(id SwitchID) []Link {
	var path []Link
	for at := id; at != t.Root; {
		l, ok := t.Into(at)
		if !ok || len(path) == len(t.in) {
			return nil
		}
		path = append(path, l)
		at = l.From.Switch
	}
	slices.Reverse(path)
	return path
}

// Depths gives the number of links between the root and each switch of the tree.
func (t *Tree) Depths() map[SwitchID]int {
	children := make(map[SwitchID][]SwitchID, len(t.in))
	for _, l := range t.in {
		children[l.From.Switch] = append(children[l.From.Switch], l.To.Switch)
	}
	depths := map[SwitchID]int{t.Root: 0}
	for queue := []SwitchID{t.Root}; len(queue) > 0; queue = queue[1:] {
		for _, id := range children[queue[0]] {
			if _, seen := depths[id]; !seen {
				depths[id] = depths[queue[0]] + 1
				queue = append(queue, id)
			}
		}
	}
	return depths
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

// Valid lists the links of the tree that are not usable now, sorted; none means that
// the tree is valid.
func (t *Tree) Valid(g *Graph) []Link {
	return slices.DeleteFunc(t.Links(), g.Usable)
}
