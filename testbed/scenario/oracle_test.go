package scenario

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
)

// fakeFabric is a fabric of which only what arrives is made up.
type fakeFabric struct {
	testbed.Fabric
	arrived []testbed.Reception
}

func (f *fakeFabric) Receptions(context.Context) ([]testbed.Reception, error) { return f.arrived, nil }

func (f *fakeFabric) ResetReceptions(context.Context) error { f.arrived = nil; return nil }

// fakeController answers a path of the read API with whatever it is given.
type fakeController struct {
	Controller
	url string
}

func (c fakeController) API() string { return c.url }

func serveJSON(t *testing.T, answers map[string]any) fakeController {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.URL.Path]
		assert.True(t, known, r.URL.Path)
		assert.NoError(t, json.NewEncoder(w).Encode(answer))
	}))
	t.Cleanup(server.Close)
	return fakeController{url: server.URL}
}

// watched is a runner with a flow from h1 to h2 that is forwarded, and h3 that may have nothing.
func watched(t *testing.T, fabric *fakeFabric, controller Controller) *Runner {
	plan, err := Parse("plan", "topology single hosts 3\nflow cam from h1 to 239.1.1.1 bandwidth 1Mbit/s receivers h2\nsend cam\n")
	require.NoError(t, err)
	r := NewRunner(plan, fabric, controller, func(string) {})
	r.account.putFlow("cam", "h1", group, true, []string{"h2"})
	r.account.streams["cam"] = &accountStream{name: "cam", from: "h1", to: group, id: 1, running: true}
	r.account.note(r.hostNames())
	return r
}

func TestOracleSeesWhatIsForbidden(t *testing.T) {
	for name, c := range map[string]struct {
		got  testbed.Reception
		want string
	}{
		"allowed":        {testbed.Reception{Host: "h2", Stream: 1, Received: 5}, ""},
		"not allowed":    {testbed.Reception{Host: "h3", Stream: 1, Received: 5}, "5 packets of cam (from h1 to 239.1.1.1) arrived at h3"},
		"back to sender": {testbed.Reception{Host: "h1", Stream: 1, Received: 1}, "arrived at h1"},
		"unknown stream": {testbed.Reception{Host: "h2", Stream: 7, Received: 1, Group: group}, "that the plan does not know"},
	} {
		r := watched(t, &fakeFabric{arrived: []testbed.Reception{c.got}}, fakeController{})
		for _, err := range []error{r.neverForbidden(t.Context()), r.onlyAllowed(t.Context())} {
			if c.want == "" {
				assert.NoError(t, err, name)
			} else {
				assert.ErrorContains(t, err, c.want, name)
			}
		}
	}
}

// TestOracleRemembers lets a packet pass that was allowed when it came, but not in the end.
func TestOracleRemembers(t *testing.T) {
	fabric := &fakeFabric{arrived: []testbed.Reception{{Host: "h2", Stream: 1, Received: 5}}}
	r := watched(t, fabric, fakeController{})
	r.account.removeReceiver("cam", "h2")
	assert.NoError(t, r.neverForbidden(t.Context()))
	assert.Error(t, r.onlyAllowed(t.Context()))
	require.NoError(t, r.mark(t.Context()))
	fabric.arrived = []testbed.Reception{{Host: "h2", Stream: 1, Received: 1}}
	assert.Error(t, r.neverForbidden(t.Context()), "after the mark it never was allowed")
}

func TestOracleCountsEveryPacket(t *testing.T) {
	for name, c := range map[string]struct {
		got  []testbed.Reception
		want string
	}{
		"all":        {[]testbed.Reception{{Received: 100}}, ""},
		"more":       {[]testbed.Reception{{Received: 102}}, ""}, // sent before the count began
		"none":       {nil, "h2 received nothing of cam; 100 packets were sent"},
		"one short":  {[]testbed.Reception{{Received: 99}}, "received 99 packets of cam, at least 100 were sent"},
		"lost":       {[]testbed.Reception{{Received: 101, Lost: 1}}, "1 lost"},
		"duplicated": {[]testbed.Reception{{Received: 101, Duplicated: 1}}, "1 duplicated"},
		"reordered":  {[]testbed.Reception{{Received: 101, Reordered: 1}}, "1 out of order"},
	} {
		for i := range c.got {
			c.got[i].Host, c.got[i].Stream = "h2", 1
		}
		r := watched(t, &fakeFabric{arrived: c.got}, fakeController{})
		err := r.compare(t.Context(), map[*accountStream]uint64{r.account.streams["cam"]: 100})
		if c.want == "" {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorContains(t, err, c.want, name)
		}
	}
}

func TestOracleWantsTheSocketServed(t *testing.T) {
	fabric := &fakeFabric{arrived: []testbed.Reception{{Host: "h2", Stream: 1, Received: 100, Delivered: 99}}}
	r := watched(t, fabric, fakeController{})
	due := map[*accountStream]uint64{r.account.streams["cam"]: 100}
	assert.NoError(t, r.compare(t.Context(), due), "nobody has joined")
	r.account.join("h2", accountJoin{group: group}, 0)
	assert.ErrorContains(t, r.compare(t.Context(), due), "the socket of h2 got 99 of 100")
}

func TestOracleReadsTheController(t *testing.T) {
	links := ops.List[ops.Link]{Items: []ops.Link{{Reserved: 900, Limit: 900}}}
	tables := ops.Tables{Have: 3}
	answers := map[string]any{"/api/v1/links": &links, "/api/v1/switches/s1/tables": &tables}
	r := watched(t, &fakeFabric{}, serveJSON(t, answers))
	assert.NoError(t, r.withinLimits(t.Context()))
	assert.NoError(t, r.asWanted(t.Context()))

	links.Items[0].Reserved = 901
	assert.ErrorContains(t, r.withinLimits(t.Context()), "the limit is")
	tables.Lines = []ops.TableLine{{Mark: ops.MarkMissing, Text: "table=2"}}
	assert.ErrorContains(t, r.asWanted(t.Context()), "+ table=2")
	tables = ops.Tables{}
	assert.ErrorContains(t, r.asWanted(t.Context()), "holds nothing")
}
