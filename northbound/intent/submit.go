package intent

import (
	"context"
	"net/http"
	"time"

	"crosspoint/controller/core"
)

// Patience is how long a request waits for the controller. It is longer than any change may take: two deadlines and the time between.
const Patience = 30 * time.Second

// Submitter carries out changes.
type Submitter interface {
	// Submit has one change carried out, whole or not at all: when it is answered, switches and disk have it. The error is a *core.Refusal, or that
	// of ctx: then nobody knows.
	Submit(ctx context.Context, change core.Change) (core.Result, error)
}

// Submit has a change carried out for a request and waits for that. The error is the submitter's: [Problem] turns it into what the client is told.
func Submit(r *http.Request, to Submitter, change core.Change) (core.Result, error) {
	ctx, cancel := context.WithTimeout(r.Context(), Patience)
	defer cancel()
	return to.Submit(ctx, change)
}
