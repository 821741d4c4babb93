package openapi

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"crosspoint/northbound"
)

// ErrNoOperation says that the document does not describe a method of a path.
var ErrNoOperation = errors.New("is not described")

// Answers checks what a server answers. A server does not need it to run: it is for tests, and for watching one that is suspected.
type Answers struct {
	operations []answering
}

// answering is an operation and what it may answer.
type answering struct {
	method   string
	path     *regexp.Regexp
	statuses map[int]answer
}

// answer is what one status comes with.
type answer struct {
	headers map[string]needed
	body    *Schema // nil: none
}

// needed is a header.
type needed struct {
	required bool
	schema   *Schema
}

// Answers prepares the checks of all responses.
func (d *Document) Answers() (*Answers, error) {
	all := new(Answers)
	for path, item := range d.api.Paths {
		for method, op := range item.operations() {
			a := answering{method, d.pattern(path), make(map[int]answer)}
			for status, r := range op.Responses {
				code, err := strconv.Atoi(status)
				if err != nil {
					return nil, fmt.Errorf("%s %s: status %q is no number", method, path, status)
				}
				place := []string{"paths", path, strings.ToLower(method), "responses", status}
				if a.statuses[code], err = d.answer(r, place); err != nil {
					return nil, fmt.Errorf("%s %s: %w", method, path, err)
				}
			}
			all.operations = append(all.operations, a)
		}
	}
	return all, nil
}

// pattern takes the paths that a path template stands for, with or without a slash at the end.
func (d *Document) pattern(path string) *regexp.Regexp {
	base := ""
	if len(d.api.Servers) > 0 {
		base = d.api.Servers[0].URL
	}
	quoted := regexp.QuoteMeta(strings.TrimSuffix(base+path, "/"))
	return regexp.MustCompile("^" + regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(quoted, "[^/]+") + "/?$")
}

func (d *Document) answer(r response, place []string) (answer, error) {
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		r, place = d.api.Components.Responses[name], []string{"components", "responses", name}
	}
	a := answer{headers: make(map[string]needed)}
	for name, h := range r.Headers {
		at := append(place[:len(place):len(place)], "headers", name)
		if shared, ok := strings.CutPrefix(h.Ref, "#/components/headers/"); ok {
			h, at = d.api.Components.Headers[shared], []string{"components", "headers", shared}
		}
		schema, err := d.schemas.compile(append(at, "schema")...)
		if err != nil {
			return answer{}, err
		}
		a.headers[name] = needed{h.Required, schema}
	}
	if len(r.Content) == 0 {
		return a, nil
	}
	var err error
	a.body, err = d.schemas.compile(append(place[:len(place):len(place)], "content", mediaType, "schema")...)
	return a, err
}

// Check says how an answer is not as the document describes it; nil: it is. An operation that the document does not have, a status that
// the operation does not have, or a header that the answer is not to have, is such a way.
func (a *Answers) Check(method, path string, status int, h http.Header, body []byte) error {
	for _, op := range a.operations {
		if op.method != method || !op.path.MatchString(path) {
			continue
		}
		want, ok := op.statuses[status]
		if !ok {
			return fmt.Errorf("%s %s answers %d, which is not described", method, path, status)
		}
		if err := want.check(h, body); err != nil {
			return fmt.Errorf("%s %s answers %d: %w", method, path, status, err)
		}
		return nil
	}
	return fmt.Errorf("%s %s: %w", method, path, ErrNoOperation)
}

// carriage tells the headers that say how an answer is carried, kept and read. Any answer may have them and no document describes them:
// OpenAPI passes over Content-Type (OpenAPI 3.1.1 §4.8.17.1), and the others go without saying.
func carriage(header string) bool {
	switch header {
	case "Cache-Control", "Connection", "Content-Length", "Content-Type", "Date", "Vary", "X-Content-Type-Options":
		return true
	}
	return false
}

func (a answer) check(h http.Header, body []byte) error {
	for name, want := range a.headers {
		if err := want.check(h, name); err != nil {
			return err
		}
	}
	for name := range h {
		if _, described := a.headers[name]; !described && !carriage(name) {
			return fmt.Errorf("header %s is not described", name)
		}
	}
	if a.body == nil {
		if len(body) > 0 {
			return fmt.Errorf("has a body of %d bytes: want none", len(body))
		}
		return nil
	}
	if kind := h.Get("Content-Type"); kind != mediaType {
		return fmt.Errorf("header Content-Type is %q", kind)
	}
	value, err := northbound.ParseValue(body)
	if err != nil {
		return err
	}
	return a.body.Check(value)
}

func (n needed) check(h http.Header, name string) error {
	if len(h.Values(name)) == 0 {
		if n.required {
			return fmt.Errorf("header %s is missing", name)
		}
		return nil
	}
	return n.schema.CheckText("header "+name, h.Get(name))
}
