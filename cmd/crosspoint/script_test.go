package main

import (
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
)

var update = flag.Bool("update", false, "rewrite what scripts expect")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"crosspoint": main})
}

// TestScripts runs command lines against a controller that stands still. Environment variables name servers of other kinds:
// EMPTY knows nothing at all, FAILING cannot answer, STRANGER is no controller, and at NOBODY nobody listens.
func TestScripts(t *testing.T) {
	failing := opstest.New()
	failing.Err = errors.New("loop has ended")
	nobody := httptest.NewServer(nil)
	nobody.Close()
	servers := map[string]string{
		apiVariable: serve(t, opstest.New()),
		"EMPTY":     serve(t, &opstest.Controller{State: &core.Snapshot{}}),
		"FAILING":   serve(t, failing),
		"STRANGER":  listen(t, http.NotFoundHandler()),
		"NOBODY":    nobody.URL,
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			for name, url := range servers {
				e.Setenv(name, url)
			}
			return nil
		},
	})
}

func serve(t *testing.T, c *opstest.Controller) string {
	api := &ops.API{Controller: c, Now: opstest.Now, Version: ops.Version{Version: "v1.2.3", Go: "go1.26", Platform: "linux/amd64"}}
	return listen(t, northbound.New(northbound.Config{APIs: []northbound.API{api}}))
}

func listen(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
