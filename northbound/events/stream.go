package events

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"crosspoint/northbound"
)

const (
	// batch is how many events go out in one write.
	batch = 256
	// retryMillis is how long a browser waits before it connects again.
	retryMillis = 1000
)

// sink takes what is written to a client.
type sink interface {
	// write sends all of it at once, and gives an error when the client is gone or does not take it in time.
	write([]byte) error
}

// stream serves one subscriber, until it goes, is too slow, or the controller stops.
func (a *API) stream(w http.ResponseWriter, r *http.Request) error {
	q, err := parseRequest(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		startStream(w)
		return nil
	}
	if !a.enter() {
		return northbound.NewProblem(http.StatusServiceUnavailable, "%d clients follow the events already, and there is no room for more; try again later",
			a.cfg.Subscribers).WithHeader("Retry-After", "5")
	}
	defer a.leave()
	control := http.NewResponseController(w)
	// The server's time-outs are for requests that end. This one has a time-out for each write instead.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lift the read time-out: %w", err)
	}
	startStream(w)
	a.follow(r.Context(), &httpSink{w, control, a.cfg.Patience}, q)
	return nil
}

func startStream(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	w.WriteHeader(http.StatusOK)
}

// httpSink writes to an HTTP client.
type httpSink struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

func (s *httpSink) write(b []byte) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}

// follow brings a subscriber what follows its place in the ring.
func (a *API) follow(ctx context.Context, to sink, q request) {
	place, opening := a.open(q)
	err := to.write(opening)
	for err == nil {
		page := a.ring.after(place, batch)
		if page.lost {
			a.slow.Add(1)
			a.warn(errSlow, "a client that follows the events was cut off")
			_ = to.write(notice(0, CutOff, place, "the client takes events more slowly than they come, and what follows is gone: list again"))
			return
		}
		if n := len(page.records); n > 0 {
			place = page.records[n-1].cursor
			if text := q.wanted(page.records); len(text) > 0 {
				err = to.write(text)
			}
			continue
		}
		var goOn bool
		if goOn, err = a.wait(ctx, to, place, page.more); !goOn {
			return
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		a.slow.Add(1)
		a.warn(err, "a client that follows the events took nothing and was cut off")
	}
}

var errSlow = errors.New("the events that it would have got next are gone")

// open finds the subscriber's place, and says what comes first.
func (a *API) open(q request) (Cursor, []byte) {
	hello := fmt.Appendf(nil, "retry: %d\n", retryMillis)
	place := a.ring.newest()
	switch {
	case !q.resumes:
		return place, append(hello, position(place)...)
	case q.since != 0 && a.ring.knows(q.since, a.cfg.Now()):
		return q.since, append(hello, position(q.since)...)
	}
	return place, append(hello, notice(place, Reset, place, "the cursor is unknown here, or what followed it is gone: list again; events go on from here")...)
}

// wait waits for more. Meanwhile it shows the client that the stream lives, and where it is.
func (a *API) wait(ctx context.Context, to sink, place Cursor, more <-chan struct{}) (goOn bool, err error) {
	heartbeat := time.NewTimer(a.cfg.Heartbeat)
	defer heartbeat.Stop()
	select {
	case <-more:
		return true, nil
	case <-heartbeat.C:
		return true, to.write(position(place))
	case <-a.ended:
		if last := a.ring.after(place, 1); len(last.records) > 0 || last.lost {
			return true, nil
		}
		return false, to.write(notice(0, End, place, "the controller stops"))
	case <-ctx.Done():
		return false, nil
	}
}

// position moves a client's place without telling it anything: a comment, and an id without data (WHATWG HTML §9.2.6).
func position(place Cursor) []byte { return fmt.Appendf(nil, ": here\nid: %s\n\n", place) }

// notice says something of the stream itself. With an id it moves the client's place.
func notice(id Cursor, kind NoticeKind, place Cursor, reason string) []byte {
	data, err := northbound.Encode(Notice{Cursor: place, Reason: reason})
	if err != nil {
		panic("events: a notice does not encode: " + err.Error())
	}
	return frame(id, string(kind), data)
}
