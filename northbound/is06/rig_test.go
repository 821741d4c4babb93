package is06

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound"
	"crosspoint/northbound/openapi"
)

// rig is the API behind the real server, over a fake controller. Every answer is checked for what all answers must have.
type rig struct {
	t      testing.TB
	fake   *fake
	server *northbound.Server
	logged *logtest.Hook
}

func newRig(t testing.TB) *rig {
	f := newFake()
	log, hook := logtest.NewNullLogger()
	log.SetLevel(logrus.InfoLevel)
	return &rig{t: t, fake: f, server: northbound.New(northbound.Config{APIs: []northbound.API{New(f)}, Log: log}), logged: hook}
}

// answer is a response whose body was read.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

func (r *rig) do(method, path, body string) answer {
	r.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return r.send(req)
}

func (r *rig) send(req *http.Request) answer {
	r.t.Helper()
	rec := httptest.NewRecorder()
	r.server.ServeHTTP(rec, req)
	a := answer{r.t, rec.Code, rec.Result().Header, rec.Body.Bytes()}
	assert.Equal(r.t, "*", a.header.Get("Access-Control-Allow-Origin"))
	a.described(req)
	if len(a.body) > 0 {
		assert.Equal(r.t, "application/json", a.header.Get("Content-Type"))
		assert.True(r.t, json.Valid(a.body), "%s", a.body)
	}
	if a.status >= 300 {
		assert.GreaterOrEqual(r.t, a.status, 400, "nothing is redirected")
		if req.Method != http.MethodHead {
			a.problem()
		}
		return a
	}
	if schema := schemaOf(req, a.status); schema != "" {
		assertSchema(r.t, schema, a.body)
	}
	return a
}

var theAnswers = sync.OnceValues(func() (*openapi.Answers, error) { return theContract().Answers() })

// described holds an answer against the API's own document. What the document does not have is no operation: 404 or 405.
func (a answer) described(req *http.Request) {
	a.t.Helper()
	answers, err := theAnswers()
	require.NoError(a.t, err)
	err = answers.Check(req.Method, req.URL.Path, a.status, a.header, a.body)
	if errors.Is(err, openapi.ErrNoOperation) {
		headOrOptions := req.Method == http.MethodHead || req.Method == http.MethodOptions
		above := len(req.URL.Path) < len(Base)
		assert.True(a.t, a.status == 404 || a.status == 405 || headOrOptions || above || isDocument(req), "%v: %d", err, a.status)
		return
	}
	assert.NoError(a.t, err)
}

func isDocument(req *http.Request) bool {
	path := strings.TrimSuffix(req.URL.Path, "/")
	return path == documentPath || path == pagePath
}

// schemaOf names the schema of a good answer.
func schemaOf(req *http.Request, status int) string {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(req.URL.Path, "/"), Base)
	if !ok || status == http.StatusNoContent || req.Method == http.MethodOptions || req.Method == http.MethodHead {
		return ""
	}
	if isDocument(req) {
		return ""
	}
	if rest == "" {
		return "netctrl-base.json"
	}
	parts := strings.Split(rest[1:], "/")
	if len(parts) == 1 {
		return parts[0] + ".json"
	}
	return strings.TrimSuffix(parts[0], "s") + ".json"
}

// problem reads an error body.
func (a answer) problem() northbound.Problem {
	a.t.Helper()
	assertSchema(a.t, "error.json", a.body)
	var p northbound.Problem
	require.NoError(a.t, json.Unmarshal(a.body, &p))
	assert.Equal(a.t, a.status, p.Code)
	assert.NotEmpty(a.t, p.Message)
	assert.Contains(a.t, string(a.body), `"debug":`)
	return p
}

func (a answer) want(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, "%s", a.body)
	return a
}

// says checks an error's message.
func (a answer) says(parts ...string) answer {
	a.t.Helper()
	message := a.problem().Message
	for _, part := range parts {
		assert.Contains(a.t, message, part)
	}
	return a
}

// is checks a body as JSON.
func (a answer) is(want string) answer {
	a.t.Helper()
	assert.JSONEq(a.t, want, string(a.body))
	return a
}

// read decodes a body.
func read[T any](a answer) T {
	a.t.Helper()
	var v T
	require.NoError(a.t, json.Unmarshal(a.body, &v), "%s", a.body)
	return v
}

// edit changes members of a JSON object; nil deletes one.
func edit(t testing.TB, document string, changes map[string]any) string {
	t.Helper()
	object := make(map[string]any)
	require.NoError(t, json.Unmarshal([]byte(document), &object))
	for name, value := range changes {
		if value == nil {
			delete(object, name)
			continue
		}
		object[name] = value
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return string(text)
}

const (
	endpointA = `{"id":"d9c88a0a-c0c8-4ec8-ade5-fde9106e5040","chassis_id":"02-00-00-00-00-aa","port_id":"02-00-00-00-00-0a",` +
		`"ip_address":"10.10.34.24","attached_network_device":{"chassis_id":"02-00-00-00-00-01","port_id":"lf1-eth3"},` +
		`"max_bandwidth":"10Gbit/s","role":"sender","label":"camera 1"}`
	endpointAPath = endpointsPath + "/d9c88a0a-c0c8-4ec8-ade5-fde9106e5040"
)

// flowBody is a flow from endpoint 1 to endpoint 2.
func flowBody(n int) string {
	return `{"id":"` + flowID(n).String() + `","multicast_address":"239.1.1.1","sender_endpoint_id":"` + endpointID(1).String() +
		`","receiver_endpoint_ids":["` + endpointID(2).String() + `"],"bandwidth":"1.5Gbit/s"}`
}

func flowPath(n int) string { return flowsPath + "/" + flowID(n).String() }
