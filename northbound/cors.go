package northbound

import (
	"net/http"
	"strings"
)

// preflightAge is how long a browser may remember the answer to a preflight request, in seconds.
const preflightAge = "3600"

// exposed are the headers that a script from elsewhere may read besides the few that it always may.
const exposed = "Allow, Content-Length, " + UnsavedHeader + ", Link, Location, Retry-After, X-Paging-Limit, X-Paging-Since, X-Paging-Until"

// allowOrigins lets pages from anywhere read the answers, as IS-06 asks.
func allowOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", exposed)
		next.ServeHTTP(w, r)
	})
}

// preflight tells a browser what a page from elsewhere may send: these methods, and whatever headers it asked for.
func preflight(w http.ResponseWriter, r *http.Request, methods string) {
	h := w.Header()
	h.Set("Allow", methods)
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Max-Age", preflightAge)
	h.Set("Vary", "Access-Control-Request-Headers")
	if asked := r.Header.Values("Access-Control-Request-Headers"); len(asked) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	}
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}
