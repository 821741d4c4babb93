package northbound

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
)

func TestReadForm(t *testing.T) {
	read := func(kind string, body *http.Request) error {
		body.Header.Set("Content-Type", kind)
		_, err := ReadForm(body)
		return err
	}
	with := func(text string) *http.Request { return httptest.NewRequest("PUT", "/", strings.NewReader(text)) }
	broken := func(err error) *http.Request { return httptest.NewRequest("PUT", "/", iotest.ErrReader(err)) }
	none := with("")
	none.Body = nil
	tests := []struct {
		name   string
		err    error
		status int
	}{
		{"good", read("application/json", with("{}")), 0},
		{"charset", read("application/json; charset=UTF-8", with("{}")), 0},
		{"other charset", read("application/json; charset=latin1", with("{}")), 415},
		{"other type", read("text/json", with("{}")), 415},
		{"no type", read("", with("{}")), 415},
		{"no body", read("application/json", none), 400},
		{"too long without a server", read("application/json", with(strings.Repeat(" ", maxBody+1))), 413},
		{"too slow", read("application/json", broken(os.ErrDeadlineExceeded)), 408},
		{"broken off", read("application/json", broken(errors.New("reset"))), 400},
	}
	for _, test := range tests {
		var problem *Problem
		if test.status == 0 {
			assert.NoError(t, test.err, test.name)
		} else if assert.ErrorAs(t, test.err, &problem, test.name) {
			assert.Equal(t, test.status, problem.Code, test.name)
		}
	}
}

// TestResponseController reaches the connection through the recorder, as a handler that streams must.
func TestResponseController(t *testing.T) {
	rec := httptest.NewRecorder()
	w := &recorder{ResponseWriter: rec}
	assert.NoError(t, http.NewResponseController(w).Flush())
	assert.True(t, rec.Flushed)
	assert.Same(t, rec, w.Unwrap())
}
