package sim

import "time"

// action is something that happens at a moment of virtual time.
type action interface{ run(w *World) }

// call is an action for what is rare enough to be a closure.
type call func()

func (c call) run(*World) { c() }

// event is an action and its moment. Events of one moment happen in the order in which they were scheduled.
type event struct {
	at  time.Duration // since the start of the world
	seq uint64
	do  action
}

func (e *event) before(o *event) bool {
	return e.at < o.at || e.at == o.at && e.seq < o.seq
}

// eventHeap is a binary heap, the next event first. It is written out because container/heap would allocate for each event.
type eventHeap []event

func (h *eventHeap) push(e event) {
	*h = append(*h, e)
	q := *h
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if !q[i].before(&q[up]) {
			return
		}
		q[i], q[up] = q[up], q[i]
		i = up
	}
}

// pop takes the next event; the heap must not be empty.
func (h *eventHeap) pop() event {
	q := *h
	top, last := q[0], len(q)-1
	q[0], q[last] = q[last], event{}
	q = q[:last]
	*h = q
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(q); c++ {
			if q[c].before(&q[least]) {
				least = c
			}
		}
		if least == i {
			return top
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}
