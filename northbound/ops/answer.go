package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
)

// answer writes a body with status 200. It is encoded before the first byte is sent, so that what cannot be encoded is still an error.
func (a *API) answer(w http.ResponseWriter, r *http.Request, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		a.fail(w, r, fmt.Errorf("encode answer: %w", err))
		return
	}
	write(w, http.StatusOK, text)
}

// fail writes an error, and logs it if it is ours.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var body *Error
	if !errors.As(err, &body) {
		body = newError(http.StatusInternalServerError, err, "the controller failed to answer; its log says more")
	}
	if body.Code >= http.StatusInternalServerError && a.Log != nil {
		a.Log.WithError(err).WithFields(logrus.Fields{"path": r.URL.Path, "status": body.Code}).Warn("read request failed")
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic("ops: an Error cannot be encoded: " + err.Error())
	}
	write(w, body.Code, text)
}

func write(w http.ResponseWriter, status int, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// A client that is gone is no one's error.
	_, _ = w.Write(append(text, '\n'))
}

// newError makes an error from what a person should read and, if there is one, its cause.
func newError(code int, cause error, format string, args ...any) *Error {
	e := &Error{Code: code, Message: fmt.Sprintf(format, args...)}
	if cause != nil {
		text := cause.Error()
		e.Debug = &text
	}
	return e
}

func badRequest(format string, args ...any) *Error {
	return newError(http.StatusBadRequest, nil, format, args...)
}

func notFound(format string, args ...any) *Error {
	return newError(http.StatusNotFound, nil, format, args...)
}

func notAnswering(cause error) *Error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return newError(http.StatusServiceUnavailable, cause, "the controller did not answer in time: it is overloaded or stuck; try again")
	}
	return newError(http.StatusServiceUnavailable, cause, "the controller does not answer: it is starting or stopping; try again")
}

func (a *API) noSuchPath(w http.ResponseWriter, r *http.Request) {
	a.fail(w, r, notFound("nothing is at %s; under %s there are: %s", clip(r.URL.Path), Prefix, strings.Join(Resources(), ", ")))
}

func (a *API) noSuchMethod(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	a.fail(w, r, newError(http.StatusMethodNotAllowed, nil, "%s is not possible here: this API only reads (GET)", clip(r.Method)))
}

// Resources lists what is under Prefix, sorted.
func Resources() []string {
	names := []string{
		"switches", "switches/{id or name}", "switches/{id or name}/tables", "ports", "links", "hosts", "endpoints",
		"flows", "flows/{uuid}", "memberships", "denials", "counters", "version", "health",
	}
	slices.Sort(names)
	return names
}
