package northbound

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// Handler serves one method of a path. What it returns as an error it has not answered yet; see [Fail].
type Handler func(w http.ResponseWriter, r *http.Request) error

// Methods are what a path takes. HEAD goes with GET, and OPTIONS with any; they need not be named.
type Methods map[string]Handler

// Mount registers a path, with and without its trailing slash, for exactly these methods: OPTIONS is answered as a CORS preflight and
// anything else is 405 with Allow. Variables in the path are mux's.
func Mount(r *mux.Router, path string, methods Methods) {
	h := newEndpoint(methods)
	path = strings.TrimSuffix(path, "/")
	if path != "" {
		r.Handle(path, h)
	}
	r.Handle(path+"/", h)
}

// Index mounts a base resource: the list of its children, each with its trailing slash.
func Index(r *mux.Router, path string, children ...string) {
	Mount(r, path, Methods{http.MethodGet: func(w http.ResponseWriter, _ *http.Request) error {
		return Answer(w, http.StatusOK, children)
	}})
}

// endpoint serves one path.
type endpoint struct {
	methods Methods
	allow   string // every method, sorted, as Allow lists them
}

func newEndpoint(methods Methods) endpoint {
	methods = maps.Clone(methods)
	if get, ok := methods[http.MethodGet]; ok {
		methods[http.MethodHead] = get
	}
	names := append(slices.Collect(maps.Keys(methods)), http.MethodOptions)
	slices.Sort(names)
	return endpoint{methods: methods, allow: strings.Join(names, ", ")}
}

func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve, ok := e.methods[r.Method]
	switch {
	case ok:
		if err := serve(w, r); err != nil {
			Fail(w, err)
		}
	case r.Method == http.MethodOptions:
		preflight(w, r, e.allow)
	default:
		Fail(w, notAllowed(r, e.allow))
	}
}

func notAllowed(r *http.Request, allow string) *Problem {
	return NewProblem(http.StatusMethodNotAllowed, "%s does not take %s, but %s", clip(r.URL.Path), clip(r.Method), allow).
		WithHeader("Allow", allow)
}
