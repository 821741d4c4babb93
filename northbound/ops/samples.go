package ops

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

const (
	// shortLook is the time between the first two readings that are made for one request, where what is counted shows at once.
	shortLook = 200 * time.Millisecond
	// longLook is how long nothing may grow before it is said that nothing passes.
	longLook = time.Second
	// edgeLook is the time between readings that wait for a count to grow.
	edgeLook = 25 * time.Millisecond
	// exactness is how many times as long as what is not known of its ends a window must be: a rate of entries is an eighth off at most. With
	// edgeLook that makes 400 ms, so that the next time that Open vSwitch brings its counts up to date ends it.
	exactness = 8
	// edgeRest is how long after such a moment no other is waited for.
	edgeRest = 350 * time.Millisecond
	// lastLook bounds how long one request looks at a switch.
	lastLook = 2500 * time.Millisecond
	// staleAfter is the age from which on an earlier request's reading is no use: the rate would be that of the past, and a sender that
	// has stopped would pass for one that sends.
	staleAfter = 2 * time.Second
	// maxSamples bounds the readings that are kept, one set for each flow and switch.
	maxSamples = 4096
	// maxReads bounds the switches that one request reads at a time.
	maxReads = 16
	// readPatience is how long one switch may take.
	readPatience = time.Second
)

// samples keeps looks from one request to the next, so that who asks again and again gets rates over longer windows, and sooner.
type samples struct {
	mu   sync.Mutex // guards kept: requests are served at the same time
	kept map[sampleKey]look
}

type sampleKey struct {
	flow uuid.UUID
	sw   topology.SwitchID
}

// since gives what an earlier look can be begun with; the zero value when there is nothing, or it is stale.
func (s *samples) since(k sampleKey, now time.Time) look {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.kept[k]
	switch {
	case !ok || now.Sub(kept.last.at) > staleAfter:
		return look{}
	case now.Sub(kept.from.at) > staleAfter:
		kept.from = kept.to
	}
	return kept
}

// keep stores a look. When there is no room, all that is stale goes, and if that is nothing, everything: it is only a cache.
func (s *samples) keep(k sampleKey, found look) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[sampleKey]look{}
	}
	if _, known := s.kept[k]; !known && len(s.kept) >= maxSamples {
		for other, kept := range s.kept {
			if found.last.at.Sub(kept.last.at) > staleAfter {
				delete(s.kept, other)
			}
		}
		if len(s.kept) >= maxSamples {
			clear(s.kept)
		}
	}
	s.kept[k] = found
}

// look reads the switches of a flow's hops until each has readings that tell something, or time is up.
func (a *API) look(ctx context.Context, x *index, f *core.FlowView, hops []FlowHop) []look {
	looks := make([]look, len(hops))
	cookie := flows.BranchesOf(f.Object, 0).Cookie()
	slots := make(chan struct{}, maxReads)
	var running sync.WaitGroup
	for i := range hops {
		l := &looks[i]
		if sw := x.Switch(hops[i].Switch); sw == nil || !sw.Connected {
			l.err = errors.New("the switch is away")
			continue
		}
		running.Go(func() {
			key := sampleKey{f.ID, hops[i].Switch}
			*l = a.samples.since(key, a.now())
			if l.done && a.now().Sub(l.last.at) < shortLook {
				return
			}
			a.watch(ctx, l, func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				a.read(ctx, l, key.sw, cookie)
			})
			if l.err == nil {
				a.samples.keep(key, *l)
			}
		})
	}
	running.Wait()
	return looks
}

// watch reads a switch until the look is done, or has taken too long.
func (a *API) watch(ctx context.Context, l *look, read func()) {
	ctx, cancel := context.WithTimeout(ctx, lastLook)
	defer cancel()
	l.begin()
	for !l.done && l.err == nil && sleep(ctx, l.pause()) {
		read()
	}
	l.end()
}

// read takes one reading.
func (a *API) read(ctx context.Context, l *look, sw topology.SwitchID, cookie uint64) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	entries, meters, err := a.Controller.Counters(ctx, sw, cookie)
	if err != nil {
		a.warn(err, "the counters of switch "+sw.String()+" could not be read")
		l.err = err
		return
	}
	l.add(readingOf(a.now(), entries, meters))
}

// readAll has several switches read at a time.
func (a *API) readAll(ctx context.Context, list []int, read func(int)) {
	var running sync.WaitGroup
	slots := make(chan struct{}, maxReads)
	for _, i := range list {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			read(i)
		})
	}
	running.Wait()
}

// sleep waits, and reports whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
