package sim

import "crosspoint/testbed"

// hub is what several hosts share a switch's port by: whatever comes in by one of its ends goes out by all others, so that hosts hear each other.
type hub struct {
	name string
	ends []end
}

// plug joins a host to its hub, and the hub to the switch when it is the first.
func (w *World) plug(h testbed.Host, s *node, host *host) {
	b := w.hubs[h.Hub]
	if b == nil {
		b = &hub{name: h.Hub}
		w.hubs[h.Hub] = b
		w.connect(w.opts.HostDelay, end{node: s}, end{hub: b})
	}
	w.connect(w.opts.HostDelay, end{hub: b}, end{host: host})
}

// receive floods a frame.
func (b *hub) receive(w *World, a *arrival) {
	for i := range b.ends {
		if e := &b.ends[i]; e.link != a.to.link {
			w.forward(e, a)
		}
	}
}
