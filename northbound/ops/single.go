package ops

import (
	"net/http"

	"github.com/gorilla/mux"

	"crosspoint/controller"
	"crosspoint/northbound"
)

// single serves a resource that is one object, made from a snapshot. The variables are those of the path.
func single[T any](a *API, view func(x *index, vars map[string]string) (T, error)) northbound.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := checkParams(r.URL.Query(), nil); err != nil {
			return err
		}
		ctx, cancel := a.bounded(r)
		defer cancel()
		x, err := a.index(ctx, w)
		if err != nil {
			return err
		}
		body, err := view(x, mux.Vars(r))
		if err != nil {
			return err
		}
		return northbound.Answer(w, http.StatusOK, body)
	}
}

func switchByName(x *index, vars map[string]string) (Switch, error) {
	sw, err := x.findSwitch(vars["switch"])
	if err != nil {
		return Switch{}, err
	}
	return x.switchView(sw), nil
}

func flowByName(x *index, vars map[string]string) (Flow, error) {
	f, err := x.findFlow(vars["flow"])
	if err != nil {
		return Flow{}, err
	}
	return x.flowView(f), nil
}

func counters(x *index, _ map[string]string) (Counters, error) { return Counters(x.Counters), nil }

func (a *API) health(x *index, _ map[string]string) (Health, error) {
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
	h.Store = a.storeHealth()
	if h.InSync < h.Switches || h.Store != nil && h.Store.Reason != "" {
		h.Status = "degraded"
	}
	return h, nil
}

// storeHealth tells how the store is, if the controller does.
func (a *API) storeHealth() *StoreHealth {
	c, ok := a.Controller.(interface{ Durability() controller.Durability })
	if !ok {
		return nil
	}
	d := c.Durability()
	return &StoreHealth{Reason: d.Reason, Since: utc(d.Since), Unsaved: d.Unsaved, Failures: d.Failures}
}

// version answers without the controller: it should say what is running even while that is stuck.
func (a *API) version(w http.ResponseWriter, r *http.Request) error {
	if err := checkParams(r.URL.Query(), nil); err != nil {
		return err
	}
	return northbound.Answer(w, http.StatusOK, a.Version)
}
