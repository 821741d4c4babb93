package controller

import (
	"errors"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/controller/core"
)

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
			c.program(s, e)
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
