package ops_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
)

// FuzzWrites sends names and bodies to everything that changes something. Whatever comes is answered, and never by 500.
func FuzzWrites(f *testing.F) {
	for _, body := range []string{
		`{"switch":"lf1","port":"lf1-eth1","try":true}`, `{"switch":1e400}`, `{"switch":"lf1","port":-0}`, `{"switch":"","port":null}`, `{"try":1}`,
		`{"takes":[{"receiver":"Monitor 2","from":"4f2a","to":"7b3d","mode":"make-before-break"}]}`, `{"takes":[[]]}`, `{"takes":[{"receiver":0}]}`,
		`{"legs":["4f2a","7b3d"]}`, `{"legs":[null,{}]}`, `{"legs":"4f2a"}`, `[`, ``, `null`, "\xff", `{"a":1,"a":1}`, `{"switch":"\ud800"}`,
	} {
		f.Add("cam1", body)
	}
	f.Add("%ff", `{"legs":["4f2a","7b3d"]}`)
	f.Add("../x", `{"legs":["4f2a","7b3d"]}`)
	server := northbound.New(northbound.Config{APIs: []northbound.API{&ops.API{Controller: opstest.New(), Now: opstest.Now}}})
	f.Fuzz(func(t *testing.T, name, body string) {
		path := url.PathEscape(name)
		for _, target := range [][2]string{
			{"POST", "/drain"}, {"DELETE", "/drain/" + path}, {"DELETE", "/drain/lf1?port=" + url.QueryEscape(name)}, {"POST", "/optimise"},
			{"POST", "/salvos"}, {"PUT", "/redundancy/" + path}, {"GET", "/redundancy/" + path}, {"DELETE", "/redundancy/" + path},
		} {
			req := httptest.NewRequest(target[0], ops.Prefix+target[1], strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			server.ServeHTTP(rec, req)
			// A pair that was made with the fake controller is not there afterwards: then it is 404.
			assert.Less(t, rec.Code, http.StatusInternalServerError, "%s %s %q: %s", target[0], target[1], body, rec.Body)
		}
	})
}
