package ops

import (
	"net/http"
	"strconv"
	"strings"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
)

// readBody reads what a client wants, with the state at hand in which it names things. An attribute that nobody asks for is refused, so that a misspelt
// one is not taken for its default.
func readBody[T any](a *API, w http.ResponseWriter, r *http.Request, read func(*index, *northbound.Form) T) (*index, T, error) {
	none := *new(T)
	if err := checkParams(r.URL.Query(), nil); err != nil {
		return nil, none, err
	}
	form, err := northbound.ReadForm(r)
	if err != nil {
		return nil, none, err
	}
	x, err := a.current(w, r)
	if err != nil {
		return nil, none, err
	}
	value := read(x, form)
	refuseOthers(form)
	return x, value, form.Err()
}

func refuseOthers(form *northbound.Form) {
	for _, name := range form.Others() {
		form.Fault(name, "is no attribute of this; there are %s", strings.Join(form.Asked(), ", "))
	}
}

// current takes a snapshot for a request that has read none.
func (a *API) current(w http.ResponseWriter, r *http.Request) (*index, error) {
	ctx, cancel := a.bounded(r)
	defer cancel()
	return a.index(ctx, w)
}

// submit has the controller carry out a change, and waits until switches and disk have it.
func (a *API) submit(r *http.Request, change core.Change, special intent.Statuses) (core.Result, error) {
	result, err := intent.Submit(r, a.Controller, change)
	if err != nil {
		return core.Result{}, intent.Problem(err, special)
	}
	return result, nil
}

// named has what the body names, and is not there, be no 404: the path is.
func named() intent.Statuses {
	return intent.Statuses{core.NotFound: http.StatusBadRequest, core.Conflict: http.StatusConflict}
}

// nameOf reads a name, or a number that is one.
func nameOf(v northbound.Value) (string, error) {
	if number, is := v.Tree().(float64); is {
		return strconv.FormatFloat(number, 'f', -1, 64), nil
	}
	return v.Text()
}

// naming makes a reader of a member that names something.
func naming[T any](find func(string) (T, error)) func(northbound.Value) (T, error) {
	return func(v northbound.Value) (T, error) {
		name, err := nameOf(v)
		if err != nil {
			return *new(T), err
		}
		return find(name)
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

func noContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}
