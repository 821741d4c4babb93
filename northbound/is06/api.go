package is06

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
	"crosspoint/northbound/openapi"
)

// Version is the version of the API in its paths and in DNS-SD.
const Version = "v1.0"

// Base is the path that all resources are under.
const Base = "/x-nmos/netctrl/" + Version

const (
	devicesPath   = Base + "/network-devices"
	endpointsPath = Base + "/endpoints"
	linksPath     = Base + "/network-links"
	flowsPath     = Base + "/network-flows"
)

// Controller carries out changes and tells the state.
type Controller interface {
	intent.Submitter
	// Snapshot gives a state not older than any change that Submit has answered.
	Snapshot(ctx context.Context) (*core.Snapshot, error)
}

// API is the Network Control API. It is safe for concurrent use if its controller is.
type API struct {
	controller Controller
	contract   *contract
}

// New makes the API of a controller.
func New(controller Controller) *API { return &API{controller, theContract()} }

// Register adds the resources to a router.
func (a *API) Register(r *mux.Router) {
	northbound.Index(r, "/x-nmos", "netctrl/")
	northbound.Index(r, "/x-nmos/netctrl", Version+"/")
	northbound.Index(r, Base, "network-devices/", "endpoints/", "network-links/", "network-flows/")

	a.mountDocument(r)
	devices().mount(r, a, devicesPath)
	northbound.Mount(r, devicesPath+"/{id}", northbound.Methods{"GET": one(a, "network device", findDevice)})
	links().mount(r, a, linksPath)
	northbound.Mount(r, linksPath+"/{id}", northbound.Methods{"GET": one(a, "network link", findLink)})
	endpoints().mount(r, a, endpointsPath)
	northbound.Mount(r, endpointsPath+"/{id}", northbound.Methods{
		"GET": one(a, "endpoint", findEndpoint), "PUT": a.putEndpoint, "PATCH": a.patchEndpoint,
		"DELETE": remove(a, "endpoint", deleteEndpoint, intent.Statuses{core.InUse: http.StatusConflict}),
	})
	networkFlows().mount(r, a, flowsPath)
	northbound.Mount(r, flowsPath+"/{id}", northbound.Methods{
		"GET": one(a, "network flow", findFlow), "PUT": a.putFlow, "PATCH": a.patchFlow, "DELETE": remove(a, "network flow", deleteFlow, nil),
	})
	northbound.Mount(r, flowsPath+"/{id}/receivers", northbound.Methods{"POST": a.addReceivers})
	northbound.Mount(r, flowsPath+"/{id}/receivers/{receiver}", northbound.Methods{"DELETE": a.removeReceiver})
}

// submit waits for the controller. A refusal comes back as what the client is told.
func (a *API) submit(r *http.Request, change core.Change, special intent.Statuses) (core.Result, error) {
	result, err := intent.Submit(r, a.controller, change)
	if err != nil {
		return core.Result{}, refused(err, special)
	}
	return result, nil
}

// refused tells a client that an endpoint is there already, and where.
func refused(err error, special intent.Statuses) error {
	told := intent.Problem(err, special)
	var refusal *core.Refusal
	var problem *northbound.Problem
	if errors.As(err, &refusal) && errors.As(told, &problem) && refusal.Kind == core.Conflict && problem.Code == http.StatusConflict && refusal.Other != uuid.Nil {
		problem.WithHeader("Location", endpointsPath+"/"+refusal.Other.String())
	}
	return told
}

// snapshot is what one request is answered from; the answer says so when a restart could undo some of it.
func (a *API) snapshot(w http.ResponseWriter, r *http.Request) (*core.Snapshot, error) {
	ctx, cancel := context.WithTimeout(r.Context(), intent.Patience)
	defer cancel()
	s, err := a.controller.Snapshot(ctx)
	if err != nil {
		return nil, intent.Problem(err, nil)
	}
	northbound.MarkUnsaved(w, s.Unsaved)
	return s, nil
}

// one serves the GET of a single resource.
func one[T any](a *API, noun string, find func(*core.Snapshot, uuid.UUID) (T, bool)) northbound.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := a.pathID(r, "id", noun)
		if err != nil {
			return err
		}
		s, err := a.snapshot(w, r)
		if err != nil {
			return err
		}
		found, ok := find(s, id)
		if !ok {
			return northbound.NewProblem(http.StatusNotFound, "there is no %s %s", noun, id)
		}
		return northbound.Answer(w, http.StatusOK, found)
	}
}

// remove serves the DELETE of a single resource.
func remove(a *API, noun string, change func(uuid.UUID) core.Change, special intent.Statuses) northbound.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := a.pathID(r, "id", noun)
		if err != nil {
			return err
		}
		if _, err := a.submit(r, change(id), special); err != nil {
			return err
		}
		return noContent(w)
	}
}

// resulting submits a change that makes a resource what it gives.
func resulting[T any](a *API, r *http.Request, change core.Change, special intent.Statuses, of func(core.Result) *T) (*T, error) {
	result, err := a.submit(r, change, special)
	if err != nil {
		return nil, err
	}
	if of(result) == nil {
		return nil, errNoResult
	}
	return of(result), nil
}

// parse reads a body into what a change needs. The document says what it may be; the rest is conversion.
func parse[T any](r *http.Request, schema *openapi.Schema, read func(*northbound.Form) T) (T, error) {
	none := *new(T)
	body, err := northbound.ReadValue(r)
	if err != nil {
		return none, err
	}
	if err := schema.Check(body); err != nil {
		return none, err
	}
	form, err := body.Form()
	if err != nil {
		return none, err
	}
	value := read(form)
	return value, form.Err()
}

// pathID is the id of what the path names. What cannot be an id names nothing.
func (a *API) pathID(r *http.Request, variable, noun string) (uuid.UUID, error) {
	id, ok := a.parseID(mux.Vars(r)[variable])
	if !ok {
		return id, northbound.NewProblem(http.StatusNotFound, "there is no %s %s: an id is a UUID in lower case of version 1 to 5",
			noun, quote(mux.Vars(r)[variable]))
	}
	return id, nil
}

// newID is the id of what a PUT makes.
func (a *API) newID(r *http.Request) (uuid.UUID, error) {
	id, ok := a.parseID(mux.Vars(r)["id"])
	if !ok {
		return id, northbound.NewProblem(http.StatusBadRequest, "id: the path has %s: want a UUID in lower case of version 1 to 5",
			quote(mux.Vars(r)["id"]))
	}
	return id, nil
}

func (a *API) parseID(text string) (uuid.UUID, bool) {
	if a.contract.id.CheckText("id", text) != nil {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(text)
	return id, err == nil
}

func noContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func created(w http.ResponseWriter, location string, body any) error {
	w.Header().Set("Location", location)
	return northbound.Answer(w, http.StatusCreated, body)
}

// errNoResult means that the controller broke its contract.
var errNoResult = errors.New("controller answered a change without its result")
