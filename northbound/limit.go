package northbound

import "net/http"

const (
	// maxBody bounds a request's body, in bytes.
	maxBody = 1 << 20
	// maxHead bounds the request line and the headers together, in bytes, with an error body for what is longer. net/http cuts in, without
	// one, at headLimit.
	maxHead   = 16 << 10
	headLimit = 64 << 10
)

// limitSizes refuses requests that are too long. A body that does not announce its length is cut where it becomes too long.
func limitSizes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case headSize(r) > maxHead:
			Fail(w, NewProblem(http.StatusRequestHeaderFieldsTooLarge,
				"the request's address and headers are longer than %d bytes together", maxHead))
		case r.ContentLength > maxBody:
			Fail(w, bodyTooLarge())
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			next.ServeHTTP(w, r)
		}
	})
}

func bodyTooLarge() *Problem {
	return NewProblem(http.StatusRequestEntityTooLarge, "the body is longer than %d bytes", maxBody)
}

func headSize(r *http.Request) int {
	size := len(r.RequestURI) + len(r.Host)
	for key, values := range r.Header {
		for _, value := range values {
			size += len(key) + len(value)
		}
	}
	return size
}
