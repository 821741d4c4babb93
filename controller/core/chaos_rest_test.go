package core_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
)

// rest mends everything, lets it settle, and holds what must be true then: each packet where it should be, exactly once; every receiver in the state
// that IS-06 says; every switch as wanted; every reservation accounted for (check, checkStates); a flow that comes and goes touches nothing of
// others and leaves nothing; and, in one of three, a restart changes no entry.
func (c *chaos) rest() {
	c.did("rest")
	c.heal()
	c.checkPlaces()
	c.check()
	c.checkStates()
	c.checkIsolation()
	if c.rng.IntN(3) == 0 {
		c.checkRestart()
	}
	c.granted.check()
}

// checkPlaces holds that every endpoint is served where its host is plugged in.
func (c *chaos) checkPlaces() {
	at := map[uuid.UUID]string{}
	for _, p := range c.world.Topology().Ports() {
		at[id(p.Peer)], at[id6(p.Peer)] = p.Name, p.Name
	}
	for _, e := range c.state.Snapshot().Endpoints {
		require.NotNil(c.t, e.Attached, "endpoint %s is nowhere: %s", *e.Label, e.Problem)
		require.Equal(c.t, at[e.ID], e.Attached.PortID, "endpoint %s: %+v", *e.Label, *e)
	}
}

// checkIsolation adds a flow, and takes it away again.
func (c *chaos) checkIsolation() {
	before, tables := c.wanted(), c.allTables()
	sender := c.pick()
	def := flowDef("passing", sender, "239.255.0.1", true)
	for _, r := range c.names[:min(len(c.names), 6)] {
		if r != sender {
			def.Receivers = append(def.Receivers, id(r))
		}
	}
	_, err := c.ask(core.PutFlow{Flow: def})
	c.did("put passing %s: %v", sender, err)
	if c.accept(err) {
		object := c.state.Snapshot().Flow(def.ID).Object
		for line, owner := range changed(before, c.wanted()) {
			require.Equal(c.t, object, owner.Object, "a new flow changed what is not its own: %s", line)
		}
		c.must(core.DeleteFlow{ID: def.ID})
	}
	c.run(time.Second)
	require.Equal(c.t, tables, c.allTables(), "a flow left something behind")
}

// checkRestart holds that a controller which dies and comes back changes no entry of any switch.
func (c *chaos) checkRestart() {
	before := c.allTables()
	c.restart()
	c.run(20 * time.Second)
	require.Equal(c.t, before, c.allTables(), "a restart changed entries")
	c.check()
}

// allTables is what every switch holds, read past the controller.
func (c *chaos) allTables() map[string][]string {
	out := map[string][]string{}
	for _, sw := range c.world.Topology().Switches {
		out[sw.Name] = c.tables(sw.Name)
	}
	return out
}

// wanted is every line that any switch is to hold, with its owner.
func (c *chaos) wanted() map[string]flows.Owner {
	out := map[string]flows.Owner{}
	for _, sw := range c.state.Snapshot().Switches {
		for _, line := range c.state.Want(sw.ID).Lines() {
			out[sw.Name+" "+line.Text] = line.Owner
		}
	}
	return out
}

// changed are the lines that only one of two has.
func changed(a, b map[string]flows.Owner) map[string]flows.Owner {
	out := map[string]flows.Owner{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	maps.DeleteFunc(out, func(line string, _ flows.Owner) bool {
		_, inA := a[line]
		_, inB := b[line]
		return inA && inB
	})
	return out
}

// grants are what hosts may be getting: every source and group of which the state has shown them an active receiver, or a client has asked that they be one,
// since all switches last did what is wanted of them. What a switch refuses in the end reaches those by way of the others before it is undone. Two generations are kept, since packets that were let on before are under way for a moment.
type grants struct {
	l            *lab
	older, newer map[string]bool
	turned       time.Time
}

// underWay is longer than any packet is.
const underWay = 20 * time.Millisecond

func newGrants(l *lab) *grants {
	return &grants{l: l, older: map[string]bool{}, newer: map[string]bool{}}
}

// note adds what hosts may get now.
func (g *grants) note() {
	for _, f := range g.l.state.Snapshot().Flows {
		for i, r := range f.Delivery {
			if r.State != core.Reserved && r.State != core.Left {
				g.newer[fmt.Sprint(f.Receivers[i], f.Source, f.Group)] = true
			}
		}
	}
}

// asked adds what hosts may get as long as a client has no answer.
func (g *grants) asked(sender string, group netip.Addr, receivers ...string) {
	for _, r := range receivers {
		g.newer[fmt.Sprint(idFor(group, r), g.l.host(sender).AddrFor(group), group)] = true
	}
}

// check holds that nothing arrived that was not granted, and forgets what is granted no more.
func (g *grants) check() {
	g.note()
	for f, hosts := range g.l.world.Reached() {
		for _, h := range hosts {
			key := fmt.Sprint(idFor(f.Group, h), f.Source, f.Group)
			require.True(g.l.t, g.older[key] || g.newer[key], "%s got %s → %s and was never to", h, f.Source, f.Group)
		}
	}
	if now := g.l.world.Now(); g.quiet() && now.Sub(g.turned) > underWay {
		g.l.world.ResetReceptions()
		g.older, g.newer, g.turned = g.newer, map[string]bool{}, now
		g.note()
	}
}

// quiet reports whether every switch is proven to do what is wanted now.
func (g *grants) quiet() bool {
	return len(g.l.waiting) == 0 && !slices.ContainsFunc(g.l.state.Snapshot().Switches, func(sw *core.SwitchView) bool { return !sw.Connected || !sw.InSync })
}
