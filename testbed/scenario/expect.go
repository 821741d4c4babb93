package scenario

import (
	"context"
	"fmt"
	"time"

	"crosspoint/testbed"
)

func parseExpect(w *words) verb {
	switch what := w.take("what to expect"); what {
	case "received":
		return parseReceived(w)
	case "nothing":
		v := nothingVerb{host: w.host()}
		if w.more() {
			v.stream = w.stream()
		}
		return v
	case "gap":
		v := gapVerb{host: w.host(), stream: w.stream()}
		if !w.at("below") {
			w.fail("\"below\" is missing")
		}
		v.below = w.duration()
		return v
	case "overlap":
		return overlapVerb{w.host(), w.stream(), w.stream()}
	case "verified":
		return verifiedVerb{w.within()}
	case "unchanged":
		return unchangedVerb{}
	case "path":
		return parsePath(w)
	case "rate":
		return parseRate(w)
	default:
		w.unknown(what, "received", "nothing", "gap", "overlap", "verified", "unchanged", "path", "rate")
		return nil
	}
}

// receivedVerb wants a stream to have arrived since the last mark.
type receivedVerb struct {
	host, stream     string
	lost, duplicated int  // at most
	cut              bool // some must be lost: the rest is what a meter lets through
}

func parseReceived(w *words) verb {
	v := receivedVerb{host: w.host(), stream: w.stream()}
	for w.more() {
		switch clause := w.take("clause"); clause {
		case "lost":
			v.lost = w.number(0, 1<<30)
		case "duplicated":
			v.duplicated = w.number(0, 1<<30)
		case "cut":
			v.cut, v.lost = true, 1<<30
		default:
			w.unknown(clause, "lost", "duplicated", "cut")
		}
	}
	return v
}

func (v receivedVerb) run(ctx context.Context, r *Runner) error {
	got, err := r.reception(ctx, v.host, v.stream)
	switch {
	case err != nil:
		return err
	case got.Received == 0:
		return fmt.Errorf("nothing of it arrived")
	case got.Lost > uint64(v.lost) || got.Duplicated > uint64(v.duplicated):
		return fmt.Errorf("%d arrived, %d were lost, %d duplicated", got.Received, got.Lost, got.Duplicated)
	}
	if v.cut && got.Lost == 0 {
		return fmt.Errorf("%d arrived, and none was cut", got.Received)
	}
	r.say("%s received %d packets of %s: %d lost, %d duplicated", v.host, got.Received, v.stream, got.Lost, got.Duplicated)
	return nil
}

// reception finds what arrived of a stream at a host; the zero value when nothing did.
func (r *Runner) reception(ctx context.Context, host, stream string) (testbed.Reception, error) {
	all, err := r.fabric.Receptions(ctx)
	if err != nil {
		return testbed.Reception{}, err
	}
	id := r.account.streams[stream].id
	for _, got := range all {
		if got.Host == host && got.Stream == id {
			return got, nil
		}
	}
	return testbed.Reception{Host: host}, nil
}

// nothingVerb wants nothing to have arrived at a host since the last mark.
type nothingVerb struct{ host, stream string }

func (v nothingVerb) run(ctx context.Context, r *Runner) error {
	all, err := r.fabric.Receptions(ctx)
	if err != nil {
		return err
	}
	for _, got := range all {
		if got.Host == v.host && got.Received > 0 && (v.stream == "" || got.Stream == r.account.streams[v.stream].id) {
			return fmt.Errorf("%d packets from %s to %s arrived", got.Received, got.Source, got.Group)
		}
	}
	return nil
}

// gapVerb bounds the longest time between two packets of a stream since the last mark.
type gapVerb struct {
	host, stream string
	below        time.Duration
}

func (v gapVerb) run(ctx context.Context, r *Runner) error {
	got, err := r.reception(ctx, v.host, v.stream)
	switch {
	case err != nil:
		return err
	case got.Received < 2:
		return fmt.Errorf("%d packets arrived: there is no gap to measure", got.Received)
	}
	r.say("%s was without %s for %v at most: %d packets lost, %d duplicated", v.host, v.stream, roundGap(got.MaxGap), got.Lost, got.Duplicated)
	if got.MaxGap >= v.below {
		return fmt.Errorf("the longest gap is %v, until %s", roundGap(got.MaxGap), got.MaxGapAt.Format("15:04:05.000"))
	}
	return nil
}

// overlapVerb wants a host to have had one stream until after it had another, since the last mark.
type overlapVerb struct{ host, old, new string }

func (v overlapVerb) run(ctx context.Context, r *Runner) error {
	old, err := r.reception(ctx, v.host, v.old)
	if err != nil {
		return err
	}
	new, err := r.reception(ctx, v.host, v.new)
	switch {
	case err != nil:
		return err
	case old.Received == 0 || new.Received == 0:
		return fmt.Errorf("%d packets of %s arrived, and %d of %s", old.Received, v.old, new.Received, v.new)
	case old.Last.Before(new.First):
		return fmt.Errorf("the last packet of %s arrived %v before the first of %s", v.old, roundGap(new.First.Sub(old.Last)), v.new)
	}
	r.say("%s had both %s and %s for %v", v.host, v.old, v.new, roundGap(old.Last.Sub(new.First)))
	return nil
}

func roundGap(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

// verifiedVerb bounds the time from each switch's connection until its tables were found, or made, as wanted.
type verifiedVerb struct{ within time.Duration }

func (v verifiedVerb) run(ctx context.Context, r *Runner) error {
	if err := synced(ctx, r); err != nil {
		return err
	}
	list, err := r.ops.Switches(ctx, noFilter)
	if err != nil {
		return err
	}
	worst := time.Duration(0)
	for _, sw := range list.Items {
		took := time.Duration(sw.VerifySeconds * float64(time.Second))
		worst = max(worst, took)
		if took > v.within {
			return fmt.Errorf("switch %s took %v", sw.Name, took)
		}
	}
	r.say("every switch was verified within %v of its connection", roundGap(worst))
	return nil
}
