package northbound

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// API is a set of resources.
type API interface {
	// Register adds them to the router. It is called once, before anything is served.
	Register(r *mux.Router)
}

// newRouter gives the router with all APIs mounted. Paths are taken as they are: cleaning them, as mux does unasked, is a redirect.
func newRouter(apis []API) *mux.Router {
	r := mux.NewRouter().SkipClean(true)
	Index(r, "/", "x-nmos/")
	for _, api := range apis {
		api.Register(r)
	}
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Fail(w, NewProblem(http.StatusNotFound, "there is nothing at %s", clip(r.URL.Path)))
	})
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		serveOther(r, w, req)
	})
	return r
}

// serveOther answers a method that no route of the path takes, where an API gave its routes methods by mux instead of [Mount].
func serveOther(r *mux.Router, w http.ResponseWriter, req *http.Request) {
	allow := strings.Join(append(methodsOf(r, req), http.MethodOptions), ", ")
	if req.Method == http.MethodOptions {
		preflight(w, req, allow)
		return
	}
	Fail(w, notAllowed(req, allow))
}

func methodsOf(r *mux.Router, req *http.Request) []string {
	all := []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut}
	return slices.DeleteFunc(all, func(method string) bool {
		probe := *req
		probe.Method = method
		var match mux.RouteMatch
		return !r.Match(&probe, &match) || match.MatchErr != nil
	})
}

// clip keeps what a client sent short where a message repeats it.
func clip(s string) string {
	const most = 128
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
