package ofconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"crosspoint/openflow"
)

// farewell is how long a failed handshake waits for its last message to leave.
const farewell = time.Second

// open runs the handshake over a new connection.
func open(ctx context.Context, nc net.Conn, cfg Config, e end) (*Conn, error) {
	setNoDelay(nc)
	c := newConn(nc, cfg, e)
	if err := c.shakeHands(ctx); err != nil {
		c.in.showRest()
		if lost := (*FramingError)(nil); errors.As(err, &lost) {
			c.lostFraming(lost)
		}
		c.Close(err)
		return nil, fmt.Errorf("handshake with %s: %w", addrString(nc.RemoteAddr()), err)
	}
	markReady(nc)
	return c, nil
}

func (c *Conn) shakeHands(ctx context.Context) error {
	release := c.closeOnDone(ctx)
	defer release()
	if err := c.nc.SetReadDeadline(time.Now().Add(c.cfg.HandshakeTimeout)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	if err := c.sendAll(c.shake.start()); err != nil {
		return err
	}
	for c.shake.phase != ready {
		if err := c.shakeOnce(); err != nil {
			return err
		}
	}
	c.counters.dropped.Add(uint64(c.shake.dropped))
	return nil
}

// shakeOnce takes one message through the handshake.
func (c *Conn) shakeOnce() error {
	frame, err := c.nextOpening()
	if err != nil {
		return err
	}
	h, m, err := parseOpening(frame)
	c.counters.in.add(h)
	if err != nil {
		c.badMessage(h, frame, err)
		if c.shake.solicited(h) {
			c.flushBriefly()
			return err
		}
		return nil
	}
	if echo, ok := m.(*openflow.EchoRequest); ok && c.in.agreed {
		return c.Reply(h.XID, &openflow.EchoReply{Data: echo.Data})
	}
	out, err := c.shake.step(incoming{h, m})
	if sendErr := c.sendAll(out); err == nil {
		err = sendErr
	}
	if err != nil {
		c.flushBriefly()
		return err
	}
	c.in.agreed = c.shake.phase != awaitHello
	return nil
}

// nextOpening reads up to the end of one message.
func (c *Conn) nextOpening() ([]byte, error) {
	for {
		if !c.in.agreed {
			if err := checkOpening(c.in.unread()); err != nil {
				return nil, err
			}
		}
		frame, err := c.in.next()
		if frame != nil || err != nil {
			return frame, err
		}
		if err := c.in.fill(); err != nil {
			return nil, c.openingError(err)
		}
	}
}

// openingError says what an error of reading means during the handshake.
func (c *Conn) openingError(err error) error {
	received := c.in.offset + uint64(len(c.in.unread()))
	gone := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
	switch reason := c.reason(); {
	case reason != nil:
		return reason
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w after %v: no %s; %s", ErrHandshakeTimeout, c.cfg.HandshakeTimeout, c.shake.awaiting(), c.partial())
	case gone && received == 0:
		return ErrNoHello
	case gone:
		return fmt.Errorf("%w before %s; %s", ErrClosedByPeer, c.shake.awaiting(), c.partial())
	}
	return fmt.Errorf("read: %w", err)
}

// partial describes what came and is no whole message.
func (c *Conn) partial() string {
	b := c.in.unread()
	if len(b) == 0 {
		return fmt.Sprintf("%d bytes received", c.in.offset)
	}
	return fmt.Sprintf("%d bytes received, the last %d of an unfinished message: % x", c.in.offset+uint64(len(b)), len(b), shown(b))
}

func (c *Conn) sendAll(out []outgoing) error {
	for _, o := range out {
		if err := c.Reply(o.xid, o.msg); err != nil {
			return err
		}
	}
	return nil
}

// flushBriefly lets a last message leave, so that the peer learns why it is being disconnected.
func (c *Conn) flushBriefly() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	_ = c.Flush(ctx) // the connection ends anyway, with the reason that the caller has
}

// closeOnDone ends the connection when ctx does, until release is called. After release nothing of it runs any more.
func (c *Conn) closeOnDone(ctx context.Context) (release func()) {
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ran)
		c.abort(context.Cause(ctx))
	})
	return func() {
		if !stop() {
			<-ran
		}
	}
}

// setNoDelay turns Nagle's algorithm off, wherever in the layers the TCP connection is: the writer coalesces already,
// and a barrier must not wait for the acknowledgement of what went before.
func setNoDelay(nc net.Conn) {
	for ; nc != nil; nc = below(nc) {
		if tcp, ok := nc.(interface{ SetNoDelay(bool) error }); ok {
			_ = tcp.SetNoDelay(true) // only a matter of speed
			return
		}
	}
}

// below is the connection that another one, as of TLS, runs over; nil when there is none.
func below(nc net.Conn) net.Conn {
	if over, ok := nc.(interface{ NetConn() net.Conn }); ok {
		return over.NetConn()
	}
	return nil
}
