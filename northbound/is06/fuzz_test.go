package is06

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// hostileBodies are what a body may be besides good.
func hostileBodies() []string {
	id := endpointID(2).String()
	return []string{
		endpointA, flowBody(1), flowBody(2), `{"label":"x"}`, `{"receiver_endpoint_ids":["` + id + `"]}`, `{}`, `[]`, `null`, `0`, `""`, `true`, ``, ` `,
		`{"id":`, `{"a":1,"a":1}`, `{"bandwidth":"1e400Gbit/s","forward_flow":false}`, `{"attached_network_device":{"chassis_id":"a","port_id":"b"}}`,
		"\xff", "[[[[", `{"ip_address":"::%"}`, `{"multicast_address":null}`, strings.Repeat("[", 40), `{"id":"\ud800"}`, `{"a":1e999999999}`,
		`{"receiver_endpoint_ids":[` + strings.Repeat("1e999999,", 30) + `0]}`, `{"bandwidth":"18446744073709551.615kbit/s"}`,
		`{"max_bandwidth":"18446744073.709551615Gbit/s"}`, `{"bandwidth":"0kbit/s"}`, `{"\u0000":"\u0000"}`, `{"label":"\u0000"}`,
		`{"receiver_endpoint_ids":["` + id + `","` + id + `"]}`, `{"__proto__":{"a":1},"constructor":1}`, `{"ip_address":"0.0.0.0"}`, `{"role":""}`,
		strings.Replace(flowBody(3), `"1.5Gbit/s"`, `"18446744073709551.615kbit/s"`, 1),
	}
}

// bodyTargets are the paths that take a body.
func bodyTargets() [][2]string {
	return [][2]string{
		{"PUT", endpointAPath}, {"PATCH", endpointAPath}, {"PATCH", endpointsPath + "/" + endpointID(2).String()}, {"PUT", flowPath(1)}, {"PUT", flowPath(2)},
		{"PUT", flowPath(3)}, {"PATCH", flowPath(1)}, {"POST", flowPath(1) + "/receivers"},
	}
}

// FuzzBody sends bodies to every path that takes one. Whatever comes, it is answered, and never by 500.
func FuzzBody(f *testing.F) {
	for _, body := range hostileBodies() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := newRig(t)
		r.fake.register(3)
		for _, target := range bodyTargets() {
			req := httptest.NewRequest(target[0], target[1], strings.NewReader(string(body)))
			req.Header.Set("Content-Type", "application/json")
			noTrace(t, r.send(req))
		}
		r.do("GET", endpointsPath, "").want(200)
		r.do("GET", flowsPath, "").want(200)
	})
}

// noTrace wants an answer that shows nothing of the program.
func noTrace(t testing.TB, a answer) {
	t.Helper()
	assert.Less(t, a.status, 500)
	if a.status >= 400 {
		for _, inside := range []string{"goroutine", ".go:", "runtime error", "panic"} {
			assert.NotContains(t, a.problem().Message, inside)
		}
	}
}

// FuzzRequest has any method, path, headers and body, as a client writes them.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ method, path, name, value, body string }{
		{"PUT", flowPath(2), "Content-Type", "application/json", flowBody(2)},
		{"PUT", endpointAPath, "Content-Type", "application/json;charset=\xff", endpointA},
		{"OPTIONS", endpointAPath, "Access-Control-Request-Headers", "a,\x01b", ""},
		{"GET", endpointsPath + "?paging.limit=%00", "Accept", "text/html", ""},
		{"DELETE", flowPath(1) + "/receivers/%2e%2e", "Origin", "null", ""},
		{"GET", Base + "/endpoints/%ff", "Host", "a b", ""},
		{"HEAD", documentPath, "Range", "bytes=0-", ""},
	} {
		f.Add(seed.method, seed.path, seed.name, seed.value, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, name, value, body string) {
		head := method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + name + ": " + value + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + body)))
		if err != nil {
			return // net/http refuses it before any handler
		}
		r := newRig(t)
		r.fake.register(3)
		r.do("PUT", flowPath(1), flowBody(1)).want(201)
		rec := httptest.NewRecorder()
		r.server.ServeHTTP(rec, req)
		assert.Less(t, rec.Code, 500)
		assert.False(t, rec.Code >= 300 && rec.Code < 400, "nothing is redirected")
		assert.NotContains(t, rec.Body.String(), "goroutine ")
	})
}

// FuzzQuery asks every list for anything.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{
		"", "role=both", "paging.since=1:2&paging.until=0:1", "paging.limit=99999999999999999999", "a.b.c=%00", "..=&=", "paging.order=create", "%", "a=%ff",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := newRig(t)
		r.fake.register(3)
		twoSwitches(r.fake)
		for _, list := range []string{endpointsPath, flowsPath, devicesPath, linksPath} {
			req := httptest.NewRequest("GET", list, nil)
			req.URL.RawQuery = query
			assert.Less(t, r.send(req).status, 500)
		}
	})
}

// TestAnyPath asks for paths and methods that may mean nothing.
func TestAnyPath(t *testing.T) {
	r := newRig(t)
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.SampledFrom([]string{"endpoints", "network-flows", "receivers", "", ".", "..", flowID(1).String()}), rapid.String())
		path := Base
		for _, p := range rapid.SliceOfN(part, 0, 5).Draw(t, "path") {
			path += "/" + p
		}
		method := rapid.SampledFrom([]string{"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"}).Draw(t, "method")
		req := httptest.NewRequest(method, "/", strings.NewReader("{}"))
		req.URL = &url.URL{Path: path}
		req.Header.Set("Content-Type", "application/json")
		assert.Less(t, r.send(req).status, 500)
	})
}
