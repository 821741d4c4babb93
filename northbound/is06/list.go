package is06

import (
	"bytes"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gorilla/mux"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
)

// list serves one type of resource as pages.
type list[T item[T]] struct {
	api *API
	all func(*core.Snapshot) iter.Seq[T]
	// last is the list as of the latest snapshot that was asked for: clients that follow pages mostly ask for the same, and between two
	// snapshots little changes.
	last atomic.Pointer[cached[T]]
}

// mountList serves what all gives, which is sorted by key.
func mountList[T item[T]](r *mux.Router, a *API, path string, all func(*core.Snapshot) iter.Seq[T]) {
	l := &list[T]{api: a, all: all}
	l.last.Store(&cached[T]{listing: new(listing)})
	northbound.Mount(r, path, northbound.Methods{"GET": l.get})
}

func (l *list[T]) get(w http.ResponseWriter, r *http.Request) error {
	q, err := l.api.contract.parseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	s, err := l.api.snapshot(r)
	if err != nil {
		return err
	}
	listing, err := l.of(s)
	if err != nil {
		return err
	}
	p := listing.paginate(q.window, q.keeps)
	h := w.Header()
	h.Set("X-Paging-Limit", strconv.Itoa(q.limit))
	h.Set("X-Paging-Since", p.since.String())
	h.Set("X-Paging-Until", p.until.String())
	h.Set("Link", linkHeader(address(r), q, p))
	northbound.AnswerRaw(w, http.StatusOK, join(p.documents))
	return nil
}

// of gives the list of a snapshot. Two requests at a time may both make it; the results are equal.
func (l *list[T]) of(s *core.Snapshot) (*listing, error) {
	c := l.last.Load()
	if c.snapshot == s {
		return c.listing, nil
	}
	next, err := c.next(s, l.all(s))
	if err != nil {
		return nil, err
	}
	l.last.Store(next)
	return next.listing, nil
}

// linkHeader leads to the pages around this one (RFC 8288 §3).
func linkHeader(address string, q query, p page) string {
	var oldest flows.TAI
	link := func(rel string, since, until *flows.TAI) string {
		return "<" + address + "?" + q.encode(since, until) + `>; rel="` + rel + `"`
	}
	return strings.Join([]string{
		link("next", &p.until, nil), link("prev", nil, &p.since), link("first", &oldest, nil), link("last", nil, nil),
	}, ", ")
}

// address is how the client reached the list, without the query.
func address(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if r.Host == "" { // HTTP/1.0; a relative reference will do
		return r.URL.EscapedPath()
	}
	return scheme + "://" + r.Host + r.URL.EscapedPath()
}

func join(documents [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(documents, []byte{','})...), ']')
}
