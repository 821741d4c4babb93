package topology

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fork is the tree 1 ─ 2 ─ 3, 2 ─ 4 ─ 5.
func fork() *Tree {
	t := NewTree(1)
	for _, l := range []Link{lnk(1, 1, 2, 1), lnk(2, 2, 3, 1), lnk(2, 3, 4, 1), lnk(4, 2, 5, 1)} {
		t.Add(l)
	}
	return t
}

func TestTreeQueries(t *testing.T) {
	tree := fork()
	assert.Equal(t, []SwitchID{1, 2, 3, 4, 5}, tree.Switches())
	assert.Equal(t, []Link{lnk(1, 1, 2, 1), lnk(2, 2, 3, 1), lnk(2, 3, 4, 1), lnk(4, 2, 5, 1)}, tree.Links())
	assert.Equal(t, []Link{lnk(2, 2, 3, 1), lnk(2, 3, 4, 1)}, tree.Children(2))
	assert.Empty(t, tree.Children(5))
	assert.Equal(t, []Link{lnk(1, 1, 2, 1), lnk(2, 3, 4, 1), lnk(4, 2, 5, 1)}, tree.PathTo(5))
	assert.Nil(t, tree.PathTo(1))
	assert.Nil(t, tree.PathTo(9))
	for id, depth := range map[SwitchID]int{1: 0, 2: 1, 3: 2, 4: 2, 5: 3, 9: 0} {
		assert.Equal(t, depth, tree.Depth(id), "switch %d", id)
	}
	assert.True(t, tree.Contains(1))
	assert.False(t, tree.Contains(9))

	clone := tree.Clone()
	clone.Prune(map[SwitchID]bool{4: true})
	assert.False(t, clone.Contains(5))
	assert.True(t, tree.Contains(5))
}

func TestTreeCircles(t *testing.T) {
	turned, moved, reversed := NewTree(1), fork(), NewTree(5)
	for _, l := range []Link{lnk(1, 2, 5, 2), lnk(5, 1, 4, 2), lnk(4, 1, 2, 3), lnk(2, 2, 3, 1)} {
		turned.Add(l) // 1 ─ 5 ─ 4 ─ 2 ─ 3
	}
	moved.Add(lnk(3, 2, 4, 3)) // 1 ─ 2 ─ 3 ─ 4 ─ 5
	reversed.Add(lnk(5, 1, 6, 1))
	assert.False(t, fork().Circles(fork()))
	assert.False(t, fork().Circles(NewTree(9)))
	assert.False(t, fork().Circles(moved))
	assert.False(t, fork().Circles(reversed), "of another root that leads nowhere back")
	assert.True(t, fork().Circles(turned))
	assert.True(t, turned.Circles(fork()))
	reversed.Add(lnk(6, 2, 1, 3))
	assert.True(t, fork().Circles(reversed))
}

func TestTreePrune(t *testing.T) {
	for _, c := range []struct {
		name    string
		keep    []SwitchID
		removed []Link
		left    []SwitchID
	}{
		{"all leaves", []SwitchID{3, 5}, nil, []SwitchID{1, 2, 3, 4, 5}},
		{"a leaf", []SwitchID{5}, []Link{lnk(2, 2, 3, 1)}, []SwitchID{1, 2, 4, 5}},
		{"a switch on the way", []SwitchID{4}, []Link{lnk(2, 2, 3, 1), lnk(4, 2, 5, 1)}, []SwitchID{1, 2, 4}},
		{"the root alone", []SwitchID{1}, fork().Links(), []SwitchID{1}},
		{"nothing", nil, fork().Links(), []SwitchID{1}},
		{"a stranger", []SwitchID{9}, fork().Links(), []SwitchID{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree, keep := fork(), map[SwitchID]bool{2: false}
			for _, id := range c.keep {
				keep[id] = true
			}
			assert.Equal(t, c.removed, tree.Prune(keep))
			assert.Equal(t, c.left, tree.Switches())
			assert.Empty(t, tree.Prune(keep), "once is enough")
		})
	}
}

func TestBrokenTreeDoesNotHang(t *testing.T) {
	tree := NewTree(1)
	tree.Add(lnk(3, 1, 2, 1))
	tree.Add(lnk(2, 1, 3, 1))
	tree.Add(lnk(9, 1, 4, 1))
	assert.Nil(t, tree.PathTo(2))
	assert.Nil(t, tree.PathTo(4))
	tree.Prune(map[SwitchID]bool{2: true, 4: true})
}

func TestTreeWorks(t *testing.T) {
	g, l := pair(t)
	tree := NewTree(1)
	tree.Add(l)
	assert.True(t, tree.Works(g))
	g.RemovePort(l.To)
	assert.False(t, tree.Works(g))
}

// Grafts and prunes in any order leave a tree: every switch has a path from the root,
// and every leaf is wanted.
func TestTreeStaysATree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGraph(t, 8)
		root := rapid.SampledFrom(g.Switches()).Draw(t, "root")
		tree, keep := NewTree(root), map[SwitchID]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			id := rapid.SampledFrom(g.Switches()).Draw(t, "id")
			if keep[id] {
				delete(keep, id)
				tree.Prune(keep)
			} else if _, err := tree.Graft(g, id, nil, 1); err == nil {
				keep[id] = true
			}
			require.True(t, tree.Works(g))
			for _, at := range tree.Switches() {
				require.Equal(t, at == root, tree.Depth(at) == 0, "a path from the root")
				require.Len(t, tree.PathTo(at), tree.Depth(at))
				require.True(t, keep[at] || at == root || len(tree.Children(at)) > 0, "a leaf that nobody wants")
			}
		}
	})
}
