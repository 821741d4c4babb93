package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/northbound"
	"crosspoint/northbound/is06"
	"crosspoint/northbound/ops"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed/ovs"
)

// stopwatch is a Tap that times each join from the PACKET_IN, as it is read, to the GROUP_MOD, as it is written. Joins must come one at a time.
type stopwatch struct {
	mu    sync.Mutex // Received and Sent come from different goroutines
	asked time.Time
	each  []float64 // microseconds
}

// Watch looks at every connection.
func (w *stopwatch) Watch(_, _ net.Addr) ofconn.Watcher { return w }

// Received notes a PACKET_IN.
func (w *stopwatch) Received(b []byte) {
	if holds(b, openflow.TypePacketIn) {
		w.mu.Lock()
		w.asked = time.Now()
		w.mu.Unlock()
	}
}

// Sent notes a GROUP_MOD.
func (w *stopwatch) Sent(b []byte) {
	if !holds(b, openflow.TypeGroupMod) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.asked.IsZero() {
		w.each = append(w.each, float64(time.Since(w.asked))/float64(time.Microsecond))
		w.asked = time.Time{}
	}
}

// Close has nothing to do.
func (w *stopwatch) Close() {}

func (w *stopwatch) take() []float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	each := w.each
	w.each, w.asked = nil, time.Time{}
	return each
}

// holds looks for a type among whole messages.
func holds(b []byte, t openflow.Type) bool {
	for len(b) >= openflow.HeaderLen {
		h, err := openflow.ParseHeader(b)
		if err != nil || int(h.Length) < openflow.HeaderLen || int(h.Length) > len(b) {
			return false
		}
		if h.Type == t {
			return true
		}
		b = b[h.Length:]
	}
	return false
}

// crosspointInside is a controller within this process, wired as "crosspoint serve" is, so that a Tap can look at its connections.
type crosspointInside struct {
	crosspointProcess
	tap    ofconn.Tap
	cancel context.CancelFunc
	ended  chan error
	store  *store.Store
}

func (c *crosspointInside) pid() int { return 0 }

func (c *crosspointInside) start(ctx context.Context, j job) (addr string, err error) {
	c.job = j
	log := logrus.New()
	log.SetLevel(logrus.ErrorLevel)
	if c.store, err = store.Open(filepath.Join(c.folder, fmt.Sprintf("inside-%d.db", time.Now().UnixNano()))); err != nil {
		return "", err
	}
	cfg := controller.Config{Core: core.DefaultConfig(), Store: c.store, OpenFlow: ofconn.Config{Tap: c.tap}, Log: log, Audit: log}
	if cfg.Core.LLDPKey, err = c.store.LLDPKey(); err != nil {
		return "", err
	}
	control, err := controller.New(cfg)
	if err != nil {
		return "", err
	}
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	switches, err := ofconn.Listen(ctx, "127.0.0.1:0", cfg.OpenFlow)
	if err != nil {
		return "", err
	}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	apis := []northbound.API{is06.New(control), &ops.API{Controller: control, Log: log}}
	server := northbound.New(northbound.Config{APIs: apis, Log: log, Audit: log})
	c.ended = make(chan error, 2)
	go func() { c.ended <- control.Run(ctx, switches, nil) }()
	go func() { c.ended <- server.Serve(ctx, web) }()
	c.api = newAPI("http://" + web.Addr().String())
	return switches.Addr().String(), nil
}

// stop can be called again.
func (c *crosspointInside) stop() (err error) {
	if c.api != nil {
		c.api.close()
	}
	if c.cancel != nil {
		c.cancel()
	}
	if c.ended != nil {
		err = errors.Join(<-c.ended, <-c.ended)
	}
	if c.store != nil {
		err = errors.Join(err, c.store.Close())
	}
	c.cancel, c.ended, c.store, c.api = nil, nil, nil, nil
	return err
}

// onFake has a contender run one fake switch while something is measured.
func (s *Stand) onFake(ctx context.Context, c contender, j job, do func(f *fakeSwitch) error) (err error) {
	addr, err := c.start(ctx, j)
	defer func() { err = errors.Join(err, c.stop()) }()
	if err != nil {
		return err
	}
	f, err := dialFake(ctx, j, addr)
	if err != nil {
		return err
	}
	defer f.close()
	var none *ovs.Fabric
	if err := c.prepare(ctx, none); err != nil {
		return err
	}
	return s.observe(ctx, c, func() error { return do(f) })
}
