package events

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/northbound"
)

// cutting is a transport whose connections break after so many bytes of answer.
type cutting struct {
	http.RoundTripper
	after func() int
}

func (c cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = &cutBody{resp.Body, c.after()}
	}
	return resp, err
}

type cutBody struct {
	io.ReadCloser
	left int
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// TestResumeAfterCuts: whatever breaks in the middle of whatever, a client gets every event that it asked for once, and in order.
func TestResumeAfterCuts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stands := time.Now()
		a := New(Config{Controller: &fake{}, Now: func() time.Time { return stands }}) // each cursor is just above the last
		server := httptest.NewServer(northbound.New(northbound.Config{APIs: []northbound.API{a}}))
		defer server.Close()
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		cuts := rapid.SliceOfN(rapid.IntRange(0, 2000), 1, 12).Draw(rt, "cuts")
		var made atomic.Int32
		client := Client{
			Base: server.URL, Backoff: time.Microsecond,
			HTTP: &http.Client{Transport: cutting{transport, func() int {
				if i := int(made.Add(1)) - 1; i < len(cuts) {
					return cuts[i]
				}
				return 1 << 30
			}}},
		}
		only := rapid.Bool().Draw(rt, "only flows")
		if only {
			client.Resources = []Resource{Flows}
		}
		start := a.ring.newest()
		n := rapid.IntRange(1, 60).Draw(rt, "events")
		var want []string
		go func() {
			for i := range n {
				publish(rt, a, []Resource{Flows, Devices}[i%2], fmt.Sprint(i))
			}
		}()
		for i := range n {
			if !only || i%2 == 0 {
				want = append(want, fmt.Sprint(i))
			}
		}
		var got []string
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		done := errors.New("done")
		err := client.Watch(ctx, start, func(m Message) error {
			e, ok := m.(Event)
			if !ok {
				return fmt.Errorf("an unexpected %#v", m)
			}
			if got = append(got, e.ID); len(got) == len(want) {
				return done
			}
			return nil
		})
		require.ErrorIs(rt, err, done)
		require.Equal(rt, want, got)
	})
}

func TestReset(t *testing.T) {
	a := New(Config{Controller: &fake{}, Ring: 4})
	server := serve(t, a)
	old := a.ring.newest()
	for i := range 10 {
		publish(t, a, Flows, fmt.Sprint(i))
	}
	for name, ask := range map[string]func() *http.Request{
		"too old, as a parameter": func() *http.Request { return get(t, server.URL+Path+"?since="+old.String()) },
		"of the future":           func() *http.Request { return get(t, server.URL+Path+"?since=8589934591:0") },
		"too old, as a header": func() *http.Request {
			r := get(t, server.URL+Path+"?since="+a.ring.newest().String())
			r.Header.Set("Last-Event-ID", old.String())
			return r
		},
		"no cursor at all": func() *http.Request {
			r := get(t, server.URL+Path)
			r.Header.Set("Last-Event-ID", "garbage")
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, ask())
			m, place, err := in.next()
			require.NoError(t, err)
			require.IsType(t, Notice{}, m)
			assert.Equal(t, Reset, m.(Notice).Kind)
			assert.Equal(t, a.ring.newest(), place)
			assert.Equal(t, place, m.(Notice).Cursor)
			publish(t, a, Flows, "next")
			m, _, err = in.next()
			require.NoError(t, err)
			assert.Equal(t, "next", m.(Event).ID)
		})
	}
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	return r
}

// open starts a stream, which ends with the test.
func open(t *testing.T, r *http.Request) *reader {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { resp.Body.Close(); http.DefaultClient.CloseIdleConnections() })
	require.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &reader{lines: newLines(resp.Body), alive: func() {}}
}

func TestWrongRequests(t *testing.T) {
	server := serve(t, New(Config{Controller: &fake{}}))
	for _, tt := range []struct {
		method, query string
		code          int
		says          string
	}{
		{"GET", "?resource=flows", 400, `unknown resource "flows": there are network-devices,`},
		{"GET", "?resource=", 400, "unknown resource"},
		{"GET", "?since=yesterday", 400, "<seconds>:<nanoseconds>"},
		{"GET", "?since=1:0&since=2:0", 400, "exactly one"},
		{"GET", "?form=1", 400, `unknown parameter "form"`},
		{"GET", "?%zz", 400, "cannot be read"},
		{"POST", "", 405, "GET, HEAD, OPTIONS"},
	} {
		r := get(t, server.URL+Path+tt.query)
		r.Method = tt.method
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		require.NoError(t, err)
		assert.Equal(t, tt.code, resp.StatusCode, tt.query)
		assert.Contains(t, decode[northbound.Problem](t, body).Message, tt.says)
	}
	resp, err := http.Head(server.URL + Path)
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	http.DefaultClient.CloseIdleConnections()
}

func TestNoRoom(t *testing.T) {
	a := New(Config{Controller: &fake{}, Subscribers: 1})
	server := serve(t, a)
	got := watch(t, Client{Base: server.URL}, 0)
	eventually(t, "the first is in", func() bool { return a.Stats().Subscribers == 1 })
	err := Client{Base: server.URL}.Watch(t.Context(), 0, got.take)
	var problem *northbound.Problem
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, http.StatusServiceUnavailable, problem.Code)
	assert.Equal(t, Stats{Subscribers: 1, Refused: 1}, a.Stats())
}

// TestOutlivesTimeouts: the server's time-outs for requests do not end a stream, and heartbeats move a client's place though nothing comes
// that it asked for.
func TestOutlivesTimeouts(t *testing.T) {
	a := New(Config{Controller: &fake{}, Heartbeat: 20 * time.Millisecond})
	server := serve(t, a, func(s *httptest.Server) {
		s.Config.ReadTimeout, s.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	})
	in := open(t, get(t, server.URL+Path+"?resource=endpoints"))
	publish(t, a, Flows, "not asked for")
	var place Cursor
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		m, at, err := in.next()
		require.NoError(t, err)
		require.Nil(t, m)
		place = at
	}
	assert.Equal(t, a.ring.newest(), place)
}

// gate is a client that takes nothing until it is opened.
type gate struct {
	tried chan struct{} // has room for the first try
	open  chan struct{}
	got   chan []byte
}

func newGate() *gate {
	return &gate{make(chan struct{}, 1), make(chan struct{}), make(chan []byte, 2000)}
}

func (g *gate) write(b []byte) error {
	select {
	case g.tried <- struct{}{}:
	default:
	}
	<-g.open
	g.got <- append([]byte(nil), b...)
	return nil
}

// TestSlowSubscriber: who falls behind by more than the ring holds is told so and cut off; the others notice nothing.
func TestSlowSubscriber(t *testing.T) {
	a := New(Config{Controller: &fake{}, Ring: 300})
	slow := newGate()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.follow(context.Background(), slow, request{})
	}()
	fast := newGate()
	close(fast.open)
	ctx, cancel := context.WithCancel(context.Background())
	fastEnded := make(chan struct{})
	go func() {
		defer close(fastEnded)
		a.follow(ctx, fast, request{})
	}()
	var seen strings.Builder
	seen.Write(<-fast.got)
	<-slow.tried // both have their place
	for i := range 1000 {
		publish(t, a, Flows, fmt.Sprintf("<%d>", i))
		for !strings.Contains(seen.String(), fmt.Sprintf("<%d>", i)) {
			seen.Write(<-fast.got)
		}
	}
	cancel()
	<-fastEnded
	close(slow.open)
	<-ended
	close(slow.got)
	var all strings.Builder
	for b := range slow.got {
		all.Write(b)
	}
	assert.NotContains(t, all.String(), "network-flows", "it began before all of them, and they were gone")
	assert.Contains(t, all.String(), "event: cut-off\n")
	assert.EqualValues(t, 1, a.Stats().CutOff)
	assert.Equal(t, 1000, strings.Count(seen.String(), "event: network-flows"))
}

// TestStuckClient: a client that reads nothing at all does not hold its place for ever.
func TestStuckClient(t *testing.T) {
	a := New(Config{Controller: &fake{}, Patience: 50 * time.Millisecond, RingBytes: 1 << 30})
	server := serve(t, a)
	nc, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	defer nc.Close()
	require.NoError(t, nc.(*net.TCPConn).SetReadBuffer(4096))
	_, err = fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", Path)
	require.NoError(t, err)
	eventually(t, "it is in", func() bool { return a.Stats().Subscribers == 1 })
	large := strings.Repeat("x", 1<<20)
	for range 32 {
		publish(t, a, Flows, large)
	}
	eventually(t, "it is out", func() bool { return a.Stats().Subscribers == 0 })
	assert.EqualValues(t, 1, a.Stats().CutOff)
}

// TestEnd: when Run ends, streams bring what they have and say that it is over.
func TestEnd(t *testing.T) {
	c := &fake{state: newWorld().snapshot()}
	a, stop := run(t, Config{Controller: c, Interval: time.Millisecond})
	server := serve(t, a)
	in := open(t, get(t, server.URL+Path))
	_, _, err := in.next()
	require.NoError(t, err)
	publish(t, a, Flows, "last")
	stop()
	m, _, err := in.next()
	require.NoError(t, err)
	assert.Equal(t, "last", m.(Event).ID)
	m, place, err := in.next()
	require.NoError(t, err)
	assert.Equal(t, End, m.(Notice).Kind)
	assert.Zero(t, place, "it does not move the client's place")
	_, _, err = in.next()
	assert.ErrorContains(t, err, "ended")
}

// TestServerStops: a stream does not hold up the end of the server.
func TestServerStops(t *testing.T) {
	c := &fake{state: newWorld().snapshot()}
	a := New(Config{Controller: c})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- a.Run(ctx) }()
	go func() {
		ended <- northbound.New(northbound.Config{APIs: []northbound.API{a}}).Serve(ctx, l)
	}()
	in := open(t, get(t, "http://"+l.Addr().String()+Path))
	_, _, err = in.next()
	require.NoError(t, err)
	began := time.Now()
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, <-ended)
	assert.Less(t, time.Since(began), 3*time.Second)
}

func TestNotAStream(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := Client{Base: server.URL}.Watch(t.Context(), 0, func(Message) error { return nil })
	assert.ErrorContains(t, err, "not Crosspoint's")
	http.DefaultClient.CloseIdleConnections()
}
