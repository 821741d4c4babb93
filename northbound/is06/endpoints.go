package is06

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

func (a *API) putEndpoint(w http.ResponseWriter, r *http.Request) error {
	id, err := newID(r)
	if err != nil {
		return err
	}
	e, err := parse(r, readEndpoint(id))
	if err != nil {
		return err
	}
	result, err := a.submit(r, core.PutEndpoint{Endpoint: e}, statuses{core.Conflict: http.StatusConflict})
	if err != nil {
		return err
	}
	if result.Endpoint == nil {
		return errNoResult
	}
	return created(w, endpointsPath+"/"+id.String(), wireEndpoint(result.Endpoint))
}

func (a *API) patchEndpoint(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id", "endpoint")
	if err != nil {
		return err
	}
	patch, err := parse(r, readEndpointPatch)
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
	id, err := pathID(r, "id", "endpoint")
	if err != nil {
		return err
	}
	if _, err := a.submit(r, core.DeleteEndpoint{ID: id}, statuses{core.InUse: http.StatusConflict}); err != nil {
		return err
	}
	return noContent(w)
}

func endpoints(s *core.Snapshot) []endpoint {
	all := make([]endpoint, len(s.Endpoints))
	for i := range s.Endpoints {
		all[i] = wireEndpoint(&s.Endpoints[i].Endpoint)
	}
	return all
}

func findEndpoint(s *core.Snapshot, id uuid.UUID) (endpoint, bool) {
	i, ok := slices.BinarySearchFunc(s.Endpoints, id, func(e core.EndpointView, id uuid.UUID) int { return bytes.Compare(e.ID[:], id[:]) })
	if !ok {
		return endpoint{}, false
	}
	return wireEndpoint(&s.Endpoints[i].Endpoint), true
}
