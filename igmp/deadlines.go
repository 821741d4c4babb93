package igmp

import (
	"container/heap"
	"time"
)

// deadlines holds one point in time for each key and knows the earliest. Every operation costs the logarithm
// of the number of keys at most.
type deadlines[K comparable] struct {
	heap deadlineHeap[K]
	byID map[K]*deadline[K]
}

type deadline[K comparable] struct {
	key   K
	at    time.Time
	index int // in the heap
}

func newDeadlines[K comparable]() deadlines[K] {
	return deadlines[K]{byID: make(map[K]*deadline[K])}
}

// set makes at the time of key, whether or not it had one.
func (d *deadlines[K]) set(key K, at time.Time) {
	if have, ok := d.byID[key]; ok {
		have.at = at
		heap.Fix(&d.heap, have.index)
		return
	}
	fresh := &deadline[K]{key: key, at: at}
	d.byID[key] = fresh
	heap.Push(&d.heap, fresh)
}

// remove takes key away, if it is there.
func (d *deadlines[K]) remove(key K) {
	if have, ok := d.byID[key]; ok {
		heap.Remove(&d.heap, have.index)
		delete(d.byID, key)
	}
}

// get gives the time of key.
func (d *deadlines[K]) get(key K) (time.Time, bool) {
	have, ok := d.byID[key]
	if !ok {
		return time.Time{}, false
	}
	return have.at, true
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
type deadlineHeap[K comparable] []*deadline[K]

func (h deadlineHeap[K]) Len() int           { return len(h) }
func (h deadlineHeap[K]) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

func (h deadlineHeap[K]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *deadlineHeap[K]) Push(x any) {
	d := x.(*deadline[K])
	d.index = len(*h)
	*h = append(*h, d)
}

func (h *deadlineHeap[K]) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return d
}
