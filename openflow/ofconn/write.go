package ofconn

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"crosspoint/openflow"
)

// writeSlice is the most that one write hands to the network, in bytes: each has WriteTimeout.
const writeSlice = 256 << 10

// maxSpare is the largest buffer that is kept for the next time, in bytes.
const maxSpare = 1 << 20

// outbox holds encoded messages until the writer takes them. There are two buffers: one fills while the other is being
// written, so that all that gathers during one write leaves with the next. Conn.mu guards it.
type outbox struct {
	limit    int    // bound of queued()
	pending  []byte // filling
	shown    int    // of pending, how much the watcher has seen: what a write from within a call left over
	spare    []byte // the other buffer, when the writer does not have it
	writing  int    // bytes the writer has
	accepted uint64 // bytes ever accepted
	xid      uint32 // the last one given out
	counts   Counts
	refused  uint64 // calls refused because of limit
	peak     int    // of queued()
}

func (o *outbox) queued() int { return len(o.pending) + o.writing }

// take reserves n xids in a row and gives the first. 0 is never given out: switches use it for what nobody asked for.
func (o *outbox) take(n int) uint32 {
	if o.xid+uint32(n) < o.xid {
		o.xid = 0
	}
	first := o.xid + 1
	o.xid += uint32(n)
	return first
}

// add encodes a message. When it fails, the caller must undo all that it added since mark.
func (o *outbox) add(xid uint32, m openflow.Message) error {
	b, err := openflow.Append(o.pending, xid, m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	o.pending = b
	if o.queued() > o.limit {
		o.refused++
		return ErrQueueFull
	}
	return nil
}

func (o *outbox) mark() int     { return len(o.pending) }
func (o *outbox) undo(mark int) { o.pending = o.pending[:mark] }

// commit counts what was added since mark.
func (o *outbox) commit(mark int) {
	o.accepted += uint64(len(o.pending) - mark)
	o.peak = max(o.peak, o.queued())
	for b := o.pending[mark:]; len(b) > 0; {
		n := &o.counts[slot(openflow.Type(b[1]))]
		length := int(binary.BigEndian.Uint16(b[2:]))
		n.Messages++
		n.Bytes += uint64(length)
		b = b[length:]
	}
}

// drop takes out the first n bytes that are pending, which were written already.
func (o *outbox) drop(n int) {
	o.pending = o.pending[:copy(o.pending, o.pending[n:])]
}

// swap gives the writer what is pending, and how much of that the watcher has seen.
func (o *outbox) swap() (b []byte, shown int) {
	b, shown = o.pending, o.shown
	o.pending, o.spare, o.shown = o.spare[:0], nil, 0
	o.writing = len(b)
	return b, shown
}

// written takes the buffer back.
func (o *outbox) written(b []byte) {
	o.writing = 0
	if cap(b) <= maxSpare {
		o.spare = b[:0]
	}
}

// Send queues messages, each with an xid of its own, and does not wait. All or none are queued: ErrQueueFull says that
// they would exceed Config.QueueBytes, another error that one of them has no wire form or that the connection ended.
// An OFPT_ERROR in answer goes to the handler.
func (c *Conn) Send(msgs ...openflow.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queueLocked(c.out.take(len(msgs)), 1, msgs, c.afterSingle())
}

// Reply queues messages that all carry the xid of the request they answer, as the parts of a multipart answer do.
// Otherwise it is like Send.
func (c *Conn) Reply(xid uint32, msgs ...openflow.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queueLocked(xid, 0, msgs, c.afterSingle())
}

// queueLocked adds messages with xids that grow by step.
func (c *Conn) queueLocked(xid, step uint32, msgs []openflow.Message, now urgent) error {
	if c.err != nil {
		return c.err
	}
	mark := c.out.mark()
	for _, m := range msgs {
		if err := c.out.add(xid, m); err != nil {
			c.out.undo(mark)
			return err
		}
		xid += step
	}
	c.out.commit(mark)
	c.leaveLocked(now)
	return nil
}

func (c *Conn) wakeWriterLocked() {
	if c.writerIdle {
		c.writerIdle = false
		c.wake.Signal()
	}
}

// Flush waits until all that was queued before the call is handed to the network, or lost because the peer is gone.
func (c *Conn) Flush(ctx context.Context) error {
	c.mu.Lock()
	if c.err != nil || c.out.queued() == 0 {
		defer c.mu.Unlock()
		return c.err
	}
	f := flush{upTo: c.out.accepted, done: make(chan struct{})}
	c.flushes = append(c.flushes, f)
	c.mu.Unlock()
	select {
	case <-f.done:
		return nil
	case <-c.dead:
		return c.reason()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// flush is somebody who waits for bytes to be written.
type flush struct {
	upTo uint64
	done chan struct{}
}

// write is the writer: the only goroutine that writes to the network. It ends when the connection does.
//
// A peer that is gone does not end the connection here, since what it sent before it went, such as an error that tells why, may
// not be read yet. The reader finds the end by itself; until then the writer throws away what comes.
func (c *Conn) write() {
	defer close(c.writerDone)
	gone := false
	for b, shown := c.nextWrite(); b != nil; b, shown = c.nextWrite() {
		if !gone {
			c.show(b[shown:])
			err := c.writeAll(b)
			if gone = peerGone(err); err != nil && !gone {
				c.abort(fmt.Errorf("write to %s: %w", addrString(c.nc.RemoteAddr()), err))
				return
			}
		}
		c.wrote(b)
	}
}

func peerGone(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrClosedPipe)
}

// nextWrite waits for something to write, and tells how much of it was shown; nil says that the connection ended.
func (c *Conn) nextWrite() (b []byte, shown int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.err == nil && len(c.out.pending) == 0 {
		c.writerIdle = true
		c.wake.Wait()
	}
	c.writerIdle = false
	if c.err != nil {
		return nil, 0
	}
	return c.out.swap()
}

func (c *Conn) show(b []byte) {
	if c.watch != nil && len(b) > 0 {
		c.watch.Sent(b)
	}
}

func (c *Conn) writeAll(b []byte) error {
	for len(b) > 0 {
		part := b[:min(len(b), writeSlice)]
		if err := c.nc.SetWriteDeadline(time.Now().Add(c.cfg.WriteTimeout)); err != nil {
			return err
		}
		if _, err := c.nc.Write(part); err != nil {
			return err
		}
		b = b[len(part):]
	}
	return nil
}

func (c *Conn) wrote(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.written(b)
	done := c.out.accepted - uint64(len(c.out.pending))
	rest := c.flushes[:0]
	for _, f := range c.flushes {
		if f.upTo <= done {
			close(f.done)
		} else {
			rest = append(rest, f)
		}
	}
	c.flushes = rest
}
