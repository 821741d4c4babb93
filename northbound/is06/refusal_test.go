package is06

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
)

// TestRefusals goes through every kind on every path that changes something.
func TestRefusals(t *testing.T) {
	id := "/" + endpointID(1).String()
	writes := []struct {
		method, path, body string
		special            intent.Statuses
	}{
		{"PUT", endpointAPath, endpointA, intent.Statuses{core.Conflict: 409, core.NotFound: 400}},
		{"PATCH", endpointAPath, "{}", nil},
		{"DELETE", endpointAPath, "", intent.Statuses{core.InUse: 409}},
		{"PUT", flowPath(1), flowBody(1), intent.Statuses{core.NotFound: 400}},
		{"PATCH", flowPath(1), "{}", nil},
		{"DELETE", flowPath(1), "", nil},
		{"POST", flowPath(1) + "/receivers", `{"receiver_endpoint_ids":["` + id[1:] + `"]}`, nil},
		{"DELETE", flowPath(1) + "/receivers" + id, "", nil},
	}
	general := intent.Statuses{
		core.Invalid: 400, core.NotFound: 404, core.Exists: 400, core.Conflict: 400, core.InUse: 400, core.NoCapacity: 400,
		core.NoPath: 400, core.SwitchRefused: 400, core.TimedOut: 400, core.Busy: 503, core.NotDurable: 503, 0: 400, 99: 400,
	}
	for _, write := range writes {
		for kind, status := range general {
			t.Run(fmt.Sprint(write.method, write.path, kind), func(t *testing.T) {
				if special, ok := write.special[kind]; ok {
					status = special
				}
				r := newRig(t)
				r.fake.fail = fmt.Errorf("wrapped: %w", &core.Refusal{Kind: kind, Field: "bandwidth", Message: "no room", Other: endpointID(8)})
				a := r.do(write.method, write.path, write.body).want(status).says("bandwidth: no room")
				assert.Contains(t, *a.problem().Debug, endpointID(8).String())
				assert.Equal(t, kind == core.Busy || kind == core.NotDurable, a.header.Get("Retry-After") != "")
				assert.Equal(t, kind == core.Conflict && status == 409, a.header.Get("Location") != "")
			})
		}
	}
}

func TestControllerAway(t *testing.T) {
	r := newRig(t)
	for _, err := range []error{context.DeadlineExceeded, context.Canceled} {
		r.fake.fail = err
		a := r.do("DELETE", endpointAPath, "").want(503).says("read the resource")
		assert.Equal(t, "1", a.header.Get("Retry-After"))
		r.fake.fail = err
		r.do("GET", endpointsPath, "").want(503)
		r.fake.fail = err
		r.do("GET", endpointAPath, "").want(503)
	}
	assert.Empty(t, r.logged.AllEntries())
}

func TestOwnFaultsAreLoggedAndNotTold(t *testing.T) {
	r := newRig(t)
	r.fake.fail = errors.New("disk /var/lib is full")
	a := r.do("PUT", endpointAPath, endpointA).want(500)
	assert.NotContains(t, string(a.body), "disk")
	if assert.Len(t, r.logged.AllEntries(), 1) {
		assert.ErrorContains(t, r.logged.LastEntry().Data["error"].(error), "disk /var/lib is full")
	}
}

// silent breaks its contract: it answers without a result.
type silent struct{ *fake }

func (silent) Submit(context.Context, core.Change) (core.Result, error) { return core.Result{}, nil }

func TestNoResult(t *testing.T) {
	api := New(silent{newFake()})
	server := northbound.New(northbound.Config{APIs: []northbound.API{api}})
	for _, write := range [][3]string{
		{"PUT", endpointAPath, endpointA}, {"PATCH", endpointAPath, "{}"}, {"PUT", flowPath(1), flowBody(1)}, {"PATCH", flowPath(1), "{}"},
	} {
		req := httptest.NewRequest(write[0], write[1], strings.NewReader(write[2]))
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, req)
		assert.Equal(t, 500, rec.Code)
	}
}

func TestMediaTypes(t *testing.T) {
	for kind, status := range map[string]int{
		"application/json": 201, "Application/JSON; charset=UTF-8": 201, `application/json; charset="utf-8"`: 201,
		"": 415, "text/plain": 415, "application/json; charset=latin1": 415, "application/json;;": 415,
		"application/x-www-form-urlencoded": 415, "application/jsonx": 415, "multipart/form-data; boundary=x": 415,
	} {
		t.Run(kind, func(t *testing.T) {
			req := httptest.NewRequest("PUT", endpointAPath, strings.NewReader(endpointA))
			if kind != "" {
				req.Header.Set("Content-Type", kind)
			}
			newRig(t).send(req).want(status)
		})
	}
	newRig(t).do("PUT", endpointAPath, " ").want(400).says("empty")
	newRig(t).do("PUT", endpointAPath, strings.Repeat(" ", 1<<20)+"{}").want(413)
}
