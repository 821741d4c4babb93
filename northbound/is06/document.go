package is06

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"crosspoint/northbound"
)

// The API's description, beside IS-06's resources: the base lists the four that the standard names, and no more.
const (
	documentPath = Base + "/openapi.json"
	pagePath     = Base + "/docs"
)

func (a *API) mountDocument(r *mux.Router) {
	northbound.Mount(r, documentPath, northbound.Methods{"GET": func(w http.ResponseWriter, _ *http.Request) error {
		northbound.AnswerRaw(w, http.StatusOK, a.contract.Text())
		return nil
	}})
	northbound.Mount(r, pagePath, northbound.Methods{"GET": a.getPage})
}

// getPage answers with HTML that runs nothing and loads nothing, and a browser is told to hold it to that.
func (a *API) getPage(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(a.contract.page)))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(a.contract.page) // a client that is gone is no one's error
	return nil
}
