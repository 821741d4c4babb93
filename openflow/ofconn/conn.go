package ofconn

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

	"crosspoint/openflow"
)

// Conn is one OpenFlow connection after its handshake. All methods may be called from any goroutine, save that Serve runs once.
type Conn struct {
	nc  net.Conn
	cfg Config
	end end

	watch   Watcher // nil: nobody looks
	unwatch sync.Once
	socket  socket // nil: only the writer can write; used under mu

	// The reader's own: the goroutine in Connect or Attach first, the one in Serve afterwards.
	in     frames
	parser openflow.Parser
	shake  handshake // read-only once Connect or Attach returned; kept is taken by Serve
	alive  keepAlive

	warnings, details gate // the reader's too

	counters counters
	serving  atomic.Bool
	ended    atomic.Bool // err is set; lets the reader look without the lock
	single   atomic.Bool // the handler got a message that came alone, and nothing was sent since

	// mu guards what follows. It is a lock and not a loop because Send, Batch and Request are called from many goroutines and
	// must not wait for the reader, which may be blocked in a handler, nor for the writer, which may be blocked by the peer.
	// Nothing is called under it that may block.
	mu         sync.Mutex
	out        outbox
	wake       *sync.Cond // of mu: there is something to write, or the connection ended
	writerIdle bool       // the writer waits for wake
	flushes    []flush
	calls      map[uint32]*call
	batches    batchList
	owed       *batch // its last barrier was not sent yet; nil: none
	rtt        roundTrips
	err        error // why the connection ended; nil while it lives

	dead       chan struct{} // closed when err is set
	writerDone chan struct{} // closed when the writer has returned
}

// Connect is the controller's end: it agrees on the version, asks the switch who it is, sets miss_send_len so that whole
// packets come, and reads the description and the ports. Messages that the switch sends meanwhile are kept for Serve.
//
// It takes over nc and closes it when it fails. The caller must call Serve, or Close, on what it returns.
func Connect(ctx context.Context, nc net.Conn, cfg Config) (*Conn, error) {
	return open(ctx, nc, cfg, controllerEnd)
}

// Attach is the switch's end: it agrees on the version and leaves all the rest to the handler of Serve.
// It takes over nc and closes it when it fails. The caller must call Serve, or Close, on what it returns.
func Attach(ctx context.Context, nc net.Conn, cfg Config) (*Conn, error) {
	return open(ctx, nc, cfg, switchEnd)
}

func newConn(nc net.Conn, cfg Config, e end) *Conn {
	cfg = cfg.withDefaults()
	watch := cfg.watch(nc)
	c := &Conn{
		nc:         nc,
		cfg:        cfg,
		end:        e,
		watch:      watch,
		socket:     socketOf(nc),
		in:         frames{nc: nc, watch: watch},
		shake:      handshake{end: e, maxPorts: cfg.MultipartBytes},
		alive:      keepAlive{interval: cfg.EchoInterval, timeout: cfg.EchoTimeout},
		warnings:   newGate(),
		details:    newGate(),
		out:        outbox{limit: cfg.QueueBytes, xid: lastHandshakeXID},
		calls:      make(map[uint32]*call),
		dead:       make(chan struct{}),
		writerDone: make(chan struct{}),
	}
	c.wake = sync.NewCond(&c.mu)
	go c.write()
	return c
}

// Features is what the switch said of itself in the handshake. Nil at the switch's end.
func (c *Conn) Features() *openflow.FeaturesReply { return c.shake.features }

// Ports are the ports at the time of the handshake; later changes come as PortStatus. The caller must not write to the slice.
func (c *Conn) Ports() []openflow.Port { return c.shake.ports }

// Desc is the switch's description. It is zero when the switch refused to give one.
func (c *Conn) Desc() openflow.Desc { return c.shake.desc }

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// LocalAddr is this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.dead }

// Close ends the connection with err as the reason, ErrClosed for nil; only the first reason counts. What is queued and not
// yet written is lost: see Flush. Requests return the reason, and batches are done with it before Close returns,
// but it does not wait for Serve. It may be called from a handler.
func (c *Conn) Close(err error) {
	if err == nil {
		err = ErrClosed
	}
	c.abort(err)
	c.finish()
}

// finish ends what the end of the connection left. It may be called more than once.
func (c *Conn) finish() {
	<-c.writerDone
	c.finishBatches()
	if c.watch != nil {
		c.unwatch.Do(c.watch.Close)
	}
}

// abort marks the end and has reader and writer return. It calls nobody back, so that any goroutine may use it.
func (c *Conn) abort(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
		c.ended.Store(true)
		close(c.dead)
		c.wake.Broadcast()
	}
	c.mu.Unlock()
	_ = c.nc.Close() // the reason is err; that the network objects to closing changes nothing
}

// reason is why the connection ended; nil while it lives.
func (c *Conn) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *Conn) pendingLocked() int { return len(c.calls) + c.batches.open }
