package intent

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

// Statuses are what a path's contract has, for kinds of refusal, beside 400, 404 for what the path names, and 503 for what may work later.
type Statuses map[core.RefusalKind]int

// Problem tells a client what became of its request, in the statuses that the path knows. What is no answer of the controller's stays as it is.
func Problem(err error, special Statuses) error {
	var refusal *core.Refusal
	switch {
	case errors.As(err, &refusal):
		return refused(refusal, special)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return northbound.NewProblem(http.StatusServiceUnavailable,
			"the controller did not answer within %s: read the resource to see what became of the request", Patience).
			WithDebug("%s", err).WithHeader("Retry-After", "1")
	}
	return err
}

func refused(r *core.Refusal, special Statuses) *northbound.Problem {
	p := northbound.NewProblem(statusFor(r.Kind, special), "%s", messageOf(r)).WithDebug("%s", debugOf(r))
	if r.Kind == core.Busy || r.Kind == core.NotDurable {
		p.WithHeader("Retry-After", "1")
	}
	return p
}

func statusFor(kind core.RefusalKind, special Statuses) int {
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
