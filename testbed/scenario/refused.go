package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
)

// refusedVerb has a step refused: the controller must answer with a status and say why.
type refusedVerb struct {
	status int
	says   string
	step   verb
}

func parseRefused(w *words) verb {
	v := refusedVerb{status: w.number(400, 599), says: w.take("what the error says")}
	first := w.take("step")
	if w.err == nil && !slices.Contains([]string{"endpoint", "flow", "patch", "receivers", "delete", "attach"}, first) {
		w.fail("%q is no request that can be refused", first)
		return nil
	}
	v.step = parseVerb(first, w)
	return v
}

func (v refusedVerb) run(ctx context.Context, r *Runner) error {
	err := v.step.run(ctx, r)
	var refusal *refusalError
	switch {
	case err == nil:
		return fmt.Errorf("it was done, and should have been refused with %d", v.status)
	case !errors.As(err, &refusal):
		return err
	}
	return check(refusal.answer, v.status, v.says)
}

// check holds an answer against a status and a part of its error message.
func check(got answer, status int, says string) error {
	switch {
	case got.status != status:
		return fmt.Errorf("answered %d, not %d: %s", got.status, status, got.fault())
	case status >= http.StatusBadRequest && !strings.Contains(got.fault(), says):
		return fmt.Errorf("answered %d as it should, but the error does not say %q: %s", status, says, got.fault())
	}
	return nil
}

// requestVerb sends any request, also a wrong one.
type requestVerb struct {
	method, path, body string
	status             int
	says               string
}

func parseRequest(w *words) verb {
	v := requestVerb{method: w.oneOf("method", "GET", "PUT", "POST", "PATCH", "DELETE"), path: w.take("path")}
	if !w.at("expect") {
		v.body = w.take("body")
		if !w.at("expect") {
			w.fail("\"expect\" and a status are missing")
		}
	}
	v.status = w.number(100, 599)
	if w.more() {
		v.says = w.take("what the error says")
	}
	known := w.scope
	for _, text := range []string{v.path, v.body} {
		os.Expand(text, func(name string) string {
			if !known.hosts[name] && !known.flows[name] && !strings.HasPrefix(name, "new") {
				w.fail("$%s is no host or flow; for an id that nobody has, start with $new", name)
			}
			return ""
		})
	}
	return v
}

func (v requestVerb) run(ctx context.Context, r *Runner) error {
	fill := func(text string) string {
		return os.Expand(text, func(name string) string {
			if _, host := r.hosts[name]; host {
				return EndpointID(name).String()
			}
			return FlowID(name).String()
		})
	}
	got, err := r.api.send(ctx, v.method, fill(v.path), []byte(fill(v.body)))
	if err != nil {
		return err
	}
	return check(got, v.status, v.says)
}
