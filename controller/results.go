package controller

import (
	"sync"

	"crosspoint/controller/core"
)

// results brings the ends of batches to the loop. They may come from the loop's own call of Batch or Close, so handing them over must never
// wait for the loop: hence a list and not a bounded channel. It is bounded all the same, by one batch in flight a switch.
type results struct {
	ready chan struct{} // holds one token when there is something

	mu   sync.Mutex // guards list: written by the sessions' readers, taken by the loop
	list []core.BatchDone
}

func newResults() *results { return &results{ready: make(chan struct{}, 1)} }

func (r *results) put(d core.BatchDone) {
	r.mu.Lock()
	r.list = append(r.list, d)
	r.mu.Unlock()
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

func (r *results) take() []core.BatchDone {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.list
	r.list = nil
	return out
}
