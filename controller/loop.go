package controller

import (
	"context"
	"errors"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/controller/core"
	"crosspoint/openflow/ofconn"
)

// loop owns the state: it takes one message after the other, and ticks when time is due.
func (c *Controller) loop(ctx context.Context) {
	defer c.shutDown()
	timer := time.NewTimer(time.Until(c.state.Next()))
	defer timer.Stop()
	for {
		select {
		case m := <-c.inbox:
			c.take(m)
		case <-c.results.ready:
			for _, done := range c.results.take() {
				c.step(done)
			}
		case <-timer.C:
			c.step(core.Tick{})
		case <-ctx.Done():
			return
		}
		timer.Reset(time.Until(c.state.Next()))
	}
}

// shutDown ends what the loop holds.
func (c *Controller) shutDown() {
	close(c.done)
	for _, s := range c.sessions {
		s.conn.Close(ofconn.ErrClosed)
	}
}

func (c *Controller) take(m message) {
	switch {
	case m.event != nil:
		if down, ok := m.event.(core.SwitchDown); ok {
			delete(c.sessions, down.Conn)
		}
		c.step(m.event)
	case m.opened != nil:
		c.sessions[m.opened.id] = m.opened
		c.step(m.opened.up())
	case m.submit != nil:
		c.ticket++
		c.pending[c.ticket] = m.submit.reply
		c.step(core.Intent{Ticket: c.ticket, Change: m.submit.change})
	case m.snapshot != nil:
		if c.snapshot == nil || c.snapshot.Revision != c.state.Revision() {
			c.snapshot = c.state.Snapshot()
		}
		m.snapshot <- view{c.snapshot, c.saveJob}
	case m.tables != nil:
		m.tables.reply <- c.answerTables(m.tables)
	case m.find != nil:
		m.find.reply <- c.findSession(m.find.sw)
	case m.sessions != nil:
		m.sessions <- c.openSessions()
	}
}

func (c *Controller) answerTables(q *tablesQuery) tablesAnswer {
	a := tablesAnswer{want: c.state.Want(q.sw)}
	conn, known := c.state.Session(q.sw)
	a.known = known
	if s := c.sessions[conn]; s != nil {
		a.conn = s.conn
	}
	return a
}

// step gives the state one event and carries out what comes of it, in order: switches are told while the state is still at work, and the log comes last, since nobody
// waits for it.
func (c *Controller) step(ev core.Event) {
	var notes []core.Note
	var saves []core.Record
	var replies []func(error)
	for _, e := range c.state.Step(time.Now(), ev, c.tell) {
		switch e := e.(type) {
		case core.Save:
			saves = append(saves, e.Records...)
		case core.Reply:
			replies = append(replies, c.answer(e))
		case core.Note:
			notes = append(notes, e)
		}
	}
	if len(saves)+len(replies) > 0 {
		number := c.saver.put(job{records: saves, replies: replies})
		if len(saves) > 0 {
			c.saveJob = number
		}
	}
	for _, n := range notes {
		c.log(n)
	}
}

// answer prepares the answer to a client; it is sent when everything before it is durable. A refusal changed nothing and stays what it is.
func (c *Controller) answer(e core.Reply) func(error) {
	to := c.pending[e.Ticket]
	delete(c.pending, e.Ticket)
	return func(stored error) {
		switch {
		case e.Err != nil:
			to <- reply{err: e.Err}
		case stored != nil:
			to <- reply{err: stored}
		default:
			to <- reply{result: e.Result}
		}
	}
}

// tell gives a session something to do. One that is gone meanwhile is told by SwitchDown, so nothing is lost by leaving it out.
func (c *Controller) tell(o core.Order) {
	switch e := o.(type) {
	case core.Program:
		if s := c.sessions[e.Conn]; s != nil {
			s.program(e, c.results)
		}
	case core.Hurry:
		if s := c.sessions[e.Conn]; s != nil {
			s.conn.Confirm()
		}
	case core.Send:
		if s := c.sessions[e.Conn]; s != nil {
			s.send(e.Messages)
		}
	case core.ReadTables:
		if s := c.sessions[e.Conn]; s != nil {
			s.ask(e)
		}
	case core.ReadCounters:
		if s := c.sessions[e.Conn]; s != nil {
			s.ask(e)
		}
	case core.Disconnect:
		if s := c.sessions[e.Conn]; s != nil {
			s.conn.Close(errors.New(e.Reason))
		}
	}
}

// log writes a note: with its fields, to the audit log too when it is about who may do what.
func (c *Controller) log(n core.Note) {
	fields := logrus.Fields{}
	for _, f := range n.Fields {
		fields[f.Key] = f.Value
	}
	to := c.cfg.Log
	if n.Audit {
		to = c.cfg.Audit
	}
	if n.Warn {
		to.WithFields(fields).Warn(n.Message)
	} else {
		to.WithFields(fields).Info(n.Message)
	}
}
