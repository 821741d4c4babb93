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

func (a *API) putFlow(w http.ResponseWriter, r *http.Request) error {
	id, err := a.newID(r)
	if err != nil {
		return err
	}
	f, err := parse(r, a.contract.putFlow, readFlow(id))
	if err != nil {
		return err
	}
	result, err := a.submit(r, core.PutFlow{Flow: f}, statuses{core.NotFound: http.StatusBadRequest})
	if err != nil {
		return err
	}
	if result.Flow == nil {
		return errNoResult
	}
	return created(w, flowsPath+"/"+id.String(), wireFlow(result.Flow))
}

func (a *API) patchFlow(w http.ResponseWriter, r *http.Request) error {
	id, err := a.pathID(r, "id", "network flow")
	if err != nil {
		return err
	}
	patch, err := parse(r, a.contract.patchFlow, readFlowPatch)
	if err != nil {
		return err
	}
	result, err := a.submit(r, core.PatchFlow{ID: id, Patch: patch}, nil)
	if err != nil {
		return err
	}
	if result.Flow == nil {
		return errNoResult
	}
	return northbound.Answer(w, http.StatusOK, wireFlow(result.Flow))
}

func (a *API) deleteFlow(w http.ResponseWriter, r *http.Request) error {
	id, err := a.pathID(r, "id", "network flow")
	if err != nil {
		return err
	}
	if _, err := a.submit(r, core.DeleteFlow{ID: id}, nil); err != nil {
		return err
	}
	return noContent(w)
}

func networkFlows(s *core.Snapshot) iter.Seq[networkFlow] {
	return func(yield func(networkFlow) bool) {
		for i := range s.Flows {
			if !yield(wireFlow(&s.Flows[i].NetworkFlow)) {
				return
			}
		}
	}
}

func findFlow(s *core.Snapshot, id uuid.UUID) (networkFlow, bool) {
	i, ok := slices.BinarySearchFunc(s.Flows, id, func(f core.FlowView, id uuid.UUID) int { return bytes.Compare(f.ID[:], id[:]) })
	if !ok {
		return networkFlow{}, false
	}
	return wireFlow(&s.Flows[i].NetworkFlow), true
}
