package ofconn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Back-off of Accept when it fails for want of something that may come back, as file descriptors do.
const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// Listener accepts the connections of switches and bounds their number.
type Listener struct {
	ln  net.Listener
	cfg Config

	// mu guards what follows: connections come and go in their own goroutines.
	mu          sync.Mutex
	open        map[*accepted]struct{}
	handshaking int
	accepted    uint64
	refused     uint64
}

// ListenerStats is what a Listener counted.
type ListenerStats struct {
	Accepted    uint64 // connections handed to the caller
	Refused     uint64 // connections closed at once because of a bound
	Open        int    // connections now
	Handshaking int    // of those, the ones whose Connect or Attach has not succeeded
}

// Listen opens a TCP port, as in ":6653" (OpenFlow 1.3.5 §6.3.3), or, with "unix:" in front, a socket in the file system.
func Listen(ctx context.Context, addr string, cfg Config) (*Listener, error) {
	network, addr := splitAddr(addr)
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("listen for switches: %w", err)
	}
	return NewListener(ln, cfg), nil
}

// NewListener uses a listener that is open already, and closes it in the end. When cfg.TLS is set, connections speak TLS.
func NewListener(ln net.Listener, cfg Config) *Listener {
	return &Listener{ln: ln, cfg: cfg.withDefaults(), open: make(map[*accepted]struct{})}
}

// Addr is the address that switches connect to.
func (l *Listener) Addr() net.Addr { return l.ln.Addr() }

// Stats gives the counts of now.
func (l *Listener) Stats() ListenerStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return ListenerStats{Accepted: l.accepted, Refused: l.refused, Open: len(l.open), Handshaking: l.handshaking}
}

// Serve calls handle in a goroutine of its own for each connection, until ctx ends or accepting fails for good. handle is
// expected to call Connect and then Serve; a connection counts as half-open until Connect has succeeded, and is
// closed when handle returns. In the end Serve closes all connections, waits for every handle, and returns the end of
// ctx or the failure. It may be called once.
func (l *Listener) Serve(ctx context.Context, handle func(nc net.Conn)) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer l.closeAll()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	wg.Go(func() {
		<-ctx.Done()
		_ = l.ln.Close() // only to wake Accept
	})
	for {
		nc, err := l.accept(ctx)
		if err != nil {
			return err
		}
		if a := l.admit(nc); a != nil {
			wg.Go(func() {
				defer l.release(a)
				handle(l.secure(a))
			})
		}
	}
}

// accept waits for the next connection and rides out failures that may pass.
func (l *Listener) accept(ctx context.Context) (net.Conn, error) {
	for pause := minAcceptPause; ; pause = min(2*pause, maxAcceptPause) {
		nc, err := l.ln.Accept()
		if err == nil {
			return nc, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, fmt.Errorf("accept switch: %w", err)
		}
		l.cfg.Log.WithError(err).Warn("cannot accept a switch; trying again")
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// admit takes a connection in, or closes it and gives nil when there are too many.
func (l *Listener) admit(nc net.Conn) *accepted {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= l.cfg.MaxConns || l.handshaking >= l.cfg.MaxHandshakes {
		l.refused++
		_ = nc.Close() // nobody is there to be told
		return nil
	}
	a := &accepted{Conn: nc}
	a.onReady = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.handshaking--
	}
	l.open[a] = struct{}{}
	l.handshaking++
	l.accepted++
	return a
}

func (l *Listener) secure(a *accepted) net.Conn {
	if l.cfg.TLS == nil {
		return a
	}
	return tls.Server(a, l.cfg.TLS)
}

func (l *Listener) release(a *accepted) {
	_ = a.Close() // closed already when handle did its work
	a.markReady() // no longer half-open in any case
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, a)
}

// closeAll closes what is open, which ends every handle.
func (l *Listener) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for a := range l.open {
		_ = a.Close() // each handle sees its connection end
	}
}

// accepted is a connection whose owner wants to know when the handshake has ended.
type accepted struct {
	net.Conn
	ready   atomic.Bool
	onReady func()
}

// NetConn is the connection below.
func (a *accepted) NetConn() net.Conn { return a.Conn }

func (a *accepted) markReady() {
	if a.ready.CompareAndSwap(false, true) && a.onReady != nil {
		a.onReady()
	}
}

// markReady tells the Listener or DialLoop that a connection came from, if any, that the handshake is over.
func markReady(nc net.Conn) {
	for ; nc != nil; nc = below(nc) {
		if a, ok := nc.(*accepted); ok {
			a.markReady()
			return
		}
	}
}

// sleep waits, or returns the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
