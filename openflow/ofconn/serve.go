package ofconn

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/openflow"
)

// Handler takes messages from the peer, one at a time and in the order in which they came.
//
// At the controller's end these are the messages that answer nothing: packet-in, port status, flow removed, errors and
// experimenter messages whose xid nobody waits for, and types that OpenFlow 1.3 does not know. At the switch's
// end it is everything but ECHO_REQUEST and the answers to this end's own requests.
//
// A message is the handler's to keep. The data of a packet-in is part of the chunk of at most 64 KiB in which it was read, and
// keeps that chunk alive as long as it is held; whoever keeps packets for long should copy the data.
//
// The handler may block: then nothing more is read, and TCP holds the peer back. No batch is done, no request answered and
// no keep-alive sent meanwhile, so it must not wait for Request, Multipart or a batch of the same connection.
type Handler interface {
	HandleMessage(h openflow.Header, m openflow.Message)
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(openflow.Header, openflow.Message)

// HandleMessage calls f.
func (f HandlerFunc) HandleMessage(h openflow.Header, m openflow.Message) { f(h, m) }

// Serve reads until the connection ends and returns why: ErrClosedByPeer, ErrSilent, a *FramingError, the reason given to Close,
// or an error of the network. It delivers what the handshake kept first. When it returns, all batches are
// done and the writer has ended.
func (c *Conn) Serve(h Handler) error {
	if !c.serving.CompareAndSwap(false, true) {
		return ErrServing
	}
	err := c.serve(h)
	c.in.showRest()
	if lost := (*FramingError)(nil); errors.As(err, &lost) {
		c.lostFraming(lost)
	}
	c.abort(err)
	c.finish()
	return c.reason()
}

func (c *Conn) serve(h Handler) error {
	c.deliverKept(h)
	var armed time.Time
	for {
		if err := c.dispatchRead(h); err != nil {
			return err
		}
		// Time that the handler took is not silence of the peer: what it said meanwhile waits to be read.
		now := time.Now()
		c.alive.hear(now)
		if !armed.After(now) {
			armed = c.arm(now)
		}
		for err := c.in.fill(); err != nil; err = c.in.fill() {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				return c.readError(err)
			}
			now = time.Now()
			if err := c.tick(now); err != nil {
				return err
			}
			armed = c.arm(now)
		}
	}
}

func (c *Conn) deliverKept(h Handler) {
	kept := c.shake.kept
	c.shake.kept = nil
	for _, in := range kept {
		c.route(h, in.header, in.msg)
	}
}

// dispatchRead takes all whole messages out of what was read.
func (c *Conn) dispatchRead(h Handler) error {
	for first := true; !c.ended.Load(); first = false {
		frame, err := c.in.next()
		if frame == nil {
			return err
		}
		if first {
			c.single.Store(!c.in.more())
		}
		if err := c.dispatch(h, frame); err != nil {
			return err
		}
	}
	return c.reason()
}

func (c *Conn) dispatch(handler Handler, frame []byte) error {
	h, m, err := c.parser.Parse(frame)
	c.counters.in.add(h)
	if err != nil {
		c.badMessage(h, frame, err)
		return nil
	}
	switch m := m.(type) {
	case *openflow.PacketIn:
		own := *m // the parser uses its own again
		handler.HandleMessage(h, &own)
	case *openflow.EchoRequest:
		c.replyLoosely(h, &openflow.EchoReply{Data: m.Data})
	case *openflow.Hello:
		c.lateHello(h)
	default:
		c.route(handler, h, m)
	}
	return nil
}

// route finds who waits for a message.
func (c *Conn) route(handler Handler, h openflow.Header, m openflow.Message) {
	kind := classify(h.Type)
	if kind != asynchronous && kind != command && c.deliver(h, m) {
		return
	}
	if c.end == switchEnd {
		handler.HandleMessage(h, m)
		return
	}
	switch kind {
	case answer:
		c.counters.unmatched.Add(1)
		c.detail(logrus.Fields{"type": h.Type.String(), "xid": h.XID}, "answer that nobody waits for")
	case command:
		c.refuseCommand(h, m)
	default:
		handler.HandleMessage(h, m)
	}
}

// class is what a type of message is to its receiver.
type class uint8

const (
	answer       class = iota // to a request with its xid
	either                    // an answer when its xid is awaited, asynchronous otherwise
	asynchronous              // its xid means nothing to this end
	command                   // from a controller to a switch
)

func classify(t openflow.Type) class {
	switch t {
	case openflow.TypeEchoReply, openflow.TypeFeaturesReply, openflow.TypeGetConfigReply, openflow.TypeMultipartReply,
		openflow.TypeBarrierReply, openflow.TypeGetQueueReply, openflow.TypeRoleReply, openflow.TypeGetAsyncReply:
		return answer
	case openflow.TypePacketIn, openflow.TypeFlowRemoved, openflow.TypePortStatus:
		return asynchronous
	case openflow.TypeError, openflow.TypeExperimenter:
		return either
	}
	if t > openflow.TypeMeterMod {
		return either
	}
	return command
}

// deliver gives a message to the keep-alive, request or batch that waits for it.
func (c *Conn) deliver(h openflow.Header, m openflow.Message) bool {
	if h.Type == openflow.TypeEchoReply && c.echoed(h.XID) {
		return true
	}
	c.mu.Lock()
	if c.answerCallLocked(h, m) {
		c.mu.Unlock()
		return true
	}
	done, ok := c.batches.answer(h.XID, m)
	if done == nil {
		c.mu.Unlock()
		return ok
	}
	now := time.Now()
	c.rtt.batch.add(now.Sub(done.sent))
	c.mu.Unlock()
	done.finish(now, nil)
	return true
}

func (c *Conn) echoed(xid uint32) bool {
	rtt, ok := c.alive.answer(time.Now(), xid)
	if ok {
		c.mu.Lock()
		c.rtt.echo.add(rtt)
		c.mu.Unlock()
	}
	return ok
}

// arm sets when the reader must wake although nothing came. A request that is sent later is due later than that.
func (c *Conn) arm(now time.Time) time.Time {
	next := now.Add(c.cfg.RequestTimeout)
	if t := c.alive.next(); t.Before(next) {
		next = t
	}
	c.mu.Lock()
	if t, ok := c.batches.nextDeadline(); ok && t.Before(next) {
		next = t
	}
	c.mu.Unlock()
	// Not in the past: one look at what the peer has sent comes first.
	if soonest := now.Add(time.Millisecond); next.Before(soonest) {
		next = soonest
	}
	_ = c.nc.SetReadDeadline(next) // fails only on a closed connection, which the next read tells
	return next
}

// tick does what is due after the reader waited.
func (c *Conn) tick(now time.Time) error {
	c.mu.Lock()
	late := c.batches.takeLate(now)
	c.mu.Unlock()
	for _, b := range late {
		b.finish(now, ErrTimeout)
	}
	switch c.alive.check(now) {
	case giveUp:
		return fmt.Errorf("%w: nothing for %v", ErrSilent, c.alive.timeout)
	case ask:
		c.mu.Lock()
		xid := c.out.take(1)
		c.mu.Unlock()
		c.replyLoosely(openflow.Header{XID: xid}, &openflow.EchoRequest{})
		c.alive.ask(now, xid)
	}
	return nil
}

// readError says what an error of reading means.
func (c *Conn) readError(err error) error {
	if reason := c.reason(); reason != nil {
		return reason
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("read from %s: %w", addrString(c.nc.RemoteAddr()), err)
	}
	if rest := c.in.unread(); len(rest) > 0 {
		return fmt.Errorf("%w in the middle of a message, %d bytes of it received: % x", ErrClosedByPeer, len(rest), shown(rest))
	}
	return ErrClosedByPeer
}
