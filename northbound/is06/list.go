package is06

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
)

// list serves one type of resource as pages. What a request costs goes by what is on its page, and by what its filters turn down.
type list[V, W any] struct {
	// in gives the resources of a snapshot in an order, the oldest first; no two have the same time.
	in func(*core.Snapshot, order) []*V
	// at is a resource's time in that order.
	at func(*V, order) flows.TAI
	// wire is how a resource of a snapshot is answered.
	wire       func(*core.Snapshot, *V) W
	attributes attributes[W]
}

func (l list[V, W]) mount(r *mux.Router, a *API, path string) {
	northbound.Mount(r, path, northbound.Methods{"GET": func(w http.ResponseWriter, r *http.Request) error {
		q, err := a.contract.parseQuery(r.URL.RawQuery)
		if err != nil {
			return err
		}
		s, err := a.snapshot(w, r)
		if err != nil {
			return err
		}
		return l.answer(w, r, s, q)
	}})
}

func (l list[V, W]) answer(w http.ResponseWriter, r *http.Request, s *core.Snapshot, q query) error {
	at := func(v *V) flows.TAI { return l.at(v, q.order) }
	p := paginate(l.in(s, q.order), at, q.window, l.keeping(s, q.filters))
	items := make([]W, 0, len(p.items))
	for _, v := range p.items {
		items = append(items, l.wire(s, v))
	}
	text, err := northbound.Encode(items)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("X-Paging-Limit", strconv.Itoa(q.limit))
	h.Set("X-Paging-Since", p.since.String())
	h.Set("X-Paging-Until", p.until.String())
	h.Set("Link", linkHeader(address(r), q, p.since, p.until))
	northbound.AnswerRaw(w, http.StatusOK, text)
	return nil
}

// keeping makes the test whether a resource passes every filter. It is for one goroutine.
func (l list[V, W]) keeping(s *core.Snapshot, filters []filter) func(*V) bool {
	if len(filters) == 0 {
		return func(*V) bool { return true }
	}
	passes := l.attributes.passing(filters)
	var candidate W // one for all, so that none is allocated
	return func(v *V) bool {
		candidate = l.wire(s, v)
		return passes(&candidate)
	}
}

// linkHeader leads to the pages around this one (RFC 8288 §3).
func linkHeader(address string, q query, since, until flows.TAI) string {
	var oldest flows.TAI
	link := func(rel string, since, until *flows.TAI) string {
		return "<" + address + "?" + q.encode(since, until) + `>; rel="` + rel + `"`
	}
	return strings.Join([]string{
		link("next", &until, nil), link("prev", nil, &since), link("first", &oldest, nil), link("last", nil, nil),
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
