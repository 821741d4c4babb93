package is06

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

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

// listing is a list in both orders. It is never changed.
type listing struct{ updated, created []stamped }

// stamped is a resource at its place in one order.
type stamped struct {
	at flows.TAI
	*resource
}

// next is the list without what is gone and with what was added. What stays is in order already, so that sorting is quick.
func (l *listing) next(gone map[*resource]bool, added []*resource) *listing {
	return &listing{
		updated: sorted(l.updated, gone, added, func(r *resource) flows.TAI { return r.updated }),
		created: sorted(l.created, gone, added, func(r *resource) flows.TAI { return r.created }),
	}
}

// sorted is ascending, and no two times in it are equal: a page that ended between two would lose one. Times are unique where they are
// given out; here it is made sure of, as IS-06 says, by setting equal ones a nanosecond apart.
func sorted(old []stamped, gone map[*resource]bool, added []*resource, at func(*resource) flows.TAI) []stamped {
	list := make([]stamped, 0, len(old)+len(added))
	for _, s := range old {
		if len(gone) == 0 || !gone[s.resource] {
			list = append(list, stamped{at(s.resource), s.resource})
		}
	}
	for _, r := range added {
		list = append(list, stamped{at(r), r})
	}
	slices.SortFunc(list, func(a, b stamped) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return bytes.Compare(a.id[:], b.id[:])
	})
	var last flows.TAI
	for i := range list {
		list[i].at = max(list[i].at, last+1)
		last = list[i].at
	}
	return list
}

func (l *listing) in(o order) []stamped {
	if o == byCreate {
		return l.created
	}
	return l.updated
}

// window is the part of a list that a request asks for.
type window struct {
	since, until *flows.TAI // exclusive, inclusive; nil: not asked
	limit        int
	order        order
}

// page is that part, and the bounds that it has.
type page struct {
	documents    [][]byte // newest first
	since, until flows.TAI
}

// paginate cuts a page from what keep lets through. With since the oldest after it come first in line, and else the newest up to until.
func (l *listing) paginate(w window, keep func(*resource) bool) page {
	all := l.in(w.order)
	p := page{}
	if len(all) > 0 {
		p.until = all[len(all)-1].at
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
		p.takeOldest(inside, w.limit, keep)
	} else {
		p.takeNewest(inside, w.limit, keep)
	}
	return p
}

// takeOldest lowers until to the last that fits, if not all fit.
func (p *page) takeOldest(inside []stamped, limit int, keep func(*resource) bool) {
	last := p.since
	for _, r := range inside {
		if !keep(r.resource) {
			continue
		}
		if len(p.documents) == limit {
			p.until = last
			break
		}
		p.documents = append(p.documents, r.document)
		last = r.at
	}
	slices.Reverse(p.documents)
}

// takeNewest raises since to the first that does not fit, if not all fit: since is exclusive.
func (p *page) takeNewest(inside []stamped, limit int, keep func(*resource) bool) {
	for _, r := range slices.Backward(inside) {
		if !keep(r.resource) {
			continue
		}
		if len(p.documents) == limit {
			p.since = r.at
			return
		}
		p.documents = append(p.documents, r.document)
	}
}

// after is the index of the first that is later than t.
func after(all []stamped, t flows.TAI) int {
	return sort.Search(len(all), func(i int) bool { return all[i].at > t })
}
