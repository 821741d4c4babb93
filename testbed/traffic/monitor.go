package traffic

import (
	"context"
	"fmt"
	"sync"
	"time"

	"crosspoint/testbed"
)

// Monitor counts every multicast UDP packet that arrives at one interface, joined or not.
type Monitor struct {
	ring *ring
	done chan struct{} // closed when the reader has ended

	// mu is between the reader and who asks; the reader takes it once for a block of packets.
	mu      sync.Mutex
	streams map[streamKey]*arrivals
	since   int64  // packets that the kernel took in earlier do not count
	dropped uint64 // by our own socket, or past MaxStreams
}

// NewMonitor starts to count on an interface. It needs root.
func NewMonitor(iface string) (*Monitor, error) {
	r, err := openRing(iface)
	if err != nil {
		return nil, err
	}
	m := &Monitor{ring: r, done: make(chan struct{}), streams: map[streamKey]*arrivals{}}
	go m.run()
	return m, nil
}

func (m *Monitor) run() {
	defer close(m.done)
	for m.ring.wait() {
		m.mu.Lock()
		m.ring.read(m.count)
		m.mu.Unlock()
	}
}

// count files one frame; mu is held.
func (m *Monitor) count(frame []byte, at arrivalTime) {
	d, ok := parseFrame(frame)
	if !ok || at.ns < m.since {
		return
	}
	key, packet := keyOf(d.source, d.group, d.payload)
	a := m.streams[key]
	if a == nil {
		if len(m.streams) >= MaxStreams {
			m.dropped++
			return
		}
		a = &arrivals{}
		m.streams[key] = a
	}
	a.add(key.ours, packet, at)
}

// Receptions tells what arrived up to this call, sorted, and how many packets the monitor itself lost: when that is not 0, a loss in the
// receptions says nothing about the network. It takes about 25 ms, because the kernel hands over packets in blocks.
func (m *Monitor) Receptions(ctx context.Context) (rs []testbed.Reception, dropped uint64, err error) {
	select {
	case <-time.After(ringSettle):
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("read receptions: %w", ctx.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.addDropped(); err != nil {
		return nil, 0, err
	}
	rs = make([]testbed.Reception, 0, len(m.streams))
	for key, a := range m.streams {
		rs = append(rs, a.reception(key))
	}
	SortReceptions(rs)
	return rs, m.dropped, nil
}

// Reset forgets what arrived up to the given time (CLOCK_REALTIME), also what is still on its way to the monitor.
func (m *Monitor) Reset(now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.addDropped(); err != nil {
		return err
	}
	m.streams, m.since, m.dropped = map[streamKey]*arrivals{}, now.UnixNano(), 0
	return nil
}

// addDropped takes over the socket's counter, which starts again at zero with each reading; mu is held.
func (m *Monitor) addDropped() error {
	n, err := m.ring.dropped()
	m.dropped += n
	return err
}

// Close ends the monitor. It must be called once.
func (m *Monitor) Close() error {
	err := m.ring.interrupt()
	if err == nil {
		<-m.done
	}
	m.ring.close()
	return err
}
