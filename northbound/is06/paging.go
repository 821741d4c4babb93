package is06

import (
	"slices"
	"sort"

	"crosspoint/controller/core"
	"crosspoint/flows"
)

// Sizes of a page.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// order is which of a resource's times sorts a list.
type order string

const (
	byUpdate order = "update"
	byCreate order = "create"
)

// of picks the time that the order goes by.
func (o order) of(created, updated flows.TAI) flows.TAI {
	if o == byCreate {
		return created
	}
	return updated
}

func inOrder[V any](t core.Timeline[V], o order) []*V {
	if o == byCreate {
		return t.Created
	}
	return t.Updated
}

// window is the part of a list that a request asks for.
type window struct {
	since, until *flows.TAI // exclusive, inclusive; nil: not asked
	limit        int
	order        order
}

// page is that part, and the bounds that it has.
type page[V any] struct {
	items        []*V // newest first
	since, until flows.TAI
}

// paginate cuts a page from what keep lets through of a list, which is sorted by at, the oldest first, and has no two of the same time: a page
// that ended between those would lose one. With since the oldest after it come first in line, and else the newest up to until. It looks
// at no more than it needs to fill the page.
func paginate[V any](all []*V, at func(*V) flows.TAI, w window, keep func(*V) bool) page[V] {
	after := func(all []*V, t flows.TAI) int {
		return sort.Search(len(all), func(i int) bool { return at(all[i]) > t })
	}
	p := page[V]{}
	if len(all) > 0 {
		p.until = at(all[len(all)-1])
	}
	if w.since != nil {
		p.since = *w.since
		p.until = max(p.until, p.since)
	}
	if w.until != nil {
		p.until = *w.until
	}
	inside := all[after(all, p.since):]
	inside = inside[:after(inside, p.until)]
	if w.since != nil {
		p.takeOldest(inside, at, w.limit, keep)
	} else {
		p.takeNewest(inside, at, w.limit, keep)
	}
	return p
}

// takeOldest lowers until to the last that fits, if not all fit.
func (p *page[V]) takeOldest(inside []*V, at func(*V) flows.TAI, limit int, keep func(*V) bool) {
	last := p.since
	for _, v := range inside {
		if !keep(v) {
			continue
		}
		if len(p.items) == limit {
			p.until = last
			break
		}
		p.items = append(p.items, v)
		last = at(v)
	}
	slices.Reverse(p.items)
}

// takeNewest raises since to the first that does not fit, if not all fit: since is exclusive.
func (p *page[V]) takeNewest(inside []*V, at func(*V) flows.TAI, limit int, keep func(*V) bool) {
	for _, v := range slices.Backward(inside) {
		if !keep(v) {
			continue
		}
		if len(p.items) == limit {
			p.since = at(v)
			return
		}
		p.items = append(p.items, v)
	}
}
