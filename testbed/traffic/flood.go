package traffic

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"time"
)

// FloodRequest has a host put reports of IGMPv3, or of MLDv2 for groups of IPv6, on the wire: joins and leaves of one source in turn, over many groups.
type FloodRequest struct {
	Source netip.Addr    `json:"source"`
	First  netip.Addr    `json:"first"`  // the first group
	Groups int           `json:"groups"` // how many follow it, in turn
	Rate   int           `json:"rate"`   // reports a second, at most MaxRate
	Burst  int           `json:"burst"`  // how many are sent together, at most MaxBurst; 0: one
	For    time.Duration `json:"for"`
}

// Flood sends until the time is over or ctx ends, and tells how many left. What the sender cannot keep up with is not made good.
func (m *Membership) Flood(ctx context.Context, r FloodRequest) (sent uint64, err error) {
	if r.Rate < 1 || r.Rate > MaxRate || r.Burst < 0 || r.Burst > MaxBurst || r.Groups < 1 || !r.First.IsMulticast() || r.Source.Is4() != r.First.Is4() {
		return 0, fmt.Errorf("flood %d groups from %s at %d/s, %d together: want groups, a source of the same IP version, 1 to %d reports a second, at most %d together",
			r.Groups, r.First, r.Rate, r.Burst, MaxRate, MaxBurst)
	}
	socket, err := openArrivals(m.iface, m.index)
	if err != nil {
		return 0, fmt.Errorf("flood: %w", err)
	}
	defer socket.close()
	frames, err := r.frames(m.iface)
	if err != nil {
		return 0, fmt.Errorf("flood: %w", err)
	}
	sleep := newSleeper()
	defer runtime.UnlockOSThread()
	start := time.Now()
	pace := pacer{rate: r.Rate, burst: int64(max(r.Burst, 1)), start: start}
	for time.Since(start) < r.For && ctx.Err() == nil {
		for range pace.due(time.Now()) {
			if err := socket.send(frames[sent%uint64(len(frames))]); err != nil {
				return sent, fmt.Errorf("flood: %w", err)
			}
			sent++
		}
		sleep.until(pace.next(), ctx.Done())
	}
	return sent, nil
}

// frames are those of all joins, then those of all leaves.
func (r FloodRequest) frames(iface string) (frames [][]byte, err error) {
	by := ByV3
	if r.First.Is6() {
		by = ByKernel // of which it takes the address of the host, and nothing of the source
	}
	reports, err := newReporter(iface, by, r.Source)
	if err != nil {
		return nil, err
	}
	frame := reports.frame
	if r.First.Is6() {
		frame = mldReporter{mac: reports.mac, source: r.Source}.frame
	}
	for _, join := range []bool{true, false} {
		for i, g := 0, r.First; i < r.Groups; i, g = i+1, g.Next() {
			frames = append(frames, frame(g, join))
		}
	}
	return frames, nil
}
