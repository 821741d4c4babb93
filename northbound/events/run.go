package events

import (
	"context"
	"time"

	"crosspoint/controller/core"
)

const (
	// restFactor is how many times as long as a look took the next one waits, so that looking takes at most a tenth of the controller's time however
	// large the network is.
	restFactor = 9
	// idleFactor is how many times as long as else it waits while nobody follows. What happens then is kept for those who come back, a little less
	// finely told; who comes is told at once what happened since the last look.
	idleFactor = 50
	// longestRest bounds that.
	longestRest = 2 * time.Second
	// lookPatience is how long the controller may take to answer.
	lookPatience = 5 * time.Second
)

// Run looks for changes until ctx ends, and then ends every stream. It must be called once. What is there at the first look is no news.
func (a *API) Run(ctx context.Context) error {
	defer close(a.ended)
	w := &watcher{api: a}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-a.came:
		}
		began := time.Now()
		w.look(ctx)
		timer.Reset(a.rest(time.Since(began)))
	}
}

// rest is how long to wait after a look that took so long.
func (a *API) rest(took time.Duration) time.Duration {
	least := a.cfg.Interval
	if a.Stats().Subscribers == 0 {
		least *= idleFactor
	}
	return max(least, min(restFactor*took, longestRest))
}

// watcher is what Run remembers from one look to the next.
type watcher struct {
	api     *API
	last    *core.Snapshot // nil: no look yet
	denials denialLog
	silent  bool // the controller did not answer last time
}

// look tells what changed since the last one.
func (w *watcher) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	s, err := w.api.cfg.Controller.Snapshot(ctx)
	if err != nil {
		if !w.silent && ctx.Err() != context.Canceled {
			w.api.warn(err, "the controller does not answer, so nobody is told of changes for now")
		}
		w.silent = true
		return
	}
	w.silent = false
	now := w.api.cfg.Now()
	if w.last == nil {
		w.last, err = s, w.denials.start(s, now)
		w.report(err)
		return
	}
	if s == w.last && !w.denials.waits {
		return
	}
	changes := w.changes(s, now)
	w.last = s
	w.tell(changes, now)
}

func (w *watcher) changes(s *core.Snapshot, now time.Time) []change {
	var all []change
	if s != w.last {
		var err error
		all, err = differences(w.last, s)
		w.report(err)
	}
	denials, err := w.denials.look(s, now)
	w.report(err)
	return append(all, denials...)
}

// tell puts changes into the ring and wakes the streams.
func (w *watcher) tell(changes []change, now time.Time) {
	if len(changes) == 0 {
		return
	}
	for _, c := range changes {
		err := w.api.ring.add(now, c.resource, c.encode)
		w.report(err)
		if err == nil {
			w.api.told.Add(1)
		}
	}
	w.api.ring.tell()
}

// report logs what could not be encoded. It cannot happen, and must not end the stream if it does.
func (w *watcher) report(err error) {
	if err != nil {
		w.api.warn(err, "a change could not be told")
	}
}
