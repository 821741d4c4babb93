package ops

import (
	"context"
	"errors"
	"net/http"

	"crosspoint/northbound"
)

func badRequest(format string, args ...any) *northbound.Problem {
	return northbound.NewProblem(http.StatusBadRequest, format, args...)
}

func notFound(format string, args ...any) *northbound.Problem {
	return northbound.NewProblem(http.StatusNotFound, format, args...)
}

// unavailable is for what may work later. The cause is for programmers.
func unavailable(cause error, format string, args ...any) *northbound.Problem {
	return northbound.NewProblem(http.StatusServiceUnavailable, format, args...).WithDebug("%v", cause)
}

func notAnswering(cause error) *northbound.Problem {
	if errors.Is(cause, context.DeadlineExceeded) {
		return unavailable(cause, "the controller did not answer in time: it is overloaded or stuck; try again")
	}
	return unavailable(cause, "the controller does not answer: it is starting or stopping; try again")
}

func unreadable(name string, connected bool, cause error) *northbound.Problem {
	if !connected {
		return unavailable(cause, "switch %s is not connected, so its tables cannot be read; side=want shows what it should hold", name)
	}
	return unavailable(cause, "the tables of switch %s could not be read: %v; try again", name, cause)
}
