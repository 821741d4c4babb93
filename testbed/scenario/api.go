package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// apiPath is where IS-06 is on a controller.
const apiPath = "/x-nmos/netctrl/v1.0/"

// maxBody bounds what is read of an answer, in bytes.
const maxBody = 16 << 20

// api speaks IS-06 as a broadcast controller would: plain REST. It shares nothing with the server.
type api struct {
	base string
	http *http.Client
}

// answer is what came back.
type answer struct {
	status int
	body   []byte
}

// fault is what an error's body says, or the body itself when it is not as IS-06 wants it.
func (a answer) fault() string {
	var body struct {
		Code  int    `json:"code"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil || body.Code != a.status {
		return fmt.Sprintf("(no error body of IS-06) %.200s", a.body)
	}
	return body.Error
}

// refusalError is an answer of another status than asked for.
type refusalError struct {
	request string
	want    int
	answer
}

// Error gives the controller's own words.
func (e *refusalError) Error() string {
	return fmt.Sprintf("%s: answered %d, not %d: %s", e.request, e.status, e.want, e.fault())
}

// do sends a request and wants one status. The body is sent as JSON; nil sends none.
func (c *api) do(ctx context.Context, method, path string, body any, want int) error {
	var encoded []byte
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	got, err := c.send(ctx, method, path, encoded)
	if err != nil {
		return err
	}
	if got.status != want {
		return &refusalError{request: method + " " + path, want: want, answer: got}
	}
	return nil
}

// send sends anything, also what is no JSON.
func (c *api) send(ctx context.Context, method, path string, body []byte) (answer, error) {
	url := c.base + apiPath + strings.TrimPrefix(path, "/")
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("make request: %w", err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return answer{}, fmt.Errorf("read answer to %s %s: %w", method, path, err)
	}
	return answer{status: resp.StatusCode, body: got}, nil
}
