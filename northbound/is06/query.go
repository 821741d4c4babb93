package is06

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"crosspoint/flows"
	"crosspoint/northbound"
)

// Bounds on a query. Its length counts four times in the Link header of the answer.
const (
	maxQuery   = 4096 // bytes
	maxFilters = 32
)

const pagingPrefix = "paging."

// query is what a request asks of a list.
type query struct {
	window
	ordered bool // the request named the order
	filters []filter
}

// parseQuery reads a URL's query. The error is a [northbound.Problem] or [northbound.Faults].
func (c *contract) parseQuery(raw string) (query, error) {
	if len(raw) > maxQuery {
		return query{}, northbound.NewProblem(http.StatusRequestURITooLong, "the query is longer than %d bytes", maxQuery)
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, northbound.NewProblem(http.StatusBadRequest, "the query cannot be read: want key=value pairs with & between").WithDebug("%s", err)
	}
	var q query
	if q.window, err = c.parseWindow(values); err != nil {
		return query{}, err
	}
	q.ordered = values.Has(pagingPrefix + "order")
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.HasPrefix(key, pagingPrefix) {
			continue
		}
		for _, value := range values[key] {
			q.filters = append(q.filters, filter{key, value})
		}
	}
	if len(q.filters) > maxFilters {
		return query{}, northbound.NewProblem(http.StatusBadRequest, "the query has %d filters: at most %d are taken", len(q.filters), maxFilters)
	}
	return q, nil
}

func (c *contract) parseWindow(values url.Values) (window, error) {
	p := params{contract: c, values: values}
	w := window{since: p.cursor("paging.since", c.since), until: p.cursor("paging.until", c.until), limit: p.limit(), order: p.order()}
	if w.since != nil && w.until != nil && *w.since > *w.until {
		p.fault("paging.since", "%s is later than paging.until, %s", w.since, w.until)
	}
	if len(p.faults) > 0 {
		return window{}, p.faults
	}
	return w, nil
}

// encode writes the query again, with another window of time.
func (q query) encode(since, until *flows.TAI) string {
	var parts []string
	for _, f := range q.filters {
		parts = append(parts, url.QueryEscape(f.key)+"="+url.QueryEscape(f.value))
	}
	if q.ordered {
		parts = append(parts, "paging.order="+string(q.order))
	}
	if since != nil {
		parts = append(parts, "paging.since="+since.String())
	}
	if until != nil {
		parts = append(parts, "paging.until="+until.String())
	}
	return strings.Join(append(parts, "paging.limit="+strconv.Itoa(q.limit)), "&")
}
