package topology

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var start = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

const ttl = 10 * time.Second

func always(SwitchID) bool { return true }

func upPort(id PortID) Port {
	return Port{ID: id, Name: "p" + PortRef{0, id}.String()[17:], AdminUp: true, LinkUp: true, Live: true, Speed: Gbit}
}

func upPorts(n PortID) []Port {
	var ports []Port
	for id := PortID(1); id <= n; id++ {
		ports = append(ports, upPort(id))
	}
	return ports
}

// lnk is the link from port ap of switch a to port bp of switch b.
func lnk(a SwitchID, ap PortID, b SwitchID, bp PortID) Link {
	return Link{PortRef{a, ap}, PortRef{b, bp}}
}

// join sights a cable in both directions.
func join(g *Graph, l Link) {
	g.Sight(start, l)
	g.Sight(start, l.Reverse())
}

// pair is two switches of four ports with a cable between their first ports.
func pair(t *testing.T) (*Graph, Link) {
	g := NewGraph()
	assert.Empty(t, g.AddSwitch(1, upPorts(4)))
	assert.Empty(t, g.AddSwitch(2, upPorts(4)))
	l := lnk(1, 1, 2, 1)
	join(g, l)
	require.Equal(t, []Link{l, l.Reverse()}, g.Links())
	return g, l
}

func TestLinkNeedsBothDirections(t *testing.T) {
	g := NewGraph()
	g.AddSwitch(1, upPorts(2))
	g.AddSwitch(2, upPorts(2))
	l := lnk(1, 1, 2, 1)

	isNew, lost := g.Sight(start, l)
	assert.True(t, isNew)
	assert.Empty(t, lost)
	assert.False(t, g.Usable(l))
	assert.True(t, g.IsLinkPort(l.From), "one direction is enough for a link port")
	assert.True(t, g.IsLinkPort(l.To))
	assert.False(t, g.IsEdge(l.To))
	assert.Equal(t, []PortID{2}, g.EdgePorts(1))

	isNew, _ = g.Sight(start, l.Reverse())
	assert.True(t, isNew)
	assert.True(t, g.Usable(l))
	assert.True(t, g.Usable(l.Reverse()))
	assert.Equal(t, []Link{l}, g.Out(1))
	peer, ok := g.Peer(l.From)
	assert.True(t, ok)
	assert.Equal(t, l.To, peer)

	before := g.Revision()
	isNew, lost = g.Sight(start.Add(time.Second), l)
	assert.False(t, isNew)
	assert.Empty(t, lost)
	assert.Equal(t, before, g.Revision(), "what changes nothing is no revision")
}

func TestSightIgnoresWhatIsNoPort(t *testing.T) {
	g := NewGraph()
	g.AddSwitch(1, append(upPorts(1), upPort(PortLocal)))
	for _, l := range []Link{lnk(1, 1, 2, 1), lnk(2, 1, 1, 1), lnk(1, 1, 1, 9), lnk(1, 1, 1, PortLocal)} {
		isNew, lost := g.Sight(start, l)
		assert.False(t, isNew, l)
		assert.Empty(t, lost, l)
	}
	assert.Empty(t, g.AllLinks())
	assert.Equal(t, []PortID{1}, g.EdgePorts(1), "the local port is no edge")
	assert.False(t, g.IsEdge(PortRef{1, PortLocal}))
	assert.False(t, g.IsEdge(PortRef{1, 7}))
	assert.False(t, g.IsEdge(PortRef{7, 1}))
}

func TestPortDownAndBack(t *testing.T) {
	for name, change := range map[string]func(*Port){
		"live":  func(p *Port) { p.Live = false },
		"link":  func(p *Port) { p.LinkUp = false },
		"admin": func(p *Port) { p.AdminUp = false },
	} {
		t.Run(name, func(t *testing.T) {
			g, l := pair(t)
			down := upPort(1)
			change(&down)
			both := []Link{l, l.Reverse()}
			assert.Equal(t, both, g.SetPort(1, down))
			assert.Empty(t, g.Links())
			assert.Empty(t, g.Out(2), "neither direction is usable")
			assert.True(t, g.IsLinkPort(l.From), "the link is not forgotten")
			assert.True(t, g.IsLinkPort(l.To))
			assert.Empty(t, g.SetPort(1, down), "nothing is lost twice")

			g.Sight(start, l.Reverse()) // still under way when the port went down
			assert.Empty(t, g.SetPort(1, upPort(1)))
			assert.False(t, g.Usable(l), "an up port alone proves nothing")

			isNew, _ := g.Sight(start, l)
			assert.True(t, isNew)
			assert.False(t, g.Usable(l), "one direction proves one direction")
			isNew, _ = g.Sight(start, l.Reverse())
			assert.True(t, isNew)
			assert.Equal(t, both, g.Links())
		})
	}
}

func TestSetPortOfOtherAttributesKeepsLinks(t *testing.T) {
	g, l := pair(t)
	p := upPort(1)
	p.Speed = 10 * Gbit
	assert.Empty(t, g.SetPort(1, p))
	assert.True(t, g.Usable(l))
	assert.Empty(t, g.SetPort(9, p), "an unknown switch has no ports")
	assert.Equal(t, []SwitchID{1, 2}, g.Switches())
}

func TestCableMoved(t *testing.T) {
	g, old := pair(t)
	g.AddSwitch(3, upPorts(2))
	moved := lnk(1, 1, 3, 1)

	isNew, lost := g.Sight(start, moved)
	assert.True(t, isNew)
	assert.Equal(t, []Link{old, old.Reverse()}, lost)
	assert.Empty(t, g.Links())

	isNew, lost = g.Sight(start, moved.Reverse())
	assert.True(t, isNew)
	assert.Equal(t, []Link{old.Reverse()}, lost, "the stale direction goes when the port hears another peer")
	assert.Equal(t, []Link{moved, moved.Reverse()}, g.Links())
	assert.True(t, g.IsEdge(PortRef{2, 1}))
}

// A fibre pair plugged wrongly: three ports each hear another one. Nothing is usable,
// nothing flaps, and no port becomes an edge.
func TestUnidirectionalRing(t *testing.T) {
	g := NewGraph()
	ring := []Link{lnk(1, 1, 2, 1), lnk(2, 1, 3, 1), lnk(3, 1, 1, 1)}
	for id := SwitchID(1); id <= 3; id++ {
		g.AddSwitch(id, upPorts(1))
	}
	for round := range 3 {
		for _, l := range ring {
			isNew, lost := g.Sight(start, l)
			assert.Equal(t, round == 0, isNew)
			assert.Empty(t, lost)
		}
	}
	assert.Empty(t, g.Links())
	assert.Len(t, g.AllLinks(), 3)
}

func TestLoopedCableIsNoPath(t *testing.T) {
	g := NewGraph()
	g.AddSwitch(1, upPorts(3))
	join(g, lnk(1, 1, 1, 2))
	g.Sight(start, lnk(1, 3, 1, 3))
	assert.Empty(t, g.Links())
	assert.Empty(t, g.EdgePorts(1))
	assert.Len(t, g.RemovePort(PortRef{1, 3}), 1)
	assert.Len(t, g.RemoveSwitch(1), 2)
	assert.Empty(t, g.AllLinks())
}

func TestAddSwitchAgain(t *testing.T) {
	g, l := pair(t)
	second := lnk(1, 2, 2, 2)
	join(g, second)

	assert.Empty(t, g.AddSwitch(1, upPorts(4)), "the same ports keep their links")
	assert.Len(t, g.Links(), 4)

	ports := upPorts(4)[1:]
	ports[0].LinkUp = false
	lost := g.AddSwitch(1, ports)
	assert.Equal(t, []Link{l, second, l.Reverse(), second.Reverse()}, lost)
	assert.True(t, g.IsEdge(l.To), "the port has vanished and its links with it")
	assert.False(t, g.IsEdge(second.To), "the port is down and its links are known")
	_, ok := g.Port(l.From)
	assert.False(t, ok)
}

func TestRemove(t *testing.T) {
	g, l := pair(t)
	second := lnk(1, 2, 2, 2)
	join(g, second)
	assert.Equal(t, []Link{l, l.Reverse()}, g.RemovePort(l.From))
	assert.Equal(t, []Link{second, second.Reverse()}, g.RemoveSwitch(2))
	assert.Empty(t, g.RemoveSwitch(2))
	assert.Empty(t, g.RemovePort(PortRef{9, 9}))
	_, ok := g.Switch(2)
	assert.False(t, ok)
	ports, ok := g.Switch(1)
	assert.True(t, ok)
	assert.Equal(t, upPorts(4)[1:], ports)
	assert.Equal(t, []PortID{2, 3, 4}, g.EdgePorts(1))
}

func TestPortByName(t *testing.T) {
	g, _ := pair(t)
	p, ok := g.PortByName(1, "p3")
	assert.True(t, ok)
	assert.Equal(t, PortID(3), p.ID)
	_, ok = g.PortByName(1, "p9")
	assert.False(t, ok)
	_, ok = g.PortByName(9, "p1")
	assert.False(t, ok)
}

func TestExpire(t *testing.T) {
	g, l := pair(t)
	assert.Empty(t, g.Expire(start.Add(ttl), ttl, always))
	g.Sight(start.Add(ttl), l)
	assert.Equal(t, []Link{l, l.Reverse()}, g.Expire(start.Add(ttl+1), ttl, always),
		"one direction that fails takes the other with it")
	assert.False(t, g.Usable(l))
	assert.Equal(t, []LinkState{{Link: l, Confirmed: true, Last: start.Add(ttl)}}, g.AllLinks())
	assert.Equal(t, []Link{l}, g.Expire(start.Add(2*ttl+1), ttl, always))
	assert.True(t, g.IsEdge(l.From))
}

func TestExpireWaitsForSwitchesThatAreAway(t *testing.T) {
	g, l := pair(t)
	away := func(id SwitchID) bool { return id != 2 }
	for s := range 100 {
		assert.Empty(t, g.Expire(start.Add(time.Duration(s)*time.Second), ttl, away))
	}
	assert.True(t, g.Usable(l), "a lost control channel is no lost link")

	back := start.Add(100 * time.Second)
	assert.Empty(t, g.Expire(back, ttl, always), "the time starts when the switch is back")
	assert.Empty(t, g.Expire(back.Add(ttl), ttl, always))
	assert.Len(t, g.Expire(back.Add(ttl+1), ttl, always), 2)
}

func TestExpireAndPortsThatAreDown(t *testing.T) {
	down := upPort(1)
	down.LinkUp = false

	g, l := pair(t)
	g.SetPort(1, down)
	g.SetPort(2, down)
	for s := range 100 {
		assert.Empty(t, g.Expire(start.Add(time.Duration(s)*time.Second), ttl, always))
	}
	assert.False(t, g.IsEdge(l.From), "a cable with no light may still be where it was")

	// One end comes up alone: it is plugged into something else now.
	g.SetPort(1, upPort(1))
	later := start.Add(100 * time.Second)
	g.Expire(later, ttl, always)
	assert.Equal(t, []Link{l, l.Reverse()}, g.Expire(later.Add(ttl+1), ttl, always))
	assert.True(t, g.IsEdge(l.From))
}

func TestRestore(t *testing.T) {
	l := lnk(1, 1, 2, 1)
	g := NewGraph()
	g.Restore(l)
	g.Restore(l.Reverse())
	assert.False(t, g.Usable(l), "not before the ports are known")
	assert.Empty(t, g.AddSwitch(1, upPorts(2)))
	g.Expire(start, ttl, func(id SwitchID) bool { return id == 1 })
	assert.Empty(t, g.AddSwitch(2, upPorts(2)))
	assert.True(t, g.Usable(l))
	assert.Equal(t, LinkState{Link: l, Usable: true, Confirmed: true, Restored: true}, g.AllLinks()[0])

	late := start.Add(time.Hour)
	assert.Empty(t, g.Expire(late, ttl, always), "counts from when both can be probed")
	isNew, _ := g.Sight(late.Add(1), l)
	assert.False(t, isNew, "it was usable before")
	assert.False(t, g.AllLinks()[0].Restored)
	assert.Equal(t, []Link{l, l.Reverse()}, g.Expire(late.Add(ttl+1), ttl, always))
	assert.Len(t, g.AllLinks(), 1, "the direction that was sighted stays")
}

func TestRestoreYieldsToWhatIsKnown(t *testing.T) {
	g, l := pair(t)
	g.Restore(lnk(1, 1, 2, 3))
	g.Restore(lnk(1, 3, 2, 1))
	g.Restore(lnk(1, PortLocal, 2, 3))
	assert.Equal(t, []Link{l, l.Reverse()}, g.Links())
	assert.Len(t, g.AllLinks(), 2)

	down := upPort(2)
	down.Live = false
	g.SetPort(2, down)
	second := lnk(1, 2, 2, 2)
	g.Restore(second)
	g.Restore(second.Reverse())
	g.SetPort(2, upPort(2))
	assert.False(t, g.Usable(second), "the port was down when the link was restored")
	join(g, second)
	assert.True(t, g.Usable(second))

	// A port that is not there any more.
	g = NewGraph()
	g.Restore(lnk(1, 9, 2, 9))
	assert.Equal(t, []Link{lnk(1, 9, 2, 9)}, g.AddSwitch(1, upPorts(2)))
}

// Whatever happens, the indexes agree, a link is usable both ways or not at all, and the
// links reported lost explain every link that stopped being usable.
func TestGraphInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewGraph()
		now := start
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			before := g.Links()
			revision := g.Revision()
			lost := randomStep(t, g, &now)
			requireConsistent(t, g)
			after := g.Links()
			for _, l := range before {
				if !g.Usable(l) {
					require.Contains(t, lost, l)
				}
			}
			for _, l := range lost {
				require.False(t, g.Usable(l))
			}
			if g.Revision() == revision {
				require.Equal(t, before, after)
				require.Empty(t, lost)
			}
		}
	})
}

func randomStep(t *rapid.T, g *Graph, now *time.Time) []Link {
	id := rapid.Custom(func(t *rapid.T) SwitchID { return SwitchID(rapid.IntRange(1, 3).Draw(t, "switch")) })
	port := rapid.Custom(func(t *rapid.T) Port {
		p := upPort(PortID(rapid.IntRange(1, 3).Draw(t, "port")))
		p.LinkUp = rapid.IntRange(0, 3).Draw(t, "up") > 0
		return p
	})
	ref := rapid.Custom(func(t *rapid.T) PortRef { return PortRef{id.Draw(t, "at"), port.Draw(t, "port").ID} })
	*now = now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "seconds")) * time.Second)
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		return g.RemoveSwitch(id.Draw(t, "id"))
	case 1:
		return g.RemovePort(ref.Draw(t, "ref"))
	case 2, 3:
		return g.AddSwitch(id.Draw(t, "id"), rapid.SliceOfN(port, 2, 5).Draw(t, "ports"))
	case 4:
		return g.SetPort(id.Draw(t, "id"), port.Draw(t, "port"))
	case 5:
		g.Restore(Link{ref.Draw(t, "from"), ref.Draw(t, "to")})
		return nil
	case 6:
		away := id.Draw(t, "away")
		return g.Expire(*now, ttl, func(id SwitchID) bool { return id != away })
	}
	l := Link{ref.Draw(t, "from"), ref.Draw(t, "to")}
	_, lost := g.Sight(*now, l)
	if rapid.Bool().Draw(t, "both") {
		_, more := g.Sight(*now, l.Reverse())
		lost = append(lost, more...)
	}
	return lost
}

func requireConsistent(t *rapid.T, g *Graph) {
	all := g.AllLinks()
	require.Len(t, g.in, len(all))
	var from, to int
	for _, list := range g.from {
		require.NotEmpty(t, list)
		from += len(list)
	}
	for _, list := range g.to {
		require.NotEmpty(t, list)
		to += len(list)
	}
	require.Equal(t, len(all), from)
	require.Equal(t, len(all), to)
	for _, s := range all {
		require.Same(t, g.out[s.From], g.in[s.To])
		require.Equal(t, s.Usable, g.Usable(s.Reverse()))
		require.False(t, g.IsEdge(s.From))
		require.False(t, g.IsEdge(s.To))
	}
	for _, l := range g.Links() {
		require.True(t, g.Usable(l))
	}
}
