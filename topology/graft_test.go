package topology

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// network builds a graph with a cable for each pair of switches, ports counted up.
func network(cables ...[2]SwitchID) *Graph {
	g := NewGraph()
	next := map[SwitchID]PortID{}
	for _, c := range cables {
		for _, id := range c {
			if _, ok := g.Switch(id); !ok {
				g.AddSwitch(id, upPorts(64))
			}
		}
		next[c[0]]++
		next[c[1]]++
		join(g, lnk(c[0], next[c[0]], c[1], next[c[1]]))
	}
	return g
}

// randomGraph is up to n switches with random cables, some of them parallel.
func randomGraph(t *rapid.T, n int) *Graph {
	id := rapid.Custom(func(t *rapid.T) SwitchID { return SwitchID(rapid.IntRange(1, n).Draw(t, "id")) })
	cables := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]SwitchID {
		return [2]SwitchID{id.Draw(t, "a"), id.Draw(t, "b")}
	}), 1, 2*n).Draw(t, "cables")
	cables = slices.DeleteFunc(cables, func(c [2]SwitchID) bool { return c[0] == c[1] })
	g := network(cables...)
	if len(cables) == 0 {
		g.AddSwitch(1, nil)
	}
	return g
}

func constant(b Bandwidth) func(Link) Bandwidth { return func(Link) Bandwidth { return b } }

func TestGraftNearestPointOfTheTree(t *testing.T) {
	// 1 ─ 2 ─ 3 ─ 4 and 1 ─ 5 ─ 6 ─ 4
	g := network([2]SwitchID{1, 2}, [2]SwitchID{2, 3}, [2]SwitchID{3, 4}, [2]SwitchID{1, 5}, [2]SwitchID{5, 6}, [2]SwitchID{6, 4})
	tree := NewTree(1)
	path, err := tree.Graft(g, 3, constant(10), 10)
	require.NoError(t, err)
	assert.Equal(t, []Link{lnk(1, 1, 2, 1), lnk(2, 2, 3, 1)}, path, "in order from the tree")

	path, err = tree.Graft(g, 4, constant(10), 10)
	require.NoError(t, err)
	assert.Equal(t, []Link{lnk(3, 2, 4, 1)}, path, "one new link and not three")

	path, err = tree.Graft(g, 2, constant(0), 10)
	require.NoError(t, err, "a switch of the tree needs no room")
	assert.Empty(t, path)
}

func TestGraftLeastLoaded(t *testing.T) {
	// Two spines, 2 and 3, between the leaves 1 and 4.
	g := network([2]SwitchID{1, 2}, [2]SwitchID{1, 3}, [2]SwitchID{2, 4}, [2]SwitchID{3, 4})
	via := func(room func(Link) Bandwidth) SwitchID {
		path, err := NewTree(1).Graft(g, 4, room, 1)
		require.NoError(t, err)
		require.Len(t, path, 2)
		return path[0].To.Switch
	}
	assert.Equal(t, SwitchID(2), via(constant(5)), "equal: the smallest")
	assert.Equal(t, SwitchID(2), via(nil))
	assert.Equal(t, SwitchID(3), via(func(l Link) Bandwidth {
		if l.From.Switch == 2 {
			return 4 // the first link through 2 has most room, the second least
		}
		return 5 + Bandwidth(3-min(l.To.Switch, 3))
	}))
}

func TestGraftKeepsWholeRooms(t *testing.T) {
	// Two spines, 2 and 3, between the leaves 1 and 4: 5 are free by the one and 9 by the other.
	g := network([2]SwitchID{1, 2}, [2]SwitchID{1, 3}, [2]SwitchID{2, 4}, [2]SwitchID{3, 4})
	room := func(l Link) Bandwidth {
		if l.From.Switch == 2 || l.To.Switch == 2 {
			return 5
		}
		return 9
	}
	for _, c := range []struct {
		need  Bandwidth
		usual []Bandwidth
		via   SwitchID
		why   string
	}{
		{2, nil, 3, "no sizes: where least is reserved"},
		{2, []Bandwidth{8}, 2, "by 3 there would be no room for 8 any more"},
		{1, []Bandwidth{8}, 3, "by either there is as much room for 8 as before"},
		{2, []Bandwidth{4}, 3, "by either there is room for one less: where least is reserved"},
		{2, []Bandwidth{8, 4}, 2, "one of 4 less by either; 8 counts"},
		{2, []Bandwidth{8, 5}, 2, "5 by the one is less than 8 by the other"},
		{6, []Bandwidth{8}, 3, "only by 3 there is room at all"},
	} {
		path, err := NewTree(1).Graft(g, 4, room, c.need, c.usual...)
		require.NoError(t, err)
		require.Len(t, path, 2)
		assert.Equal(t, c.via, path[0].To.Switch, "%d of %v: %s", c.need, c.usual, c.why)
	}
}

func TestGraftErrors(t *testing.T) {
	g := network([2]SwitchID{1, 2}, [2]SwitchID{2, 3}, [2]SwitchID{8, 9})
	tree := NewTree(1)
	_, err := tree.Graft(g, 9, constant(10), 1)
	var noPath *NoPathError
	require.ErrorAs(t, err, &noPath)
	assert.Equal(t, NoPathError{From: 1, To: 9}, *noPath)
	_, err = tree.Graft(g, 77, nil, 1)
	require.ErrorAs(t, err, &noPath)

	_, err = tree.Graft(g, 3, func(l Link) Bandwidth { return Bandwidth(5 * l.From.Switch) }, 20)
	var full *NoRoomError
	require.ErrorAs(t, err, &full)
	assert.Equal(t, NoRoomError{Channel: channel(1), Need: 20, Free: 5}, *full)
	assert.Equal(t, []SwitchID{1}, tree.Switches(), "a refusal leaves no trace")
}

func TestGraftAvoidsUnusableLinks(t *testing.T) {
	g := network([2]SwitchID{1, 2}, [2]SwitchID{1, 3}, [2]SwitchID{3, 2})
	down := upPort(1)
	down.Live = false
	g.SetPort(2, down)
	path, err := NewTree(1).Graft(g, 2, nil, 1)
	require.NoError(t, err)
	assert.Equal(t, []Link{lnk(1, 2, 3, 1), lnk(3, 2, 2, 2)}, path)
}

// Graft against an oracle that tries every path.
func TestGraftAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGraph(t, 6)
		free := map[Link]Bandwidth{}
		for _, l := range g.Links() {
			free[l] = Bandwidth(rapid.IntRange(0, 6).Draw(t, l.String()))
		}
		room := func(l Link) Bandwidth { return free[l] }
		root := rapid.SampledFrom(g.Switches()).Draw(t, "root")
		tree := NewTree(root)
		for range rapid.IntRange(1, 4).Draw(t, "grafts") {
			target := rapid.SampledFrom(g.Switches()).Draw(t, "target")
			need := Bandwidth(rapid.IntRange(0, 5).Draw(t, "need"))
			usual := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 6), func(n int) Bandwidth { return Bandwidth(n) }), 0, 3).Draw(t, "usual")
			checkGraft(t, g, tree, target, room, need, usual)
		}
	})
}

func checkGraft(t *rapid.T, g *Graph, tree *Tree, target SwitchID, room func(Link) Bandwidth, need Bandwidth, usual []Bandwidth) {
	before := tree.Clone()
	want := oracle{g, before, room, need, usual}.best(target)
	ruledOut := oracle{g, before, room, 0, nil}.best(target)
	have, err := tree.Graft(g, target, room, need, usual...)
	if before.Contains(target) {
		require.NoError(t, err)
		require.Empty(t, have)
		require.Equal(t, before, tree)
		return
	}
	var full *NoRoomError
	switch {
	case want != nil:
		require.NoError(t, err)
		require.Equal(t, want, have)
		for _, l := range want {
			before.Add(l)
		}
	case ruledOut != nil:
		require.ErrorAs(t, err, &full)
		require.Equal(t, bottleneck(ruledOut, room), full.Free)
		require.Less(t, full.Free, full.Need)
		require.True(t, slices.ContainsFunc(ruledOut, func(l Link) bool {
			return l.Channel() == full.Channel && room(l) == full.Free
		}))
	default:
		require.Equal(t, &NoPathError{From: tree.Root, To: target}, err)
	}
	require.Equal(t, before, tree)
}

// oracle finds the best path by looking at all of them.
type oracle struct {
	g     *Graph
	tree  *Tree
	room  func(Link) Bandwidth
	need  Bandwidth
	usual []Bandwidth
}

func (o oracle) best(target SwitchID) []Link {
	var best []Link
	var visit func(at SwitchID, path []Link)
	visit = func(at SwitchID, path []Link) {
		if at == target && (best == nil || o.compare(path, best) < 0) {
			best = slices.Clone(path)
		}
		for _, l := range o.g.Links() {
			been := slices.ContainsFunc(path, func(p Link) bool { return p.To.Switch == l.To.Switch })
			if l.From.Switch == at && !been && !o.tree.Contains(l.To.Switch) && o.room(l) >= o.need {
				visit(l.To.Switch, append(slices.Clone(path), l))
			}
		}
	}
	for _, id := range o.tree.Switches() {
		if id != target {
			visit(id, nil)
		}
	}
	return best
}

func (o oracle) compare(a, b []Link) int {
	return cmp.Or(
		cmp.Compare(len(a), len(b)),
		cmp.Compare(o.spoils(a), o.spoils(b)),
		cmp.Compare(bottleneck(b, o.room), bottleneck(a, o.room)),
		slices.CompareFunc(a, b, Link.Compare),
	)
}

// spoils counts for how many flows of each usual size there is room before and after.
func (o oracle) spoils(path []Link) (less Bandwidth) {
	for _, l := range path {
		for _, size := range o.usual {
			before, after := o.room(l)/size, (o.room(l)-o.need)/size
			less += (before - after) * size
		}
	}
	return less
}

func bottleneck(path []Link, room func(Link) Bandwidth) Bandwidth {
	least := Bandwidth(math.MaxUint64)
	for _, l := range path {
		least = min(least, room(l))
	}
	return least
}

// fabric is a leaf and spine network: every one of the leaves (1 …) is joined to every
// one of the spines (1001 …).
func fabric(leaves, spines int) *Graph {
	var cables [][2]SwitchID
	for l := range leaves {
		for s := range spines {
			cables = append(cables, [2]SwitchID{SwitchID(1 + l), SwitchID(1001 + s)})
		}
	}
	return network(cables...)
}

func BenchmarkGraft(b *testing.B) {
	g := fabric(60, 16)
	room := constant(Gbit)
	usual := []Bandwidth{800 * Mbit, 700 * Mbit, 600 * Mbit, 500 * Mbit, 400 * Mbit, 300 * Mbit, 200 * Mbit, 100 * Mbit}
	for b.Loop() {
		tree := NewTree(1)
		if _, err := tree.Graft(g, 60, room, Mbit, usual...); err != nil {
			b.Fatal(err)
		}
	}
}
