package ops_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
	"crosspoint/topology"
)

func newClient(t *testing.T) ops.Client {
	server, _ := start(t)
	return ops.Client{Base: server.URL + "/", HTTP: server.Client()}
}

// countOf is how many items a list has.
func countOf[T any](list *ops.List[T], err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return len(list.Items), nil
}

func TestFilters(t *testing.T) {
	c, ctx := newClient(t), t.Context()
	lists := map[string]func(ops.Filter) (int, error){
		"switches":    func(f ops.Filter) (int, error) { return countOf(c.Switches(ctx, f)) },
		"ports":       func(f ops.Filter) (int, error) { return countOf(c.Ports(ctx, f)) },
		"links":       func(f ops.Filter) (int, error) { return countOf(c.Links(ctx, f)) },
		"hosts":       func(f ops.Filter) (int, error) { return countOf(c.Hosts(ctx, f)) },
		"endpoints":   func(f ops.Filter) (int, error) { return countOf(c.Endpoints(ctx, f)) },
		"flows":       func(f ops.Filter) (int, error) { return countOf(c.Flows(ctx, f)) },
		"memberships": func(f ops.Filter) (int, error) { return countOf(c.Memberships(ctx, f)) },
		"denials":     func(f ops.Filter) (int, error) { return countOf(c.Denials(ctx, f)) },
	}
	for _, tt := range []struct {
		list   string
		filter ops.Filter
		want   int
	}{
		{"switches", ops.Filter{}, 4},
		{"switches", ops.Filter{Switch: "lf1"}, 1},
		{"switches", ops.Filter{Switch: "0x2"}, 1},
		{"switches", ops.Filter{Switch: "0000000000000002"}, 1},
		{"ports", ops.Filter{}, 9},
		{"ports", ops.Filter{Switch: "sp1"}, 2},
		{"links", ops.Filter{}, 4},
		{"links", ops.Filter{Switch: "lf2"}, 2},
		{"links", ops.Filter{Flow: opstest.CleanID}, 2},
		{"links", ops.Filter{Flow: "7b3d"}, 0},
		{"links", ops.Filter{Switch: "lf2", Flow: "Camera 1 clean"}, 1},
		{"hosts", ops.Filter{}, 5},
		{"hosts", ops.Filter{Switch: "lf2"}, 3},
		{"hosts", ops.Filter{Flow: "7B3D0E52"}, 2},
		{"endpoints", ops.Filter{}, 4},
		{"endpoints", ops.Filter{Switch: "lf1"}, 2},
		{"endpoints", ops.Filter{Flow: "7b3d"}, 2},
		{"flows", ops.Filter{}, 2},
		{"flows", ops.Filter{Switch: "sp1"}, 1},
		{"flows", ops.Filter{Switch: "lf1"}, 2},
		{"flows", ops.Filter{Switch: "lf3"}, 0},
		{"flows", ops.Filter{Flow: "7b3d"}, 1},
		{"memberships", ops.Filter{}, 2},
		{"memberships", ops.Filter{Switch: "lf1"}, 0},
		{"memberships", ops.Filter{Flow: "4f2a"}, 2},
		{"denials", ops.Filter{}, 2},
		{"denials", ops.Filter{Switch: "lf1"}, 1},
		{"denials", ops.Filter{Flow: "4f2a"}, 1},
	} {
		got, err := lists[tt.list](tt.filter)
		if assert.NoError(t, err, "%+v", tt) {
			assert.Equal(t, tt.want, got, "%+v", tt)
		}
	}
}

func TestFlow(t *testing.T) {
	f, err := newClient(t).Flow(t.Context(), "Camera 1 clean")
	require.NoError(t, err)
	assert.Equal(t, opstest.CleanID, f.ID.String())
	assert.Equal(t, "Camera 1", f.Sender.String())
	assert.Equal(t, "lf1:lf1-eth2", f.SenderAt.String())
	assert.Equal(t, 25*topology.Mbit, f.Bandwidth)
	assert.Equal(t, "0xc905030000000014", f.Cookie)
	assert.Equal(t, opstest.Now().Add(-time.Hour), f.Created)
	require.Len(t, f.Receivers, 3)
	assert.Equal(t, core.Forwarding, f.Receivers[0].State)
	assert.Equal(t, "10.0.0.3", f.Receivers[0].Endpoint.String())
	assert.Equal(t, "lf1:lf1-eth1 → sp1:sp1-eth2 → lf2", ops.PathText(f.Receivers[0].Path))
	assert.Empty(t, ops.PathText(f.Receivers[1].Path))
	assert.Nil(t, f.Receivers[2].At)
}

func TestSwitchAndCounters(t *testing.T) {
	c := newClient(t)
	s, err := c.Switch(t.Context(), "lf1")
	require.NoError(t, err)
	assert.Equal(t, opstest.Leaf1, s.ID)
	assert.Len(t, s.Ports, 4)
	assert.InDelta(t, 0.0032, s.VerifySeconds, 1e-9)
	n, err := c.Counters(t.Context())
	require.NoError(t, err)
	assert.Equal(t, ops.Counters(opstest.Snapshot().Counters), *n)
}

func TestTablesOfFlow(t *testing.T) {
	tables, err := newClient(t).Tables(t.Context(), "lf1", ops.SideHave, ops.Filter{Flow: "7b3d"})
	require.NoError(t, err)
	require.NotEmpty(t, tables.Lines)
	for _, l := range tables.Lines {
		assert.Equal(t, "10.0.0.1 → 239.1.1.2", l.Purpose)
		require.NotNil(t, l.Flow)
		assert.Equal(t, opstest.SecondID, l.Flow.ID.String())
	}
	assert.Greater(t, tables.Have, len(tables.Lines), "the sizes count everything")
}

func TestClientErrors(t *testing.T) {
	var refused *northbound.Problem
	_, err := newClient(t).Switch(t.Context(), "no/such switch?")
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusNotFound, refused.Code)

	for _, answer := range []string{"<html>", `{"error":"x"}`, ""} {
		for _, status := range []int{http.StatusOK, http.StatusNotFound} {
			if answer[:min(1, len(answer))] == "{" && status == http.StatusOK {
				continue // an object with other keys is taken as it is
			}
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(answer))
			}))
			var stranger *ops.NotAPIError
			_, err = ops.Client{Base: other.URL}.Health(t.Context())
			assert.ErrorAs(t, err, &stranger, "%d %q", status, answer)
			other.Close()
		}
	}

	gone := httptest.NewServer(nil)
	gone.Close()
	var transport *url.Error
	_, err = ops.Client{Base: gone.URL}.Health(t.Context())
	assert.ErrorAs(t, err, &transport)

	_, err = ops.Client{Base: "http://[::1"}.Health(t.Context())
	assert.Error(t, err)
	assert.False(t, errors.As(err, &refused))
}
