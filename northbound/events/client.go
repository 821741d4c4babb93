package events

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"crosspoint/northbound"
	"crosspoint/northbound/ops"
)

const (
	// maxLine bounds one line of a stream, in bytes: an event with the largest documents that there can be.
	maxLine = 64 << 20
	// maxRefusal bounds what is read of an answer that is no stream.
	maxRefusal = 64 << 10
	// silence is how long a stream may be silent before it is taken for dead.
	silence = 3 * DefaultHeartbeat
)

// Client follows the events of a running controller.
type Client struct {
	Base      string       // "http://127.0.0.1:8080", without Path
	HTTP      *http.Client // without a time-out; nil for http.DefaultClient
	Resources []Resource   // nil for all
	// Backoff is how long to wait before connecting again, doubled with each failure up to 10 s; 0 for 200 ms.
	Backoff time.Duration
	// Lost is told why a connection was lost, before the next try; nil for nobody.
	Lost func(error)
}

const (
	firstBackoff   = 200 * time.Millisecond
	longestBackoff = 10 * time.Second
)

// Watch calls handle for each message, in order, until ctx ends or handle gives an error, which it returns. It begins after since, or now with 0.
// When a connection is lost it connects again and goes on where it was. The first connection must succeed: its error, which is as those
// of [ops.Client], is returned.
func (c Client) Watch(ctx context.Context, since Cursor, handle func(Message) error) error {
	place, wait := since, c.firstWait()
	for first := true; ; first = false {
		answered, err := c.once(ctx, &place, handle)
		var failed *handlerError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &failed):
			return failed.error
		case first && !answered:
			return err
		}
		if answered {
			wait = c.firstWait()
		}
		if c.Lost != nil {
			c.Lost(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, longestBackoff)
	}
}

func (c Client) firstWait() time.Duration {
	if c.Backoff == 0 {
		return firstBackoff
	}
	return c.Backoff
}

// handlerError is what the caller's own function gave.
type handlerError struct{ error }

// once follows one connection to its end, and keeps place. answered: there was a stream.
func (c Client) once(ctx context.Context, place *Cursor, handle func(Message) error) (answered bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing came for %v", silence)) })
	defer watchdog.Stop()
	body, err := c.connect(ctx, *place)
	if err != nil {
		return false, err
	}
	defer body.Close()
	in := reader{lines: newLines(body), alive: func() { watchdog.Reset(silence) }}
	for {
		m, at, err := in.next()
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return true, err
		}
		if m != nil {
			if err := handle(m); err != nil {
				return true, &handlerError{err}
			}
		}
		if at != 0 {
			*place = at
		}
	}
}

func (c Client) connect(ctx context.Context, since Cursor) (io.ReadCloser, error) {
	at := strings.TrimSuffix(c.Base, "/") + Path
	q := url.Values{}
	for _, r := range c.Resources {
		q.Add(paramResource, string(r))
	}
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if since != 0 {
		req.Header.Set(headerLastID, since.String())
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp, at)
}

func refusal(resp *http.Response, at string) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // what cannot be read is no Problem either
	var failure northbound.Problem
	if err := json.Unmarshal(text, &failure); err != nil || failure.Code != resp.StatusCode {
		return &ops.NotAPIError{URL: at, Status: resp.Status, Err: errors.New("no stream of events")}
	}
	return &failure
}

// reader takes a stream apart (WHATWG HTML §9.2.6), as far as this server makes use of it.
type reader struct {
	lines *bufio.Reader
	alive func() // called with every line
	text  []byte // of the line being read
}

func newLines(body io.Reader) *bufio.Reader { return bufio.NewReaderSize(body, 64<<10) }

// next gives a message, and the client's place after it. A message of nil moves the place only.
func (r *reader) next() (Message, Cursor, error) {
	var name string
	var data []byte
	var place Cursor
	for {
		line, err := r.line()
		if err != nil {
			return nil, 0, err
		}
		r.alive()
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if data == nil {
				return nil, place, nil
			}
			m, err := parseMessage(name, data)
			return m, place, err
		case field == "id":
			if place, err = ParseCursor(value); err != nil {
				return nil, 0, err
			}
		case field == "event":
			name = value
		case field == "data":
			data = append(data, value...)
		}
	}
}

// line reads one line without its end.
func (r *reader) line() (string, error) {
	r.text = r.text[:0]
	for {
		part, more, err := r.lines.ReadLine()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the stream ended")
			}
			return "", err
		}
		if r.text = append(r.text, part...); len(r.text) > maxLine {
			return "", fmt.Errorf("read events: a line of more than %d bytes", maxLine)
		}
		if !more {
			return string(r.text), nil
		}
	}
}

func parseMessage(name string, data []byte) (Message, error) {
	switch kind := NoticeKind(name); kind {
	case Reset, CutOff, End:
		n := Notice{Kind: kind}
		if err := json.Unmarshal(data, &n); err != nil {
			return nil, fmt.Errorf("read notice %s: %w", name, err)
		}
		return n, nil
	}
	var e Event
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("read event %.64q: %w", name, err)
	}
	return e, nil
}
