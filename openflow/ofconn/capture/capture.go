package capture

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/openflow/ofconn"
)

// Bounds when the caller gives none.
const (
	// DefaultLimit is the size of the file at which capture ends, in bytes.
	DefaultLimit = 1 << 30
	// DefaultBacklog is how much may wait to be written to the file, in bytes.
	DefaultBacklog = 16 << 20
)

// Config bounds a capture. A zero field stands for its default.
type Config struct {
	Limit   int64              // of the file, in bytes
	Backlog int                // of what waits to be written to it, in bytes
	Log     logrus.FieldLogger // is told when capture ends; nil: nothing is logged
}

// Stats is what a capture counted.
type Stats struct {
	Messages uint64 // written
	Bytes    int64  // of the file
	Dropped  uint64 // messages left out because the file was slow
	Ended    bool   // the limit was reached, or the file could not be written: nothing more is captured
}

// Capture writes a file. Make one with Create or New.
type Capture struct {
	cfg Config
	out *output // the writer's

	// mu is a lock and no loop, because those who show bytes must not wait. Nothing is called under it.
	mu      sync.Mutex
	wake    *sync.Cond
	queue   []event
	queued  int    // bytes of payload in queue, and in what is being written
	made    uint16 // connections without IP addresses
	stats   Stats
	closing bool

	done chan struct{} // closed when the writer has returned
	err  error         // of the file; valid after done
}

var _ ofconn.Tap = (*Capture)(nil)

// Create makes a file, or empties it, that only its owner may read: OpenFlow messages tell much about a network.
func Create(path string, cfg Config) (*Capture, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create capture file: %w", err)
	}
	return New(f, cfg), nil
}

// New captures to w, and closes it in the end. The caller must call Close.
func New(w io.WriteCloser, cfg Config) *Capture {
	if cfg.Limit <= 0 {
		cfg.Limit = DefaultLimit
	}
	if cfg.Backlog <= 0 {
		cfg.Backlog = DefaultBacklog
	}
	if cfg.Log == nil {
		log := logrus.New()
		log.SetOutput(io.Discard)
		cfg.Log = log
	}
	c := &Capture{cfg: cfg, out: newOutput(w, cfg.Limit), done: make(chan struct{})}
	c.wake = sync.NewCond(&c.mu)
	go c.write()
	return c
}

// Watch begins a connection. It gives nil when capture has ended.
func (c *Capture) Watch(local, remote net.Addr) ofconn.Watcher {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stats.Ended || c.closing {
		return nil
	}
	s := &stream{capture: c, ends: c.endsLocked(local, remote)}
	c.putLocked(s, opened, nil)
	return s
}

// Stats gives the counts of now.
func (c *Capture) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Close writes what waits, closes the file and tells what could not be written. Connections that go on are not captured any more.
func (c *Capture) Close() error {
	c.mu.Lock()
	c.closing = true
	c.wake.Signal()
	c.mu.Unlock()
	<-c.done
	return c.err
}

// putLocked queues one thing that happened on a stream, or leaves it out. b is copied.
func (c *Capture) putLocked(s *stream, kind kind, b []byte) {
	if c.stats.Ended || c.closing {
		return
	}
	ev := event{at: time.Now(), ends: s.ends, kind: kind, seq: s.seq}
	s.advance(kind, len(b))
	if c.queued+len(b) > c.cfg.Backlog || len(c.queue) >= c.cfg.Backlog/minEvent {
		c.stats.Dropped += messagesIn(b)
		return
	}
	ev.data = append([]byte(nil), b...)
	c.queue = append(c.queue, ev)
	c.queued += len(b)
	c.wake.Signal()
}

// write is the one goroutine that writes to the file.
func (c *Capture) write() {
	defer close(c.done)
	err := c.out.begin()
	for batch := c.next(); batch != nil; batch = c.next() {
		for _, ev := range batch {
			if err == nil {
				err = c.out.put(ev)
			}
		}
		if err == nil {
			err = c.out.flush()
		}
		c.wrote(batch, err)
	}
	c.end(err)
}

// next waits for events; nil says that there are no more.
func (c *Capture) next() []event {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && !c.closing {
		c.wake.Wait()
	}
	batch := c.queue
	c.queue = nil
	return batch
}

// wrote counts, and ends capture at the first error.
func (c *Capture) wrote(batch []event, err error) {
	c.mu.Lock()
	for _, ev := range batch {
		c.queued -= len(ev.data)
	}
	c.stats.Messages, c.stats.Bytes = c.out.messages, c.out.size
	ended := err != nil && !c.stats.Ended
	c.stats.Ended = err != nil
	c.mu.Unlock()
	if ended {
		c.cfg.Log.WithError(err).WithField("messages", c.out.messages).WithField("bytes", c.out.size).
			Warn("capture has ended; the controller goes on")
	}
}

// end closes the file. That it is full is as it was wanted.
func (c *Capture) end(err error) {
	if errors.Is(err, errFull) {
		err = nil
	}
	if flushErr := c.out.flush(); err == nil {
		err = flushErr
	}
	if closeErr := c.out.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		c.err = fmt.Errorf("write capture file: %w", err)
	}
	s := c.Stats()
	log := c.cfg.Log.WithField("messages", s.Messages).WithField("bytes", s.Bytes)
	if s.Dropped > 0 {
		log.WithField("dropped", s.Dropped).Warn("capture file closed; it has gaps, as it was written too slowly")
		return
	}
	log.Info("capture file closed")
}
