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
	// shortLook is the time between the first two readings that are made for one request.
	shortLook = 200 * time.Millisecond
	// longLook is how long a switch is looked at where that is too short: before it is said that nothing is sent, and where only entries count.
	// Open vSwitch brings those up to date about every half second.
	longLook = time.Second
	// staleAfter is the age from which on an earlier request's reading is no use: the rate would be that of the past, and a sender that
	// has stopped would pass for one that sends.
	staleAfter = 2 * time.Second
	// maxSamples bounds the readings that are kept, one pair for each flow and switch.
	maxSamples = 4096
	// maxReads bounds the switches that one request reads at a time.
	maxReads = 16
	// readPatience is how long one switch may take.
	readPatience = time.Second
)

// samples keeps readings from one request to the next, so that who asks again and again gets rates over longer windows, at once.
type samples struct {
	mu   sync.Mutex // guards kept: requests are served at the same time
	kept map[sampleKey]series
}

type sampleKey struct {
	flow uuid.UUID
	sw   topology.SwitchID
}

// series is an older reading to compare with, and the latest.
type series struct{ base, last reading }

// since gives the oldest reading that is not stale, and the latest; false when there is none.
func (s *samples) since(k sampleKey, now time.Time) (series, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.kept[k]
	if !ok || now.Sub(kept.last.at) > staleAfter {
		return series{}, false
	}
	if now.Sub(kept.base.at) > staleAfter {
		kept.base = kept.last
	}
	return kept, true
}

// keep stores what was found. When there is no room, all that is stale goes, and if that is nothing, everything: it is only a cache.
func (s *samples) keep(k sampleKey, found series) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[sampleKey]series{}
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

// look reads the switches of a flow's hops until each has two readings that tell something, or time is up.
func (a *API) look(ctx context.Context, x *index, f *core.FlowView, hops []FlowHop) []look {
	looks := make([]look, len(hops))
	var open []int
	for i := range hops {
		if sw := x.Switch(hops[i].Switch); sw == nil || !sw.Connected {
			looks[i].err = errors.New("the switch is away")
			continue
		}
		if !a.recall(&looks[i], sampleKey{f.ID, hops[i].Switch}) {
			open = append(open, i)
		}
	}
	cookie := flows.BranchesOf(f.Object, 0).Cookie()
	for round := 0; round < 3 && len(open) > 0; round++ {
		if !sleep(ctx, a.pause(round, open, looks)) {
			break
		}
		a.readAll(ctx, open, func(i int) { a.read(ctx, &looks[i], hops[i].Switch, cookie) })
		open = notEnough(open, looks)
	}
	for i := range hops {
		if looks[i].err == nil && looks[i].to.at.IsZero() {
			looks[i].err = errors.New("there was no time to read the switch")
		}
		if looks[i].err == nil {
			a.samples.keep(sampleKey{f.ID, hops[i].Switch}, series{looks[i].from, looks[i].to})
		}
	}
	return looks
}

// pause is the time before a round of readings: none before the first, a short one before the second, and before the last what is missing to
// a long look.
func (a *API) pause(round int, open []int, looks []look) time.Duration {
	switch round {
	case 0:
		return 0
	case 1:
		return shortLook
	}
	var missing time.Duration
	for _, i := range open {
		missing = max(missing, longLook-a.now().Sub(looks[i].from.at))
	}
	return min(missing, longLook)
}

// recall starts a look with what is known from before, and reports whether that is all that is needed: the switch was read just now.
func (a *API) recall(l *look, k sampleKey) bool {
	now := a.now()
	kept, ok := a.samples.since(k, now)
	if !ok {
		return false
	}
	l.from, l.to = kept.base, kept.last
	return now.Sub(kept.last.at) < shortLook && l.enough()
}

// read takes one reading; the first of a look is both.
func (a *API) read(ctx context.Context, l *look, sw topology.SwitchID, cookie uint64) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	entries, meters, err := a.Controller.Counters(ctx, sw, cookie)
	if err != nil {
		a.warn(err, "the counters of switch "+sw.String()+" could not be read")
		l.err = err
		return
	}
	r := readingOf(a.now(), entries, meters)
	if l.from.at.IsZero() || afresh(l.from.sent, r.sent) || afresh(l.from.forwarded, r.forwarded) {
		l.from = r
	}
	l.to = r
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

func notEnough(list []int, looks []look) []int {
	var out []int
	for _, i := range list {
		if !looks[i].enough() {
			out = append(out, i)
		}
	}
	return out
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
