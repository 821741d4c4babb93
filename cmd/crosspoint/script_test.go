package main

import (
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
)

var update = flag.Bool("update", false, "rewrite what scripts expect")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"crosspoint": main})
}

// TestScripts runs command lines, each script against a controller of its own that stands still: how often it was asked for its counters shows in what
// it answers. Environment variables name servers of other kinds:
// EMPTY knows nothing at all, FAILING cannot answer, STRANGER is no controller, at NOBODY nobody listens, KEEPING has a store: STORE, and CHANGING tells
// of events.
func TestScripts(t *testing.T) {
	failing := opstest.New()
	failing.Err = errors.New("loop has ended")
	nobody := httptest.NewServer(nil)
	nobody.Close()
	servers := map[string]string{
		"EMPTY":    serve(t, &opstest.Controller{State: &core.Snapshot{}}),
		"FAILING":  serve(t, failing),
		"STRANGER": listen(t, http.NotFoundHandler()),
		"NOBODY":   nobody.URL,
	}
	servers["KEEPING"], servers["STORE"] = keeping(t)
	servers["CHANGING"] = changing(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			for name, url := range servers {
				e.Setenv(name, url)
			}
			own := httptest.NewServer(handler(opstest.New()))
			e.Defer(own.Close)
			e.Setenv(apiVariable, own.URL)
			return nil
		},
	})
}

// keeping serves a controller with a store of two records, and tells where that is.
func keeping(t *testing.T) (url, path string) {
	path = filepath.Join(t.TempDir(), "held.db")
	kept, err := store.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, kept.Close()) })
	require.NoError(t, kept.Write([]core.Record{
		{Kind: core.RecordFlow, Key: "a", Value: []byte("{}")}, {Kind: core.RecordEndpoint, Key: "b", Value: []byte("{}")},
	}))
	return serve(t, struct {
		*opstest.Controller
		backuper
	}{opstest.New(), backuper{kept}}), path
}

// backuper backs a store up as a controller does.
type backuper struct{ store *store.Store }

// Backup copies the store.
func (b backuper) Backup(w io.Writer) (int64, error) { return b.store.WriteTo(w) }

func handler(c ops.Controller) http.Handler {
	api := &ops.API{Controller: c, Now: opstest.Now, Version: ops.Version{Version: "v1.2.3", Go: "go1.26", Platform: "linux/amd64"}}
	return northbound.New(northbound.Config{APIs: []northbound.API{api}})
}

func serve(t *testing.T, c ops.Controller) string { return listen(t, handler(c)) }

func listen(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
