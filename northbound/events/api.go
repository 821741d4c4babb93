package events

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"
	"github.com/sirupsen/logrus"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
)

// Name is the resource, below Prefix of package ops.
const Name = "events"

// Path is where the stream is.
const Path = ops.Prefix + "/" + Name

// Defaults of a Config.
const (
	DefaultRing        = 8192
	DefaultRingBytes   = 64 << 20
	DefaultSubscribers = 64
	DefaultHeartbeat   = 15 * time.Second
	DefaultInterval    = 20 * time.Millisecond
	// DefaultPatience is within northbound's time for a connection to end when the server stops.
	DefaultPatience = 5 * time.Second
)

// Controller tells the state.
type Controller interface {
	// Snapshot gives the state now: the same snapshot as before while nothing changed, and never one that was changed after it was given.
	Snapshot(ctx context.Context) (*core.Snapshot, error)
}

// Config is what an API is made of. Zero fields mean defaults.
type Config struct {
	Controller Controller // required
	// Log gets a warning when the controller does not answer, or a client is cut off; nil for nowhere.
	Log logrus.FieldLogger
	// Now is the clock of the cursors; nil for time.Now.
	Now func() time.Time
	// Ring and RingBytes bound the past events that are kept, in number and in bytes.
	Ring, RingBytes int
	// Subscribers bounds the streams.
	Subscribers int
	// Heartbeat is the most that a stream is silent.
	Heartbeat time.Duration
	// Interval is the least time between two looks at the controller; fifty times that while nobody follows.
	Interval time.Duration
	// Patience is how long one write to a client may take.
	Patience time.Duration
}

// API serves the stream of events. Use New, then Run.
type API struct {
	cfg   Config
	ring  *ring
	ended chan struct{} // closed when Run has ended
	came  chan struct{} // holds one token when somebody follows, and nobody did

	mu      sync.Mutex // guards streams: each request is served by its own goroutine
	streams int

	told, slow, refused atomic.Uint64
}

var _ northbound.API = (*API)(nil)

// New makes an API. It holds nothing but what happens while Run runs.
func New(cfg Config) *API {
	cfg.Ring = cmp.Or(cfg.Ring, DefaultRing)
	cfg.RingBytes = cmp.Or(cfg.RingBytes, DefaultRingBytes)
	cfg.Subscribers = cmp.Or(cfg.Subscribers, DefaultSubscribers)
	cfg.Heartbeat = cmp.Or(cfg.Heartbeat, DefaultHeartbeat)
	cfg.Interval = cmp.Or(cfg.Interval, DefaultInterval)
	cfg.Patience = cmp.Or(cfg.Patience, DefaultPatience)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &API{cfg: cfg, ring: newRing(cfg.Ring, cfg.RingBytes, cfg.Now()), ended: make(chan struct{}), came: make(chan struct{}, 1)}
}

// Register adds the resource to a router. It must come before package ops's API, which answers for what nobody else serves below its prefix.
func (a *API) Register(r *mux.Router) {
	northbound.Mount(r, Path, northbound.Methods{"GET": a.stream})
}

// Stats count since start.
type Stats struct {
	Events      uint64 // told
	Subscribers int    // now
	CutOff      uint64 // subscribers that were too slow
	Refused     uint64 // subscribers for whom there was no room
}

// Stats gives the counters.
func (a *API) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Stats{Events: a.told.Load(), Subscribers: a.streams, CutOff: a.slow.Load(), Refused: a.refused.Load()}
}

// enter takes a subscriber's place, if there is one.
func (a *API) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.streams >= a.cfg.Subscribers {
		a.refused.Add(1)
		return false
	}
	if a.streams++; a.streams == 1 {
		select {
		case a.came <- struct{}{}:
		default:
		}
	}
	return true
}

func (a *API) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.streams--
}

func (a *API) warn(cause error, message string) {
	if a.cfg.Log != nil {
		a.cfg.Log.WithError(cause).Warn(message)
	}
}
