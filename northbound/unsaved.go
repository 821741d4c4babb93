package northbound

import "net/http"

// UnsavedHeader is "true" in an answer that shows something which is in force and could not be saved yet, so that a restart of the controller would
// undo it. It is absent otherwise. GET /api/v1/health says why.
const UnsavedHeader = "Crosspoint-Unsaved"

// MarkUnsaved says so of the answer to come, if it is so.
func MarkUnsaved(w http.ResponseWriter, unsaved bool) {
	if unsaved {
		w.Header().Set(UnsavedHeader, "true")
	}
}
