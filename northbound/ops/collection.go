package ops

import (
	"net/http"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

// collection is a list resource: its items as of a snapshot, and which of them a filter keeps.
type collection[T any] struct {
	filters []string
	items   func(*index) []T
	keep    func(filter, T) bool
	measure func(measured, *T) // fills in rates, where they are asked for; nil: there are none
}

func (c collection[T]) serve(a *API) northbound.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := a.bounded(r)
		defer cancel()
		x, err := a.index(ctx, w)
		if err != nil {
			return err
		}
		f, err := parseFilter(x, r.URL.Query(), c.filters)
		if err != nil {
			return err
		}
		list := List[T]{Revision: x.Revision, At: a.now(), Items: []T{}}
		for _, item := range c.items(x) {
			if c.keep(f, item) {
				list.Items = append(list.Items, item)
			}
		}
		if f.rates {
			rates := a.portRates(ctx, x, f)
			for i := range list.Items {
				c.measure(rates, &list.Items[i])
			}
		}
		return northbound.Answer(w, http.StatusOK, list)
	}
}

func switches(x *index) []Switch        { return mapped(x.Switches, x.switchView) }
func links(x *index) []Link             { return mapped(x.Links, x.linkView) }
func hosts(x *index) []Host             { return mapped(x.Hosts, x.hostView) }
func endpoints(x *index) []Endpoint     { return mapped(x.Endpoints, x.endpointView) }
func flowList(x *index) []Flow          { return mapped(x.Flows, x.flowView) }
func memberships(x *index) []Membership { return mapped(x.Memberships, x.membershipView) }
func denials(x *index) []Denial         { return mapped(x.Denials, x.denialView) }

func ports(x *index) []Port {
	var out []Port
	for _, sw := range x.Switches {
		out = append(out, mapped(sw.Ports, func(p core.PortView) Port { return x.portView(sw.ID, p) })...)
	}
	return out
}
