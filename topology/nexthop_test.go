package topology

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNextHops(t *testing.T) {
	// 1 ─ 2 ─ 3, and 9 apart.
	g := network([2]SwitchID{1, 2}, [2]SwitchID{2, 3})
	g.AddSwitch(9, upPorts(1))
	assert.Equal(t, map[SwitchID]Hop{
		1: {Out: 1, Distance: 2, Via: lnk(1, 1, 2, 1)},
		2: {Out: 2, Distance: 1, Via: lnk(2, 2, 3, 1)},
	}, NextHops(g, 3, nil))
	assert.Empty(t, NextHops(g, 9, nil))
	assert.Empty(t, NextHops(g, 77, nil))
}

// From each switch that is connected to the destination the hops lead there, over usable
// links, in as few steps as a plain relaxation finds.
func TestNextHopsReachWithoutLoop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGraph(t, 9)
		dst := rapid.SampledFrom(g.Switches()).Draw(t, "dst")
		hops := NextHops(g, dst, nil)
		require.Equal(t, hops, NextHops(g, dst, nil), "the same every time")
		want := relax(g, dst)
		require.NotContains(t, hops, dst)
		require.Len(t, hops, len(want)-1)
		for id, hop := range hops {
			require.Equal(t, want[id], hop.Distance)
			at := id
			for left := hop.Distance; left > 0; left-- {
				next := hops[at]
				require.True(t, g.Usable(next.Via))
				require.Equal(t, PortRef{at, next.Out}, next.Via.From)
				at = next.Via.To.Switch
			}
			require.Equal(t, dst, at)
		}
	})
}

// relax gives distances the slow way: over all links until nothing gets better.
func relax(g *Graph, dst SwitchID) map[SwitchID]int {
	distance := map[SwitchID]int{dst: 0}
	for changed := true; changed; {
		changed = false
		for _, l := range g.Links() {
			to, ok := distance[l.To.Switch]
			from, known := distance[l.From.Switch]
			if ok && (!known || to+1 < from) {
				distance[l.From.Switch], changed = to+1, true
			}
		}
	}
	return distance
}

func TestNextHopsSpreadAndStay(t *testing.T) {
	const leaves, spines = 40, 4
	g := fabric(leaves, spines)
	via := func() map[SwitchID]SwitchID {
		m := map[SwitchID]SwitchID{}
		for dst := SwitchID(2); dst <= leaves; dst++ {
			m[dst] = NextHops(g, dst, nil)[1].Via.To.Switch
		}
		return m
	}
	before := via()
	count := map[SwitchID]int{}
	for _, spine := range before {
		count[spine]++
	}
	assert.Len(t, count, spines, "destinations use all of the spines")

	const gone = SwitchID(1001)
	g.RemoveSwitch(gone)
	for dst, spine := range via() {
		if before[dst] != gone {
			assert.Equal(t, before[dst], spine, "only what went through the lost spine moves")
		}
	}
}

func BenchmarkNextHops(b *testing.B) {
	g := fabric(60, 16)
	for b.Loop() {
		NextHops(g, 1, nil)
	}
}

// TestNextHopsOfPinnedSwitches: who may take one hop only is routed over it, or not at all, and nobody counts on more of it.
func TestNextHopsOfPinnedSwitches(t *testing.T) {
	g := NewGraph()
	for id := SwitchID(1); id <= 4; id++ {
		g.AddSwitch(id, []Port{usablePort(1), usablePort(2)})
	}
	for id := SwitchID(1); id <= 4; id++ { // a ring: port 2 of each to port 1 of the next
		l := Link{From: PortRef{Switch: id, Port: 2}, To: PortRef{Switch: id%4 + 1, Port: 1}}
		g.Restore(l)
		g.Restore(l.Reverse())
	}
	pin := func(port PortID) func(Link) bool {
		return func(via Link) bool { return via.From.Switch != 2 || via.From.Port == port }
	}
	assert.Equal(t, 1, NextHops(g, 1, pin(1))[2].Distance)
	assert.Equal(t, 3, NextHops(g, 1, pin(2))[2].Distance)
	without := NextHops(g, 1, pin(9))
	assert.NotContains(t, without, SwitchID(2))
	assert.Equal(t, PortID(2), without[3].Out)
}

func usablePort(id PortID) Port { return Port{ID: id, AdminUp: true, LinkUp: true, Live: true} }
