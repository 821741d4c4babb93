package ops

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/sirupsen/logrus"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// Prefix is the path that all resources are under.
const Prefix = "/api/v1"

// DefaultTimeout bounds how long a request waits for the controller, or for a switch that is read.
const DefaultTimeout = 5 * time.Second

// Controller is what the API shows, and what carries out what operators want.
type Controller interface {
	intent.Submitter
	// Snapshot gives the state now, or an error when the controller does not answer before ctx ends.
	Snapshot(ctx context.Context) (*core.Snapshot, error)
	// Tables reads a switch's tables from the switch itself, and gives what they should hold. With an error have is empty; want is right
	// nonetheless, unless it is the zero Tables: a switch that is away cannot be read, but what it should hold is known.
	Tables(ctx context.Context, sw topology.SwitchID) (have, want flows.Tables, err error)
	// Counters reads from a switch, now, the entries with a cookie, and the meters that those use. A switch that is away is an error; one that
	// holds no such entry is not.
	Counters(ctx context.Context, sw topology.SwitchID, cookie uint64) (openflow.FlowStatsReply, openflow.MeterStatsReply, error)
	// PortCounters reads the counters of all ports of a switch from it, now. A switch that is away is an error.
	PortCounters(ctx context.Context, sw topology.SwitchID) (openflow.PortStatsReply, error)
	// Sessions lists the OpenFlow sessions that are open, and what they count.
	Sessions() ([]controller.SessionInfo, error)
}

// API serves the resources of this package. Controller is required; it is safe for concurrent use if that is. It must not be copied
// after first use.
type API struct {
	Controller Controller
	Version    Version
	// Log gets a warning when the controller or a switch does not answer; nil for nowhere.
	Log logrus.FieldLogger
	// Now is the controller's clock; nil for time.Now.
	Now func() time.Time
	// Timeout bounds a request; 0 for DefaultTimeout.
	Timeout time.Duration
	// Beside names what others serve under Prefix, so that it is listed too.
	Beside []string

	samples samples
	ports   portSamples
}

var _ northbound.API = (*API)(nil)

// Register adds the resources to a router, under Prefix. Whatever else is under Prefix must be registered before, because what is
// found nowhere is answered here.
func (a *API) Register(r *mux.Router) {
	get := func(path string, h northbound.Handler) {
		northbound.Mount(r, Prefix+path, northbound.Methods{http.MethodGet: h})
	}
	get("/switches", collection[Switch]{filters: switchFilter, items: switches, keep: keepSwitch}.serve(a))
	get("/switches/{switch}", single(a, switchByName))
	get("/switches/{switch}/tables", a.tables)
	get("/ports", collection[Port]{filters: portFilters, items: ports, keep: keepPort, measure: measurePort}.serve(a))
	get("/links", collection[Link]{filters: linkFilters, items: links, keep: keepLink, measure: measureLink}.serve(a))
	get("/hosts", collection[Host]{filters: bothFilters, items: hosts, keep: keepHost}.serve(a))
	get("/endpoints", collection[Endpoint]{filters: bothFilters, items: endpoints, keep: keepEndpoint}.serve(a))
	get("/flows", collection[Flow]{filters: bothFilters, items: flowList, keep: keepFlow}.serve(a))
	get("/flows/{flow}", single(a, flowByName))
	get("/network-flows/{flow}/status", a.flowStatus)
	get("/memberships", collection[Membership]{filters: bothFilters, items: memberships, keep: keepMembership}.serve(a))
	get("/denials", collection[Denial]{filters: bothFilters, items: denials, keep: keepDenial}.serve(a))
	get("/sessions", a.sessions)
	get("/counters", single(a, counters))
	get("/version", a.version)
	get("/health", single(a, a.health))
	get("/backup", (&backups{api: a}).serve)
	get("/queriers", collection[Querier]{filters: switchFilter, items: queriers, keep: keepQuerier}.serve(a))
	a.registerWrites(r)

	northbound.Index(r, Prefix, a.resources()...)
	r.PathPrefix(Prefix + "/").HandlerFunc(a.noSuchPath)
}

// resources lists what is under Prefix by whomever, sorted.
func (a *API) resources() []string {
	return slices.Sorted(slices.Values(slices.Concat(Resources(), a.Beside)))
}

// Resources lists what this package serves under Prefix, sorted.
func Resources() []string {
	return []string{
		"backup", "counters", "denials", "drain", "drain/{id or name}", "endpoints", "flows", "flows/{uuid}", "health", "hosts", "links", "memberships",
		"network-flows/{uuid}/status", "optimise", "ports", "queriers", "redundancy", "redundancy/{name}", "salvos", "sessions",
		"switches", "switches/{id or name}", "switches/{id or name}/tables", "version",
	}
}

// registerWrites adds what changes something.
func (a *API) registerWrites(r *mux.Router) {
	drains := collection[Drained]{filters: switchFilter, items: drained, keep: keepDrained}.serve(a)
	northbound.Mount(r, Prefix+"/drain", northbound.Methods{http.MethodGet: drains, http.MethodPost: a.drain})
	northbound.Mount(r, Prefix+"/drain/{switch}", northbound.Methods{http.MethodDelete: a.undrain})
	northbound.Mount(r, Prefix+"/optimise", northbound.Methods{http.MethodPost: a.optimise})
	northbound.Mount(r, Prefix+"/salvos", northbound.Methods{http.MethodPost: a.salvo})
	pairs := collection[Pair]{filters: flowFilter, items: pairs, keep: keepPair}.serve(a)
	northbound.Mount(r, Prefix+"/redundancy", northbound.Methods{http.MethodGet: pairs})
	northbound.Mount(r, Prefix+"/redundancy/{name:.+}", northbound.Methods{
		http.MethodGet: single(a, pairByName), http.MethodPut: a.pair, http.MethodDelete: a.unpair,
	})
}

func (a *API) noSuchPath(w http.ResponseWriter, r *http.Request) {
	northbound.Fail(w, notFound("there is nothing at %s; under %s there are: %s", clip(r.URL.Path), Prefix, strings.Join(a.resources(), ", ")))
}

// index takes a snapshot for one request; the answer says so when a restart could undo some of it.
func (a *API) index(ctx context.Context, w http.ResponseWriter) (*index, error) {
	s, err := a.Controller.Snapshot(ctx)
	if err != nil {
		a.warn(err, "the controller does not answer a reader")
		return nil, notAnswering(err)
	}
	northbound.MarkUnsaved(w, s.Unsaved)
	return newIndex(s), nil
}

func (a *API) warn(cause error, message string) {
	if a.Log != nil {
		a.Log.WithError(cause).Warn(message)
	}
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
