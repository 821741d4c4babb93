package ops

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/mux"
	"github.com/sirupsen/logrus"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// Prefix is the path that all resources are under.
const Prefix = "/api/v1"

// DefaultTimeout bounds how long a request waits for the controller, or for a switch that is read.
const DefaultTimeout = 5 * time.Second

// ErrUnreachable says that a switch's tables could not be read, for instance because it is not connected. Test with errors.Is.
var ErrUnreachable = errors.New("switch cannot be read")

// Controller is what the API shows.
type Controller interface {
	// Snapshot gives the state now, or an error when the controller does not answer before ctx ends.
	Snapshot(ctx context.Context) (*core.Snapshot, error)
	// Tables reads a switch's tables from the switch itself, and gives what they should hold. When the error is an ErrUnreachable,
	// have is empty and want is right nonetheless.
	Tables(ctx context.Context, sw topology.SwitchID) (have, want flows.Tables, err error)
}

// API serves the resources of this package. Controller is required; it is safe for concurrent use if that is.
type API struct {
	Controller Controller
	Version    Version
	// Log gets what failed on our side; nil for nowhere.
	Log logrus.FieldLogger
	// Now is the controller's clock; nil for time.Now.
	Now func() time.Time
	// Timeout bounds a request; 0 for DefaultTimeout.
	Timeout time.Duration
}

// Register adds the resources to a router, under Prefix. Whatever else is under Prefix must be registered before, because what is
// found nowhere is answered here.
func (a *API) Register(r *mux.Router) {
	v1 := r.PathPrefix(Prefix).Subrouter()
	get := func(path string, h http.HandlerFunc) { v1.HandleFunc(path, a.readOnly(h)) }

	get("/switches", collection[Switch]{switchFilter, switches, keepSwitch}.serve(a))
	get("/switches/{switch}", a.switchByName)
	get("/switches/{switch}/tables", a.tables)
	get("/ports", collection[Port]{switchFilter, ports, keepPort}.serve(a))
	get("/links", collection[Link]{bothFilters, links, keepLink}.serve(a))
	get("/hosts", collection[Host]{bothFilters, hosts, keepHost}.serve(a))
	get("/endpoints", collection[Endpoint]{bothFilters, endpoints, keepEndpoint}.serve(a))
	get("/flows", collection[Flow]{bothFilters, flowList, keepFlow}.serve(a))
	get("/flows/{flow}", a.flowByName)
	get("/memberships", collection[Membership]{bothFilters, memberships, keepMembership}.serve(a))
	get("/denials", collection[Denial]{bothFilters, denials, keepDenial}.serve(a))
	get("/counters", a.counters)
	get("/version", a.version)
	get("/health", a.health)

	v1.NotFoundHandler = http.HandlerFunc(a.noSuchPath)
}

// readOnly refuses what is not reading. The router could match by method, but forgets a mismatch when it tries the next path.
func (a *API) readOnly(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			a.noSuchMethod(w, r)
			return
		}
		h(w, r)
	}
}

// index takes a snapshot for one request.
func (a *API) index(ctx context.Context) (*index, error) {
	s, err := a.Controller.Snapshot(ctx)
	if err != nil {
		return nil, notAnswering(err)
	}
	return newIndex(s), nil
}

func (a *API) now() time.Time {
	if a.Now == nil {
		return time.Now().UTC()
	}
	return a.Now().UTC()
}

// bounded gives the request's context with the API's timeout.
func (a *API) bounded(r *http.Request) (context.Context, context.CancelFunc) {
	timeout := a.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	return context.WithTimeout(r.Context(), timeout)
}
