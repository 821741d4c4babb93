package events

import (
	"sort"
	"sync"
	"time"

	"crosspoint/flows"
)

// record is a past event as it goes over the wire.
type record struct {
	cursor   Cursor
	resource Resource
	text     []byte
}

// ring holds the latest events, and is the queue of every stream: each has its place in it.
type ring struct {
	most, mostBytes int

	mu      sync.Mutex // guards what follows: one goroutine appends, each stream reads by its own
	records []record   // oldest first; all cursors are above floor
	bytes   int        // of the records' texts
	floor   Cursor     // what came up to here is gone, or was never here
	last    Cursor     // the highest cursor that was given
	more    chan struct{}
}

func newRing(most, mostBytes int, now time.Time) *ring {
	start := Cursor(flows.TAIOf(now))
	return &ring{most: most, mostBytes: mostBytes, floor: start, last: start, more: make(chan struct{})}
}

// add appends an event with a cursor of its own: the time now, or just above the last. encode gives the text for a cursor.
func (r *ring) add(now time.Time, resource Resource, encode func(Cursor) ([]byte, error)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	cursor := max(r.last+1, Cursor(flows.TAIOf(now)))
	text, err := encode(cursor)
	if err != nil {
		return err
	}
	r.last = cursor
	r.records = append(r.records, record{cursor, resource, text})
	r.bytes += len(text)
	r.evict()
	return nil
}

// evict lets the oldest go until the rest is within bounds. One event that is larger than all that is allowed goes as well, and with it
// whoever waits for it is told to list again.
func (r *ring) evict() {
	gone := 0
	for len(r.records)-gone > r.most || r.bytes > r.mostBytes {
		r.bytes -= len(r.records[gone].text)
		r.floor = r.records[gone].cursor
		r.records[gone] = record{}
		gone++
	}
	r.records = r.records[gone:]
}

// tell wakes the streams that wait for more.
func (r *ring) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.more)
	r.more = make(chan struct{})
}

// newest is the place behind all events.
func (r *ring) newest() Cursor {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// knows reports whether everything after a cursor is still here. A cursor of the future was given by somebody else. One that is younger than the
// last event, but not of the future, counts as given: what comes next gets a higher one.
func (r *ring) knows(since Cursor, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since < r.floor || since > max(r.last, Cursor(flows.TAIOf(now))) {
		return false
	}
	r.last = max(r.last, since)
	return true
}

// page is what follows a place in the ring.
type page struct {
	records []record        // not to be changed
	lost    bool            // what followed is gone
	more    <-chan struct{} // closed when there is more
}

// after gives at most so many events that follow a place.
func (r *ring) after(place Cursor, most int) page {
	r.mu.Lock()
	defer r.mu.Unlock()
	if place < r.floor {
		return page{lost: true}
	}
	i := sort.Search(len(r.records), func(i int) bool { return r.records[i].cursor > place })
	n := min(most, len(r.records)-i)
	return page{records: append([]record(nil), r.records[i:i+n]...), more: r.more}
}
