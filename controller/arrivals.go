package controller

import (
	"sync"

	"crosspoint/controller/core"
)

// arrivals are events that wait for a turn, so that who brings them need not. Ends of batches are bounded by one batch in flight a switch, changes of
// ports by maxPortChanges.
type arrivals struct {
	mu    sync.Mutex // guards the rest, which is added to outside of turns
	list  []core.Event
	ports int // of list
}

// maxPortChanges is how many changes of ports may wait. Of more than that the reader waits for a turn, which holds the switch back.
const maxPortChanges = 256

func (a *arrivals) put(done core.BatchDone) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, done)
}

// offer takes a change of a port, unless too many wait.
func (a *arrivals) offer(ev core.PortChange) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ports >= maxPortChanges {
		return false
	}
	a.list = append(a.list, ev)
	a.ports++
	return true
}

func (a *arrivals) any() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.list) > 0
}

func (a *arrivals) take() []core.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.list
	a.list, a.ports = nil, 0
	return out
}
