package scenario

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// patience is how long a wait lasts when the plan does not say.
const patience = 10 * time.Second

// pollInterval is the time between two looks.
const pollInterval = 20 * time.Millisecond

var noFilter = ops.Filter{}

// poll looks until a condition holds. When time is over, the condition's last error says what is still amiss.
func poll(ctx context.Context, within time.Duration, holds func() error) error {
	deadline := time.Now().Add(within)
	for {
		err := holds()
		if err == nil {
			return nil
		}
		if !time.Now().Before(deadline) {
			return fmt.Errorf("after %v still: %w", within, err)
		}
		if err := pause(ctx, pollInterval); err != nil {
			return err
		}
	}
}

// pause lets time pass.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitVerb waits for a condition.
type waitVerb struct {
	holds  func(context.Context, *Runner) error
	within time.Duration
}

func parseWait(w *words) verb {
	v := waitVerb{}
	switch what := w.take("what to wait for"); {
	case what == "topology":
		v.holds = topologyKnown
	case what == "synced":
		v.holds = synced
	case what == "located":
		v.holds = located
	case what == "settled":
		v.holds = settled
	case what == "denied":
		v.holds = parseDenied(w)
	case what == "status":
		v.holds = parseStatus(w)
	case w.err == nil && w.scope.flows[what]:
		v.holds = parseState(what, w)
	default:
		w.unknown(what, "topology", "synced", "located", "settled", "denied", "status", "a flow")
	}
	v.within = w.within()
	return v
}

func (v waitVerb) run(ctx context.Context, r *Runner) error {
	return poll(ctx, v.within, func() error { return v.holds(ctx, r) })
}

// parseState waits for what a receiver of a flow gets.
func parseState(flow string, w *words) func(context.Context, *Runner) error {
	host, state := w.host(), w.take("state")
	return func(ctx context.Context, r *Runner) error {
		got, err := r.receiver(ctx, flow, host)
		if err == nil && string(got.State) != state {
			err = fmt.Errorf("%s is %s %s", host, got.State, got.Reason)
		}
		return err
	}
}

// receiver asks what a receiver of a flow gets.
func (r *Runner) receiver(ctx context.Context, flow, host string) (ops.Receiver, error) {
	f, err := r.ops.Flow(ctx, FlowID(flow).String())
	if err != nil {
		return ops.Receiver{}, err
	}
	for _, rc := range f.Receivers {
		if rc.Endpoint.ID == endpointFor(r.account.groupOf(flow), host) {
			return rc, nil
		}
	}
	return ops.Receiver{}, fmt.Errorf("%s is no receiver of %s", host, flow)
}

// denied is a denial that is to be there.
type denied struct {
	kind, host, says string
	group            netip.Addr
}

func parseDenied(w *words) func(context.Context, *Runner) error {
	d := denied{kind: w.oneOf("what was denied", "join", "send"), host: w.host(), group: w.group()}
	if w.more() && w.list[0] != "within" {
		d.says = w.take("reason")
	}
	return d.there
}

func (d denied) there(ctx context.Context, r *Runner) error {
	list, err := r.ops.Denials(ctx, noFilter)
	if err != nil {
		return err
	}
	for _, have := range list.Items {
		if string(have.Kind) == d.kind && isHost(r.hosts[d.host], have) && have.Group == d.group &&
			have.At.PortName == r.ports[d.host] && have.Count > 0 && strings.Contains(have.Reason, d.says) {
			return nil
		}
	}
	return fmt.Errorf("of %d denials none is a %s to %s from %s at port %s that says %q",
		len(list.Items), d.kind, d.group, d.host, r.ports[d.host], d.says)
}

// isHost reports whether a denial is one of a host's. By MLD, and as a router, a host speaks from an address of the link, which its MAC tells apart.
func isHost(h testbed.Host, d ops.Denial) bool {
	if d.Addr.Is6() && d.Addr.IsLinkLocalUnicast() {
		return d.MAC == topology.MAC(h.MAC)
	}
	return d.Addr.IsValid() && d.Addr == h.AddrFor(d.Addr)
}

// runVerb lets time pass.
type runVerb struct{ d time.Duration }

func (v runVerb) run(ctx context.Context, _ *Runner) error { return pause(ctx, v.d) }
