package scenario

import (
	"context"
	"fmt"
	"slices"

	"crosspoint/testbed"
)

// linkVerb takes a link down or up.
type linkVerb struct {
	up   bool
	a, b string
	// The first link between switches on the way of a flow to a receiver, instead of two names.
	flow, receiver string
	all            bool // everything that is down
}

func parseLink(w *words) verb {
	v := linkVerb{up: w.oneOf("what a link does", "down", "up") == "up"}
	switch {
	case v.up && w.at("all"):
		v.all = true
	case !v.up && w.at("on"):
		v.flow, v.receiver = w.flow(), w.host()
	default:
		v.a, v.b = w.node(), w.node()
	}
	return v
}

func (w *words) node() string {
	name := w.take("switch or host")
	if w.err == nil && !w.scope.switches[name] && !w.scope.hosts[name] {
		w.fail("there is no switch or host %q", name)
	}
	return name
}

func (v linkVerb) run(ctx context.Context, r *Runner) error {
	if v.all {
		for _, l := range slices.Clone(r.down) {
			if err := r.setLink(ctx, l, true); err != nil {
				return err
			}
		}
		return nil
	}
	l := testbed.Link{A: v.a, B: v.b}
	if v.flow != "" {
		var err error
		if l, err = r.firstLink(ctx, v.flow, v.receiver); err != nil {
			return err
		}
	}
	return r.setLink(ctx, l, v.up)
}

func (r *Runner) setLink(ctx context.Context, l testbed.Link, up bool) error {
	if _, err := r.fabric.SetLink(ctx, l.A, l.B, up); err != nil {
		return err
	}
	r.down = slices.DeleteFunc(r.down, func(d testbed.Link) bool { return sameLink(d, l) })
	state := "up"
	if !up {
		r.down = append(r.down, l)
		state = "down"
	}
	r.say("link %s–%s is taken %s", l.A, l.B, state)
	return nil
}

// sameLink compares without regard to direction.
func sameLink(x, y testbed.Link) bool { return x == y || x == testbed.Link{A: y.B, B: y.A} }

// firstLink asks the controller which way a receiver is served.
func (r *Runner) firstLink(ctx context.Context, flow, receiver string) (testbed.Link, error) {
	f, err := r.ops.Flow(ctx, FlowID(flow).String())
	if err != nil {
		return testbed.Link{}, err
	}
	for _, rc := range f.Receivers {
		if rc.Endpoint.ID == endpointFor(r.account.groupOf(flow), receiver) && len(rc.Path) > 0 {
			return testbed.Link{A: rc.Path[0].From.SwitchName, B: rc.Path[0].To.SwitchName}, nil
		}
	}
	return testbed.Link{}, fmt.Errorf("%s takes no link between switches to %s", flow, receiver)
}
