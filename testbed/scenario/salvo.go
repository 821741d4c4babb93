package scenario

import (
	"context"
	"time"

	"crosspoint/northbound/ops"
)

// takeVerb moves receivers from flow to flow, all together.
type takeVerb struct {
	takes []take
	mode  ops.TakeMode
}

type take struct{ host, from, to string }

func parseTake(w *words) verb {
	v := takeVerb{mode: ops.BreakBeforeMake}
	for {
		hosts := w.hostList()
		w.oneOf("where they are taken from", "from")
		from := w.flow()
		w.oneOf("where they are taken to", "to")
		to := w.flow()
		for _, h := range hosts {
			v.takes = append(v.takes, take{h, from, to})
		}
		if !w.at("and") {
			break
		}
	}
	if w.at("mode") {
		v.mode = ops.TakeMode(w.oneOf("mode", string(ops.BreakBeforeMake), string(ops.MakeBeforeBreak)))
	}
	return v
}

func (v takeVerb) run(ctx context.Context, r *Runner) error {
	var salvo ops.SalvoRequest
	for _, t := range v.takes {
		salvo.Takes = append(salvo.Takes, ops.Take{
			Receiver: endpointFor(r.account.groupOf(t.to), t.host).String(), From: FlowID(t.from).String(), To: FlowID(t.to).String(), Mode: v.mode,
		})
	}
	began := time.Now()
	done, err := r.ops.Salvo(ctx, salvo)
	if err != nil {
		return err
	}
	r.say("%d takes, %s: answered after %v; %d switches, within %v of each other", done.Takes, v.mode,
		roundGap(time.Since(began)), done.Switches, time.Duration(done.SpreadSeconds*float64(time.Second)).Round(time.Microsecond))
	for _, t := range v.takes {
		r.account.addReceivers(t.to, []string{t.host})
		r.account.removeReceiver(t.from, t.host)
	}
	return nil
}
