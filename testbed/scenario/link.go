package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"crosspoint/testbed"
)

// linkState is what becomes of a link.
type linkState string

const (
	linkUp   linkState = "up"
	linkDown linkState = "down"
	// linkSilent drops everything, both ways, while the ports stay up.
	linkSilent linkState = "silent"
)

// linkVerb takes a link down or up, or has it drop everything.
type linkVerb struct {
	to   linkState
	a, b string
	// The first link between switches on the way of a flow to a receiver, instead of two names.
	flow, receiver string
	all            bool // everything that is down
}

func parseLink(w *words) verb {
	v := linkVerb{to: linkState(w.oneOf("what a link does", "down", "silent", "up"))}
	switch {
	case v.to == linkUp && w.at("all"):
		v.all = true
	case v.to != linkUp && w.at("on"):
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
			if err := r.setLink(ctx, l, linkUp); err != nil {
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
	return r.setLink(ctx, l, v.to)
}

func (r *Runner) setLink(ctx context.Context, l testbed.Link, to linkState) error {
	same := func(d testbed.Link) bool { return sameLink(d, l) }
	var err error
	if was := slices.ContainsFunc(r.silent, same); was || to == linkSilent {
		err = r.fabric.SetSilent(ctx, l.A, l.B, to == linkSilent)
	}
	if err == nil && to != linkSilent {
		_, err = r.fabric.SetLink(ctx, l.A, l.B, to == linkUp)
	}
	if err != nil {
		return err
	}
	r.down, r.silent = slices.DeleteFunc(r.down, same), slices.DeleteFunc(r.silent, same)
	switch to {
	case linkSilent:
		r.silent = append(r.silent, l)
		fallthrough
	case linkDown:
		r.down = append(r.down, l)
	}
	r.say("link %s–%s is %s", l.A, l.B, to)
	return nil
}

// watchVerb has every link between switches watched by BFD.
type watchVerb struct{ every time.Duration }

func parseWatch(w *words) verb {
	w.oneOf("what to watch", "links")
	w.oneOf("how often", "every")
	return watchVerb{w.duration()}
}

func (v watchVerb) run(ctx context.Context, r *Runner) error {
	return r.fabric.WatchLinks(ctx, v.every)
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
