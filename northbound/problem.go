package northbound

import (
	"errors"
	"fmt"
	"net/http"
)

// Problem is an answer of 400 and above (IS-06 error.json). It is an error, so that handlers return it.
type Problem struct {
	Code    int    `json:"code"` // the HTTP status
	Message string `json:"error"`
	// Debug is for who programs against the API; nil is null.
	Debug *string `json:"debug"`
	// Header is added to the answer's; nil for none.
	Header http.Header `json:"-"`
}

// NewProblem makes a problem whose message a person should read: what was asked, what is wrong and what would be right.
func NewProblem(code int, format string, args ...any) *Problem {
	return &Problem{Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithDebug adds the technical detail and gives the problem back.
func (p *Problem) WithDebug(format string, args ...any) *Problem {
	text := fmt.Sprintf(format, args...)
	p.Debug = &text
	return p
}

// WithHeader sets one header of the answer and gives the problem back.
func (p *Problem) WithHeader(key, value string) *Problem {
	if p.Header == nil {
		p.Header = make(http.Header)
	}
	p.Header.Set(key, value)
	return p
}

// Error is the message.
func (p *Problem) Error() string { return p.Message }

// Fail answers with err if it is a [Problem] or [Faults], which are 400. Any other error is the server's own: it goes to the log, and
// the client learns only that there was one.
func Fail(w http.ResponseWriter, err error) {
	var problem *Problem
	var faults Faults
	switch {
	case errors.As(err, &problem):
	case errors.As(err, &faults):
		problem = NewProblem(http.StatusBadRequest, "%s", faults.Error())
	default:
		problem = NewProblem(http.StatusInternalServerError, "the controller failed to carry out the request; its log says more")
		note(w, err)
	}
	for key, values := range problem.Header {
		w.Header()[key] = values
	}
	note(w, problem)
	writeJSON(w, problem.Code, problem)
}
