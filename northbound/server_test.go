package northbound

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// thing is an API that does one of everything.
type thing struct {
	entered, leave chan struct{}
}

func (a *thing) Register(r *mux.Router) {
	Mount(r, "/thing", Methods{
		"GET": func(w http.ResponseWriter, _ *http.Request) error { return Answer(w, http.StatusOK, "a thing") },
		"PUT": func(w http.ResponseWriter, r *http.Request) error {
			if _, err := ReadForm(r); err != nil {
				return err
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		},
	})
	Mount(r, "/panic", Methods{"GET": func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Location", "/nowhere")
		panic("secret")
	}})
	Mount(r, "/late-panic", Methods{"GET": func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "part")
		_ = http.NewResponseController(w).Flush()
		panic("secret")
	}})
	Mount(r, "/fault", Methods{"DELETE": func(http.ResponseWriter, *http.Request) error { return errors.New("secret") }})
	Mount(r, "/slow", Methods{"GET": func(w http.ResponseWriter, r *http.Request) error {
		close(a.entered)
		select {
		case <-a.leave:
			return Answer(w, http.StatusOK, "done")
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}})
	r.HandleFunc("/plain", func(http.ResponseWriter, *http.Request) {}).Methods("GET", "DELETE")
}

type rig struct {
	*Server
	api        *thing
	log, audit *logtest.Hook
}

func newRig(change ...func(*Config)) rig {
	log, logHook := logtest.NewNullLogger()
	log.SetLevel(logrus.DebugLevel)
	audit, auditHook := logtest.NewNullLogger()
	api := &thing{make(chan struct{}), make(chan struct{})}
	config := Config{APIs: []API{api}, Log: log, Audit: audit}
	for _, f := range change {
		f(&config)
	}
	return rig{New(config), api, logHook, auditHook}
}

func (r rig) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, req)
	return rec
}

func problemIn(t *testing.T, rec *httptest.ResponseRecorder) Problem {
	t.Helper()
	var fields map[string]any
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &fields), "%s", rec.Body)
	assert.Len(t, fields, 3)
	assert.Contains(t, fields, "debug")
	assert.EqualValues(t, rec.Code, fields["code"])
	assert.Equal(t, "application/json", rec.Header().Get("Content-Type"))
	assert.Equal(t, "*", rec.Header().Get("Access-Control-Allow-Origin"))
	return Problem{Code: rec.Code, Message: fields["error"].(string)}
}

func TestRoot(t *testing.T) {
	rec := newRig().do("GET", "/", "")
	assert.Equal(t, `["x-nmos/"]`, rec.Body.String())
	assert.Equal(t, "*", rec.Header().Get("Access-Control-Allow-Origin"))
	assert.Contains(t, rec.Header().Get("Access-Control-Expose-Headers"), "X-Paging-Limit")
	assert.Equal(t, 404, newRig().do("GET", "//", "").Code)
}

func TestNotFound(t *testing.T) {
	for _, path := range []string{"/none", "/thing/x", "//thing", "/a/../thing", "/thing//"} {
		rec := newRig().do("GET", path, "")
		assert.Equal(t, 404, rec.Code, path)
		problemIn(t, rec)
	}
}

func TestMethodNotAllowed(t *testing.T) {
	for path, allow := range map[string]string{"/thing": "GET, HEAD, OPTIONS, PUT", "/plain": "DELETE, GET, OPTIONS"} {
		rec := newRig().do("PATCH", path, "")
		assert.Equal(t, 405, rec.Code)
		assert.Equal(t, allow, rec.Header().Get("Allow"))
		problemIn(t, rec)

		rec = newRig().do("OPTIONS", path, "", "Access-Control-Request-Headers", "a", "Access-Control-Request-Headers", "b, c")
		assert.Equal(t, 200, rec.Code)
		assert.Equal(t, allow, rec.Header().Get("Access-Control-Allow-Methods"))
		assert.Equal(t, "a, b, c", rec.Header().Get("Access-Control-Allow-Headers"))
		assert.Equal(t, "3600", rec.Header().Get("Access-Control-Max-Age"))
	}
	assert.Equal(t, 404, newRig().do("OPTIONS", "/none", "").Code)
}

func TestPanic(t *testing.T) {
	r := newRig()
	rec := r.do("GET", "/panic", "")
	assert.Equal(t, 500, rec.Code)
	assert.NotContains(t, rec.Body.String(), "secret")
	assert.Empty(t, rec.Header().Get("Location"))
	problemIn(t, rec)
	logged := r.log.AllEntries()[0]
	assert.Equal(t, logrus.ErrorLevel, logged.Level)
	assert.ErrorContains(t, logged.Data["error"].(error), "secret")
	assert.ErrorContains(t, logged.Data["error"].(error), "server_test.go", "the stack is in the log")
}

func TestPanicInTheMiddle(t *testing.T) {
	r := newRig()
	server := httptest.NewServer(r)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/late-panic")
	require.NoError(t, err)
	_, err = io.ReadAll(response.Body)
	assert.Error(t, err, "the client sees that something is missing")
	require.NoError(t, response.Body.Close())
}

func TestFaultIsNotTold(t *testing.T) {
	r := newRig()
	rec := r.do("DELETE", "/fault", "")
	assert.Equal(t, 500, rec.Code)
	assert.NotContains(t, rec.Body.String(), "secret")
	assert.ErrorContains(t, r.log.AllEntries()[0].Data["error"].(error), "secret")
}

func TestAudit(t *testing.T) {
	r := newRig()
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		r.do(method, "/thing", "")
	}
	assert.Empty(t, r.audit.AllEntries())
	assert.Len(t, r.log.AllEntries(), 3)
	r.do("PUT", "/thing", "{}", "Content-Type", "application/json")
	r.do("PUT", "/thing", "[]", "Content-Type", "application/json")
	require.Len(t, r.audit.AllEntries(), 2)
	good, bad := r.audit.AllEntries()[0].Data, r.audit.AllEntries()[1].Data
	assert.Equal(t, 204, good["status"])
	assert.Equal(t, "/thing", good["path"])
	assert.Equal(t, "192.0.2.1:1234", good["remote"])
	assert.NotContains(t, good, "refusal")
	assert.Equal(t, 400, bad["status"])
	assert.Contains(t, bad["refusal"], "want an object")
}

func TestSizes(t *testing.T) {
	media := []string{"Content-Type", "application/json"}
	fits := `{"a":"` + strings.Repeat("x", maxBody-8) + `"}`
	assert.Equal(t, 204, newRig().do("PUT", "/thing", fits, media...).Code)
	rec := newRig().do("PUT", "/thing", fits+" ", media...)
	assert.Equal(t, 413, rec.Code)
	assert.Contains(t, problemIn(t, rec).Message, "1048576")

	req := httptest.NewRequest("PUT", "/thing", strings.NewReader(fits+" "))
	req.ContentLength = -1
	req.Header.Set("Content-Type", "application/json")
	rec = httptest.NewRecorder()
	newRig().ServeHTTP(rec, req)
	assert.Equal(t, 413, rec.Code, "chunked")
	problemIn(t, rec)

	rec = newRig().do("GET", "/thing", "", "X-Long", strings.Repeat("x", maxHead))
	assert.Equal(t, 431, rec.Code)
	problemIn(t, rec)
	assert.Equal(t, 431, newRig().do("GET", "/thing?"+strings.Repeat("x", maxHead), "").Code)
}

// serve runs the server until the test ends or stop is called, which gives what Serve returned.
func (r rig) serve(t *testing.T) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, l) }()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if !stopped {
			assert.NoError(t, stop())
		}
	})
	return l.Addr().String(), stop
}

func TestGracefulShutdown(t *testing.T) {
	r := newRig()
	address, stop := r.serve(t)
	got := make(chan string, 1)
	go func() { got <- get(address, "/slow") }()
	<-r.api.entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	require.Eventually(t, func() bool { // the listener is closed first
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	}, 5*time.Second, time.Millisecond)
	close(r.api.leave)
	assert.Equal(t, `200 "done"`, <-got)
	assert.NoError(t, <-stopped)
}

func TestShutdownCutsOffWhatDoesNotEnd(t *testing.T) {
	r := newRig(func(c *Config) { c.Grace = time.Millisecond })
	address, stop := r.serve(t)
	got := make(chan string, 1)
	go func() { got <- get(address, "/slow") }()
	<-r.api.entered
	assert.NoError(t, stop())
	assert.NotContains(t, <-got, "200")
}

func get(address, path string) string {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + address + path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(response.StatusCode, " ", string(body))
}

func TestListenerFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	assert.ErrorContains(t, newRig().Serve(t.Context(), l), "serve HTTP on 127.0.0.1:")
}

// TestConnectionsAreBounded opens one more than there may be: it is served when another ends.
func TestConnectionsAreBounded(t *testing.T) {
	r := newRig(func(c *Config) { c.MaxConns = 1 })
	address, _ := r.serve(t)
	first, err := net.Dial("tcp", address)
	require.NoError(t, err)
	assert.Contains(t, ask(t, first), "200")
	second := make(chan string, 1)
	go func() { second <- get(address, "/thing") }()
	select {
	case got := <-second:
		t.Error("served while full:", got)
	case <-time.After(50 * time.Millisecond):
	}
	assert.Contains(t, ask(t, first), "200", "the connection that is there goes on")
	require.NoError(t, first.Close())
	assert.Equal(t, `200 "a thing"`, <-second)
}

func TestStopWhileFull(t *testing.T) {
	r := newRig(func(c *Config) { c.MaxConns, c.Grace = 1, time.Second })
	address, stop := r.serve(t)
	first, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer func() { _ = first.Close() }()
	assert.Contains(t, ask(t, first), "200")
	assert.NoError(t, stop())
}

// ask sends one request over a connection and gives the status line.
func ask(t *testing.T, c net.Conn) string {
	t.Helper()
	_, err := io.WriteString(c, "GET /thing HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	return response.Status
}

func TestTLS(t *testing.T) {
	borrowed := httptest.NewTLSServer(nil)
	defer borrowed.Close()
	r := newRig(func(c *Config) { c.TLS = &tls.Config{Certificates: borrowed.TLS.Certificates} })
	address, _ := r.serve(t)
	client := borrowed.Client()
	response, err := client.Get("https://" + address + "/thing")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, 200, response.StatusCode)
	assert.Equal(t, 1, response.ProtoMajor)
	client.CloseIdleConnections()
}

func TestWithoutLogs(t *testing.T) {
	rec := httptest.NewRecorder()
	New(Config{}).ServeHTTP(rec, httptest.NewRequest("PUT", "/", nil))
	assert.Equal(t, 405, rec.Code)
}
