package northbound

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
)

// ReadForm reads a request's body, which must be one JSON object. The error is a [Problem]: 415 for another media type, 413 for too
// much, 400 for what is not JSON, holds a name twice, or is no object.
func ReadForm(r *http.Request) (*Form, error) {
	value, err := ReadValue(r)
	if err != nil {
		return nil, err
	}
	form, err := value.Form()
	if err != nil {
		return nil, NewProblem(http.StatusBadRequest, "the body: %s", err)
	}
	return form, nil
}

// ReadValue reads a request's body, which may be any JSON. Its errors are those of [ReadForm].
func ReadValue(r *http.Request) (Value, error) {
	if err := checkMediaType(r.Header.Get("Content-Type")); err != nil {
		return Value{}, err
	}
	text, err := readBody(r)
	if err != nil {
		return Value{}, err
	}
	return ParseValue(text)
}

// checkMediaType wants application/json. RFC 8259 §8.1 knows no charset but UTF-8; clients that name it all the same are right.
func checkMediaType(header string) error {
	kind, params, err := mime.ParseMediaType(header)
	charset := strings.ToLower(params["charset"])
	if err == nil && kind == "application/json" && (charset == "" || charset == "utf-8" || charset == "us-ascii") {
		return nil
	}
	if header == "" {
		header = "missing"
	}
	return NewProblem(http.StatusUnsupportedMediaType, "Content-Type is %s: want application/json", clip(header))
}

func readBody(r *http.Request) ([]byte, error) {
	// Without a server in between there may be no body and no limit yet.
	if r.Body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) || len(text) > maxBody:
		return nil, bodyTooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, NewProblem(http.StatusRequestTimeout, "the body did not arrive within %s", readTimeout)
	case err != nil:
		return nil, NewProblem(http.StatusBadRequest, "the body did not arrive whole").WithDebug("%s", err)
	}
	return text, nil
}
