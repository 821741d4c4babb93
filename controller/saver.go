package controller

import (
	"context"
	"errors"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/controller/core"
)

// saver makes records durable and then lets the answers go that depend on them. What gathers while one write is on its way goes into the
// next: one fsync serves all of them.
//
// A write that fails is answered as failed. The state machine has carried the changes out all the same, and the switches with it; so that
// state and file do not drift apart, the saver keeps what was not saved and tries again, and until that has succeeded the controller
// takes no change. Then the two are the same again.
type saver struct {
	store  Store
	log    logrus.FieldLogger
	jobs   chan job
	done   chan struct{}
	health durability
	// progress is what readers wait for.
	progress *progress
	queued   uint64 // jobs handed over so far; used in turns only

	// What follows is run's.
	unsaved unsaved
	pruneAt int           // number of unsaved records at which to look for some to forget
	backOff time.Duration // before the next attempt
	retryAt time.Time
}

// job is what one step of the state leaves to be saved, and the answers that wait for it.
type job struct {
	number  uint64
	records []core.Record
	replies []func(stored error)
}

// pruneSlack is how many records may gather before it is worth looking for some to forget.
const pruneSlack = 4096

// saverQueue is how many steps may wait for the disk before the next has to.
const saverQueue = 1024

// Times between two attempts to save what could not be saved.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// roomy is a store that can tell beforehand when it will soon be full.
type roomy interface {
	// Room gives a reason not to begin anything new.
	Room() error
}

func newSaver(store Store, log logrus.FieldLogger) *saver {
	return &saver{
		store: store, log: log, jobs: make(chan job, saverQueue), done: make(chan struct{}),
		progress: newProgress(), unsaved: unsaved{}, pruneAt: pruneSlack,
	}
}

// put queues a job and gives its number; it waits when the queue is full.
func (s *saver) put(j job) uint64 {
	s.queued++
	j.number = s.queued
	select {
	case s.jobs <- j:
	case <-s.done:
	}
	return j.number
}

// run saves until ctx ends, and then what is left.
func (s *saver) run(ctx context.Context) {
	defer close(s.done)
	timer := time.NewTimer(lastRetry)
	defer timer.Stop()
	s.checkRoom()
	for {
		if s.health.bad() {
			timer.Reset(time.Until(s.retryAt))
		} else {
			timer.Stop()
		}
		select {
		case j := <-s.jobs:
			s.save(j)
		case <-timer.C:
			s.tryAgain()
		case <-ctx.Done():
			s.finish()
			return
		}
	}
}

// finish saves what is left, as far as it can be.
func (s *saver) finish() {
	for len(s.jobs) > 0 {
		s.save(<-s.jobs)
	}
	if len(s.unsaved) > 0 {
		s.tryAgain()
	}
	if n := len(s.unsaved); n > 0 {
		s.log.WithField("records", n).Error("state not saved at the end: a restart brings back an older one")
	}
}

// save writes a job together with all that wait behind it.
func (s *saver) save(j job) {
	records, replies := j.records, j.replies
	for range len(s.jobs) {
		more := <-s.jobs
		j.number = more.number
		records = append(records, more.records...)
		replies = append(replies, more.replies...)
	}
	err := s.write(records)
	s.progress.reach(j.number)
	for _, reply := range replies {
		reply(err)
	}
	if err == nil && len(records) > 0 {
		s.checkRoom()
	}
}

// write makes records durable, or keeps them for later and says why. While there are any to keep, new ones only join them: an older
// record must never be written after a newer one of the same thing.
func (s *saver) write(records []core.Record) error {
	if s.store == nil {
		return nil
	}
	if len(s.unsaved) > 0 {
		s.unsaved.add(records)
		s.prune()
		s.health.waiting(len(s.unsaved))
		return &unsavedError{errors.New(s.health.report().Reason)}
	}
	if len(records) == 0 {
		return nil
	}
	err := s.store.Write(records)
	if err == nil {
		return nil
	}
	s.unsaved.add(records)
	s.fails(err)
	return &unsavedError{err}
}

// checkRoom asks for a warning while everything can still be saved.
func (s *saver) checkRoom() {
	if store, ok := s.store.(roomy); ok && !s.health.bad() {
		if err := store.Room(); err != nil {
			s.fails(err)
		}
	}
}

// fails has changes refused from now on.
func (s *saver) fails(err error) {
	s.backOff, s.retryAt = firstRetry, time.Now().Add(firstRetry)
	s.health.fail(err, len(s.unsaved))
	s.log.WithError(err).WithField("unsaved", len(s.unsaved)).Error("state cannot be saved: changes are refused until it can")
}

// tryAgain saves what could not be saved before. When that works, changes are taken again.
func (s *saver) tryAgain() {
	var err error
	if len(s.unsaved) > 0 {
		err = s.store.Write(s.unsaved.sorted())
	}
	if err == nil {
		clear(s.unsaved)
		s.pruneAt = pruneSlack
		if store, ok := s.store.(roomy); ok {
			err = store.Room()
		}
	}
	if err != nil {
		s.backOff = min(2*s.backOff, lastRetry)
		s.retryAt = time.Now().Add(s.backOff)
		s.health.fail(err, len(s.unsaved))
		return
	}
	since := s.health.report().Since
	s.health.recovered()
	s.log.WithField("after", time.Since(since).Round(time.Millisecond)).Info("state is saved again: changes are taken")
}

// prune forgets deletions of what the store never held. Without that, hosts that come and go while the disk is full would add up.
func (s *saver) prune() {
	if len(s.unsaved) < s.pruneAt {
		return
	}
	if held, err := s.store.Load(); err == nil {
		s.unsaved.forgetAllBut(held)
	}
	s.pruneAt = 2*len(s.unsaved) + pruneSlack
}
