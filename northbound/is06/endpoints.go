package is06

import (
	"bytes"
	"iter"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
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
	result, err := a.submit(r, core.PutEndpoint{Endpoint: e}, statuses{core.Conflict: http.StatusConflict, core.NotFound: http.StatusBadRequest})
	if err != nil {
		return err
	}
	if result.Endpoint == nil {
		return errNoResult
	}
	return created(w, endpointsPath+"/"+id.String(), wireEndpoint(result.Endpoint))
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
	result, err := a.submit(r, core.PatchEndpoint{ID: id, Patch: patch}, nil)
	if err != nil {
		return err
	}
	if result.Endpoint == nil {
		return errNoResult
	}
	return northbound.Answer(w, http.StatusOK, wireEndpoint(result.Endpoint))
}

func (a *API) deleteEndpoint(w http.ResponseWriter, r *http.Request) error {
	id, err := a.pathID(r, "id", "endpoint")
	if err != nil {
		return err
	}
	if _, err := a.submit(r, core.DeleteEndpoint{ID: id}, statuses{core.InUse: http.StatusConflict}); err != nil {
		return err
	}
	return noContent(w)
}

func endpoints(s *core.Snapshot) iter.Seq[endpoint] {
	return func(yield func(endpoint) bool) {
		for i := range s.Endpoints {
			if !yield(wireEndpoint(&s.Endpoints[i].Endpoint)) {
				return
			}
		}
	}
}

func findEndpoint(s *core.Snapshot, id uuid.UUID) (endpoint, bool) {
	i, ok := slices.BinarySearchFunc(s.Endpoints, id, func(e core.EndpointView, id uuid.UUID) int { return bytes.Compare(e.ID[:], id[:]) })
	if !ok {
		return endpoint{}, false
	}
	return wireEndpoint(&s.Endpoints[i].Endpoint), true
}
