package ops_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// stopped is a controller whose switches' ports count nothing any more from some moment on, or cannot be read.
type stopped struct {
	*opstest.Controller
	last openflow.PortStatsReply
	err  error
}

func (s *stopped) PortCounters(ctx context.Context, sw topology.SwitchID) (openflow.PortStatsReply, error) {
	if s.err != nil || s.last != nil {
		return s.last, s.err
	}
	return s.Controller.PortCounters(ctx, sw)
}

func TestPortRates(t *testing.T) {
	now := opstest.Now()
	c := &stopped{Controller: opstest.New()}
	server := serve(t, &ops.API{Controller: c, Now: func() time.Time { now = now.Add(time.Second); return now }})
	client := ops.Client{Base: server.URL}

	list, err := client.Links(t.Context(), ops.Filter{Switch: "lf1", Rates: true})
	require.NoError(t, err)
	require.Len(t, list.Items, 2)
	from := list.Items[1]
	assert.Equal(t, "lf1-eth1", from.From.PortName)
	require.NotNil(t, from.Measured, "the first request reads twice")
	assert.InDelta(t, 2000, from.Measured.PacketsPerSecond, 1000)
	assert.InDelta(t, 8*from.Measured.PacketsPerSecond*1000, from.Measured.BitsPerSecond, 1)
	assert.Nil(t, list.Items[0].Measured, "what sp1 sends is not lf1's to tell, and only lf1 was asked for")

	ports, err := client.Ports(t.Context(), ops.Filter{Switch: "lf1", Rates: true})
	require.NoError(t, err)
	for _, p := range ports.Items {
		if p.Kind != "local" {
			require.NotNil(t, p.In.Measured, p.PortName)
			assert.InDelta(t, p.Out.Measured.BitsPerSecond, 2*p.In.Measured.BitsPerSecond, 1)
		}
	}

	ports, err = client.Ports(t.Context(), ops.Filter{Switch: "lf1"})
	require.NoError(t, err)
	assert.Nil(t, ports.Items[0].In.Measured, "nobody asked for it")

	c.last = openflow.PortStatsReply{{Port: 1, TxPackets: 1, TxBytes: 1}} // it counts afresh
	ports, err = client.Ports(t.Context(), ops.Filter{Switch: "lf1", Rates: true})
	require.NoError(t, err)
	assert.Nil(t, ports.Items[0].Out.Measured)
	assert.Nil(t, ports.Items[1].Out.Measured, "a port that the switch does not tell of")

	now = now.Add(time.Minute)
	c.err = errors.New("broken pipe")
	ports, err = client.Ports(t.Context(), ops.Filter{Switch: "lf1", Rates: true})
	require.NoError(t, err, "what is known is told")
	assert.Nil(t, ports.Items[0].Out.Measured)
}
