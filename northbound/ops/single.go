package ops

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"
)

// single serves a resource that is one object, made from a snapshot.
func single[T any](a *API, w http.ResponseWriter, r *http.Request, view func(*index) (T, error)) {
	ctx, cancel := a.bounded(r)
	defer cancel()
	body, err := one(ctx, a, r.URL.Query(), view)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.answer(w, r, body)
}

func one[T any](ctx context.Context, a *API, q url.Values, view func(*index) (T, error)) (T, error) {
	var none T
	if err := checkParams(q, nil); err != nil {
		return none, err
	}
	x, err := a.index(ctx)
	if err != nil {
		return none, err
	}
	return view(x)
}

func (a *API) switchByName(w http.ResponseWriter, r *http.Request) {
	single(a, w, r, func(x *index) (Switch, error) {
		sw, err := x.findSwitch(mux.Vars(r)["switch"])
		if err != nil {
			return Switch{}, err
		}
		return x.switchView(*sw), nil
	})
}

func (a *API) flowByName(w http.ResponseWriter, r *http.Request) {
	single(a, w, r, func(x *index) (Flow, error) {
		f, err := x.findFlow(mux.Vars(r)["flow"])
		if err != nil {
			return Flow{}, err
		}
		return x.flowView(*f), nil
	})
}

func (a *API) counters(w http.ResponseWriter, r *http.Request) {
	single(a, w, r, func(x *index) (Counters, error) { return Counters(x.Counters), nil })
}

func (a *API) health(w http.ResponseWriter, r *http.Request) {
	single(a, w, r, func(x *index) (Health, error) {
		h := Health{Status: "ok", Revision: x.Revision, At: a.now(), Switches: len(x.Switches)}
		for _, sw := range x.Switches {
			if !sw.Connected {
				continue
			}
			h.Connected++
			if sw.InSync {
				h.InSync++
			}
		}
		if h.InSync < h.Switches {
			h.Status = "degraded"
		}
		return h, nil
	})
}

// version answers without the controller: it should say what is running even while that is stuck.
func (a *API) version(w http.ResponseWriter, r *http.Request) {
	if err := checkParams(r.URL.Query(), nil); err != nil {
		a.fail(w, r, err)
		return
	}
	a.answer(w, r, a.Version)
}
