package is06

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

// patience is how long a request waits for the controller.
const patience = 30 * time.Second

// statuses are what a path's contract has beside 400 for kinds of refusal.
type statuses map[core.RefusalKind]int

// problem tells a client what became of its request, in the statuses that the path knows.
func problem(err error, special statuses) error {
	var refusal *core.Refusal
	switch {
	case errors.As(err, &refusal):
		return refused(refusal, special)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return northbound.NewProblem(http.StatusServiceUnavailable,
			"the controller did not answer within %s: read the resource to see what became of the request", patience).
			WithDebug("%s", err).WithHeader("Retry-After", "1")
	}
	return err
}

func refused(r *core.Refusal, special statuses) *northbound.Problem {
	p := northbound.NewProblem(statusFor(r.Kind, special), "%s", messageOf(r)).WithDebug("%s", debugOf(r))
	if r.Kind == core.Busy || r.Kind == core.NotDurable {
		p.WithHeader("Retry-After", "1")
	}
	if r.Kind == core.Conflict && p.Code == http.StatusConflict && r.Other != uuid.Nil {
		p.WithHeader("Location", endpointsPath+"/"+r.Other.String())
	}
	return p
}

func statusFor(kind core.RefusalKind, special statuses) int {
	if status, ok := special[kind]; ok {
		return status
	}
	switch kind {
	case core.NotFound:
		return http.StatusNotFound
	case core.Busy, core.NotDurable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// messageOf names the attribute that is wrong even if the message does not.
func messageOf(r *core.Refusal) string {
	if strings.Contains(r.Message, r.Field) {
		return r.Message
	}
	return r.Field + ": " + r.Message
}

func debugOf(r *core.Refusal) string {
	debug := "refused: " + kindName(r.Kind)
	if r.Field != "" {
		debug += "; attribute " + r.Field
	}
	if r.Other != uuid.Nil {
		debug += "; other resource " + r.Other.String()
	}
	return debug
}

func kindName(kind core.RefusalKind) string {
	switch kind {
	case core.Invalid:
		return "invalid"
	case core.NotFound:
		return "not found"
	case core.Exists:
		return "exists"
	case core.Conflict:
		return "conflict"
	case core.InUse:
		return "in use"
	case core.NoCapacity:
		return "no capacity"
	case core.NoPath:
		return "no path"
	case core.SwitchRefused:
		return "switch refused"
	case core.TimedOut:
		return "switch timed out"
	case core.Busy:
		return "busy"
	case core.NotDurable:
		return "not durable"
	default:
		return "for another reason"
	}
}
