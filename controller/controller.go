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

// eventQueue is how many events may wait for the loop before those who bring them have to wait.
const eventQueue = 4096

// Controller holds the sessions with the switches and the state machine that decides. Use New, then Run.
type Controller struct {
	cfg     Config
	state   *core.State // the loop's
	inbox   chan message
	results *results
	saver   *saver
	done    chan struct{} // closed when the loop has ended

	sessions map[core.Conn]*session // the loop's
	pending  map[core.Ticket]chan<- reply
	ticket   core.Ticket
	snapshot *core.Snapshot
	saveJob  uint64 // the last job of the saver with something to save

	mu   sync.Mutex // guards conns: sessions are numbered where they are accepted, outside of the loop
	conn core.Conn
}

// message is one thing for the loop to do: exactly one field is set.
type message struct {
	event    core.Event
	opened   *session
	submit   *submission
	snapshot chan<- view
	tables   *tablesQuery
	find     *sessionQuery
	sessions chan<- []*session
}

// view is a snapshot, and the saver's job that makes what it shows durable.
type view struct {
	snapshot *core.Snapshot
	saveJob  uint64
}

type submission struct {
	change core.Change
	reply  chan<- reply
}

type reply struct {
	result core.Result
	err    error
}

type tablesQuery struct {
	sw    topology.SwitchID
	reply chan<- tablesAnswer
}

type tablesAnswer struct {
	known bool
	want  flows.Tables
	conn  *ofconn.Conn // nil: the switch is away
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
		cfg: cfg, state: state, inbox: make(chan message, eventQueue), results: newResults(), saver: newSaver(cfg.Store, cfg.Log),
		done: make(chan struct{}), sessions: map[core.Conn]*session{}, pending: map[core.Ticket]chan<- reply{},
	}, nil
}

// Run works until ctx ends. Switches connect to the listener; dial names switches that listen themselves, as host:port.
func (c *Controller) Run(ctx context.Context, listener *ofconn.Listener, dial []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { c.loop(ctx); return nil })
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

// post gives the loop a message, unless it has ended.
func (c *Controller) post(ctx context.Context, m message) error {
	select {
	case c.inbox <- m:
		return nil
	case <-c.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Submit has a change carried out and waits for the answer: applied by the switches and durable, or a *core.Refusal and
// nothing changed; only of a refusal of kind core.NotDurable the message says whether something was. When ctx ends first the change goes on,
// and its outcome is not known to the caller.
func (c *Controller) Submit(ctx context.Context, change core.Change) (core.Result, error) {
	if c.saver.health.bad() {
		return core.Result{}, c.saver.health.refusal()
	}
	answer := make(chan reply, 1)
	if err := c.post(ctx, message{submit: &submission{change, answer}}); err != nil {
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
	answer := make(chan view, 1)
	if err := c.post(ctx, message{snapshot: answer}); err != nil {
		return nil, err
	}
	select {
	case v := <-answer:
		return c.saver.durable(ctx, v.snapshot, v.saveJob)
	case <-c.done:
		return nil, errStopped
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Tables gives what a switch should hold, and what it holds, read from it now.
func (c *Controller) Tables(ctx context.Context, sw topology.SwitchID) (have, want flows.Tables, err error) {
	answer := make(chan tablesAnswer, 1)
	if err := c.post(ctx, message{tables: &tablesQuery{sw, answer}}); err != nil {
		return have, want, err
	}
	var a tablesAnswer
	select {
	case a = <-answer:
	case <-c.done:
		return have, want, errStopped
	case <-ctx.Done():
		return have, want, ctx.Err()
	}
	if !a.known {
		return have, want, fmt.Errorf("no switch %s is known", sw)
	}
	if a.conn == nil {
		return have, a.want, fmt.Errorf("switch %s is away: what it holds cannot be read", sw)
	}
	have, err = readTables(ctx, a.conn)
	return have, a.want, err
}
