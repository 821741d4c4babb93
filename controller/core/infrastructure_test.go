package core_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/testbed"
)

// newSpan is a lab whose infrastructure tree stands, with every moment checked for loops.
func newSpan(t *testing.T, topo testbed.Topology, configure ...func(*core.Config)) *lab {
	l := newLab(t, topo, append([]func(*core.Config){func(c *core.Config) { c.Infrastructure = flows.DefaultInfrastructure() }}, configure...)...)
	l.everyMoment = true
	l.run(8 * time.Second)
	return l
}

// ptpFrom sends one PTP event message from a host and counts how often each host gets it.
func (l *lab) ptpFrom(host string) map[string]int {
	got := map[string]int{}
	for _, h := range l.world.Topology().Hosts {
		require.NoError(l.t, l.world.Tap(h.Name, func(f []byte) {
			if net.IP(f[30:34]).Equal(ptp) {
				got[h.Name]++
			}
		}))
	}
	mac := l.host(host).MAC
	frame := udpFrame(net.HardwareAddr{1, 0, 0x5e, 0, 1, 0x81}, l.host(host).Addr.AsSlice(), ptp)
	copy(frame[6:], mac[:])
	l.inject(host, frame)
	return got
}

// reachesAll holds that PTP from any host reaches every other once, and its sender never.
func (l *lab) reachesAll() {
	hosts := l.world.Topology().Hosts
	for _, from := range hosts {
		got := l.ptpFrom(from.Name)
		for _, h := range hosts {
			want := 1
			if h.Name == from.Name {
				want = 0
			}
			require.Equal(l.t, want, got[h.Name], "from %s to %s", from.Name, h.Name)
		}
	}
}

func TestInfrastructureReachesEveryHostOnce(t *testing.T) {
	for _, topo := range []testbed.Topology{testbed.LeafSpine(3, 4, 2), testbed.Ring(6, 2), testbed.Single(3)} {
		l := newSpan(t, topo)
		l.reachesAll()
		assert.Zero(t, l.counters().DeniedSenders)
		assert.Empty(t, l.state.Snapshot().Denials)
		l.check()
	}
}

// TestInfrastructureIsRemade: a link of the tree fails, and comes back; what works is not moved for it.
func TestInfrastructureIsRemade(t *testing.T) {
	l := newSpan(t, testbed.Ring(6, 1))
	for _, link := range l.world.Topology().Links {
		require.NoError(t, l.world.SetLink(link.A, link.B, false))
		l.run(30 * time.Millisecond)
		l.reachesAll()
		require.NoError(t, l.world.SetLink(link.A, link.B, true))
		l.run(5 * time.Second)
		l.reachesAll()
	}
	l.check()
}

// TestInfrastructureOutlivesTheController: neither its restart nor lost control channels change a tree that stands.
func TestInfrastructureOutlivesTheController(t *testing.T) {
	l := newSpan(t, testbed.LeafSpine(2, 3, 2))
	before := map[string][]string{}
	for _, sw := range l.world.Topology().Switches {
		before[sw.Name] = l.tables(sw.Name)
	}
	l.kill()
	l.reachesAll()
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
		l.run(100 * time.Millisecond)
		l.reachesAll()
	}
	l.run(10 * time.Second)
	l.reachesAll()
	for name, lines := range before {
		assert.Equal(t, lines, l.tables(name))
	}
	l.disconnect("sp1")
	l.run(10 * time.Second)
	l.reachesAll()
	l.connect("sp1")
	l.run(10 * time.Second)
	l.reachesAll()
	l.check()
}

// TestInfrastructureAroundHalfALink: a link of the tree fails while the switch at one end is away, and comes back. That switch goes on sending by it, and the
// other, which is reached another way by now, drops what comes: no host gets anything twice.
func TestInfrastructureAroundHalfALink(t *testing.T) {
	l := newSpan(t, testbed.Ring(4, 1))
	l.everyMoment = true
	l.disconnect("s2")
	require.NoError(t, l.world.SetLink("s1", "s2", false))
	l.run(5 * time.Second)
	l.reachesAll()
	require.NoError(t, l.world.SetLink("s1", "s2", true))
	l.run(5 * time.Second)
	out, _ := l.world.Switch("s2").Receive(l.world.Now(), 3, udpFrame(net.HardwareAddr{1, 0, 0x5e, 0, 1, 0x81}, net.IP{10, 0, 0, 2}, ptp))
	require.Len(t, out, 2, "else this shows nothing: it sends to both its neighbours")
	l.noLoops("s2")
	l.reachesAll()
	l.connect("s2")
	l.run(10 * time.Second)
	l.reachesAll()
	l.check()
}

// TestInfrastructureFloodIsCut: a host can send so much and no more, and the others are not kept from theirs by it.
func TestInfrastructureFloodIsCut(t *testing.T) {
	l := newSpan(t, testbed.LeafSpine(2, 2, 2), func(c *core.Config) { c.Infrastructure.Rate = 100 })
	l.send("h1", "224.0.1.129", 5000)
	l.run(2 * time.Second)
	l.world.ResetReceptions()
	l.run(10 * time.Second)
	assert.InDelta(t, 1000, float64(l.received("h4", "224.0.1.129").Received), 20)
	assert.Positive(t, l.ptpFrom("h3")["h2"], "h3 has a meter of its own")
	_, err := l.world.StopSend("h1", streamID("h1", netip.MustParseAddr("224.0.1.129")))
	require.NoError(t, err)
	l.run(50 * time.Millisecond)
	l.check()
}

// TestInfrastructurePorts: what is not listed gets nothing, and a flow to such a group is refused.
func TestInfrastructurePorts(t *testing.T) {
	l := newSpan(t, testbed.LeafSpine(1, 2, 2), func(c *core.Config) {
		c.InfrastructurePorts = map[core.PortName]struct{}{{Switch: "lf1", Port: "lf1-eth2"}: {}, {Switch: "lf2", Port: "2"}: {}}
	})
	assert.Equal(t, map[string]int{"h3": 1}, l.ptpFrom("h1"))
	assert.Empty(t, l.ptpFrom("h2"))
	l.endpoints("h1", "h3")
	_, err := l.ask(core.PutFlow{Flow: flowDef("ptp", "h1", "224.0.1.129", true, "h3")})
	assert.ErrorContains(t, err, "infrastructure group")
	l.check()
}

// TestNoInfrastructure: without groups there is no tree, and what a switch has of one goes.
func TestNoInfrastructure(t *testing.T) {
	l := newSpan(t, testbed.Ring(4, 1))
	l.kill()
	l.cfg.Infrastructure = flows.Infrastructure{}
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(5 * time.Second)
	assert.Empty(t, l.ptpFrom("h1"))
	l.check()
}

// TestSilentLinkIsNoEdge: a link that fails silently and comes back silently closes no circle meanwhile.
func TestSilentLinkIsNoEdge(t *testing.T) {
	l := newSpan(t, testbed.Ring(4, 1))
	require.NoError(t, l.world.SetSilent("s2", "s3", true))
	l.run(20 * time.Second)
	l.reachesAll()
	require.NoError(t, l.world.SetSilent("s2", "s3", false))
	for range 20 {
		l.reachesAll()
	}
	l.run(5 * time.Second)
	l.reachesAll()
	l.check()
}

// TestInfrastructureLeavesWhatIsDrained: after a spine was drained, and then a cable, what hangs on it can be switched off without a host missing anything.
func TestInfrastructureLeavesWhatIsDrained(t *testing.T) {
	for _, spine := range []string{"sp1", "sp2"} {
		l := newSpan(t, testbed.LeafSpine(2, 3, 1))
		l.must(core.Drain{What: core.SwitchOrCable{Switch: l.idOf(spine)}})
		l.run(time.Second)
		l.reachesAll()
		for _, link := range l.world.Topology().Links {
			if link.A == spine || link.B == spine {
				require.NoError(t, l.world.SetLink(link.A, link.B, false))
			}
		}
		l.reachesAll()
		l.check()
	}
	l := newSpan(t, testbed.LeafSpine(2, 3, 1))
	for range 2 {
		l.must(core.Drain{What: core.SwitchOrCable{Switch: l.idOf("lf1"), Port: 1}})
		l.run(time.Second)
		require.NoError(t, l.world.SetLink("sp1", "lf1", false))
		l.reachesAll()
		require.NoError(t, l.world.SetLink("sp1", "lf1", true))
		l.run(8 * time.Second)
	}
	l.check()
}

// TestDrainedInfrastructureGap bounds what a planned change of the tree costs: it closes before it opens, so for the time in which the switches answer once
// and are told once more. Nothing comes twice, and hosts whose way does not change miss nothing.
func TestDrainedInfrastructureGap(t *testing.T) {
	l := newSpan(t, testbed.LeafSpine(2, 3, 2), func(c *core.Config) { c.Infrastructure.Rate = 20_000 })
	l.send("h1", "224.0.1.129", 10_000)
	l.run(time.Second)
	l.world.ResetReceptions()
	l.must(core.Drain{What: core.SwitchOrCable{Switch: l.idOf("sp1")}})
	l.run(time.Second)
	assert.Zero(t, l.received("h2", "224.0.1.129").Lost, "h2 is on the sender's switch")
	lost := uint64(0)
	for _, h := range []string{"h3", "h4", "h5", "h6"} {
		got := l.received(h, "224.0.1.129")
		lost = max(lost, got.Lost)
		assert.Less(t, got.MaxGap, 2*time.Millisecond, "host %s", h)
		assert.Zero(t, got.Duplicated, "host %s", h)
	}
	assert.Positive(t, lost, "else what is said of it is out of date")
	_, err := l.world.StopSend("h1", streamID("h1", netip.MustParseAddr("224.0.1.129")))
	require.NoError(t, err)
	l.run(50 * time.Millisecond)
	l.check()
}
