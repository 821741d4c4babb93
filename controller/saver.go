package controller

import (
	"context"

	"github.com/sirupsen/logrus"

	"crosspoint/controller/core"
)

// saver makes records durable and then lets the answers go that depend on them. What gathers while one write is on its way goes into the
// next: one fsync serves all of them.
type saver struct {
	store Store
	log   logrus.FieldLogger
	jobs  chan job
	done  chan struct{}
}

// job is what one step of the state leaves to be saved, and the answers that wait for it.
type job struct {
	records []core.Record
	replies []func(stored error)
}

// saverQueue is how many steps may wait for the disk before the loop has to.
const saverQueue = 1024

func newSaver(store Store, log logrus.FieldLogger) *saver {
	return &saver{store: store, log: log, jobs: make(chan job, saverQueue), done: make(chan struct{})}
}

// put queues a job; it waits when the queue is full.
func (s *saver) put(j job) {
	select {
	case s.jobs <- j:
	case <-s.done:
	}
}

// run saves until ctx ends, and then what is left.
func (s *saver) run(ctx context.Context) {
	defer close(s.done)
	for {
		select {
		case j := <-s.jobs:
			s.save(j)
		case <-ctx.Done():
			for len(s.jobs) > 0 {
				s.save(<-s.jobs)
			}
			return
		}
	}
}

// save writes a job together with all that wait behind it.
func (s *saver) save(j job) {
	records, replies := j.records, j.replies
	for range len(s.jobs) {
		more := <-s.jobs
		records = append(records, more.records...)
		replies = append(replies, more.replies...)
	}
	var err error
	if s.store != nil && len(records) > 0 {
		if err = s.store.Write(records); err != nil {
			s.log.WithError(err).Error("state not saved: a restart would bring back an older one")
		}
	}
	for _, reply := range replies {
		reply(err)
	}
}
