package northbound

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/sirupsen/logrus"
)

// record writes every request to the log at debug level, what failed on our side at error level, and what meant to change something
// to the audit log.
func (s *Server) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		start := time.Now()
		defer func() { s.report(rec, r, time.Since(start)) }()
		next.ServeHTTP(rec, r)
	})
}

func (s *Server) report(rec *recorder, r *http.Request, took time.Duration) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK // net/http sends it when a handler sent nothing
	}
	fields := logrus.Fields{
		"remote": r.RemoteAddr, "method": clip(r.Method), "path": clip(r.URL.Path), "status": status, "took": took,
	}
	if rec.refusal != nil {
		fields["refusal"] = rec.refusal.Message
	}
	if rec.fault != nil {
		s.log.WithFields(fields).WithError(rec.fault).Error("request failed")
	}
	s.log.WithFields(fields).WithField("bytes", rec.bytes).Debug("request answered")
	if writes(r.Method) {
		s.audit.WithFields(fields).Info("write request answered")
	}
}

func writes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// catch answers a panic with 500. If part of an answer is out already, the connection is cut, so that the client does not take the part
// for the whole.
func catch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			rec := w.(*recorder)
			err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
			if rec.status != 0 {
				rec.fault = err
				panic(http.ErrAbortHandler)
			}
			dropEntity(w.Header())
			Fail(w, err)
		}()
		next.ServeHTTP(w, r)
	})
}

// dropEntity takes back the headers that described the body which will not come.
func dropEntity(h http.Header) {
	for _, key := range []string{"Location", "Link", "Content-Encoding", "X-Paging-Limit", "X-Paging-Since", "X-Paging-Until"} {
		h.Del(key)
	}
}
