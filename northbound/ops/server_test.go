package ops_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/igmp"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
)

// start serves the controller of package opstest.
func start(t *testing.T) (*httptest.Server, *opstest.Controller) {
	t.Helper()
	c := opstest.New()
	return serve(t, &ops.API{
		Controller: c, Now: opstest.Now,
		Version: ops.Version{Version: "v1.2.3", Revision: "abc", Go: "go1.26", Platform: "linux/amd64"},
	}), c
}

func serve(t *testing.T, api *ops.API) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(northbound.New(northbound.Config{APIs: []northbound.API{api}}))
	t.Cleanup(server.Close)
	return server
}

// failure asks for what must fail, and gives the error and the raw answer.
func failure(t *testing.T, method, url string) (northbound.Problem, *http.Response) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var keys map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &keys), "%s", body)
	for _, key := range []string{"code", "error", "debug"} {
		assert.Contains(t, keys, key)
	}
	var e northbound.Problem
	require.NoError(t, json.Unmarshal(body, &e))
	assert.Equal(t, resp.StatusCode, e.Code)
	return e, resp
}

func TestWrongRequests(t *testing.T) {
	server, c := start(t)
	twin := *c.State.Flows[0]
	twin.ID = uuid.MustParse("4f2a81c0-0000-4000-8000-0000000000ff")
	c.State.Flows = slices.Insert(c.State.Flows, 1, &twin)
	other := *c.State.Switches[3]
	other.ID = 5
	c.State.Switches = append(c.State.Switches, &other)

	for _, tt := range []struct {
		path string
		code int
		says []string
	}{
		{"/switches/nope", 404, []string{`"nope"`, "sp1, lf1, lf2, lf3"}},
		{"/switches/000000000000000f", 404, []string{"sp1"}},
		{"/switches/nope/tables", 404, []string{"lf1"}},
		{"/switches/lf3", 400, []string{"2 switches", "0000000000000004, 0000000000000005"}},
		{"/switches/lf1/tables?side=both", 400, []string{`"both"`, "have, want or diff"}},
		{"/switches/lf1/tables?switch=lf1", 400, []string{`"switch"`, "side, flow"}},
		{"/switches/lf1?side=have", 400, []string{`"side"`, "takes none"}},
		{"/ports?flow=4f2a", 400, []string{`"flow"`, "takes switch"}},
		{"/links?swich=lf1", 400, []string{`"swich"`, "switch, flow"}},
		{"/links?switch=", 400, []string{"exactly one value"}},
		{"/links?switch=lf1&switch=lf2", 400, []string{"exactly one value"}},
		{"/links?switch=nope", 404, []string{"lf1"}},
		{"/denials?flow=nope", 404, []string{"4f2a81c0 (Camera 1 clean)", "7b3d0e52 (10.0.0.1 → 239.1.1.2)"}},
		{"/flows/4f2", 404, []string{`"4f2"`}}, // too short to be taken for a start
		{"/flows/4f2a81c0", 400, []string{"2 flows", opstest.CleanID, "0000000000ff"}},
		{"/flows/" + strings.Repeat("x", 5000), 404, []string{"…"}},
		{"/version?x=1", 400, []string{`"x"`}},
		{"/network-flows/nope/status", 404, []string{`"nope"`, "7b3d0e52"}},
		{"/network-flows/4f2a81c0/status", 400, []string{"2 flows"}},
		{"/network-flows/7b3d/status?side=have", 400, []string{`"side"`, "takes none"}},
		{"/network-flows/7b3d", 404, []string{"network-flows/{uuid}/status"}},
		{"/nothing", 404, []string{"switches", "denials"}},
		{"/nothing/here", 404, []string{"/api/v1/nothing/here"}},
	} {
		t.Run(tt.path[:min(len(tt.path), 40)], func(t *testing.T) {
			e, _ := failure(t, http.MethodGet, server.URL+ops.Prefix+tt.path)
			assert.Equal(t, tt.code, e.Code)
			for _, s := range tt.says {
				assert.Contains(t, e.Message, s)
			}
			assert.Less(t, len(e.Message), 1000)
		})
	}
}

func TestOnlyReads(t *testing.T) {
	server, _ := start(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		e, resp := failure(t, method, server.URL+ops.Prefix+"/flows")
		assert.Equal(t, http.StatusMethodNotAllowed, e.Code)
		assert.Equal(t, "GET, HEAD, OPTIONS", resp.Header.Get("Allow"))
	}
	resp, err := http.Head(server.URL + ops.Prefix + "/flows")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}

// TestOtherPaths checks that what is registered before keeps its place, and that paths outside Prefix are left alone.
func TestOtherPaths(t *testing.T) {
	r := mux.NewRouter()
	r.HandleFunc(ops.Prefix+"/trace", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	(&ops.API{Controller: opstest.New()}).Register(r)
	r.HandleFunc("/x-nmos/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, path := range []string{ops.Prefix + "/trace", "/x-nmos/"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		assert.Equal(t, http.StatusTeapot, w.Code, path)
	}
}

// TestResourcesListed holds the list in the error for unknown paths to what is registered.
func TestResourcesListed(t *testing.T) {
	r := mux.NewRouter()
	(&ops.API{Controller: opstest.New()}).Register(r)
	var served []string
	require.NoError(t, r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil || strings.HasSuffix(path, "/") || path == ops.Prefix {
			return err // with a trailing slash it is the same again
		}
		path = strings.TrimPrefix(path, ops.Prefix+"/")
		path = strings.ReplaceAll(path, "{switch}", "{id or name}")
		path = strings.ReplaceAll(path, "{name:.+}", "{name}")
		served = append(served, strings.ReplaceAll(path, "{flow}", "{uuid}"))
		return nil
	}))
	slices.Sort(served)
	assert.Equal(t, served, ops.Resources())
}

func TestControllerFails(t *testing.T) {
	c := opstest.New()
	log, logged := logtest.NewNullLogger()
	server := serve(t, &ops.API{Controller: c, Log: log})
	for _, tt := range []struct {
		err  error
		says string
	}{
		{context.DeadlineExceeded, "in time"},
		{errors.New("loop has ended"), "starting or stopping"},
	} {
		c.Err = tt.err
		for _, path := range []string{"/health", "/flows", "/switches/lf1", "/switches/lf1/tables"} {
			logged.Reset()
			e, _ := failure(t, http.MethodGet, server.URL+ops.Prefix+path)
			assert.Equal(t, http.StatusServiceUnavailable, e.Code)
			assert.Len(t, logged.AllEntries(), 1)
			assert.Contains(t, e.Message, tt.says)
			require.NotNil(t, e.Debug)
			assert.Equal(t, tt.err.Error(), *e.Debug)
		}
	}
	// What is running is told even then.
	_, err := ops.Client{Base: server.URL}.Version(t.Context())
	assert.NoError(t, err)
}

// stuck is a controller whose loop never answers.
type stuck struct{ opstest.Controller }

func (*stuck) Snapshot(ctx context.Context) (*core.Snapshot, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestStuckController(t *testing.T) {
	server := serve(t, &ops.API{Controller: &stuck{}, Timeout: 10 * time.Millisecond})
	e, _ := failure(t, http.MethodGet, server.URL+ops.Prefix+"/health")
	assert.Equal(t, http.StatusServiceUnavailable, e.Code)
	assert.Contains(t, e.Message, "in time")
}

func TestSwitchGone(t *testing.T) {
	server, _ := start(t)
	for _, side := range []string{"have", "diff"} {
		e, _ := failure(t, http.MethodGet, server.URL+ops.Prefix+"/switches/lf3/tables?side="+side)
		assert.Equal(t, http.StatusServiceUnavailable, e.Code)
		assert.Contains(t, e.Message, "lf3 is not connected")
		assert.Contains(t, e.Message, "side=want")
	}
	tables, err := ops.Client{Base: server.URL}.Tables(t.Context(), "lf3", ops.SideWant, ops.Filter{})
	require.NoError(t, err)
	assert.NotEmpty(t, tables.Lines)
}

func TestHealth(t *testing.T) {
	server, c := start(t)
	client := ops.Client{Base: server.URL}
	h, err := client.Health(t.Context())
	require.NoError(t, err)
	assert.Equal(t, ops.Health{Status: "degraded", Revision: 42, At: opstest.Now(), Switches: 4, Connected: 3, InSync: 2}, *h)

	c.State.Switches = c.State.Switches[:1]
	h, err = client.Health(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ok", h.Status)

	c.State = &core.Snapshot{}
	h, err = client.Health(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ok", h.Status, "no switch is nothing wrong")
}

// TestEmpty checks that what is empty is an empty list, not null, all the way down.
func TestEmpty(t *testing.T) {
	server, c := start(t)
	state := func(s *core.Snapshot) {
		c.State = s
		for _, path := range []string{"switches", "ports", "links", "hosts", "endpoints", "flows", "memberships", "denials", "sessions", "drain", "redundancy", "queriers"} {
			resp, err := http.Get(server.URL + ops.Prefix + "/" + path)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			require.NoError(t, err)
			assert.NotContains(t, string(body), "null", path)
			assert.Regexp(t, regexp.MustCompile(`"items":\[`), string(body), path)
		}
	}
	state(&core.Snapshot{})
	// Everything there, and all of it zero.
	state(&core.Snapshot{
		Switches: []*core.SwitchView{{}}, Links: []*core.LinkView{{}}, Endpoints: []*core.EndpointView{{}},
		Flows: []*core.FlowView{{}}, Memberships: []*core.MembershipView{{}}, Denials: []*core.Denial{{}},
		Drained: []core.SwitchOrCable{{}}, Pairs: []core.PairView{{}}, Queriers: []igmp.OtherQuerier{{}},
	})
}

// TestUnsavedIsSaid: every answer that is made from a snapshot says when a restart could undo some of it.
func TestUnsavedIsSaid(t *testing.T) {
	server, c := start(t)
	for _, unsaved := range []bool{false, true} {
		c.State.Unsaved = unsaved
		for _, path := range []string{"flows", "flows/4f2a", "network-flows/4f2a/status", "sessions", "switches/lf1/tables", "health"} {
			resp, err := http.Get(server.URL + ops.Prefix + "/" + path)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, http.StatusOK, resp.StatusCode, path)
			assert.Equal(t, unsaved, resp.Header.Get(northbound.UnsavedHeader) == "true", path)
		}
	}
}
