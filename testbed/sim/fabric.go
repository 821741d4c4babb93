package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
)

var _ testbed.Fabric = (*Fabric)(nil)

// ErrClosed says that the fabric was closed.
var ErrClosed = errors.New("simulated fabric is closed")

// FabricOptions shape a fabric in real time. Zero fields mean defaults.
type FabricOptions struct {
	// World is how the world behaves. Its Start is the wall clock's time when not set.
	World Options
	// Conn bounds the control connections, and holds the log and TLS.
	Conn ofconn.Config
	// Listen, when set, has each switch listen at the address that it gives, "host:port", for a controller that dials, instead of dialling one.
	Listen func(testbed.Switch) string
	// Backoff is how long a switch waits between attempts to reach the controller: 50 ms to 1 s.
	Backoff ofconn.Backoff
}

const (
	// maxRequests bounds what waits for the owner; senders wait, and TCP holds the controller back.
	maxRequests = 1024
	// maxSlice is how many events happen before the owner looks at requests again.
	maxSlice = 4096
)

// Fabric runs a World by the wall clock, and each of its switches dials a controller over TCP, or listens for one. One goroutine owns the world; all
// else reaches it over one bounded channel. When a controller goes, entries stay (fail secure) and the switch dials again.
type Fabric struct {
	topo     testbed.Topology
	world    *World // the owner's alone
	requests chan func(*World)
	cancel   context.CancelFunc
	stopped  chan struct{} // the owner has returned
	running  sync.WaitGroup
}

// Start brings a topology up. Its switches dial controllerAddr, "host:port", until Close or the end of ctx; "" leaves them
// without a controller; with opts.Listen they wait for one instead. It does not wait until they are connected.
func Start(ctx context.Context, topo testbed.Topology, controllerAddr string, opts FabricOptions) (*Fabric, error) {
	if opts.World.Start.IsZero() {
		opts.World.Start = time.Now()
	}
	w, err := New(topo, opts.World)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &Fabric{
		topo:     topo,
		world:    w,
		requests: make(chan func(*World), maxRequests),
		cancel:   cancel,
		stopped:  make(chan struct{}),
	}
	f.running.Go(func() {
		defer close(f.stopped)
		f.own(ctx)
	})
	if opts.Listen != nil {
		if err := f.listen(ctx, opts); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
	if controllerAddr == "" {
		return f, nil
	}
	for _, s := range topo.Switches {
		f.running.Go(func() {
			_ = ofconn.DialLoop(ctx, controllerAddr, opts.Backoff, opts.Conn, func(nc net.Conn) {
				f.serve(ctx, s.Name, nc, opts.Conn)
			}) // it ends with ctx, which is no news
		})
	}
	return f, nil
}

// listen has every switch wait for a controller that dials.
func (f *Fabric) listen(ctx context.Context, opts FabricOptions) error {
	for _, s := range f.topo.Switches {
		l, err := ofconn.Listen(ctx, opts.Listen(s), opts.Conn)
		if err != nil {
			return fmt.Errorf("switch %s: %w", s.Name, err)
		}
		f.running.Go(func() {
			_ = l.Serve(ctx, func(nc net.Conn) { f.serve(ctx, s.Name, nc, opts.Conn) }) // it ends with ctx, which is no news
		})
	}
	return nil
}

// own drives the world by the wall clock. When there is more to do than time, virtual time falls behind, and requests are still served.
func (f *Fabric) own(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		if !f.world.advance(time.Now(), maxSlice) {
			f.drain()
			continue
		}
		timer.Reset(f.pause())
		select {
		case <-ctx.Done():
		case <-timer.C:
		case do := <-f.requests:
			f.world.advance(time.Now(), maxSlice)
			do(f.world)
			f.drain()
		}
	}
}

// pause is how long nothing will happen by itself.
func (f *Fabric) pause() time.Duration {
	next, ok := f.world.Next()
	if !ok {
		return time.Minute
	}
	return time.Until(next)
}

// drain serves the requests that wait already.
func (f *Fabric) drain() {
	for range len(f.requests) {
		do := <-f.requests
		do(f.world)
	}
}

// put hands the owner something to do; false when the fabric is closing.
func (f *Fabric) put(ctx context.Context, do func(*World)) bool {
	select {
	case f.requests <- do:
		return true
	case <-ctx.Done():
	case <-f.stopped:
	}
	return false
}

// serve runs one control connection of a switch.
func (f *Fabric) serve(ctx context.Context, name string, nc net.Conn, cfg ofconn.Config) {
	c, err := ofconn.Attach(ctx, nc, cfg)
	if err != nil {
		return // DialLoop tries again
	}
	attached := f.put(ctx, func(w *World) {
		if err := w.Attach(name, func(o Outgoing) { deliver(c, o) }); err != nil {
			c.Close(err)
		}
	})
	if attached {
		_ = c.Serve(ofconn.HandlerFunc(func(h openflow.Header, m openflow.Message) {
			f.put(ctx, func(w *World) { _ = w.Deliver(name, h, m) }) // an error: the connection has just gone
		}))
	}
	c.Close(nil)
	f.put(ctx, func(w *World) { w.Detach(name) })
}

// maxPacketIns is how many bytes may wait for the controller before packet-ins are dropped without a word, as Open vSwitch drops
// what exceeds 100 packets.
const maxPacketIns = 256 << 10

// deliver queues a message for the controller and never waits. A controller that does not read even answers loses the connection.
func deliver(c *ofconn.Conn, o Outgoing) {
	if _, drops := o.Msg.(*openflow.PacketIn); drops && c.Stats().QueueBytes > maxPacketIns {
		return
	}
	if err := c.Reply(o.XID, o.Msg); err != nil {
		c.Close(fmt.Errorf("send to controller: %w", err))
	}
}

// Do has the owner call a function with the world, and waits for it: the way to all that World offers beyond testbed.Fabric. It must not block.
func (f *Fabric) Do(ctx context.Context, do func(w *World)) error {
	done := make(chan struct{})
	if !f.put(ctx, func(w *World) { do(w); close(done) }) {
		return f.gone(ctx)
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	case <-f.stopped:
	}
	return f.gone(ctx)
}

func (f *Fabric) gone(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("ask simulated fabric: %w", err)
	}
	return ErrClosed
}

// ask gets a value or an error from the owner. Both are dropped when the asker has gone, so that the two never share them.
func ask[T any](ctx context.Context, f *Fabric, get func(*World) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	if err := f.Do(ctx, func(w *World) { v, err := get(w); answers <- answer{v, err} }); err != nil {
		var none T
		return none, err
	}
	a := <-answers
	return a.value, a.err
}

// try is ask for what gives nothing but an error.
func (f *Fabric) try(ctx context.Context, do func(w *World) error) error {
	_, err := ask(ctx, f, func(w *World) (struct{}, error) { return struct{}{}, do(w) })
	return err
}

// Kind says what is running.
func (f *Fabric) Kind() string { return "simulated OpenFlow 1.3 fabric" }

// Topology is what was asked for, with hosts where they were swapped to. Of a fabric that was closed it is what was asked for.
func (f *Fabric) Topology() testbed.Topology {
	topo := f.topo
	now, err := ask(context.Background(), f, func(w *World) (testbed.Topology, error) { return w.Topology(), nil })
	if err == nil {
		topo = now
	}
	return topo
}

// Send has a host send a stream.
func (f *Fabric) Send(ctx context.Context, host string, s testbed.Stream) error {
	return f.try(ctx, func(w *World) error { return w.Send(host, s) })
}

// StopSend ends a stream and tells how many packets left the host.
func (f *Fabric) StopSend(ctx context.Context, host string, stream uint32) (uint64, error) {
	return ask(ctx, f, func(w *World) (uint64, error) { return w.StopSend(host, stream) })
}

// Join has a host join a group.
func (f *Fabric) Join(ctx context.Context, host string, j testbed.Join) error {
	return f.try(ctx, func(w *World) error { return w.Join(host, j) })
}

// Leave undoes a Join.
func (f *Fabric) Leave(ctx context.Context, host string, j testbed.Join) error {
	return f.try(ctx, func(w *World) error { return w.Leave(host, j) })
}

// Receptions tells what arrived at every host's port.
func (f *Fabric) Receptions(ctx context.Context) ([]testbed.Reception, error) {
	return ask(ctx, f, func(w *World) ([]testbed.Reception, error) { return w.Receptions(), nil })
}

// ResetReceptions forgets what arrived.
func (f *Fabric) ResetReceptions(ctx context.Context) error {
	return f.Do(ctx, func(w *World) { w.ResetReceptions() })
}

// Sent tells how many packets each running stream has sent.
func (f *Fabric) Sent(ctx context.Context) (map[uint32]uint64, error) {
	return ask(ctx, f, func(w *World) (map[uint32]uint64, error) { return w.Sent(), nil })
}

// Ping sends echo requests and tells how many were answered.
func (f *Fabric) Ping(ctx context.Context, from string, to netip.Addr, count int) (int, error) {
	answer := make(chan int, 1)
	if err := f.try(ctx, func(w *World) error { return w.Ping(from, to, count, func(n int) { answer <- n }) }); err != nil {
		return 0, err
	}
	select {
	case n := <-answer:
		return n, nil
	case <-ctx.Done():
	case <-f.stopped:
	}
	return 0, f.gone(ctx)
}

// SetLink takes a link down or up and tells when.
func (f *Fabric) SetLink(ctx context.Context, a, b string, up bool) (time.Time, error) {
	return ask(ctx, f, func(w *World) (time.Time, error) { return time.Now(), w.SetLink(a, b, up) })
}

// SwapHosts plugs two hosts in at each other's place.
func (f *Fabric) SwapHosts(ctx context.Context, a, b string) error {
	return f.try(ctx, func(w *World) error { return w.SwapHosts(a, b) })
}

// SetSilent has a link drop everything, or ends that.
func (f *Fabric) SetSilent(ctx context.Context, a, b string, silent bool) error {
	return f.try(ctx, func(w *World) error { return w.SetSilent(a, b, silent) })
}

// WatchLinks has switches notice links that drop everything.
func (f *Fabric) WatchLinks(ctx context.Context, every time.Duration) error {
	return f.Do(ctx, func(w *World) { w.WatchLinks(every) })
}

// Tables reads flows and groups of a switch.
func (f *Fabric) Tables(ctx context.Context, sw string) ([]string, error) {
	return ask(ctx, f, func(w *World) ([]string, error) { return w.Tables(sw) })
}

// Faults tells what should never have happened, one line each: packets that loop, frames that no host can believe.
func (f *Fabric) Faults(ctx context.Context) ([]string, error) {
	return ask(ctx, f, func(w *World) ([]string, error) {
		var lines []string
		for _, v := range w.Violations() {
			lines = append(lines, v.String())
		}
		if more := w.ViolationCount() - len(lines); more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
		return lines, nil
	})
}

// Close ends everything and waits for it. It can be called twice.
func (f *Fabric) Close() error {
	f.cancel()
	f.running.Wait()
	return nil
}
