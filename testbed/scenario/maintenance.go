package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"crosspoint/northbound/ops"
)

// drainVerb takes a switch, or a cable, out of use. Everything must find another way.
type drainVerb struct {
	sw, port       string // port "": the whole switch
	flow, receiver string // the first switch behind the sender's on the way of a flow to a receiver, in place of sw
}

func parseDrain(w *words) verb {
	v := drainVerb{}
	if w.at("on") {
		v.flow, v.receiver = w.flow(), w.host()
		return v
	}
	v.sw = w.known("switch", w.scope.switches)
	if w.at("port") {
		v.port = w.known("switch port", w.scope.ports)
	}
	return v
}

func (v drainVerb) run(ctx context.Context, r *Runner) error {
	if v.flow != "" {
		way, err := r.firstLink(ctx, v.flow, v.receiver)
		if err != nil {
			return err
		}
		v.sw = way.B
	}
	moved, err := r.ops.Drain(ctx, ops.DrainRequest{Switch: v.sw, Port: v.port})
	if err != nil {
		return err
	}
	r.drained = append(r.drained, drained{v.sw, v.port})
	r.say("%s is drained: %d flows moved", v.sw+strings.TrimPrefix(" "+v.port, " "), len(moved.Moves))
	if v.flow != "" && !slices.ContainsFunc(moved.Moves, func(m ops.FlowMove) bool { return m.Flow.ID == FlowID(v.flow) }) {
		return fmt.Errorf("%s did not move", v.flow)
	}
	return nothingStuck(moved)
}

func nothingStuck(moved *ops.Moves) error {
	var faults []error
	for _, f := range moved.Stuck {
		faults = append(faults, fmt.Errorf("flow %s stays: %s", f.Flow.ID, f.Reason))
	}
	return errors.Join(faults...)
}

// drained is what a plan took out of use.
type drained struct{ sw, port string }

// undrainVerb gives back to use all that was drained.
type undrainVerb struct{}

func (undrainVerb) run(ctx context.Context, r *Runner) error {
	for _, d := range r.drained {
		if err := r.ops.Undrain(ctx, d.sw, d.port); err != nil {
			return err
		}
	}
	r.drained = nil
	return nil
}

// optimiseVerb has flows move to better trees.
type optimiseVerb struct{ moves int } // at least

func parseOptimise(w *words) verb {
	v := optimiseVerb{}
	if w.at("moves") {
		v.moves = w.number(0, 1<<30)
	}
	return v
}

func (v optimiseVerb) run(ctx context.Context, r *Runner) error {
	moved, err := r.ops.Optimise(ctx, false)
	if err != nil {
		return err
	}
	r.say("%d flows moved to better trees", len(moved.Moves))
	if len(moved.Moves) < v.moves {
		return fmt.Errorf("%d flows moved, and not %d", len(moved.Moves), v.moves)
	}
	return nothingStuck(moved)
}
