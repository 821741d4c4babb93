package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound/ops"
	"crosspoint/testbed"
)

// topologyKnown holds when every switch is connected, and both directions of exactly the links that are up are known.
func topologyKnown(ctx context.Context, r *Runner) error {
	switches, err := r.ops.Switches(ctx, noFilter)
	if err != nil {
		return err
	}
	connected := map[string]bool{}
	for _, sw := range switches.Items {
		connected[sw.Name] = sw.Connected
	}
	for _, sw := range r.plan.Topology.Switches {
		if !connected[sw.Name] {
			return fmt.Errorf("switch %s is not connected", sw.Name)
		}
	}
	links, err := r.ops.Links(ctx, noFilter)
	if err != nil {
		return err
	}
	usable := map[[2]string]bool{}
	for _, l := range links.Items {
		usable[[2]string{l.From.PortName, l.To.PortName}] = l.Usable
	}
	ports := r.plan.Topology.Ports()
	for i, l := range r.plan.Topology.Links {
		up := !slices.ContainsFunc(r.down, func(d testbed.Link) bool { return sameLink(d, l) })
		a, b := ports[2*i].Name, ports[2*i+1].Name
		if usable[[2]string{a, b}] != up || usable[[2]string{b, a}] != up {
			return fmt.Errorf("link %s–%s: it is up: %t; known and usable: %t one way, %t the other", a, b, up, usable[[2]string{a, b}], usable[[2]string{b, a}])
		}
	}
	return nil
}

// synced holds when every switch has been read and holds what it should.
func synced(ctx context.Context, r *Runner) error {
	switches, err := r.ops.Switches(ctx, noFilter)
	if err != nil {
		return err
	}
	if have, want := len(switches.Items), len(r.plan.Topology.Switches); have != want {
		return fmt.Errorf("%d switches are known, not %d", have, want)
	}
	for _, sw := range switches.Items {
		if !sw.Connected || !sw.InSync || sw.Verified.IsZero() {
			return fmt.Errorf("switch %s: connected %t, in sync %t, verified %t", sw.Name, sw.Connected, sw.InSync, !sw.Verified.IsZero())
		}
	}
	return nil
}

// located holds when every registered endpoint is bound to the port where its host is.
func located(ctx context.Context, r *Runner) error {
	list, err := r.ops.Endpoints(ctx, noFilter)
	if err != nil {
		return err
	}
	at := map[uuid.UUID]string{}
	for name, port := range r.ports {
		at[EndpointID(name)], at[EndpointID6(name)] = port, port
	}
	for _, e := range list.Items {
		if e.Bound == nil {
			return fmt.Errorf("endpoint %s %s was not located", e.Label, e.Addr)
		}
		if want := at[e.ID]; want != "" && e.Bound.PortName != want {
			return fmt.Errorf("endpoint %s is bound to port %s, and is at %s", e.Addr, e.Bound.PortName, want)
		}
	}
	return nil
}

// settled holds when all is known, in sync and located, and every receiver is what the account makes of it.
func settled(ctx context.Context, r *Runner) error {
	for _, holds := range []func(context.Context, *Runner) error{topologyKnown, located, delivered, synced} {
		if err := holds(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// delivered holds when each receiver gets what the account makes of it.
func delivered(ctx context.Context, r *Runner) error {
	list, err := r.ops.Flows(ctx, noFilter)
	if err != nil {
		return err
	}
	have := map[uuid.UUID]ops.Flow{}
	for _, f := range list.Items {
		have[f.ID] = f
	}
	if len(have) != len(r.account.flows) {
		return fmt.Errorf("%d flows are known, not %d", len(have), len(r.account.flows))
	}
	var faults []error
	for _, f := range r.account.sortedFlows() {
		faults = append(faults, r.flowDelivered(f, have[FlowID(f.name)]))
	}
	return errors.Join(faults...)
}

func (r *Runner) flowDelivered(f *accountFlow, have ops.Flow) error {
	if len(have.Receivers) != len(f.receivers) {
		return fmt.Errorf("flow %s has %d receivers, not %d", f.name, len(have.Receivers), len(f.receivers))
	}
	for _, host := range f.receivers {
		i := slices.IndexFunc(have.Receivers, func(rc ops.Receiver) bool { return rc.Endpoint.ID == endpointFor(f.to, host) })
		if i < 0 {
			return fmt.Errorf("flow %s does not list %s", f.name, host)
		}
		got, active := have.Receivers[i], r.account.active(f, host)
		asleep := got.State == core.Reserved || got.State == core.Left
		if active != (got.State == core.Forwarding) || !active && !asleep {
			return fmt.Errorf("%s of %s is %q %s; active: %t", host, f.name, got.State, got.Reason, active)
		}
		if asks := r.account.asks(host, f); asks != got.Joined {
			return fmt.Errorf("%s of %s has joined: %t; known as joined: %t", host, f.name, asks, got.Joined)
		}
	}
	return nil
}
