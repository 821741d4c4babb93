package sim

import (
	"fmt"
	"slices"
	"time"

	"crosspoint/openflow"
)

// tickEvery is how often entries with time-outs are looked at.
const tickEvery = 100 * time.Millisecond

// node is a switch in its place in the world.
type node struct {
	name    string
	sw      datapath
	ends    []end // ends[i] is port i+1
	recv    func(Outgoing)
	session uint64 // of the control connection: what belongs to an old one is dropped
	ticking bool
}

// Attach connects a switch to a controller: recv is called from within Advance for each message of the switch. Entries that are there
// stay. It fails when the switch is not there or is connected.
func (w *World) Attach(sw string, recv func(Outgoing)) error {
	n, err := w.node(sw)
	if err != nil {
		return err
	}
	if n.recv != nil {
		return fmt.Errorf("attach to switch %s: it is connected already", sw)
	}
	n.session++
	n.recv = recv
	n.sw.connect()
	return nil
}

// Detach ends the control connection of a switch: messages under way are lost, entries stay. Without a connection it does nothing.
func (w *World) Detach(sw string) {
	if n := w.byName[sw]; n != nil && n.recv != nil {
		n.recv = nil
		n.session++
	}
}

// Deliver sends a switch a message of its controller. It arrives after Options.ControlDelay, in order, when Advance is called.
func (w *World) Deliver(sw string, h openflow.Header, m openflow.Message) error {
	n, err := w.node(sw)
	if err != nil {
		return err
	}
	if n.recv == nil {
		return fmt.Errorf("deliver to switch %s: it has no controller", sw)
	}
	w.after(w.opts.ControlDelay, &delivery{n: n, session: n.session, header: h, msg: m})
	return nil
}

// Program has a switch carry out messages at once, without a controller, and gives the first error that it answers.
func (w *World) Program(sw string, msgs ...openflow.Message) error {
	n, err := w.node(sw)
	if err != nil {
		return err
	}
	for i, m := range msgs {
		replies, out, later := n.sw.carryOut(w.Now(), openflow.Header{XID: uint32(i + 1)}, m)
		if later {
			n.sw.packets.Control(w.Now(), openflow.Header{}, m)
		}
		n.emit(w, out, &hop{node: n, at: w.now}, nil)
		n.watchTimeouts(w)
		for _, r := range replies {
			if e, ok := r.Msg.(*openflow.ErrorMsg); ok {
				return fmt.Errorf("program switch %s: message %d: %w", sw, i, e)
			}
		}
	}
	return nil
}

// Switch gives a switch by name, to look at; nil when it is not there.
func (w *World) Switch(name string) *Switch {
	if n := w.byName[name]; n != nil {
		return n.sw.control
	}
	return nil
}

func (w *World) node(name string) (*node, error) {
	if n := w.byName[name]; n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("find switch %q: the topology has none of that name", name)
}

// delivery is a message on its way to a switch.
type delivery struct {
	n       *node
	session uint64
	header  openflow.Header
	msg     openflow.Message
}

func (d *delivery) run(w *World) {
	if d.session != d.n.session {
		return
	}
	replies, out, later := d.n.sw.carryOut(w.Now(), d.header, d.msg)
	if later {
		w.after(w.opts.InstallDelay, call(func() { d.n.sw.packets.Control(w.Now(), d.header, d.msg) }))
	}
	d.n.emit(w, out, &hop{node: d.n, at: w.now}, nil)
	for _, r := range replies {
		d.n.upcall(w, r)
	}
	d.n.watchTimeouts(w)
}

// upcall is a message on its way to the controller.
type upcall struct {
	n       *node
	session uint64
	msg     Outgoing
}

func (u *upcall) run(*World) {
	if u.session == u.n.session && u.n.recv != nil {
		u.n.recv(u.msg)
	}
}

func (n *node) upcall(w *World, m Outgoing) {
	if n.recv != nil {
		w.after(w.opts.ControlDelay, &upcall{n: n, session: n.session, msg: m})
	}
}

func (n *node) async(w *World, msgs []openflow.Message) {
	for _, m := range msgs {
		n.upcall(w, Outgoing{Msg: m})
	}
}

// receive has the switch treat a frame, unless the frame has been here before.
func (n *node) receive(w *World, a *arrival) {
	h := &hop{prev: a.hop, node: n, in: a.to.port, by: a.by, at: w.now}
	if a.hop != nil {
		h.count = a.hop.count + 1
	}
	if w.oracle.looping(w, h) {
		return
	}
	out, ctrl := n.sw.packets.Receive(w.Now(), a.to.port, a.frame)
	a.watch.passed(w, n, a.to.port, out, len(ctrl) > 0)
	n.emit(w, out, h, a.watch)
	n.async(w, ctrl)
}

func (n *node) emit(w *World, out []Emission, h *hop, watch *journey) {
	for _, e := range out {
		w.transmit(&n.ends[e.Port-1], e.Frame, h, watch)
	}
}

func (n *node) linkChanged(w *World, port openflow.PortNo, up bool) {
	n.async(w, n.sw.setPort(w.Now(), port, up))
}

// watchTimeouts looks at time-outs regularly for as long as there are any.
func (n *node) watchTimeouts(w *World) {
	if n.ticking || n.sw.control.Timed() == 0 {
		return
	}
	n.ticking = true
	w.after(tickEvery, call(func() {
		n.ticking = false
		n.async(w, n.sw.tick(w.Now()))
		n.watchTimeouts(w)
	}))
}

// Tables gives the flows and groups of a switch, one line each, without counters and ages, sorted.
func (w *World) Tables(sw string) ([]string, error) {
	n, err := w.node(sw)
	if err != nil {
		return nil, err
	}
	return n.sw.control.text(w.Now()), nil
}

func (s *Switch) text(now time.Time) []string {
	var out []string
	s.everyFlow(func(e *entry) {
		st := e.stats(now)
		out = append(out, st.Text())
	})
	for _, g := range s.groupDesc() {
		out = append(out, g.String())
	}
	slices.Sort(out)
	return out
}
