package bench

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/topology"
)

// rawClient is the floor: our connections, and messages that were made before. It looks at no address, keeps no state and checks nothing.
type rawClient struct {
	cfg ofconn.Config
	// alternates are switches that flows can do without, in turn: trees around each are in place from the start, and the sender's switch
	// changes from one to the other when its port goes down.
	alternates []string

	job      job
	listener *ofconn.Listener
	cancel   context.CancelFunc
	ended    chan struct{}

	mu    sync.Mutex // of conns, until all are there
	conns map[topology.SwitchID]*ofconn.Conn

	// What is sent when something comes in. Both are complete before the first switch connects.
	reports map[reportKey]messages
	downs   map[topology.PortRef]messages
}

// messages go to switches, by id.
type messages map[topology.SwitchID][]openflow.Message

// reportKey is an IGMP report as the raw client tells it from others.
type reportKey struct {
	at    topology.PortRef
	group netip.Addr
	join  bool
}

func (c *rawClient) name() string { return Raw }
func (c *rawClient) pid() int     { return 0 }

func (c *rawClient) start(ctx context.Context, j job) (string, error) {
	c.job, c.ended = j, make(chan struct{})
	c.conns, c.reports = map[topology.SwitchID]*ofconn.Conn{}, map[reportKey]messages{}
	c.downs = map[topology.PortRef]messages{}
	for i := range j.flows {
		c.learn(i)
	}
	for _, a := range c.alternates {
		c.learnDown(a)
	}
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	if c.listener, err = ofconn.Listen(ctx, "127.0.0.1:0", c.cfg); err != nil {
		c.cancel()
		close(c.ended)
		return "", err
	}
	go func() {
		defer close(c.ended)
		_ = c.listener.Serve(ctx, func(nc net.Conn) { c.serve(ctx, nc) }) // ends with ctx
	}()
	return c.listener.Addr().String(), nil
}

func (c *rawClient) serve(ctx context.Context, nc net.Conn) {
	conn, err := ofconn.Connect(ctx, nc, c.cfg)
	if err != nil {
		return // Mininet and Open vSwitch try again
	}
	id := topology.SwitchID(conn.Features().DatapathID)
	c.mu.Lock()
	c.conns[id] = conn
	c.mu.Unlock()
	_ = conn.Serve(ofconn.HandlerFunc(func(_ openflow.Header, m openflow.Message) { c.handle(id, m) }))
}

// handle answers a message with what was made for it.
func (c *rawClient) handle(from topology.SwitchID, m openflow.Message) {
	switch m := m.(type) {
	case *openflow.PacketIn:
		if key, ok := parseReport(topology.PortRef{Switch: from, Port: topology.PortID(m.InPort())}, m.Data); ok {
			c.send(c.reports[key])
		}
	case *openflow.PortStatus:
		if m.Port.State&openflow.PortLive == 0 {
			c.send(c.downs[topology.PortRef{Switch: from, Port: topology.PortID(m.Port.No)}])
		}
	}
}

func (c *rawClient) send(all messages) {
	for id, ms := range all {
		_ = c.conns[id].Send(ms...) // a switch that is gone shows in what is measured
	}
}

// parseReport reads an IGMPv2 or IGMPv3 report of one group.
func parseReport(at topology.PortRef, frame []byte) (reportKey, bool) {
	const ethernet = 14
	if len(frame) < ethernet+20 {
		return reportKey{}, false
	}
	b := frame[ethernet:]
	b = b[min(len(b), int(b[0]&15)*4):]
	if len(b) < 8 {
		return reportKey{}, false
	}
	switch kind := b[0]; {
	case kind == 0x16 || kind == 0x17:
		return reportKey{at, netip.AddrFrom4([4]byte(b[4:8])), kind == 0x16}, true
	case kind == 0x22 && len(b) >= 16:
		record := b[8]
		return reportKey{at, netip.AddrFrom4([4]byte(b[12:16])), record == 5 || record == 2 || record == 4}, true
	}
	return reportKey{}, false
}

// learn makes what is to be sent when the only receiver of a flow joins or leaves.
func (c *rawClient) learn(i int) {
	f := c.job.flows[i]
	if !f.onJoin {
		return
	}
	for _, r := range f.receivers {
		at := topology.PortRef{Switch: c.job.dpid(c.job.host(r).Switch), Port: c.job.port(c.job.host(r).Switch, r)}
		for _, join := range []bool{true, false} {
			out := messages{}
			for sw, part := range c.job.tree(f, []string{r}) {
				out[c.job.dpid(sw)] = []openflow.Message{groupMod(c.job.stream(i), part, join)}
			}
			c.reports[reportKey{at, f.group, join}] = out
		}
	}
}

// groupMod fills a flow's group on a switch, or empties it.
func groupMod(s flows.Stream, p flows.Part, filled bool) *openflow.GroupMod {
	m := &openflow.GroupMod{Command: openflow.GroupModify, GroupType: openflow.GroupTypeAll}
	for id, g := range flows.Compile(s, 0, p).Groups { // there is one
		m.Group = id
		if filled {
			m.Buckets = g.Buckets
		}
	}
	return m
}

// program wants a switch's part of a flow in its tables.
func program(t *flows.Tracker, s flows.Stream, p flows.Part, branches flows.Tables) {
	t.Set(flows.BranchesOf(s.Object, 0), branches)
	if p.Sender {
		t.Set(flows.GuardOf(s.Object), flows.CompileGuard(s, 0, p.In))
	}
}

func (c *rawClient) connected(ctx context.Context) error {
	return until(ctx, "all switches to connect", func() (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.conns) == len(c.job.topo.Switches), nil
	})
}

// prepare sends every switch what Crosspoint would have there, and empties the groups of flows that wait for a join.
func (c *rawClient) prepare(ctx context.Context, _ *ovs.Fabric) error {
	if err := c.connected(ctx); err != nil {
		return err
	}
	for _, sw := range c.job.topo.Switches {
		t := flows.NewTracker()
		t.Observe(flows.NewTables())
		t.Set(flows.OwnerBase, flows.Base(c.job.ports(sw.Name)))
		var empty []openflow.Message
		for i, f := range c.job.flows {
			part, tables, ok := c.part(i, sw.Name)
			if !ok {
				continue
			}
			s := c.job.stream(i)
			program(t, s, part, tables)
			if f.onJoin {
				empty = append(empty, groupMod(s, part, false))
			}
		}
		batch, _ := t.Next(1 << 20)
		if err := c.batch(ctx, sw, append(batch.Stages, empty)); err != nil {
			return err
		}
	}
	return nil
}

// part is what a switch holds of a flow beside the guard, with all that the alternates need of it.
func (c *rawClient) part(i int, sw string) (first flows.Part, tables flows.Tables, ok bool) {
	f, s := c.job.flows[i], c.job.stream(i)
	if len(c.alternates) == 0 {
		first, ok = c.job.tree(f, f.receivers)[sw]
		return first, flows.Compile(s, 0, first), ok
	}
	// The last alternate is avoided first, so that the first carries the flow.
	for n := len(c.alternates) - 1; n >= 0; n-- {
		part, on := c.job.tree(f, f.receivers, c.alternates[n])[sw]
		if !on {
			continue
		}
		if !ok {
			first, tables, ok = part, flows.Compile(s, 0, part), true
			continue
		}
		for k, e := range flows.Compile(s, 0, part).Flows {
			tables.Flows[k] = e
		}
	}
	return first, tables, ok
}

// learnDown makes the group changes of a sender's switch for when its port to an alternate goes down.
func (c *rawClient) learnDown(avoid string) {
	for i, f := range c.job.flows {
		root := c.job.host(f.sender).Switch
		at := topology.PortRef{Switch: c.job.dpid(root), Port: c.job.port(root, avoid)}
		if c.downs[at] == nil {
			c.downs[at] = messages{}
		}
		part := c.job.tree(f, f.receivers, avoid)[root]
		c.downs[at][at.Switch] = append(c.downs[at][at.Switch], groupMod(c.job.stream(i), part, true))
	}
}

// batch sends messages and waits for the barrier behind them.
func (c *rawClient) batch(ctx context.Context, sw testbed.Switch, stages [][]openflow.Message) error {
	return c.batches(ctx, map[topology.SwitchID][][]openflow.Message{topology.SwitchID(sw.DPID): stages})
}

// batches sends messages to several switches at once and waits for all barriers behind them.
func (c *rawClient) batches(ctx context.Context, all map[topology.SwitchID][][]openflow.Message) error {
	done := make(chan ofconn.BatchResult, len(all))
	for sw, stages := range all {
		c.conns[sw].Batch(stages, func(r ofconn.BatchResult) { done <- r })
	}
	for range all {
		select {
		case r := <-done:
			if r.Err != nil || len(r.Refused) > 0 {
				return fmt.Errorf("program switches: %w, %d messages refused", r.Err, len(r.Refused))
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (c *rawClient) stop() error {
	if c.cancel == nil {
		return nil
	}
	c.cancel()
	select {
	case <-c.ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("the raw client does not end")
	}
}
