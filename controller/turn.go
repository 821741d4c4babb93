package controller

import (
	"context"
	"time"

	"crosspoint/controller/core"
	"crosspoint/openflow/ofconn"
)

// take has the caller use the state, and all that is used in a turn, when its turn comes; it fails when the controller has stopped. Whoever brings something
// carries it out itself: from a host's report to the order for its switch no other goroutine is woken, which on a busy machine takes longer than the work does.
// What one session brings stays in order, since its reader brings one thing after the other. It waits when the state is behind, which holds the switch back;
// but not with ends of batches and changes of ports: those are left to whoever has the turn, see arrivals.
//
// Nothing that is done in a turn waits for a switch, and none takes another turn.
func (c *Controller) take(do func()) error {
	c.turn.Lock()
	if c.stopped {
		c.turn.Unlock()
		return errStopped
	}
	c.takeArrived()
	do()
	c.giveBack()
	return nil
}

// giveBack ends a turn.
func (c *Controller) giveBack() {
	c.takeArrived()
	c.arm()
	c.turn.Unlock()
	c.serveArrived()
}

// finished takes the end of a batch. It may come in a turn, from the call of Batch or of Close, so it cannot wait for one: if it finds the turn taken, whoever
// has it serves what came, at the latest when it has given the turn back.
func (c *Controller) finished(done core.BatchDone) {
	c.arrived.put(done)
	c.serveArrived()
}

// serveArrived takes a turn for what has arrived, unless somebody else has it.
func (c *Controller) serveArrived() {
	for c.arrived.any() && c.turn.TryLock() {
		if c.stopped {
			c.turn.Unlock()
			return
		}
		c.takeArrived()
		c.arm()
		c.turn.Unlock()
	}
}

func (c *Controller) takeArrived() {
	for _, ev := range c.arrived.take() {
		c.step(ev)
	}
}

// arm has the timer run out when the state next has something due. A timer that runs out sooner than that does no harm, and to set it is a system call.
func (c *Controller) arm() {
	if next := c.state.Next(); c.armed.IsZero() || next.Before(c.armed) {
		c.armed = next
		c.timer.Reset(time.Until(next))
	}
}

// keepTime does what is due until ctx ends.
func (c *Controller) keepTime(ctx context.Context) {
	for {
		select {
		case <-c.timer.C:
			_ = c.take(func() { // it fails only when it has been stopped, here
				c.armed = time.Time{}
				c.step(core.Tick{})
			})
		case <-ctx.Done():
			c.stop()
			return
		}
	}
}

// stop ends the sessions, and takes nothing in any more.
func (c *Controller) stop() {
	c.turn.Lock()
	c.stopped = true
	c.timer.Stop()
	c.turn.Unlock()
	close(c.done)
	for _, s := range c.sessions { // nobody changes them now
		s.conn.Close(ofconn.ErrClosed)
	}
}
