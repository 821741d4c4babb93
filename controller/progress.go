package controller

import (
	"context"
	"sync"
	"time"

	"crosspoint/controller/core"
)

// readWait bounds how long a reader waits for the disk. What it is shown then is marked as unsaved.
const readWait = time.Second

// progress tells readers how far the saver has come. The jobs are numbered from 1 in the order in which they are handed over.
type progress struct {
	mu    sync.Mutex    // guards what follows: readers wait for the saver without taking a turn
	done  uint64        // the last job that was saved, or could not be
	moved chan struct{} // closed when done grows
}

func newProgress() *progress { return &progress{moved: make(chan struct{})} }

// reach says that all jobs up to n have been dealt with.
func (p *progress) reach(n uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = n
	close(p.moved)
	p.moved = make(chan struct{})
}

// look tells whether the jobs up to n have been dealt with; if not, the channel is closed when there is something new to tell.
func (p *progress) look(n uint64) (bool, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done >= n, p.moved
}

// wait waits until the jobs up to n have been dealt with; false: it took too long, or the saver has stopped.
func (p *progress) wait(ctx context.Context, n uint64, stopped <-chan struct{}) (bool, error) {
	timer := time.NewTimer(readWait)
	defer timer.Stop()
	for {
		done, moved := p.look(n)
		if done {
			return true, nil
		}
		select {
		case <-moved:
		case <-timer.C:
			return false, nil
		case <-stopped:
			done, _ = p.look(n)
			return done, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// durable gives a snapshot to a reader when all that it shows is durable, or else marked as not being so. The jobs up to after are those that
// make it durable.
func (s *saver) durable(ctx context.Context, snapshot *core.Snapshot, after uint64) (*core.Snapshot, error) {
	if s.store == nil {
		return snapshot, nil
	}
	done, err := s.progress.wait(ctx, after, s.done)
	if err != nil {
		return nil, err
	}
	if done && s.health.report().Unsaved == 0 {
		return snapshot, nil
	}
	marked := *snapshot
	marked.Unsaved = true
	return &marked, nil
}
