package scenario

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"

	"crosspoint/northbound/ops"
)

// receiverID is who a step about a flow's status speaks of: a host's endpoint, or one of "request" that has no host.
func (r *Runner) receiverID(flow, name string) uuid.UUID {
	if _, host := r.hosts[name]; host {
		return endpointFor(r.account.groupOf(flow), name)
	}
	return FlowID(name)
}

// receiver takes a host, or a name that starts with "new": see requestVerb.
func (w *words) receiver() string {
	if w.more() && strings.HasPrefix(w.list[0], "new") {
		return w.take("receiver")
	}
	return w.host()
}

// status asks what becomes of a flow for one of its receivers.
func (r *Runner) status(ctx context.Context, flow, receiver string) (ops.ReceiverStatus, error) {
	s, err := r.ops.FlowStatus(ctx, FlowID(flow).String())
	if err != nil {
		return ops.ReceiverStatus{}, err
	}
	id := r.receiverID(flow, receiver)
	i := slices.IndexFunc(s.Receivers, func(rc ops.ReceiverStatus) bool { return rc.Endpoint.ID == id })
	if i < 0 {
		return ops.ReceiverStatus{}, fmt.Errorf("%s is no receiver of %s", receiver, flow)
	}
	return s.Receivers[i], nil
}

// parseStatus waits for what the status of a flow says of a receiver.
func parseStatus(w *words) func(context.Context, *Runner) error {
	flow, receiver, state := w.flow(), w.receiver(), w.take("state")
	return func(ctx context.Context, r *Runner) error {
		got, err := r.status(ctx, flow, receiver)
		if err == nil && string(got.State) != state {
			err = fmt.Errorf("%s is %s %s", receiver, got.State, got.Reason)
		}
		return err
	}
}

// pathVerb wants a receiver to be served by certain ports, in their order; by none when there is no path.
type pathVerb struct {
	flow, receiver string
	ports          []string
}

func parsePath(w *words) verb {
	v := pathVerb{flow: w.flow(), receiver: w.receiver()}
	if w.at("none") {
		return v
	}
	for v.ports = append(v.ports, w.take("port")); w.more(); {
		v.ports = append(v.ports, w.known("switch port", w.scope.ports))
	}
	return v
}

func (v pathVerb) run(ctx context.Context, r *Runner) error {
	got, err := r.status(ctx, v.flow, v.receiver)
	if err != nil {
		return err
	}
	var have []string
	for _, p := range got.Path {
		have = append(have, p.PortName)
	}
	if !slices.Equal(have, v.ports) {
		return fmt.Errorf("the path is %v", have)
	}
	return nil
}

// rateVerb wants each switch of a flow's tree to tell how many packets pass it a second.
type rateVerb struct {
	flow          string
	sent, dropped int // packets a second; dropped at the sender's own switch
	percent       int // of sent, that a figure may be off
}

func parseRate(w *words) verb {
	v := rateVerb{flow: w.flow(), percent: 15}
	for w.more() {
		switch clause := w.take("clause"); clause {
		case "sent":
			v.sent = w.number(1, 100_000)
		case "dropped":
			v.dropped = w.number(1, 100_000)
		case "off":
			v.percent = w.number(1, 100)
		default:
			w.unknown(clause, "sent", "dropped", "off")
		}
	}
	return v
}

func (v rateVerb) run(ctx context.Context, r *Runner) error {
	s, err := r.ops.FlowStatus(ctx, FlowID(v.flow).String())
	if err != nil {
		return err
	}
	if len(s.Hops) == 0 {
		return errors.New("there is no hop")
	}
	faults := []error{v.check(s.Hops[0], "sent", s.Hops[0].Sent, v.sent), v.check(s.Hops[0], "dropped", s.Hops[0].Dropped, v.dropped)}
	for _, hop := range s.Hops {
		faults = append(faults, v.check(hop, "forwarded", hop.Forwarded, v.sent-v.dropped))
		if hop.Forwarded != nil {
			r.say("%s passes %s on at %.0f packets/s, told over %.2f s", hop.SwitchName, v.flow, hop.Forwarded.PacketsPerSecond, hop.WindowSeconds)
		}
	}
	return errors.Join(faults...)
}

func (v rateVerb) check(hop ops.FlowHop, what string, have *ops.Traffic, want int) error {
	if have == nil {
		return fmt.Errorf("%s: nothing is told of what was %s: %s", hop.SwitchName, what, hop.Problem)
	}
	if off := math.Abs(have.PacketsPerSecond - float64(want)); off > float64(v.sent*v.percent)/100 {
		return fmt.Errorf("%s: %.0f packets/s were %s over %.2f s, not %d", hop.SwitchName, have.PacketsPerSecond, what, hop.WindowSeconds, want)
	}
	return nil
}
