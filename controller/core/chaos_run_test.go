package core_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// TestChaos holds the invariants over random operations and failures on random topologies.
//
// After every batch that a switch has carried out: no packet of any flow, to any host or of PTP could go in a circle, wherever it is (noLoops).
// After every step: no packet did; none reached a host that was not an authorised, active receiver of it (grants); no link or port is reserved beyond
// its limit; the flows are what clients were told that they are, so that what was refused left nothing and what was answered survives restarts.
// After every CHAOS_REST steps, and at the end, all is mended and comes to rest: see rest.
//
// CHAOS_SEED replays one run, CHAOS_RUNS sets how many there are, CHAOS_STEPS how long each is, CHAOS_SWITCHES how large its topology may be.
func TestChaos(t *testing.T) {
	first, runs := number("CHAOS_SEED", 1), number("CHAOS_RUNS", 25)
	if os.Getenv("CHAOS_SEED") != "" && os.Getenv("CHAOS_RUNS") == "" {
		runs = 1
	}
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			newChaos(t, seed).play(number("CHAOS_STEPS", 60), number("CHAOS_REST", 500))
		})
	}
}

func newChaos(t *testing.T, seed int) *chaos {
	rng := rand.New(rand.NewPCG(uint64(seed), 0))
	c := &chaos{
		lab: newLab(t, randomTopology(rng, number("CHAOS_SWITCHES", 10)), spanning), rng: rng, flows: map[string][]string{}, sender: map[string]string{},
		group: map[string]netip.Addr{}, forward: map[string]bool{}, rate: map[string]topology.Bandwidth{}, down: map[testbed.Link]bool{}, away: map[string]bool{},
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s; replay with CHAOS_SEED=%d and the same CHAOS_ settings", c.world.Topology().Name, seed)
			for _, h := range c.history[max(0, len(c.history)-shownHistory):] {
				t.Log(h)
			}
		}
	})
	for _, h := range c.world.Topology().Hosts {
		c.names = append(c.names, h.Name)
	}
	c.endpoints()
	c.endpoints6()
	c.unlogged = true
	c.granted = newGrants(c.lab)
	c.stepped = c.granted.note
	c.slow = func() time.Duration { return time.Duration(rng.IntN(5000)) * time.Microsecond }
	c.everyMoment = true
	return c
}

// snapshotsWhole is in how many steps every snapshot is looked at; in a longer run, one in so many.
const snapshotsWhole = 500

// shownHistory is how much of what was done a failure shows: its end.
const shownHistory = 400

// play makes random steps, with a rest now and then and at the end.
func (c *chaos) play(steps, restEvery int) {
	c.refusing = c.rng.IntN(4) == 0
	c.wholeEvery = steps / snapshotsWhole
	for n := range steps {
		c.refuse = nil
		if c.refusing && c.rng.IntN(3) == 0 {
			c.refuse = c.sometimes
		}
		c.operate()
		c.run(time.Duration(c.rng.IntN(30)) * time.Millisecond)
		c.checkStep()
		if (n+1)%restEvery == 0 && n+1 < steps {
			c.rest()
		}
	}
	c.rest()
}

func spanning(c *core.Config) { c.Infrastructure = flows.DefaultInfrastructure() }

// sometimes has a switch refuse a modification now and then.
func (c *chaos) sometimes(_ string, m openflow.Message) *openflow.ErrorMsg {
	if _, isFlow := m.(*openflow.FlowMod); isFlow && c.rng.IntN(10) == 0 {
		return &openflow.ErrorMsg{ErrType: openflow.ErrFlowModFailed, Code: openflow.CodeFlowModTableFull}
	}
	return nil
}

// randomTopology draws a leaf-spine, a ring, a single switch, a mesh or a tree of at most so many switches.
func randomTopology(rng *rand.Rand, most int) testbed.Topology {
	switch rng.IntN(5) {
	case 0:
		spines := 1 + rng.IntN(max(1, most/3))
		return testbed.LeafSpine(spines, 2+rng.IntN(max(1, most-spines-1)), 1+rng.IntN(3))
	case 1:
		return testbed.Ring(3+rng.IntN(most-2), 1+rng.IntN(2))
	case 2:
		return testbed.Single(2 + rng.IntN(6))
	case 3:
		return randomTree(rng, 3+rng.IntN(most-2))
	default: // a mesh: a ring with chords
		t := testbed.Ring(4+rng.IntN(most-3), 1)
		n := len(t.Switches)
		t.Name = fmt.Sprintf("mesh of %d", n)
		for range 1 + rng.IntN(n) {
			a, b := rng.IntN(n), rng.IntN(n)
			if a != b {
				t.Links = append(t.Links, testbed.Link{A: t.Switches[a].Name, B: t.Switches[b].Name})
			}
		}
		return t
	}
}

// randomTree hangs each switch on one that is there already, with one host or two on each.
func randomTree(rng *rand.Rand, n int) testbed.Topology {
	t := testbed.Ring(n, 1+rng.IntN(2))
	t.Name, t.Links = fmt.Sprintf("tree of %d", n), nil
	for i := 1; i < n; i++ {
		t.Links = append(t.Links, testbed.Link{A: t.Switches[rng.IntN(i)].Name, B: t.Switches[i].Name})
	}
	return t
}

func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

// idsOf are the ids of hosts as receivers of a group, sorted as text.
func (c *chaos) idsOf(flow string) []string {
	var out []string
	for _, r := range c.flows[flow] {
		out = append(out, idFor(c.group[flow], r).String())
	}
	return out
}

// checkStep holds what must be true after every step, whatever is broken.
func (c *chaos) checkStep() {
	require.Empty(c.t, c.world.Violations())
	c.granted.check()
	snap := c.state.Snapshot()
	c.checkFlows(snap)
	for _, l := range snap.Links {
		require.LessOrEqual(c.t, l.Reserved, l.Limit, "link %s", l.Link)
	}
	for _, sw := range snap.Switches {
		for _, p := range sw.Ports {
			require.LessOrEqual(c.t, p.In.Reserved, p.In.Limit, "into port %s", p.Name)
			require.LessOrEqual(c.t, p.Out.Reserved, p.Out.Limit, "out of port %s", p.Name)
		}
	}
}

// checkFlows holds that there are the flows that clients were told of, as they were told.
func (c *chaos) checkFlows(snap *core.Snapshot) {
	require.Len(c.t, snap.Flows, len(c.flows))
	for name := range c.flows {
		f := snap.Flow(id(name))
		require.NotNil(c.t, f, "flow %s was answered and is not there", name)
		var listed []string
		for _, r := range f.Receivers {
			listed = append(listed, r.String())
		}
		require.ElementsMatch(c.t, c.idsOf(name), listed, "receivers of %s", name)
		require.Equal(c.t, c.forward[name], f.Forward, "forward_flow of %s", name)
		require.Equal(c.t, c.rate[name], f.Bandwidth, "bandwidth of %s", name)
	}
}
