package events

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a controller whose state the test sets.
type fake struct {
	mu    sync.Mutex // guards what follows: Run reads while the test writes
	state *core.Snapshot
	err   error
	asked int
}

func (f *fake) Snapshot(context.Context) (*core.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	return f.state, f.err
}

func (f *fake) set(s *core.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = s
}

func (f *fake) looks() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// run starts an API and ends it with the test.
func run(t *testing.T, cfg Config) (*API, context.CancelFunc) {
	t.Helper()
	a := New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop := sync.OnceFunc(func() { cancel(); assert.NoError(t, <-ended) })
	t.Cleanup(stop)
	return a, stop
}

func serve(t *testing.T, a *API, change ...func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(northbound.New(northbound.Config{APIs: []northbound.API{a}}))
	for _, f := range change {
		f(s)
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// publish puts an event into the ring as Run would.
func publish(t require.TestingT, a *API, resource Resource, id string) {
	require.NoError(t, a.ring.add(a.cfg.Now(), resource, change{resource: resource, id: id, after: []byte(`{}`)}.encode))
	a.ring.tell()
}

// collector takes what a watch brings.
type collector struct {
	mu   sync.Mutex // guards messages: a watch writes, the test reads
	list []Message
}

func (c *collector) take(m Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, m)
	return nil
}

func (c *collector) messages() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Message(nil), c.list...)
}

func (c *collector) events() []Event {
	var out []Event
	for _, m := range c.messages() {
		if e, ok := m.(Event); ok {
			out = append(out, e)
		}
	}
	return out
}

// watch follows until the test ends, and waits for the end.
func watch(t *testing.T, c Client, since Cursor) *collector {
	t.Helper()
	got := &collector{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Watch(ctx, since, got.take) }()
	t.Cleanup(func() { cancel(); assert.NoError(t, <-ended) })
	return got
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 10*time.Second, time.Millisecond, what)
}

func decode[T any](t require.TestingT, text json.RawMessage) T {
	var v T
	require.NoError(t, json.Unmarshal(text, &v), "%s", text)
	return v
}
