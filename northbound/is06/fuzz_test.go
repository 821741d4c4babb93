package is06

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// FuzzBody sends bodies to every path that takes one. Whatever comes, it is answered, and never by 500.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		endpointA, flowBody(1), `{"label":"x"}`, `{"receiver_endpoint_ids":["` + endpointID(2).String() + `"]}`, `{}`, `[]`, `{"id":`, `{"a":1,"a":1}`,
		`{"bandwidth":"1e400Gbit/s","forward_flow":false}`, `{"attached_network_device":{"chassis_id":"a","port_id":"b"}}`, "\xff", "[[[[",
		`{"ip_address":"::%"}`, `{"multicast_address":null}`, strings.Repeat("[", 40), `{"id":"\ud800"}`,
	} {
		f.Add([]byte(body))
	}
	targets := [][2]string{
		{"PUT", endpointAPath}, {"PATCH", endpointAPath}, {"PUT", flowPath(1)}, {"PATCH", flowPath(1)}, {"POST", flowPath(1) + "/receivers"},
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := newRig(t)
		r.fake.register(3)
		for _, target := range targets {
			req := httptest.NewRequest(target[0], target[1], strings.NewReader(string(body)))
			req.Header.Set("Content-Type", "application/json")
			assert.Less(t, r.send(req).status, 500, "%s %s", target[0], target[1])
		}
		r.do("GET", endpointsPath, "").want(200)
		r.do("GET", flowsPath, "").want(200)
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
