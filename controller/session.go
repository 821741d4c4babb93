package controller

import (
	"context"
	"errors"
	"net"
	"time"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/topology"
)

// session is one connected switch.
type session struct {
	id     core.Conn
	sw     topology.SwitchID
	conn   *ofconn.Conn
	remote string
	since  time.Time        // when the handshake ended
	asks   chan core.Effect // ReadTables and ReadCounters, answered one after the other
}

// askQueue is how many readings of one switch may wait; the state asks for one of each kind at a time.
const askQueue = 4

// serve runs one connection from handshake to end.
func (c *Controller) serve(ctx context.Context, nc net.Conn) {
	peer := nc.RemoteAddr().String()
	log := c.cfg.Log.WithField("peer", peer)
	conn, err := ofconn.Connect(ctx, nc, c.cfg.OpenFlow)
	switch {
	case errors.Is(err, ofconn.ErrNoHello):
		log.Debug("connection closed before a word was said")
		return
	case err != nil:
		if ctx.Err() == nil {
			log.WithError(err).Warn("connection closed: no OpenFlow session")
		}
		return
	}
	s := &session{
		sw: topology.SwitchID(conn.Features().DatapathID), conn: conn, remote: peer, since: time.Now(), asks: make(chan core.Effect, askQueue),
	}
	defer conn.Close(ofconn.ErrClosed)
	err = c.take(func() {
		c.conn++
		s.id = c.conn
		c.sessions[s.id] = s
		c.step(s.up())
	})
	if err != nil {
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.answerAsks(ctx, s)
	}()
	err = conn.Serve(ofconn.HandlerFunc(func(_ openflow.Header, m openflow.Message) { c.receive(s, m) }))
	<-ended
	_ = c.take(func() { // it fails only when everything ends
		delete(c.sessions, s.id)
		c.step(core.SwitchDown{Switch: s.sw, Conn: s.id, Reason: err.Error()})
	})
}

func (s *session) up() core.SwitchUp {
	ports := s.conn.Ports()
	up := core.SwitchUp{Switch: s.sw, Conn: s.id, Remote: s.remote, Desc: s.conn.Desc(), Ports: make([]topology.Port, 0, len(ports))}
	for _, p := range ports {
		up.Ports = append(up.Ports, core.PortOf(p))
	}
	return up
}

// receive turns what a switch says of itself into an event.
func (c *Controller) receive(s *session, m openflow.Message) {
	var ev core.Event
	switch m := m.(type) {
	case *openflow.PacketIn:
		ev = core.PacketIn{Switch: s.sw, Conn: s.id, Message: m}
	case *openflow.PortStatus:
		change := core.PortChange{Switch: s.sw, Conn: s.id, Gone: m.Reason == openflow.PortDeleted, Port: core.PortOf(m.Port)}
		if c.arrived.offer(change) { // a switch whose port failed tells it twice, and then confirms what came of the first: its reader must not wait
			c.serveArrived()
			return
		}
		ev = change
	case *openflow.ErrorMsg:
		c.cfg.Log.WithField("switch", s.sw).WithError(m).Warn("switch reports an error that answers no batch")
		return
	default:
		return
	}
	_ = c.take(func() { c.step(ev) }) // it fails only when everything ends
}

// program sends a batch; its end comes as an event.
func (c *Controller) program(s *session, e core.Program) {
	done := func(r ofconn.BatchResult) {
		ev := core.BatchDone{Switch: e.Switch, Conn: e.Conn, Seq: e.Seq, Err: r.Err}
		for _, f := range r.Refused {
			ev.Refused = append(ev.Refused, flows.Refusal{Stage: f.Stage, Index: f.Index, Err: f.Err})
		}
		c.finished(ev)
	}
	if e.Unhurried {
		s.conn.BatchUnhurried(e.Batch.Stages, done)
	} else {
		s.conn.Batch(e.Batch.Stages, done)
	}
}

// send has the switch send packets. A full queue loses them, as a link would; what they were for is sent again by its timer, and the
// connection's statistics count it.
func (s *session) send(messages []openflow.Message) { _ = s.conn.Send(messages...) }

// ask queues a reading. When too many wait already the session is beyond use.
func (s *session) ask(e core.Effect) {
	select {
	case s.asks <- e:
	default:
		s.conn.Close(errors.New("the switch does not answer readings of its tables"))
	}
}

// answerAsks reads what is asked for until the connection ends.
func (c *Controller) answerAsks(ctx context.Context, s *session) {
	for {
		select {
		case e := <-s.asks:
			if ev := s.read(ctx, e); ev != nil {
				_ = c.take(func() { c.step(ev) })
			}
		case <-s.conn.Done():
			return
		}
	}
}

// read carries out one reading. Counters that cannot be read are asked for again by their timer.
func (s *session) read(ctx context.Context, e core.Effect) core.Event {
	switch e := e.(type) {
	case core.ReadTables:
		have, err := readTables(ctx, s.conn)
		return core.TablesRead{Switch: e.Switch, Conn: e.Conn, Seq: e.Seq, Have: have, Err: err}
	case core.ReadCounters:
		body, err := s.conn.Multipart(ctx, openflow.FlowStatsRequest{
			Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, Cookie: e.Cookie, CookieMask: e.Mask,
		})
		if err != nil {
			return nil
		}
		ev := core.CountersRead{Switch: e.Switch, Conn: e.Conn}
		entries, _ := body.(openflow.FlowStatsReply)
		for _, f := range entries {
			ev.Counters = append(ev.Counters, core.Counter{Cookie: f.Cookie, Packets: f.PacketCount, Bytes: f.ByteCount})
		}
		return ev
	}
	return nil
}
