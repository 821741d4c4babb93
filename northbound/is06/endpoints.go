package is06

import (
	"net/http"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
)

func (a *API) putEndpoint(w http.ResponseWriter, r *http.Request) error {
	id, err := a.newID(r)
	if err != nil {
		return err
	}
	e, err := parse(r, a.contract.putEndpoint, readEndpoint(id))
	if err != nil {
		return err
	}
	have, err := resulting(a, r, core.PutEndpoint{Endpoint: e}, intent.Statuses{core.Conflict: http.StatusConflict, core.NotFound: http.StatusBadRequest}, endpointOf)
	if err != nil {
		return err
	}
	return created(w, endpointsPath+"/"+id.String(), wireEndpoint(have))
}

func (a *API) patchEndpoint(w http.ResponseWriter, r *http.Request) error {
	id, err := a.pathID(r, "id", "endpoint")
	if err != nil {
		return err
	}
	patch, err := parse(r, a.contract.patchEndpoint, readEndpointPatch)
	if err != nil {
		return err
	}
	have, err := resulting(a, r, core.PatchEndpoint{ID: id, Patch: patch}, nil, endpointOf)
	if err != nil {
		return err
	}
	return northbound.Answer(w, http.StatusOK, wireEndpoint(have))
}

func deleteEndpoint(id uuid.UUID) core.Change { return core.DeleteEndpoint{ID: id} }

func endpointOf(r core.Result) *flows.Endpoint { return r.Endpoint }

func endpoints() list[core.EndpointView, endpoint] {
	return list[core.EndpointView, endpoint]{
		in:         func(s *core.Snapshot, o order) []*core.EndpointView { return inOrder(s.EndpointsByTime, o) },
		at:         func(e *core.EndpointView, o order) flows.TAI { return o.of(e.Created, e.Updated) },
		wire:       func(_ *core.Snapshot, e *core.EndpointView) endpoint { return wireEndpoint(&e.Endpoint) },
		attributes: endpointAttributes(),
	}
}

func findEndpoint(s *core.Snapshot, id uuid.UUID) (endpoint, bool) {
	e := s.Endpoint(id)
	if e == nil {
		return endpoint{}, false
	}
	return wireEndpoint(&e.Endpoint), true
}
