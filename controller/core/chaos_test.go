package core_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// chaos is a run of random operations and failures over a random fabric. The seed replays it.
type chaos struct {
	*lab
	rng     *rand.Rand
	names   []string
	flows   map[string][]string // flow → receivers
	sender  map[string]string
	group   map[string]netip.Addr
	down    map[testbed.Link]bool
	away    map[string]bool
	history []string
}

func (c *chaos) did(format string, args ...any) {
	c.history = append(c.history, fmt.Sprintf("%v ", c.world.Now().Format("15:04:05.000000"))+fmt.Sprintf(format, args...))
}

func randomTopology(rng *rand.Rand) testbed.Topology {
	switch rng.IntN(4) {
	case 0:
		return testbed.LeafSpine(1+rng.IntN(3), 2+rng.IntN(4), 1+rng.IntN(3))
	case 1:
		return testbed.Ring(3+rng.IntN(6), 1+rng.IntN(2))
	case 2:
		return testbed.Single(2 + rng.IntN(6))
	default: // a mesh: a ring with chords
		t := testbed.Ring(4+rng.IntN(6), 1)
		n := len(t.Switches)
		for range 1 + rng.IntN(n) {
			a, b := rng.IntN(n), rng.IntN(n)
			if a != b {
				t.Links = append(t.Links, testbed.Link{A: t.Switches[a].Name, B: t.Switches[b].Name})
			}
		}
		return t
	}
}

func (c *chaos) pick() string { return c.names[c.rng.IntN(len(c.names))] }

// anyFlow names one of the flows there are; "" when there is none.
func (c *chaos) anyFlow() string {
	for i := range 12 {
		if name := fmt.Sprintf("f%d", (i+c.rng.IntN(12))%12); c.flows[name] != nil {
			return name
		}
	}
	return ""
}

// refusable is why an intent may be refused for good reason, as long as parts of the network are down.
func (c *chaos) accept(err error) bool {
	var why *core.Refusal
	if err == nil {
		return true
	}
	require.True(c.t, errors.As(err, &why), "%v", err)
	switch why.Kind {
	case core.NoPath, core.NoCapacity:
		return false
	case core.SwitchRefused, core.TimedOut:
		require.NotNil(c.t, c.refuse, "%v", err)
		return false
	}
	require.Fail(c.t, "unexpected refusal", "%v\n%v", err, c.history)
	return false
}

func (c *chaos) operate() {
	switch c.rng.IntN(17) {
	case 0, 1:
		c.create()
	case 2:
		if name := c.anyFlow(); name != "" {
			_, err := c.ask(core.DeleteFlow{ID: id(name)})
			c.did("delete %s: %v", name, err)
			if c.accept(err) {
				delete(c.flows, name)
			}
		}
	case 3:
		if name, r := c.anyFlow(), c.pick(); name != "" && r != c.sender[name] {
			_, err := c.ask(core.AddReceivers{Flow: id(name), Receivers: []uuid.UUID{idFor(c.group[name], r)}})
			c.did("add %s to %s: %v", r, name, err)
			if c.accept(err) {
				c.flows[name] = append(c.flows[name], r)
			}
		}
	case 4:
		if name := c.anyFlow(); name != "" && len(c.flows[name]) > 0 {
			r := c.flows[name][c.rng.IntN(len(c.flows[name]))]
			_, err := c.ask(core.RemoveReceiver{Flow: id(name), Receiver: idFor(c.group[name], r)})
			c.did("remove %s from %s: %v", r, name, err)
			if err == nil {
				c.drop(name, r)
			}
		}
	case 5:
		if name := c.anyFlow(); name != "" {
			forward := c.rng.IntN(2) == 0
			rate := topology.Bandwidth(1+c.rng.IntN(40)) * 100 * topology.Mbit
			patch := core.PatchFlow{ID: id(name)}
			patch.Patch.Forward, patch.Patch.Bandwidth = &forward, &rate
			_, err := c.ask(patch)
			c.did("patch %s to %v %v: %v", name, forward, rate, err)
			c.accept(err)
		}
	case 6, 7:
		c.member()
	case 8:
		c.breakLink()
	case 9:
		if c.breakLink(); c.rng.IntN(4) == 0 {
			c.flap()
		}
	case 10:
		c.cutOff()
	case 11:
		from, to := c.pick(), c.pick()
		c.did("ping %s %s", from, to)
		addr := c.host(to).Addr
		if c.rng.IntN(2) == 0 {
			addr = c.host(to).Addr6
		}
		require.NoError(c.t, c.world.Ping(from, addr, 5, func(int) {}))
	case 13:
		c.drain()
	case 14:
		report, err := c.ask(core.Optimise{})
		c.did("optimise: %v %v", report.Moves, err)
		c.accept(err)
	case 15:
		c.salvo()
	case 16:
		a, b := c.anyFlow(), c.anyFlow()
		if a != "" && b != "" && a != b {
			_, err := c.ask(core.PairFlows{Name: "pair " + a, Legs: [2]uuid.UUID{id(a), id(b)}})
			c.did("pair %s and %s: %v", a, b, err)
		}
	case 12:
		c.did("restart")
		c.kill()
		c.run(time.Duration(c.rng.IntN(2000)) * time.Millisecond)
		c.start()
		for _, sw := range c.world.Topology().Switches {
			if !c.away[sw.Name] {
				c.connect(sw.Name)
			}
		}
		c.run(50 * time.Millisecond)
	}
}

func (c *chaos) drain() {
	all := c.world.Topology().Switches
	part := core.Part{Switch: topology.SwitchID(all[c.rng.IntN(len(all))].DPID)}
	if slices.Contains(c.state.Snapshot().Drained, part) {
		_, err := c.ask(core.Undrain{What: part})
		c.did("undrain %v: %v", part, err)
		require.NoError(c.t, err)
		return
	}
	_, err := c.ask(core.Drain{What: part, Try: c.rng.IntN(3) == 0})
	c.did("drain %v: %v", part, err)
	c.accept(err)
}

func (c *chaos) salvo() {
	from, to := c.anyFlow(), c.anyFlow()
	if from == "" || to == "" || from == to || len(c.flows[from]) == 0 {
		return
	}
	r := c.flows[from][c.rng.IntN(len(c.flows[from]))]
	if r == c.sender[to] || c.group[from].Is4() != c.group[to].Is4() {
		return
	}
	take := core.Take{Receiver: idFor(c.group[from], r), From: id(from), To: id(to), Overlap: c.rng.IntN(2) == 0}
	_, err := c.ask(core.Salvo{Takes: []core.Take{take}})
	c.did("take %s from %s to %s, overlap %v: %v", r, from, to, take.Overlap, err)
	if c.accept(err) {
		c.drop(from, r)
		if !slices.Contains(c.flows[to], r) {
			c.flows[to] = append(c.flows[to], r)
		}
	}
}

func (c *chaos) drop(flow, receiver string) {
	var left []string
	for _, r := range c.flows[flow] {
		if r != receiver {
			left = append(left, r)
		}
	}
	c.flows[flow] = append([]string{}, left...)
}

// chaosGroups are those that flows go to, two at most to each.
var chaosGroups = [...]string{"232.1.1.1", "239.1.1.1", "239.1.1.2", "239.1.1.3", "ff3e::8000:1", "ff05::1:1"}

func (c *chaos) create() {
	n := c.rng.IntN(12)
	name, sender := fmt.Sprintf("f%d", n), c.pick()
	if c.flows[name] != nil {
		return
	}
	def := flowDef(name, sender, chaosGroups[n/2], c.rng.IntN(2) == 0)
	for other := range c.flows {
		if c.sender[other] == sender && other != name && fmt.Sprintf("f%d", n^1) == other {
			return // the same sender and group
		}
	}
	receivers := []string{}
	for range c.rng.IntN(5) {
		if r := c.pick(); r != sender && !def.Lists(idFor(def.Group, r)) {
			def.Receivers = append(def.Receivers, idFor(def.Group, r))
			receivers = append(receivers, r)
		}
	}
	_, err := c.ask(core.PutFlow{Flow: def})
	c.did("put %s %s → %s %v forward %v: %v", name, sender, def.Group, receivers, def.Forward, err)
	if c.accept(err) {
		c.flows[name], c.sender[name], c.group[name] = receivers, sender, def.Group
		if !c.sends(sender, def.Group) {
			c.send(sender, def.Group.String(), 100)
		}
	}
}

func (c *chaos) member() {
	host, group := c.pick(), chaosGroups[1+c.rng.IntN(len(chaosGroups)-1)]
	j := join(group, "")
	if c.rng.IntN(2) == 0 || group == "ff3e::8000:1" { // which cannot be joined without a source
		j = join(group, c.host(c.pick()).AddrFor(j.Group).String())
	}
	var err error
	if c.rng.IntN(3) == 0 {
		err = c.world.Leave(host, j)
	} else {
		err = c.world.Join(host, j)
	}
	c.did("member %s %v: %v", host, j, err)
}

func (c *chaos) breakLink() {
	links := c.world.Topology().Links
	if len(links) == 0 {
		return
	}
	l := links[c.rng.IntN(len(links))]
	up := c.down[l]
	c.did("link %s %s up %v", l.A, l.B, up)
	require.NoError(c.t, c.world.SetLink(l.A, l.B, up))
	c.down[l] = !up
}

// flap takes a link down and up more often than is borne.
func (c *chaos) flap() {
	links := c.world.Topology().Links
	if len(links) == 0 {
		return
	}
	l := links[c.rng.IntN(len(links))]
	if c.down[l] {
		return
	}
	c.did("link %s %s flaps", l.A, l.B)
	for range 6 {
		for _, up := range []bool{false, true} {
			require.NoError(c.t, c.world.SetLink(l.A, l.B, up))
			c.run(time.Duration(1+c.rng.IntN(20)) * time.Millisecond)
		}
	}
}

func (c *chaos) cutOff() {
	all := c.world.Topology().Switches
	name := all[c.rng.IntN(len(all))].Name
	c.did("control of %s away %v", name, !c.away[name])
	if c.away[name] {
		c.connect(name)
	} else {
		c.disconnect(name)
	}
	c.away[name] = !c.away[name]
}

// heal puts everything right and lets things settle.
func (c *chaos) heal() {
	for _, l := range c.world.Topology().Links {
		if c.down[l] {
			require.NoError(c.t, c.world.SetLink(l.A, l.B, true))
		}
	}
	for _, sw := range c.world.Topology().Switches {
		if c.away[sw.Name] {
			c.connect(sw.Name)
		}
	}
	c.refuse = nil
	for _, part := range c.state.Snapshot().Drained {
		c.must(core.Undrain{What: part})
	}
	c.run(40 * time.Second)
	for name, sender := range c.sender {
		_, _ = c.world.StopSend(sender, streamID(sender, c.group[name])) // several flows may share a stream
	}
	c.run(10 * time.Minute) // long enough for general queries to be answered, and for what is not to run out
	for name := range c.flows {
		if !c.sends(c.sender[name], c.group[name]) {
			c.send(c.sender[name], c.group[name].String(), 100)
		}
	}
}

// TestChaos holds the invariants over random operations and failures: never a loop at any moment; at rest, each packet exactly where it should
// be, every switch as wanted, no link over its limit. CHAOS_SEED replays one run, CHAOS_RUNS sets how many there are, CHAOS_STEPS how long each is.
func TestChaos(t *testing.T) {
	first, runs, steps := number("CHAOS_SEED", 1), number("CHAOS_RUNS", 25), number("CHAOS_STEPS", 60)
	if os.Getenv("CHAOS_SEED") != "" {
		runs = 1
	}
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(seed), 0))
			c := &chaos{lab: newLab(t, randomTopology(rng), spanning), rng: rng, flows: map[string][]string{}, sender: map[string]string{}, group: map[string]netip.Addr{},
				down: map[testbed.Link]bool{}, away: map[string]bool{}}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("%s; replay with CHAOS_SEED=%d", c.world.Topology().Name, seed)
					for _, h := range c.history {
						t.Log(h)
					}
				}
			})
			for _, h := range c.world.Topology().Hosts {
				c.names = append(c.names, h.Name)
			}
			c.endpoints()
			c.endpoints6()
			c.slow = func() time.Duration { return time.Duration(rng.IntN(5000)) * time.Microsecond }
			c.everyMoment = true
			refusing := rng.IntN(4) == 0
			for range steps {
				c.refuse = nil
				if refusing && rng.IntN(3) == 0 {
					c.refuse = c.sometimes
				}
				c.operate()
				c.run(time.Duration(rng.IntN(30)) * time.Millisecond)
				require.Empty(t, c.world.Violations())
			}
			c.heal()
			c.check()
			c.checkStates()
		})
	}
}

func spanning(c *core.Config) { c.Infrastructure = flows.DefaultInfrastructure() }

// sometimes has a switch refuse a modification now and then.
func (c *chaos) sometimes(_ string, m openflow.Message) *openflow.ErrorMsg {
	if _, isFlow := m.(*openflow.FlowMod); isFlow && c.rng.IntN(10) == 0 {
		return &openflow.ErrorMsg{ErrType: openflow.ErrFlowModFailed, Code: openflow.CodeFlowModTableFull}
	}
	return nil
}

func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}
