package ops_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

func TestStatusFoundAsFlowsAre(t *testing.T) {
	client := newClient(t)
	for _, name := range []string{opstest.CleanID, "4f2a81c0", "Camera 1 clean"} {
		s, err := client.FlowStatus(t.Context(), name)
		require.NoError(t, err)
		assert.Equal(t, opstest.CleanID, s.ID.String())
	}
}

func TestSenderSilent(t *testing.T) {
	client := newClient(t)
	s, err := client.FlowStatus(t.Context(), "7b3d")
	require.NoError(t, err)
	assert.Equal(t, ops.DeliverySilent, s.Receivers[0].State)
	assert.Equal(t, "nothing came from the sender at lf1:lf1-eth2 in 1.0 s", s.Receivers[0].Reason)
	assert.Len(t, s.Receivers[0].Path, 2, "on the sender's own switch: its port, and the receiver's")
}

// TestSwitchAway: what cannot be read says so, and the rest is told.
func TestSwitchAway(t *testing.T) {
	server, c := start(t)
	c.State.Switches[2].Connected = false
	s, err := ops.Client{Base: server.URL}.FlowStatus(t.Context(), "4f2a")
	require.NoError(t, err)
	require.Len(t, s.Hops, 3)
	assert.Empty(t, s.Hops[0].Problem)
	assert.NotNil(t, s.Hops[1].Forwarded)
	assert.Equal(t, "the switch is away", s.Hops[2].Problem)
	assert.Nil(t, s.Hops[2].Forwarded)
	assert.Equal(t, ops.DeliveryForwarding, s.Receivers[0].State)
}

// counting is a controller of one switch whose counters the test gives, one reading after the other.
type counting struct {
	*opstest.Controller
	mu       sync.Mutex // guards readings: a request may read several switches at a time
	readings []openflow.FlowStats
	asked    int
	err      error
}

func (c *counting) Counters(_ context.Context, sw topology.SwitchID, _ uint64) (openflow.FlowStatsReply, openflow.MeterStatsReply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, nil, c.err
	}
	if len(c.readings) == 0 {
		return nil, nil, nil
	}
	r := c.readings[min(c.asked, len(c.readings)-1)]
	c.asked++
	meter := openflow.MeterStats{PacketIn: r.PacketCount, ByteIn: r.ByteCount, DurationSec: r.DurationSec}
	return openflow.FlowStatsReply{r}, openflow.MeterStatsReply{meter}, nil
}

func guard(seconds uint32, packets uint64) openflow.FlowStats {
	return openflow.FlowStats{Table: flows.TableGuard, DurationSec: seconds, PacketCount: packets, ByteCount: 1000 * packets}
}

func TestRates(t *testing.T) {
	now := opstest.Now()
	c := &counting{Controller: opstest.New()}
	server := serve(t, &ops.API{Controller: c, Now: func() time.Time { return now }})
	ask := func(readings ...openflow.FlowStats) ops.FlowHop {
		c.readings, c.asked = readings, 0
		s, err := ops.Client{Base: server.URL}.FlowStatus(t.Context(), opstest.SecondID)
		require.NoError(t, err)
		require.Len(t, s.Hops, 1)
		return s.Hops[0]
	}
	hop := ask(guard(10, 100), guard(12, 300))
	assert.Equal(t, &ops.Traffic{Packets: 300, Bytes: 300_000, PacketsPerSecond: 100, BitsPerSecond: 800_000}, hop.Sent)
	assert.Equal(t, 2.0, hop.WindowSeconds)
	assert.Equal(t, 2, c.asked)

	now = now.Add(time.Second)
	hop = ask(guard(14, 500))
	assert.Equal(t, 4.0, hop.WindowSeconds, "compared with the first reading of the request before")
	assert.Equal(t, 1, c.asked, "so one is enough")

	hop = ask(guard(99, 1))
	assert.Equal(t, 0, c.asked, "the switch was read just now")
	assert.EqualValues(t, 500, hop.Sent.Packets)

	now = now.Add(time.Second)
	hop = ask(guard(1, 10), guard(2, 20))
	assert.Equal(t, 1.0, hop.WindowSeconds, "the entry is another: what it counts is not compared with the old one")
	assert.Equal(t, 10.0, hop.Sent.PacketsPerSecond)

	now = now.Add(time.Minute)
	hop = ask(guard(100, 1000), guard(101, 1001))
	assert.Equal(t, 1.0, hop.WindowSeconds, "what was read a minute ago is no measure of now")

	now = now.Add(time.Minute)
	hop = ask()
	assert.Equal(t, "the switch holds no entry for the flow", hop.Problem)

	now = now.Add(time.Minute)
	c.err = errors.New("broken pipe")
	hop = ask()
	assert.Equal(t, "broken pipe", hop.Problem)
}

// TestStatusOverFabric: a flow over real sockets, from silence to a stream that is too fast to a receiver that leaves.
func TestStatusOverFabric(t *testing.T) {
	topo := testbed.LeafSpine(2, 2, 2)
	ctx := t.Context()
	c := onsim.Start(t, nil)
	fabric := c.Connect(topo)
	server := httptest.NewServer(northbound.New(northbound.Config{APIs: []northbound.API{&ops.API{Controller: c}}}))
	t.Cleanup(server.Close)
	client := ops.Client{Base: server.URL}

	c.Register(topo)
	group := netip.MustParseAddr("239.1.1.1")
	c.Must(core.PutFlow{Flow: flows.NetworkFlow{
		ID: onsim.ID("camera"), Group: group, Sender: onsim.ID("h1"), Receivers: []uuid.UUID{onsim.ID("h3"), onsim.ID("h2")}, Bandwidth: topology.Mbit,
		Profile: flows.ProfileConstant, Forward: true, DSCP: flows.DSCPDefault,
	}})
	until := func(what string, ok func(*ops.FlowStatus) bool) *ops.FlowStatus {
		var last *ops.FlowStatus
		require.Eventually(t, func() bool {
			s, err := client.FlowStatus(ctx, onsim.ID("camera").String())
			last = s
			return err == nil && ok(s)
		}, 15*time.Second, 10*time.Millisecond, what)
		return last
	}
	all := func(s *ops.FlowStatus, state ops.DeliveryState) bool {
		return s.Receivers[0].State == state && s.Receivers[1].State == state
	}
	s := until("silent", func(s *ops.FlowStatus) bool { return all(s, ops.DeliverySilent) })
	assert.Len(t, s.Receivers[0].Path, 6, "two ports on each of three switches")
	require.Len(t, s.Hops, 3)
	assert.Len(t, s.Links, 2)
	for _, l := range s.Links {
		assert.Equal(t, topology.Mbit, l.Reserved)
		assert.Equal(t, topology.Mbit, l.Total)
	}

	// 250 packets of 1,042 bytes a second are 2.1 Mbit/s: twice what is reserved.
	require.NoError(t, fabric.Send(ctx, "h1", testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 250, Size: 1000}))
	s = until("forwarding, and cut to what is reserved", func(s *ops.FlowStatus) bool {
		h := s.Hops[0]
		return all(s, ops.DeliveryForwarding) && h.WindowSeconds > 1 && h.Sent.PacketsPerSecond > 230 && h.Dropped.PacketsPerSecond > 100
	})
	assert.InDelta(t, 250, s.Hops[0].Sent.PacketsPerSecond, 30)
	assert.InDelta(t, 1e6, s.Hops[0].Forwarded.BitsPerSecond, 2e5)
	assert.InDelta(t, s.Hops[0].Forwarded.PacketsPerSecond, s.Hops[2].Forwarded.PacketsPerSecond, 30, "the last switch counts what the first let pass")

	_, err := fabric.StopSend(ctx, "h1", 1)
	require.NoError(t, err)
	until("silent again", func(s *ops.FlowStatus) bool { return all(s, ops.DeliverySilent) })
}
