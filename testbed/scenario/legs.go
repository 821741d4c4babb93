package scenario

import (
	"context"
	"fmt"
	"time"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
)

// pairVerb declares two flows legs of one essence. Their trees must then have no link and no switch in common but those at their ends.
type pairVerb struct {
	name string
	legs [2]string
}

func parsePair(w *words) verb {
	return pairVerb{w.take("name of the pair"), [2]string{w.flow(), w.flow()}}
}

func (v pairVerb) run(ctx context.Context, r *Runner) error {
	p, err := r.ops.PairFlows(ctx, v.name, [2]string{FlowID(v.legs[0]).String(), FlowID(v.legs[1]).String()})
	if err != nil {
		return err
	}
	r.say("%s has two legs with %s: %d flows moved", v.name, p.Separation, len(p.Moves))
	if p.Separation != ops.SeparateSwitches {
		return fmt.Errorf("the legs have %s: links %v, switches %v", p.Separation, p.Shared.Links, p.Shared.Switches)
	}
	return nil
}

// legsVerb takes each link between switches down in turn, and up again. Meanwhile each receiver of both legs must get one of them whole.
type legsVerb struct{ legs [2]string }

func parseLegs(w *words) verb {
	v := legsVerb{[2]string{w.flow(), w.flow()}}
	w.oneOf("what legs do", "survive")
	return v
}

func (v legsVerb) run(ctx context.Context, r *Runner) error {
	for _, l := range r.plan.Topology.Links {
		if err := v.without(ctx, r, l); err != nil {
			return fmt.Errorf("without link %s–%s: %w", l.A, l.B, err)
		}
	}
	return nil
}

// legTime is for how long packets are counted over a failure.
const legTime = 300 * time.Millisecond

func (v legsVerb) without(ctx context.Context, r *Runner, l testbed.Link) error {
	if err := r.Mark(ctx); err != nil {
		return err
	}
	if err := pause(ctx, quietTime); err != nil { // a first packet of each stream, so that those behind it can be missed
		return err
	}
	if err := r.setLink(ctx, l, linkDown); err != nil {
		return err
	}
	if err := pause(ctx, legTime); err != nil {
		return err
	}
	for _, host := range r.account.flows[v.legs[0]].receivers {
		if err := v.oneWhole(ctx, r, host); err != nil {
			return err
		}
	}
	if err := r.setLink(ctx, l, linkUp); err != nil {
		return err
	}
	return poll(ctx, patience, func() error { return settled(ctx, r) })
}

// oneWhole wants one of the legs to have lost nothing.
func (v legsVerb) oneWhole(ctx context.Context, r *Runner, host string) error {
	var lost [2]uint64
	for i, leg := range v.legs {
		asked := time.Now()
		got, err := r.reception(ctx, host, leg)
		if err != nil {
			return err
		}
		lost[i] = got.Lost
		if asked.Sub(got.Last) > legTime/3 {
			lost[i]++ // it ended, and is not back
		}
	}
	if lost[0] > 0 && lost[1] > 0 {
		return fmt.Errorf("%s lost %d packets of %s and %d of %s", host, lost[0], v.legs[0], lost[1], v.legs[1])
	}
	if lost != [2]uint64{} {
		r.say("%s lost %d packets of %s and %d of %s", host, lost[0], v.legs[0], lost[1], v.legs[1])
	}
	return nil
}
