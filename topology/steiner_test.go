package topology

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A tree that grows receiver by receiver, and never moves what works, cannot always be the smallest there is. These are how much
// bigger than the smallest it may be: over all drawn graphs of a shape, and in any one of them.
// 1.25 would do; trees of shortest paths from the sender, which share what they happen to share, are at 1.17.
const (
	meanRatio  = 1.10
	worstRatio = 1.5
)

// TestTreesAreNearTheSmallest grows trees on random networks, in the order in which receivers happen to be listed, and counts their
// links against those of a smallest tree, which is found exactly.
func TestTreesAreNearTheSmallest(t *testing.T) {
	for _, shape := range []struct{ switches, chords, receivers int }{
		{8, 4, 3}, {10, 5, 4}, {10, 15, 5}, {12, 6, 6}, {12, 12, 8}, {16, 16, 6},
	} {
		t.Run(fmt.Sprintf("%d switches %d cables %d receivers", shape.switches, shape.switches-1+shape.chords, shape.receivers), func(t *testing.T) {
			have, want, worst := 0, 0, 0.0
			for seed := range uint64(100) {
				chance := rand.New(rand.NewPCG(seed, 0))
				g := connectedGraph(chance, shape.switches, shape.chords)
				ends := draw(chance, shape.switches, shape.receivers+1)
				tree := grown(t, g, ends)
				smallest := smallestTree(g, ends)
				require.GreaterOrEqual(t, len(tree.Links()), smallest, "seed %d: smaller than the smallest", seed)
				have, want = have+len(tree.Links()), want+smallest
				worst = max(worst, float64(len(tree.Links()))/float64(smallest))
			}
			ratio := float64(have) / float64(want)
			t.Logf("%d links, and %d at the least: %.3f in the mean, %.2f at worst", have, want, ratio, worst)
			assert.LessOrEqual(t, ratio, meanRatio)
			assert.LessOrEqual(t, worst, worstRatio)
		})
	}
}

// connectedGraph is a random tree of the switches 1 to n, and cables between random pairs beside.
func connectedGraph(chance *rand.Rand, n, chords int) *Graph {
	var cables [][2]SwitchID
	for i := 2; i <= n; i++ {
		cables = append(cables, [2]SwitchID{SwitchID(1 + chance.IntN(i-1)), SwitchID(i)})
	}
	for range chords {
		pair := draw(chance, n, 2)
		cables = append(cables, [2]SwitchID{pair[0], pair[1]})
	}
	return network(cables...)
}

// draw takes count different switches of 1 to n.
func draw(chance *rand.Rand, n, count int) []SwitchID {
	var ids []SwitchID
	for _, i := range chance.Perm(n)[:count] {
		ids = append(ids, SwitchID(i+1))
	}
	return ids
}

// grown is the tree from the first switch to all others, grafted one after the other.
func grown(t *testing.T, g *Graph, ends []SwitchID) *Tree {
	tree := NewTree(ends[0])
	for _, id := range ends[1:] {
		_, err := tree.Graft(g, id, nil, 0)
		require.NoError(t, err)
	}
	return tree
}

// smallestTree is the number of links of a smallest tree that joins the switches, by dynamic programming over their subsets (Dreyfus and
// Wagner, "The Steiner problem in graphs", Networks 1, 1971): size[set][v] is what joins the set and v. A tree in which v is an inner
// point falls apart at v into trees of two smaller sets; any other one goes on from v along a shortest path.
func smallestTree(g *Graph, ends []SwitchID) int {
	far := distances(g)
	ids := g.Switches()
	size := make([]map[SwitchID]int, 1<<len(ends))
	for set := 1; set < len(size); set++ {
		size[set] = map[SwitchID]int{}
		if bits.OnesCount(uint(set)) == 1 {
			for _, v := range ids {
				size[set][v] = far[ends[bits.TrailingZeros(uint(set))]][v]
			}
			continue
		}
		meet := map[SwitchID]int{}
		for _, v := range ids {
			meet[v] = len(ids) * len(ids)
			for part := (set - 1) & set; part > 0; part = (part - 1) & set {
				meet[v] = min(meet[v], size[part][v]+size[set^part][v])
			}
		}
		for _, v := range ids {
			size[set][v] = meet[v]
			for _, at := range ids {
				size[set][v] = min(size[set][v], meet[at]+far[at][v])
			}
		}
	}
	return size[len(size)-1][ends[0]]
}

// distances is the number of links between any two switches of a connected graph (Floyd and Warshall).
func distances(g *Graph) map[SwitchID]map[SwitchID]int {
	ids := g.Switches()
	far := map[SwitchID]map[SwitchID]int{}
	for _, a := range ids {
		far[a] = map[SwitchID]int{}
		for _, b := range ids {
			far[a][b] = len(ids)
		}
		for _, l := range g.Out(a) {
			far[a][l.To.Switch] = 1
		}
		far[a][a] = 0
	}
	for _, via := range ids {
		for _, a := range ids {
			for _, b := range ids {
				far[a][b] = min(far[a][b], far[a][via]+far[via][b])
			}
		}
	}
	return far
}

// TestSmallestTree holds the judge to trees whose size is plain to see.
func TestSmallestTree(t *testing.T) {
	star := network([2]SwitchID{1, 9}, [2]SwitchID{2, 9}, [2]SwitchID{3, 9}, [2]SwitchID{1, 4}, [2]SwitchID{4, 2}, [2]SwitchID{2, 5}, [2]SwitchID{5, 3})
	assert.Equal(t, 3, smallestTree(star, []SwitchID{1, 2, 3}), "over the hub that nobody asked for")
	ring := network([2]SwitchID{1, 2}, [2]SwitchID{2, 3}, [2]SwitchID{3, 4}, [2]SwitchID{4, 5}, [2]SwitchID{5, 1})
	assert.Equal(t, 3, smallestTree(ring, []SwitchID{1, 3, 5}), "the short way round")
	assert.Equal(t, 4, smallestTree(ring, []SwitchID{1, 2, 3, 4, 5}), "everybody")
}
