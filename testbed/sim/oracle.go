package sim

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"crosspoint/testbed"
)

// oracle knows what arrived where, and what should never have happened.
type oracle struct {
	receptions map[receptionKey]*reception
	reached    map[Flow]map[int]bool // by host index
	violations []Violation
	total      int // violations, those beyond maxViolations too
	watch      map[uint32]*watched
}

func newOracle() oracle {
	return oracle{
		receptions: map[receptionKey]*reception{},
		reached:    map[Flow]map[int]bool{},
		watch:      map[uint32]*watched{},
	}
}

// Flow is a source and a group.
type Flow struct{ Source, Group netip.Addr }

// ViolationKind says what went wrong.
type ViolationKind string

// Kinds of violations.
const (
	// ViolationLoop: a packet came to the same port of the same switch twice.
	ViolationLoop ViolationKind = "loop"
	// ViolationHops: a packet passed more switches than Options.MaxHops.
	ViolationHops ViolationKind = "too many hops"
	// ViolationFrame: a host got a frame that it cannot believe, such as a bad checksum or a query without router alert.
	ViolationFrame ViolationKind = "bad frame"
)

// Violation is something that should never have happened.
type Violation struct {
	At    time.Time
	Kind  ViolationKind
	Where string // the switch or host
	What  string
	Trace []Step // the way of the packet, when it is known
}

// String writes the violation on one line, with the way of the packet.
func (v Violation) String() string {
	s := fmt.Sprintf("%s at %s: %s", v.Kind, v.Where, v.What)
	if len(v.Trace) == 0 {
		return s
	}
	var steps []string
	for _, t := range v.Trace {
		steps = append(steps, t.String())
	}
	return s + ": " + strings.Join(steps, " → ")
}

// maxViolations is how many violations are kept; the others are counted.
const maxViolations = 256

// Violations gives the first 256 things that should never have happened, in order.
func (w *World) Violations() []Violation { return slices.Clone(w.oracle.violations) }

// ViolationCount counts all of them.
func (w *World) ViolationCount() int { return w.oracle.total }

func (o *oracle) violated(v Violation) {
	o.total++
	if len(o.violations) < maxViolations {
		o.violations = append(o.violations, v)
	}
}

// looping tells whether a packet was at this port before, or came too far; then it is recorded, and must go no further, so that a
// loop does not fill the world.
func (o *oracle) looping(w *World, h *hop) bool {
	v := Violation{At: w.Now(), Where: h.node.name}
	if h.count >= w.opts.MaxHops {
		v.Kind, v.What = ViolationHops, fmt.Sprintf("packet passed %d switches", h.count)
	}
	for p := h.prev; p != nil; p = p.prev {
		if p.node == h.node && p.in == h.in {
			v.Kind, v.What = ViolationLoop, fmt.Sprintf("packet came to port %d twice", uint32(h.in))
			break
		}
	}
	if v.Kind == "" {
		return false
	}
	v.Trace = h.path(w)
	o.violated(v)
	return true
}

// reach notes that a host's port got a packet of a flow.
func (o *oracle) reach(h *host, f Flow) {
	set := o.reached[f]
	if set == nil {
		set = map[int]bool{}
		o.reached[f] = set
	}
	set[h.index] = true
}

// Reached gives, for every source and group, the hosts whose port got anything of it, wanted or not, in the order of their names.
func (w *World) Reached() map[Flow][]string {
	out := make(map[Flow][]string, len(w.oracle.reached))
	for f, set := range w.oracle.reached {
		for i := range set {
			out[f] = append(out[f], w.hosts[i].name)
		}
		slices.Sort(out[f])
	}
	return out
}

// Receptions tells what arrived at every host's port, sorted by host, source, group and stream.
func (w *World) Receptions() []testbed.Reception {
	out := make([]testbed.Reception, 0, len(w.oracle.receptions))
	for k, r := range w.oracle.receptions {
		out = append(out, r.report(w, k))
	}
	slices.SortFunc(out, func(a, b testbed.Reception) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), a.Source.Compare(b.Source), a.Group.Compare(b.Group), cmp.Compare(a.Stream, b.Stream))
	})
	return out
}

// ResetReceptions forgets what arrived, for Receptions and Reached alike. Violations and journeys stay.
func (w *World) ResetReceptions() {
	clear(w.oracle.receptions)
	clear(w.oracle.reached)
}
