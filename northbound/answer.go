package northbound

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Answer writes a body as JSON. It is encoded before the first byte is sent, so that what cannot be encoded is still an error.
func Answer(w http.ResponseWriter, status int, body any) error {
	text, err := Encode(body)
	if err != nil {
		return err
	}
	AnswerRaw(w, status, text)
	return nil
}

// AnswerRaw writes a body that is JSON already.
func AnswerRaw(w http.ResponseWriter, status int, text []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A client that is gone is no one's error.
	_, _ = w.Write(text)
}

// Encode gives the JSON text of a value, with <, > and & as they are: nothing of it is ever part of an HTML page.
func Encode(body any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// writeJSON writes a body of this package's own, which can always be encoded.
func writeJSON(w http.ResponseWriter, status int, body any) {
	if err := Answer(w, status, body); err != nil {
		panic("northbound: " + err.Error())
	}
}
