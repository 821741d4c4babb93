package sim

import (
	"fmt"
	"time"

	"crosspoint/openflow"
)

// end is one end of a link: a switch's port, a host, or a hub.
type end struct {
	node *node
	host *host
	hub  *hub
	port openflow.PortNo
	link *link
	side int
}

func (e *end) name() string {
	switch {
	case e.host != nil:
		return e.host.name
	case e.hub != nil:
		return e.hub.name
	}
	return e.node.name
}

// link joins two ends. A frame that is under way when the link goes down is lost.
type link struct {
	ends   [2]end
	delay  time.Duration
	up     bool
	silent bool // up, but nothing passes
	epoch  uint64
}

// connect makes a link; each switch gets its next port.
func (w *World) connect(delay time.Duration, a, b end) {
	l := &link{delay: delay, up: true}
	for side, e := range []end{a, b} {
		e.link, e.side = l, side
		switch {
		case e.node != nil:
			e.port = openflow.PortNo(len(e.node.ends) + 1)
			e.node.ends = append(e.node.ends, e)
		case e.hub != nil:
			e.hub.ends = append(e.hub.ends, e)
		default:
			e.host.end = e
		}
		l.ends[side] = e
	}
	w.links = append(w.links, l)
}

// arrival is a frame at the far end of a link.
type arrival struct {
	to    *end
	frame []byte
	hop   *hop // of the switch that sent it; nil when a host did
	by    openflow.PortNo
	watch *journey
	epoch uint64
}

// transmit puts a frame on the wire at one end.
func (w *World) transmit(from *end, frame []byte, h *hop, watch *journey) {
	w.forward(from, &arrival{frame: frame, hop: h, by: from.port, watch: watch})
}

// forward puts on the wire at one end what arrived at a hub, as it is.
func (w *World) forward(from *end, a *arrival) {
	l := from.link
	if !l.up || l.silent {
		return
	}
	next := *a
	next.to, next.epoch = &l.ends[1-from.side], l.epoch
	w.after(l.delay, &next)
}

func (a *arrival) run(w *World) {
	l := a.to.link
	if !l.up || l.silent || l.epoch != a.epoch {
		return
	}
	switch {
	case a.to.host != nil:
		a.watch.arrived(w, a.to.host)
		a.to.host.receive(a.frame)
	case a.to.hub != nil:
		a.to.hub.receive(w, a)
	default:
		a.to.node.receive(w, a)
	}
}

// between finds the links between two switches, or a switch or hub and a host.
func (w *World) between(a, b string) ([]*link, error) {
	var out []*link
	for _, l := range w.links {
		x, y := l.ends[0].name(), l.ends[1].name()
		if x == a && y == b || x == b && y == a {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("find link %s–%s: the topology has none", a, b)
	}
	return out, nil
}

// SetLink takes all links between two switches, or a switch and a host, down or up. Frames stop or flow at once; the switches see it
// after Options.DetectDelay.
func (w *World) SetLink(a, b string, up bool) error {
	links, err := w.between(a, b)
	if err != nil {
		return err
	}
	for _, l := range links {
		w.setUp(l, up)
	}
	return nil
}

func (w *World) setUp(l *link, up bool) {
	if l.up == up {
		return
	}
	l.up = up
	l.epoch++
	for i := range l.ends {
		if e := &l.ends[i]; e.node != nil {
			w.after(w.opts.DetectDelay, call(func() { e.node.linkChanged(w, e.port, l.up) }))
		}
	}
}

// SetSilent has links stay up while nothing passes, either way: the failure that no PORT_STATUS tells, unless WatchLinks was called.
func (w *World) SetSilent(a, b string, silent bool) error {
	links, err := w.between(a, b)
	if err != nil {
		return err
	}
	for _, l := range links {
		l.silent = silent
		if w.watchEvery > 0 {
			w.after(missedProbes*w.watchEvery, call(func() { l.watched(w) }))
		}
	}
	return nil
}

// missedProbes is how many packets of BFD must be missing, or have come, before a port's LIVE bit changes: its detection multiplier.
const missedProbes = 3

// WatchLinks has the ports at both ends of a link that goes silent from now on lose their LIVE bit after three times every, as BFD makes
// ports of Open vSwitch do.
func (w *World) WatchLinks(every time.Duration) { w.watchEvery = every }

// watched brings the LIVE bit of the ports at both ends to what BFD finds.
func (l *link) watched(w *World) {
	for i := range l.ends {
		if e := &l.ends[i]; e.node != nil && l.up {
			e.node.async(w, e.node.sw.setLive(e.port, !l.silent))
		}
	}
}
