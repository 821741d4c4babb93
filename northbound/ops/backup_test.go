package ops_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
)

// keeping is a controller with a store.
type keeping struct {
	*opstest.Controller
	backup func(io.Writer) (int64, error)
	health controller.Durability
}

func (k *keeping) Backup(w io.Writer) (int64, error) { return k.backup(w) }
func (k *keeping) Durability() controller.Durability { return k.health }
func pieces(w io.Writer, texts ...string) (n int64, err error) {
	for _, text := range texts {
		m, err := io.WriteString(w, text)
		if n += int64(m); err != nil {
			return n, err
		}
	}
	return n, nil
}

// backedBy serves a controller of its own, so that a request which one test left behind is none of the next one's.
func backedBy(t *testing.T, backup func(io.Writer) (int64, error)) (client ops.Client, at string) {
	t.Helper()
	log, _ := logtest.NewNullLogger()
	server := serve(t, &ops.API{Controller: &keeping{Controller: opstest.New(), backup: backup}, Now: opstest.Now, Log: log})
	return ops.Client{Base: server.URL}, server.URL + ops.Prefix + "/backup"
}

func TestBackup(t *testing.T) {
	broken := errors.New("page 7 is damaged")

	t.Run("whole", func(t *testing.T) {
		client, at := backedBy(t, func(w io.Writer) (int64, error) { return pieces(w, "one ", "two") })
		var b bytes.Buffer
		n, err := client.Backup(t.Context(), &b)
		require.NoError(t, err)
		assert.EqualValues(t, 7, n)
		assert.Equal(t, "one two", b.String())
		resp, err := http.Get(at)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"), "a page from elsewhere may not read keys")
		assert.Equal(t, `attachment; filename="crosspoint-20260304T120000Z.db"`, resp.Header.Get("Content-Disposition"))
		resp, err = http.Head(at)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	})
	t.Run("fails before it begins", func(t *testing.T) {
		_, at := backedBy(t, func(io.Writer) (int64, error) { return 0, broken })
		e, _ := failure(t, http.MethodGet, at)
		assert.Equal(t, http.StatusServiceUnavailable, e.Code)
		assert.Contains(t, e.Message, "page 7 is damaged")
	})
	t.Run("cut off", func(t *testing.T) {
		client, _ := backedBy(t, func(w io.Writer) (int64, error) {
			n, _ := pieces(w, "one ")
			return n, broken
		})
		_, err := client.Backup(t.Context(), io.Discard)
		require.Error(t, err)
	})
	t.Run("no store", func(t *testing.T) {
		client, _ := backedBy(t, func(io.Writer) (int64, error) { return 0, controller.ErrNoStore })
		_, err := client.Backup(t.Context(), io.Discard)
		require.ErrorContains(t, err, "nothing to back up")
		other, _ := start(t)
		_, err = ops.Client{Base: other.URL}.Backup(t.Context(), io.Discard)
		require.ErrorContains(t, err, "nothing to back up")
	})
	t.Run("one at a time", func(t *testing.T) {
		begun, end := make(chan struct{}), make(chan struct{})
		client, at := backedBy(t, func(w io.Writer) (int64, error) {
			close(begun)
			<-end
			return pieces(w, "x")
		})
		first := make(chan error, 1)
		go func() {
			_, err := client.Backup(t.Context(), io.Discard)
			first <- err
		}()
		<-begun
		e, resp := failure(t, http.MethodGet, at)
		assert.Equal(t, http.StatusServiceUnavailable, e.Code)
		assert.Equal(t, "5", resp.Header.Get("Retry-After"))
		close(end)
		assert.NoError(t, <-first)
	})
}

func TestHealthOfTheStore(t *testing.T) {
	k := &keeping{Controller: opstest.New()}
	k.State.Switches = k.State.Switches[:1]
	client := ops.Client{Base: serve(t, &ops.API{Controller: k, Now: opstest.Now}).URL}
	h, err := client.Health(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ok", h.Status)
	assert.Equal(t, &ops.StoreHealth{}, h.Store)
	k.health = controller.Durability{Reason: "disk full", Since: opstest.Now().Add(-time.Minute), Unsaved: 3, Failures: 7}
	h, err = client.Health(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "degraded", h.Status)
	assert.Equal(t, &ops.StoreHealth{Reason: "disk full", Since: opstest.Now().Add(-time.Minute), Unsaved: 3, Failures: 7}, h.Store)
}
