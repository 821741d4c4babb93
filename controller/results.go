package controller

import (
	"sync"

	"crosspoint/controller/core"
)

// results are the ends of batches that wait for a turn. It is bounded by one batch in flight a switch.
type results struct {
	mu   sync.Mutex // guards list, which is added to outside of turns
	list []core.BatchDone
}

func (r *results) put(d core.BatchDone) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, d)
}

func (r *results) any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.list) > 0
}

func (r *results) take() []core.BatchDone {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.list
	r.list = nil
	return out
}
