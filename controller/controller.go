package controller

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow/ofconn"
	"crosspoint/topology"
)

// Store keeps records over a restart.
type Store interface {
	// Load gives all records.
	Load() ([]core.Record, error)
	// Write makes records durable, all or none.
	Write([]core.Record) error
}

// Config is what a controller needs to run.
type Config struct {
	Core     core.Config
	OpenFlow ofconn.Config
	// Store keeps what must survive a restart; nil: nothing does.
	Store Store
	Log   logrus.FieldLogger
	// Audit takes denials, admissions and API writes.
	Audit logrus.FieldLogger
}

// Controller holds the sessions with the switches and the state machine that decides. Use New, then Run.
type Controller struct {
	cfg     Config
	arrived *arrivals
	saver   *saver
	done    chan struct{} // closed when Run has ended
	timer   *time.Timer   // runs out when something is due

	// turn is what the state machine's one owner holds: see take. It guards what follows, which is used in a turn only.
	turn     sync.Mutex
	state    *core.State
	armed    time.Time // when the timer runs out; zero: it has
	stopped  bool
	sessions map[core.Conn]*session
	conn     core.Conn // the last that was given out
	pending  map[core.Ticket]chan<- reply
	ticket   core.Ticket
	snapshot *core.Snapshot
	saveJob  uint64 // the last job of the saver with something to save
}

type reply struct {
	result core.Result
	err    error
}

// New makes a controller with what its store remembers.
func New(cfg Config) (*Controller, error) {
	now := time.Now()
	state, err := core.New(cfg.Core, now)
	if err != nil {
		return nil, err
	}
	if cfg.Store != nil {
		records, err := cfg.Store.Load()
		if err != nil {
			return nil, err
		}
		if err := state.Restore(records); err != nil {
			return nil, fmt.Errorf("%w; the store does not fit this program or is damaged", err)
		}
		cfg.Log.WithField("records", len(records)).Info("state restored")
	}
	return &Controller{
		cfg: cfg, state: state, arrived: &arrivals{}, saver: newSaver(cfg.Store, cfg.Log), done: make(chan struct{}),
		timer: time.NewTimer(0), sessions: map[core.Conn]*session{}, pending: map[core.Ticket]chan<- reply{},
	}, nil
}

// Run works until ctx ends. Switches connect to the listener; dial names switches that listen themselves, as host:port.
func (c *Controller) Run(ctx context.Context, listener *ofconn.Listener, dial []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { c.keepTime(ctx); return nil })
	g.Go(func() error { c.saver.run(ctx); return nil })
	handle := func(nc net.Conn) { c.serve(ctx, nc) }
	if listener != nil {
		g.Go(func() error { return ended(ctx, listener.Serve(ctx, handle)) })
	}
	for _, addr := range dial {
		g.Go(func() error { return ended(ctx, ofconn.DialLoop(ctx, addr, ofconn.Backoff{}, c.cfg.OpenFlow, handle)) })
	}
	return g.Wait()
}

// ended turns the end of ctx into no error.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

var errStopped = errors.New("the controller has stopped")

// Submit has a change carried out and waits for the answer: applied by the switches and durable, or a *core.Refusal and
// nothing changed; only of a refusal of kind core.NotDurable the message says whether something was. When ctx ends first the change goes on,
// and its outcome is not known to the caller.
func (c *Controller) Submit(ctx context.Context, change core.Change) (core.Result, error) {
	if c.saver.health.bad() {
		return core.Result{}, c.saver.health.refusal()
	}
	answer := make(chan reply, 1)
	err := c.take(func() {
		c.ticket++
		c.pending[c.ticket] = answer
		c.step(core.Intent{Ticket: c.ticket, Change: change})
	})
	if err != nil {
		return core.Result{}, err
	}
	select {
	case r := <-answer:
		return r.result, r.err
	case <-c.done:
		return core.Result{}, errStopped
	case <-ctx.Done():
		return core.Result{}, ctx.Err()
	}
}

// Snapshot gives a view of everything, no older than the call. Every change of a client that it shows is durable: it waits for the disk, as the client does. Where
// the disk fails, or is very slow, it shows what is in force all the same, and Unsaved is set.
func (c *Controller) Snapshot(ctx context.Context) (*core.Snapshot, error) {
	var seen *core.Snapshot
	var job uint64
	err := c.take(func() {
		if c.snapshot == nil || c.snapshot.Revision != c.state.Revision() {
			c.snapshot = c.state.Snapshot()
		}
		seen, job = c.snapshot, c.saveJob
	})
	if err != nil {
		return nil, err
	}
	return c.saver.durable(ctx, seen, job)
}

// Tables gives what a switch should hold, and what it holds, read from it now.
func (c *Controller) Tables(ctx context.Context, sw topology.SwitchID) (have, want flows.Tables, err error) {
	conn, known, err := c.connTo(sw, func() { want = c.state.Want(sw) })
	switch {
	case err != nil:
		return have, want, err
	case !known:
		return have, want, fmt.Errorf("no switch %s is known", sw)
	case conn == nil:
		return have, want, fmt.Errorf("switch %s is away: what it holds cannot be read", sw)
	}
	have, err = readTables(ctx, conn)
	return have, want, err
}

// connTo finds the connection of a switch, nil when it is away, and does something more in the same turn.
func (c *Controller) connTo(sw topology.SwitchID, more func()) (conn *ofconn.Conn, known bool, err error) {
	err = c.take(func() {
		var id core.Conn
		id, known = c.state.Session(sw)
		if s := c.sessions[id]; s != nil {
			conn = s.conn
		}
		more()
	})
	return conn, known, err
}
