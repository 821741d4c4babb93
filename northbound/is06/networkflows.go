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
	have, err := resulting(a, r, core.PutFlow{Flow: f}, intent.Statuses{core.NotFound: http.StatusBadRequest}, flowOf)
	if err != nil {
		return err
	}
	return created(w, flowsPath+"/"+id.String(), wireFlow(have))
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
	have, err := resulting(a, r, core.PatchFlow{ID: id, Patch: patch}, nil, flowOf)
	if err != nil {
		return err
	}
	return northbound.Answer(w, http.StatusOK, wireFlow(have))
}

func deleteFlow(id uuid.UUID) core.Change { return core.DeleteFlow{ID: id} }

func flowOf(r core.Result) *flows.NetworkFlow { return r.Flow }

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
