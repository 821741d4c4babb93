package sim

import "time"

// replugTime is how long a cable is in nobody's port when two hosts are swapped.
const replugTime = 50 * time.Millisecond

// SwapHosts pulls the cables of two hosts and plugs each in where the other was, which takes 50 ms. A cable that was down before is up then.
func (w *World) SwapHosts(a, b string) error {
	swapped, err := w.topo.Swapped(a, b)
	if err != nil {
		return err
	}
	x, y := w.hostBy[a], w.hostBy[b]
	for _, h := range []*host{x, y} {
		w.setUp(h.end.link, false)
	}
	x.end, y.end = y.end, x.end
	for _, h := range []*host{x, y} {
		h.end.host = h
		h.end.link.ends[h.end.side].host = h
		w.after(replugTime, call(func() { w.setUp(h.end.link, true) }))
	}
	w.topo = swapped
	return nil
}
