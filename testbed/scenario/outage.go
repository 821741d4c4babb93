package scenario

import (
	"context"
	"fmt"
	"time"

	"crosspoint/testbed"
)

// outageTime is for how long streams run over a failure, beyond the outage that is allowed.
const outageTime = 500 * time.Millisecond

// outageVerb takes down the first link between switches on the way of a flow to a receiver, or has it drop everything, and bounds for how long any
// receiver of anything is without packets. The link stays as it is then.
type outageVerb struct {
	flow, receiver string
	to             linkState
	below          time.Duration
}

func parseOutage(w *words) verb {
	v := outageVerb{flow: w.flow(), receiver: w.host(), to: linkDown}
	if w.at("silent") {
		v.to = linkSilent
	}
	if !w.at("below") {
		w.fail("\"below\" is missing")
	}
	v.below = w.duration()
	return v
}

func (v outageVerb) run(ctx context.Context, r *Runner) error {
	if err := r.Mark(ctx); err != nil {
		return err
	}
	link, err := r.firstLink(ctx, v.flow, v.receiver)
	if err != nil {
		return err
	}
	if err := r.setLink(ctx, link, v.to); err != nil {
		return err
	}
	if err := pause(ctx, outageTime+v.below); err != nil {
		return err
	}
	worst, err := r.worstGap(ctx)
	if err == nil && worst.MaxGap >= v.below {
		err = fmt.Errorf("%s was without %s for %v, until %s", worst.Host, r.account.streamOf(worst.Stream).name,
			roundGap(worst.MaxGap), worst.MaxGapAt.Format("15:04:05.000"))
	}
	return err
}

// worstGap tells of all active receivers, and returns the one that was without packets for longest.
func (r *Runner) worstGap(ctx context.Context) (worst testbed.Reception, err error) {
	for _, s := range r.account.sortedStreams() {
		for _, host := range r.hostNames() {
			if !s.running || !r.account.allowed(s, host) {
				continue
			}
			asked := time.Now()
			got, err := r.reception(ctx, host, s.name)
			if silence := asked.Sub(got.Last); silence > got.MaxGap {
				got.MaxGap, got.MaxGapAt = silence, asked // and it is not over
			}
			switch {
			case err != nil:
				return worst, err
			case got.Received < 2:
				return worst, fmt.Errorf("%d packets of %s arrived at %s", got.Received, s.name, host)
			case got.Duplicated > 0:
				return worst, fmt.Errorf("%d packets of %s arrived at %s twice", got.Duplicated, s.name, host)
			}
			r.say("%s was without %s for %v at most: %d packets lost", host, s.name, roundGap(got.MaxGap), got.Lost)
			if got.MaxGap > worst.MaxGap {
				worst = got
			}
		}
	}
	return worst, nil
}
