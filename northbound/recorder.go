package northbound

import "net/http"

// recorder remembers what was answered, for the logs.
type recorder struct {
	http.ResponseWriter
	status  int // 0: nothing was sent yet
	bytes   int64
	refusal *Problem // what the client was told
	fault   error    // what it was not told
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Flush lets handlers stream that ask for an http.Flusher.
func (r *recorder) Flush() { _ = http.NewResponseController(r.ResponseWriter).Flush() }

// Unwrap lets http.ResponseController reach the connection: a handler that streams lifts its write deadline so.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// note has the logs know of an error, if the request came through [Server].
func note(w http.ResponseWriter, err error) {
	r, ok := w.(*recorder)
	if !ok {
		return
	}
	if problem, ok := err.(*Problem); ok {
		r.refusal = problem
		return
	}
	r.fault = err
}
