package core_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// chaos is a run of random operations and failures over a random fabric. The seed replays it.
type chaos struct {
	*lab
	rng      *rand.Rand
	names    []string
	flows    map[string][]string // flow → receivers
	sender   map[string]string
	group    map[string]netip.Addr
	forward  map[string]bool
	rate     map[string]topology.Bandwidth
	down     map[testbed.Link]bool
	away     map[string]bool
	history  []string
	refusing bool // switches refuse something now and then
	granted  *grants
}

func (c *chaos) did(format string, args ...any) {
	c.history = append(c.history, fmt.Sprintf("%v ", c.world.Now().Format("15:04:05.000000"))+fmt.Sprintf(format, args...))
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
		require.True(c.t, c.refusing, "%v", err) // what was refused before is tried again later, and may hold this up
		return false
	}
	require.Fail(c.t, "unexpected refusal", "%v\n%v", err, c.history)
	return false
}

func (c *chaos) operate() {
	switch c.rng.IntN(18) {
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
			c.granted.asked(c.sender[name], c.group[name], r)
			_, err := c.ask(core.AddReceivers{Flow: id(name), Receivers: []uuid.UUID{idFor(c.group[name], r)}})
			c.did("add %s to %s: %v", r, name, err)
			if c.accept(err) && !slices.Contains(c.flows[name], r) {
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
			if forward {
				c.granted.asked(c.sender[name], c.group[name], c.flows[name]...)
			}
			_, err := c.ask(patch)
			c.did("patch %s to %v %v: %v", name, forward, rate, err)
			if c.accept(err) {
				c.forward[name], c.rate[name] = forward, rate
			}
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
	case 17:
		c.swap()
	case 12:
		c.restart()
		c.run(50 * time.Millisecond)
	}
}

// swap plugs two hosts in at each other's place, where switches can be told.
func (c *chaos) swap() {
	a, b := c.pick(), c.pick()
	if a == b || c.refuse != nil || c.away[c.host(a).Switch] || c.away[c.host(b).Switch] {
		return
	}
	c.did("swap %s and %s", a, b)
	require.NoError(c.t, c.world.SwapHosts(a, b))
	c.run(100 * time.Millisecond)
}

// restart kills the controller, starts it anew after a while, and has all switches that are not away connect, in any order.
func (c *chaos) restart() {
	c.did("restart")
	c.kill()
	c.run(time.Duration(c.rng.IntN(2000)) * time.Millisecond)
	c.start()
	all := c.world.Topology().Switches
	for _, i := range c.rng.Perm(len(all)) {
		if !c.away[all[i].Name] {
			c.connect(all[i].Name)
		}
	}
}

func (c *chaos) drain() {
	all := c.world.Topology().Switches
	part := core.SwitchOrCable{Switch: topology.SwitchID(all[c.rng.IntN(len(all))].DPID)}
	if drained := c.state.Snapshot().Drained; len(drained) > len(all)/tooMany {
		part = drained[c.rng.IntN(len(drained))]
	}
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
	c.granted.asked(c.sender[to], c.group[to], r)
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
	c.granted.asked(sender, def.Group, receivers...)
	_, err := c.ask(core.PutFlow{Flow: def})
	c.did("put %s %s → %s %v forward %v: %v", name, sender, def.Group, receivers, def.Forward, err)
	if c.accept(err) {
		c.flows[name], c.sender[name], c.group[name] = receivers, sender, def.Group
		c.forward[name], c.rate[name] = def.Forward, def.Bandwidth
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
	if broken := c.broken(); len(broken) > len(links)/tooMany {
		l = broken[c.rng.IntN(len(broken))]
	}
	up := c.down[l]
	c.did("link %s %s up %v", l.A, l.B, up)
	require.NoError(c.t, c.world.SetLink(l.A, l.B, up))
	c.down[l] = !up
}

// tooMany: when more than one in so many of a kind is broken, one is mended before another is broken, so that a long run does not end in ruins.
const tooMany = 3

// broken lists the links that are down, in order.
func (c *chaos) broken() []testbed.Link {
	return slices.DeleteFunc(slices.Clone(c.world.Topology().Links), func(l testbed.Link) bool { return !c.down[l] })
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
	away := slices.DeleteFunc(slices.Clone(all), func(sw testbed.Switch) bool { return !c.away[sw.Name] })
	if len(away) > len(all)/tooMany {
		name = away[c.rng.IntN(len(away))].Name
	}
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
	clear(c.down)
	clear(c.away)
	c.refuse = nil
	for _, part := range c.state.Snapshot().Drained {
		c.must(core.Undrain{What: part})
	}
	c.run(40 * time.Second)
	for name, sender := range c.sender {
		_, _ = c.world.StopSend(sender, streamID(sender, c.group[name])) // several flows may share a stream
	}
	c.run(5 * time.Minute) // long enough for general queries to be answered, and for what is not to run out
	for name := range c.flows {
		if !c.sends(c.sender[name], c.group[name]) {
			c.send(c.sender[name], c.group[name].String(), 100)
		}
	}
}
