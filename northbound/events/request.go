package events

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"crosspoint/northbound"
)

// Query parameters, and the header by which a client resumes.
const (
	paramSince    = "since"
	paramResource = "resource"
	headerLastID  = "Last-Event-ID"
)

// request is what a subscriber asks for.
type request struct {
	resources map[Resource]bool // nil: all
	resumes   bool
	since     Cursor // 0 with resumes: what it gave is no cursor
}

// parseRequest refuses what would otherwise be ignored. The header goes before the parameter: a browser that connects again repeats the
// address that it began with.
func parseRequest(r *http.Request) (request, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return request{}, badRequest("the query cannot be read: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if name != paramSince && name != paramResource {
			return request{}, badRequest("unknown parameter %.64q: this resource takes %s and %s", name, paramResource, paramSince)
		}
	}
	var asked request
	if asked.resources, err = parseResources(q[paramResource]); err != nil {
		return request{}, err
	}
	if values, given := q[paramSince]; given {
		if asked.since, err = ParseCursor(values[0]); err != nil || len(values) > 1 {
			return request{}, badRequest("parameter %q needs exactly one value, a cursor: <seconds>:<nanoseconds>", paramSince)
		}
		asked.resumes = true
	}
	if last := r.Header.Get(headerLastID); last != "" {
		asked.resumes = true
		if asked.since, err = ParseCursor(last); err != nil {
			asked.since = 0 // a browser cannot help what it was told once; it is told to begin again
		}
	}
	return asked, nil
}

// parseResources takes names, several in one value with commas between them.
func parseResources(values []string) (map[Resource]bool, error) {
	if len(values) == 0 {
		return nil, nil
	}
	wanted := map[Resource]bool{}
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			if !slices.Contains(Resources(), Resource(name)) {
				return nil, badRequest("unknown resource %.64q: there are %s", name, known())
			}
			wanted[Resource(name)] = true
		}
	}
	return wanted, nil
}

func known() string {
	var names []string
	for _, r := range Resources() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func badRequest(format string, args ...any) *northbound.Problem {
	return northbound.NewProblem(http.StatusBadRequest, format, args...)
}

// wanted joins what of some events the subscriber asked for.
func (q request) wanted(records []record) []byte {
	size := 0
	for _, r := range records {
		if q.resources == nil || q.resources[r.resource] {
			size += len(r.text)
		}
	}
	text := make([]byte, 0, size)
	for _, r := range records {
		if q.resources == nil || q.resources[r.resource] {
			text = append(text, r.text...)
		}
	}
	return text
}
