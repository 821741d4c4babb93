package ops_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
)

func TestSessions(t *testing.T) {
	c := newClient(t)
	all, err := c.Sessions(t.Context(), ops.Filter{})
	require.NoError(t, err)
	require.Len(t, all.Items, 3, "lf3 is gone and has none")
	one, err := c.Sessions(t.Context(), ops.Filter{Switch: "lf1"})
	require.NoError(t, err)
	require.Len(t, one.Items, 1)
	s := one.Items[0]
	assert.Equal(t, all.Items[1], s)
	assert.Equal(t, "lf1", s.SwitchName)
	assert.Equal(t, uint64(1+101+3), s.In.Messages)
	assert.Equal(t, ops.MessageCount{Messages: 40, Bytes: 4000}, s.Out.Types["FLOW_MOD"])
	assert.Equal(t, ops.RoundTrips{Count: 4, Last: 0.0015, Mean: 0.002, Max: 0.003}, s.Batch)
	assert.Equal(t, uint64(3), s.Errors)
	assert.Equal(t, uint64(2), s.ParseErrors)
}

// mute has sessions that cannot be asked for.
type mute struct{ *opstest.Controller }

func (mute) Sessions() ([]controller.SessionInfo, error) {
	return nil, errors.New("loop has ended")
}

func TestSessionsFail(t *testing.T) {
	server := serve(t, &ops.API{Controller: mute{opstest.New()}})
	for path, code := range map[string]int{
		"/sessions":             http.StatusServiceUnavailable,
		"/sessions?switch=nope": http.StatusNotFound,
		"/sessions?flow=4f2a":   http.StatusBadRequest,
	} {
		e, _ := failure(t, http.MethodGet, server.URL+ops.Prefix+path)
		assert.Equal(t, code, e.Code, path)
	}
}
