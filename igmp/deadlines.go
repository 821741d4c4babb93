package igmp

import (
	"container/heap"
	"time"
)

// dated is what can have a deadline. It keeps its place among them itself, so that nothing must be looked up: counted from 1, 0 for none.
type dated interface {
	comparable
	place() *int
}

// deadlines holds one point in time for each key and knows the earliest. Every operation costs the logarithm
// of the number of keys at most. The zero value holds none. A key is in one deadlines at a time.
type deadlines[K dated] struct{ heap deadlineHeap[K] }

type deadline[K dated] struct {
	key K
	at  time.Time
}

// set makes at the time of key, whether or not it had one.
func (d *deadlines[K]) set(key K, at time.Time) {
	if place := *key.place(); place > 0 {
		d.heap[place-1].at = at
		heap.Fix(&d.heap, place-1)
		return
	}
	heap.Push(&d.heap, deadline[K]{key, at})
}

// remove takes key away, if it is there.
func (d *deadlines[K]) remove(key K) {
	if place := *key.place(); place > 0 {
		heap.Remove(&d.heap, place-1)
	}
}

// get gives the time of key.
func (d *deadlines[K]) get(key K) (time.Time, bool) {
	if place := *key.place(); place > 0 {
		return d.heap[place-1].at, true
	}
	return time.Time{}, false
}

// first gives the key with the earliest time. Which of several that are equal is not said.
func (d *deadlines[K]) first() (key K, at time.Time, ok bool) {
	if len(d.heap) == 0 {
		return key, at, false
	}
	return d.heap[0].key, d.heap[0].at, true
}

// due takes away and gives one key whose time is not after now.
func (d *deadlines[K]) due(now time.Time) (key K, ok bool) {
	key, at, ok := d.first()
	if !ok || at.After(now) {
		var none K
		return none, false
	}
	d.remove(key)
	return key, true
}

// deadlineHeap implements heap.Interface.
type deadlineHeap[K dated] []deadline[K]

// Len is how many there are.
func (h deadlineHeap[K]) Len() int { return len(h) }

// Less orders by time.
func (h deadlineHeap[K]) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

// Swap exchanges two, and their places.
func (h deadlineHeap[K]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	*h[i].key.place(), *h[j].key.place() = i+1, j+1
}

// Push adds one at the end.
func (h *deadlineHeap[K]) Push(x any) {
	d := x.(deadline[K])
	*h = append(*h, d)
	*d.key.place() = len(*h)
}

// Pop takes the last one away.
func (h *deadlineHeap[K]) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	(*h)[last] = deadline[K]{}
	*h = (*h)[:last]
	*d.key.place() = 0
	return d
}
