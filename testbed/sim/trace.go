package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"crosspoint/openflow"
)

// hop is one switch that a packet came through. Hops form a chain back to where the packet began.
type hop struct {
	prev  *hop
	node  *node
	in    openflow.PortNo // 0: sent by the controller
	by    openflow.PortNo // the port by which the packet left the hop before
	at    time.Duration
	count int
}

// Step is what one switch or host did with a packet.
type Step struct {
	At   time.Time
	Node string
	// In is the switch port by which it came; 0 at a host, and for a packet of the controller.
	In openflow.PortNo
	// Out are the ports by which it left; none when it was dropped, or arrived at a host.
	Out []openflow.PortNo
	// Punted tells that the controller got it.
	Punted bool
}

// String writes the step in short: "s1 2>3,4".
func (s Step) String() string {
	var outs []string
	for _, p := range s.Out {
		outs = append(outs, fmt.Sprint(uint32(p)))
	}
	if s.Punted {
		outs = append(outs, "controller")
	}
	if s.In == 0 && len(outs) == 0 {
		return s.Node
	}
	return fmt.Sprintf("%s %d>%s", s.Node, uint32(s.In), strings.Join(outs, ","))
}

// path turns a chain of hops into steps, first hop first.
func (h *hop) path(w *World) []Step {
	var out []Step
	by := openflow.PortNo(0)
	for ; h != nil; h = h.prev {
		s := Step{At: w.opts.Start.Add(h.at), Node: h.node.name, In: h.in}
		if by != 0 {
			s.Out = []openflow.PortNo{by}
		}
		by = h.by
		out = append(out, s)
	}
	slices.Reverse(out)
	return out
}

// Journey is everything that became of one packet of a stream, in the order in which it happened.
type Journey struct {
	Stream uint32
	Seq    uint64
	Steps  []Step
}

// journey is a Journey that is being recorded. A nil journey records nothing.
type journey struct{ Journey }

// maxSteps bounds a recorded journey.
const maxSteps = 4096

func (j *journey) passed(w *World, n *node, in openflow.PortNo, out []Emission, punted bool) {
	if j == nil || len(j.Steps) >= maxSteps {
		return
	}
	s := Step{At: w.Now(), Node: n.name, In: in, Punted: punted}
	for _, e := range out {
		s.Out = append(s.Out, e.Port)
	}
	j.Steps = append(j.Steps, s)
}

func (j *journey) arrived(w *World, h *host) {
	if j != nil && len(j.Steps) < maxSteps {
		j.Steps = append(j.Steps, Step{At: w.Now(), Node: h.name})
	}
}

// maxWatched bounds how many packets are recorded at once.
const maxWatched = 1024

// Watch records the way of the next packets of a stream, up to 1,024; Journeys gives them. What was recorded of the stream before goes.
func (w *World) Watch(stream uint32, packets int) {
	w.oracle.watch[stream] = &watched{left: min(packets, maxWatched)}
}

// Journeys gives what Watch recorded of a stream, by sequence number.
func (w *World) Journeys(stream uint32) []Journey {
	r := w.oracle.watch[stream]
	if r == nil {
		return nil
	}
	out := make([]Journey, 0, len(r.list))
	for _, j := range r.list {
		c := j.Journey
		c.Steps = slices.Clone(c.Steps)
		out = append(out, c)
	}
	return out
}

// watched is a stream whose packets are recorded.
type watched struct {
	left int
	list []*journey
}

// begin starts the record of a packet, if its stream is watched.
func (o *oracle) begin(stream uint32, seq uint64) *journey {
	r := o.watch[stream]
	if r == nil || r.left == 0 {
		return nil
	}
	r.left--
	j := &journey{Journey{Stream: stream, Seq: seq}}
	r.list = append(r.list, j)
	return j
}
