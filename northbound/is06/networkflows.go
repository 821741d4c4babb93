package is06

import (
	"net/http"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
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
	result, err := a.submit(r, core.PutFlow{Flow: f}, intent.Statuses{core.NotFound: http.StatusBadRequest})
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

func networkFlows() list[core.FlowView, networkFlow] {
	return list[core.FlowView, networkFlow]{
		in:         func(s *core.Snapshot, o order) []*core.FlowView { return inOrder(s.FlowsByTime, o) },
		at:         func(f *core.FlowView, o order) flows.TAI { return o.of(f.Created, f.Updated) },
		wire:       func(_ *core.Snapshot, f *core.FlowView) networkFlow { return wireFlow(&f.NetworkFlow) },
		attributes: flowAttributes(),
	}
}

func findFlow(s *core.Snapshot, id uuid.UUID) (networkFlow, bool) {
	f := s.Flow(id)
	if f == nil {
		return networkFlow{}, false
	}
	return wireFlow(&f.NetworkFlow), true
}
