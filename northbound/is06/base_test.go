package is06

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBaseResources(t *testing.T) {
	for path, want := range map[string]string{
		"/x-nmos":         `["netctrl/"]`,
		"/x-nmos/netctrl": `["v1.0/"]`,
		Base:              `["network-devices/","endpoints/","network-links/","network-flows/"]`,
	} {
		r := newRig(t)
		r.do("GET", path, "").want(200).is(want)
		r.do("GET", path+"/", "").want(200).is(want)
		r.do("POST", path, "{}").want(405)
	}
	newRig(t).do("GET", "/", "").want(200).is(`["x-nmos/"]`)
}

// TestMethods asks every path for every method: what the standard does not list is 405 with Allow, and OPTIONS is a preflight.
func TestMethods(t *testing.T) {
	id := "/" + endpointID(1).String()
	paths := map[string]string{
		Base: "GET, HEAD, OPTIONS", devicesPath: "GET, HEAD, OPTIONS", devicesPath + id: "GET, HEAD, OPTIONS",
		linksPath: "GET, HEAD, OPTIONS", linksPath + id: "GET, HEAD, OPTIONS",
		endpointsPath: "GET, HEAD, OPTIONS", endpointsPath + id: "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
		flowsPath: "GET, HEAD, OPTIONS", flowsPath + id: "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
		flowsPath + id + "/receivers": "OPTIONS, POST", flowsPath + id + "/receivers" + id: "DELETE, OPTIONS",
	}
	for path, allow := range paths {
		for _, method := range []string{"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
			t.Run(method+path, func(t *testing.T) {
				r := newRig(t)
				req := httptest.NewRequest(method, path, nil)
				req.Header.Set("Access-Control-Request-Headers", "content-type, x-own")
				a := r.send(req)
				switch {
				case method == "OPTIONS":
					a.want(200)
					assert.Equal(t, allow, a.header.Get("Access-Control-Allow-Methods"))
					assert.Equal(t, "content-type, x-own", a.header.Get("Access-Control-Allow-Headers"))
					assert.NotEmpty(t, a.header.Get("Access-Control-Max-Age"))
				case !slices.Contains(strings.Split(allow, ", "), method):
					a.want(405)
					assert.Equal(t, allow, a.header.Get("Allow"))
				default:
					assert.NotEqual(t, 405, a.status)
				}
			})
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	for _, path := range []string{
		"/x-nmos/node", "/x-nmos/netctrl/v1.1/", Base + "/senders", Base + "//endpoints", endpointsPath + "/a/b",
		flowPath(1) + "/receivers/x/y", flowPath(1) + "/senders", "//" + Base[1:], Base + "/./endpoints",
	} {
		newRig(t).do("GET", path, "").want(404)
		newRig(t).do("PUT", path, "{}").want(404)
	}
}

func TestTrailingSlashAndHead(t *testing.T) {
	r := newRig(t)
	r.fake.register(2)
	r.do("PUT", flowPath(1), flowBody(1)).want(201)
	for _, path := range []string{Base, endpointsPath, flowsPath, devicesPath, linksPath, flowPath(1), endpointsPath + "/" + endpointID(1).String()} {
		plain := r.do("GET", path, "").want(200)
		slash := r.do("GET", path+"/", "").want(200)
		assert.Equal(t, string(plain.body), string(slash.body))
		head := r.do("HEAD", path, "").want(200)
		assert.Equal(t, plain.header.Get("Content-Length"), head.header.Get("Content-Length"))
		assert.Equal(t, plain.header.Get("Content-Type"), head.header.Get("Content-Type"))
	}
	r.do("HEAD", flowPath(2), "").want(404)
}

func TestHeadOverConnection(t *testing.T) {
	r := newRig(t)
	server := httptest.NewServer(r.server)
	defer server.Close()
	response, err := http.Head(server.URL + Base + "/")
	if assert.NoError(t, err) {
		assert.Equal(t, 200, response.StatusCode)
		assert.NoError(t, response.Body.Close())
		assert.Positive(t, response.ContentLength)
	}
}
