package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
)

const (
	// judgement is how long the oracle watches the streams when nothing changes any more.
	judgement = time.Second
	// quietTime is for how long nothing forbidden may arrive before a mark; packets are on their way for less.
	quietTime = 50 * time.Millisecond
)

// judge looks for everything that breaks an invariant and can be seen from outside.
func (r *Runner) judge(ctx context.Context) error {
	if err := poll(ctx, patience, func() error { return settled(ctx, r) }); err != nil {
		return err
	}
	faults := []error{r.mark(ctx), r.exactlyOnce(ctx), r.withinLimits(ctx), r.asWanted(ctx), r.noFaults(ctx)}
	return errors.Join(faults...)
}

// judgeVerb asks the oracle in the middle of a plan. It stops all streams, which begin anew after it.
type judgeVerb struct{}

func (judgeVerb) run(ctx context.Context, r *Runner) error {
	var running []*accountStream
	for _, s := range r.account.sortedStreams() {
		if s.running {
			running = append(running, s)
		}
	}
	if err := r.judge(ctx); err != nil {
		return err
	}
	for _, s := range running {
		if err := r.fabric.Send(ctx, s.from, s.stream); err != nil {
			return err
		}
		s.running = true
	}
	return r.mark(ctx)
}

// witness is a fabric that sees more than what arrives: packets that loop, frames that no host can believe.
type witness interface {
	Faults(ctx context.Context) ([]string, error)
}

func (r *Runner) noFaults(ctx context.Context) error {
	w, sees := r.fabric.(witness)
	if !sees {
		return nil
	}
	lines, err := w.Faults(ctx)
	if err == nil && len(lines) > 0 {
		err = fmt.Errorf("the fabric saw what should never have happened:\n%s", strings.Join(lines, "\n"))
	}
	return err
}

// mark sees that nothing came that never was allowed, waits until what was on its way has arrived, and counts from zero.
func (r *Runner) mark(ctx context.Context) error {
	if err := r.neverForbidden(ctx); err != nil {
		return err
	}
	if err := r.quiet(ctx); err != nil {
		return err
	}
	if err := r.fabric.ResetReceptions(ctx); err != nil {
		return err
	}
	r.account.ever = map[delivery]bool{}
	r.account.note(r.hostNames())
	return nil
}

// neverForbidden checks that everything that arrived since the last mark was allowed at some time since then.
func (r *Runner) neverForbidden(ctx context.Context) error {
	return r.eachArrival(ctx, func(s *accountStream, got testbed.Reception) error {
		if r.account.ever[delivery{s.name, got.Host}] {
			return nil
		}
		return fmt.Errorf("%d packets of %s (from %s to %s) arrived at %s, which was never allowed", got.Received, s.name, s.from, s.to, got.Host)
	})
}

// eachArrival judges whatever arrived anywhere.
func (r *Runner) eachArrival(ctx context.Context, judge func(*accountStream, testbed.Reception) error) error {
	all, err := r.fabric.Receptions(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, got := range all {
		if got.Received == 0 {
			continue
		}
		if s := r.account.streamOf(got.Stream); s != nil {
			faults = append(faults, judge(s, got))
		} else {
			faults = append(faults, fmt.Errorf("%d packets from %s to %s that the plan does not know arrived at %s", got.Received, got.Source, got.Group, got.Host))
		}
	}
	return errors.Join(faults...)
}

// quiet waits until nothing arrives any more that is not allowed now.
func (r *Runner) quiet(ctx context.Context) error {
	return poll(ctx, patience, func() error {
		before, err := r.forbidden(ctx)
		if err != nil {
			return err
		}
		if err := pause(ctx, quietTime); err != nil {
			return err
		}
		after, err := r.forbidden(ctx)
		if err == nil && !maps.Equal(before, after) {
			err = fmt.Errorf("packets arrive where they are not allowed any more: %v, and then %v", before, after)
		}
		return err
	})
}

// forbidden counts what has arrived and is not allowed now.
func (r *Runner) forbidden(ctx context.Context) (map[delivery]uint64, error) {
	out := map[delivery]uint64{}
	err := r.eachArrival(ctx, func(s *accountStream, got testbed.Reception) error {
		if !r.account.allowed(s, got.Host) {
			out[delivery{s.name, got.Host}] += got.Received
		}
		return nil
	})
	return out, err
}

// exactlyOnce lets the streams run from a quiet moment on, and wants each packet once at each active receiver and nowhere else.
func (r *Runner) exactlyOnce(ctx context.Context) error {
	before, err := r.fabric.Sent(ctx)
	if err != nil {
		return err
	}
	if err := pause(ctx, judgement); err != nil {
		return err
	}
	due, err := r.stopAll(ctx, before)
	if err != nil {
		return err
	}
	// What was sent last is still on its way. When it does not come, the comparison after this says so.
	_ = poll(ctx, time.Second, func() error { return r.compare(ctx, due) })
	return errors.Join(r.compare(ctx, due), r.onlyAllowed(ctx))
}

// stopAll ends every stream and tells how many packets of each must have arrived: those sent since before.
func (r *Runner) stopAll(ctx context.Context, before map[uint32]uint64) (map[*accountStream]uint64, error) {
	due := map[*accountStream]uint64{}
	for _, s := range r.account.sortedStreams() {
		if !s.running {
			continue
		}
		sent, err := r.fabric.StopSend(ctx, s.from, s.id)
		if err != nil {
			return nil, err
		}
		s.running = false
		due[s] = sent - before[s.id]
		if due[s] == 0 {
			return nil, fmt.Errorf("stream %s did not send anything: nothing is proven", s.name)
		}
	}
	return due, nil
}

// compare holds what arrived at each active receiver against what was sent.
func (r *Runner) compare(ctx context.Context, due map[*accountStream]uint64) error {
	all, err := r.fabric.Receptions(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, s := range r.account.sortedStreams() {
		for _, host := range r.hostNames() {
			if sent, ran := due[s]; ran && r.account.allowed(s, host) {
				faults = append(faults, r.compareOne(s, host, sent, all))
			}
		}
	}
	return errors.Join(faults...)
}

func (r *Runner) compareOne(s *accountStream, host string, sent uint64, all []testbed.Reception) error {
	i := slices.IndexFunc(all, func(got testbed.Reception) bool { return got.Host == host && got.Stream == s.id })
	if i < 0 {
		return fmt.Errorf("%s received nothing of %s; %d packets were sent", host, s.name, sent)
	}
	got := all[i]
	if got.Received < sent || got.Lost > 0 || got.Duplicated > 0 || got.Reordered > 0 {
		return fmt.Errorf("%s received %d packets of %s, at least %d were sent; %d lost, %d duplicated, %d out of order",
			host, got.Received, s.name, sent, got.Lost, got.Duplicated, got.Reordered)
	}
	if r.account.listens(host, s) && got.Delivered != got.Received {
		return fmt.Errorf("the socket of %s got %d of %d packets of %s", host, got.Delivered, got.Received, s.name)
	}
	return nil
}

// onlyAllowed wants nothing at all where nothing is allowed.
func (r *Runner) onlyAllowed(ctx context.Context) error {
	return r.eachArrival(ctx, func(s *accountStream, got testbed.Reception) error {
		if r.account.allowed(s, got.Host) {
			return nil
		}
		return fmt.Errorf("%d packets of %s (from %s to %s) arrived at %s, which is not allowed", got.Received, s.name, s.from, s.to, got.Host)
	})
}

// withinLimits wants no link reserved beyond its limit.
func (r *Runner) withinLimits(ctx context.Context) error {
	links, err := r.ops.Links(ctx, noFilter)
	if err != nil {
		return err
	}
	var faults []error
	for _, l := range links.Items {
		if l.Reserved > l.Limit {
			faults = append(faults, fmt.Errorf("link %s to %s: %s are reserved, and the limit is %s", l.From.PortName, l.To.PortName, l.Reserved, l.Limit))
		}
	}
	return errors.Join(faults...)
}

// asWanted wants every switch to hold what it should, by a reading made now.
func (r *Runner) asWanted(ctx context.Context) error {
	var faults []error
	for _, sw := range r.plan.Topology.Switches {
		diff, err := r.ops.Tables(ctx, sw.Name, ops.SideDiff, noFilter)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("switch %s: %w", sw.Name, err))
		case len(diff.Lines) > 0:
			var lines []string
			for _, l := range diff.Lines {
				lines = append(lines, string(l.Mark)+" "+l.Text)
			}
			faults = append(faults, fmt.Errorf("switch %s does not hold what it should:\n%s", sw.Name, strings.Join(lines, "\n")))
		case diff.Have == 0:
			faults = append(faults, fmt.Errorf("switch %s holds nothing", sw.Name))
		}
	}
	return errors.Join(faults...)
}
