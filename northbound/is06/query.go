package is06

import (
	"bytes"
	"encoding/json"
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

// filter wants an attribute to have a value.
type filter struct {
	key, value string
	path       []string
	needle     []byte // what every document that matches contains
}

// parseQuery reads a URL's query. The error is a [northbound.Problem] or [northbound.Faults].
func parseQuery(raw string) (query, error) {
	if len(raw) > maxQuery {
		return query{}, northbound.NewProblem(http.StatusRequestURITooLong, "the query is longer than %d bytes", maxQuery)
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, northbound.NewProblem(http.StatusBadRequest, "the query cannot be read: want key=value pairs with & between").WithDebug("%s", err)
	}
	var q query
	if q.window, err = parseWindow(values); err != nil {
		return query{}, err
	}
	q.ordered = values.Has(pagingPrefix + "order")
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.HasPrefix(key, pagingPrefix) {
			continue
		}
		for _, value := range values[key] {
			q.filters = append(q.filters, newFilter(key, value))
		}
	}
	if len(q.filters) > maxFilters {
		return query{}, northbound.NewProblem(http.StatusBadRequest, "the query has %d filters: at most %d are taken", len(q.filters), maxFilters)
	}
	return q, nil
}

func parseWindow(values url.Values) (window, error) {
	var p params
	w := window{
		since: p.cursor(values, "paging.since"), until: p.cursor(values, "paging.until"),
		limit: p.limit(values), order: p.order(values),
	}
	if w.since != nil && w.until != nil && *w.since > *w.until {
		p.fault("paging.since", "%s is later than paging.until, %s", w.since, w.until)
	}
	if len(p.faults) > 0 {
		return window{}, p.faults
	}
	return w, nil
}

func newFilter(key, value string) filter {
	// A string is always encoded the same way, and anything else as it stands; so between quotes or bare, this is in the document.
	encoded, err := northbound.Encode(value)
	if err != nil {
		panic("is06: a string cannot be encoded: " + err.Error())
	}
	return filter{key: key, value: value, path: strings.Split(key, "."), needle: encoded[1 : len(encoded)-1]}
}

// keeps tells whether a document passes every filter.
func (q query) keeps(document []byte) bool {
	if len(q.filters) == 0 {
		return true
	}
	for _, f := range q.filters {
		if !bytes.Contains(document, f.needle) {
			return false
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return false
	}
	for _, f := range q.filters {
		if !matches(tree, f.path, f.value) {
			return false
		}
	}
	return true
}

// matches follows a path into objects, and into each item of an array.
func matches(tree any, path []string, value string) bool {
	switch t := tree.(type) {
	case map[string]any:
		if len(path) == 0 {
			return false
		}
		member, there := t[path[0]]
		return there && matches(member, path[1:], value)
	case []any:
		return slices.ContainsFunc(t, func(item any) bool { return matches(item, path, value) })
	}
	return len(path) == 0 && scalar(tree) == value
}

// scalar is how a value is written as JSON, a string without its quotes.
func scalar(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case json.Number:
		return t.String()
	case bool:
		return strconv.FormatBool(t)
	default:
		return "null"
	}
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
