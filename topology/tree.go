package topology

import (
	"maps"
	"slices"
)

// Tree is a flow's distribution tree, rooted at the sender's switch. Use [NewTree].
//
// Invariant: In has an entry for every switch of the tree but the root, the link of
// switch s has s as To.Switch, and following the links upwards ends at the root. Who
// fills In by hand keeps that; the methods do not hang if it is broken.
type Tree struct {
	Root SwitchID
	// In is the one link by which the tree enters each switch.
	In map[SwitchID]Link
}

// NewTree gives a tree of the root alone.
func NewTree(root SwitchID) *Tree { return &Tree{Root: root, In: map[SwitchID]Link{}} }

// Clone gives a copy that shares nothing.
func (t *Tree) Clone() *Tree {
	c := NewTree(t.Root)
	maps.Copy(c.In, t.In)
	return c
}

// Contains tells whether the tree reaches the switch.
func (t *Tree) Contains(id SwitchID) bool {
	_, ok := t.In[id]
	return ok || id == t.Root
}

// Switches lists the switches of the tree with the root, sorted.
func (t *Tree) Switches() []SwitchID {
	ids := slices.AppendSeq([]SwitchID{t.Root}, maps.Keys(t.In))
	slices.Sort(ids)
	return ids
}

// Links lists the links of the tree, sorted.
func (t *Tree) Links() []Link { return slices.SortedFunc(maps.Values(t.In), Link.Compare) }

// Children lists the links by which the tree leaves the switch, sorted.
func (t *Tree) Children(id SwitchID) []Link {
	var links []Link
	for _, l := range t.In {
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
		l, ok := t.In[at]
		if !ok || len(path) == len(t.In) {
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
	children := make(map[SwitchID][]SwitchID, len(t.In))
	for id, l := range t.In {
		children[l.From.Switch] = append(children[l.From.Switch], id)
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
	for id := range t.In {
		if !keep[id] {
			continue
		}
		for at := id; !needed[at]; at = t.In[at].From.Switch {
			needed[at] = true
		}
	}
	var removed []Link
	for id, l := range t.In {
		if !needed[id] {
			removed = append(removed, l)
			delete(t.In, id)
		}
	}
	slices.SortFunc(removed, Link.Compare)
	return removed
}

// Valid lists the links of the tree that are not usable now, sorted; none means that
// the tree is valid.
func (t *Tree) Valid(g *Graph) []Link {
	return slices.DeleteFunc(t.Links(), g.Usable)
}
