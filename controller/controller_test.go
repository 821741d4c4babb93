package controller_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func id(name string) uuid.UUID { return onsim.ID(name) }

func camera(receivers ...string) core.PutFlow {
	f := flows.NetworkFlow{
		ID: id("camera"), Group: netip.MustParseAddr("239.1.1.1"), Sender: id("h1"), Bandwidth: topology.Mbit,
		Profile: flows.ProfileConstant, Forward: true, DSCP: flows.DSCPDefault,
	}
	for _, r := range receivers {
		f.Receivers = append(f.Receivers, id(r))
	}
	return core.PutFlow{Flow: f}
}

// TestFlowOverRealSockets: an acknowledged flow is in the switches, which is what Tables reads back from them.
func TestFlowOverRealSockets(t *testing.T) {
	topo := testbed.LeafSpine(2, 2, 2)
	r := onsim.Start(t, nil)
	r.Connect(topo)
	r.Register(topo)
	_, err := r.Submit(context.Background(), camera("h3", "h4"))
	require.NoError(t, err)
	r.Until("all in sync", func(s *core.Snapshot) bool {
		for _, sw := range s.Switches {
			if !sw.InSync {
				return false
			}
		}
		return true
	})
	for _, sw := range topo.Switches {
		have, want, err := r.Tables(context.Background(), topology.SwitchID(sw.DPID))
		require.NoError(t, err)
		assert.Equal(t, want.Lines(), have.Lines(), "switch %s", sw.Name)
	}
	_, _, err = r.Tables(context.Background(), 99)
	assert.ErrorContains(t, err, "no switch 0000000000000063 is known")

	var why *core.Refusal
	_, err = r.Submit(context.Background(), camera("h3"))
	require.ErrorAs(t, err, &why)
	assert.Equal(t, core.Exists, why.Kind)
}

// TestRestartFromStore: what was acknowledged is there again, with its times.
func TestRestartFromStore(t *testing.T) {
	topo := testbed.Single(3)
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := store.Open(path)
	require.NoError(t, err)
	first := onsim.Start(t, s)
	first.Connect(topo)
	first.Until("switch there", func(s *core.Snapshot) bool { return len(s.Switches) == 1 && !s.Switches[0].Verified.IsZero() })
	first.Register(topo)
	_, err = first.Submit(context.Background(), camera("h2"))
	require.NoError(t, err)
	before, err := first.Snapshot(context.Background())
	require.NoError(t, err)
	first.Stop()
	require.NoError(t, s.Close())

	s, err = store.Open(path)
	require.NoError(t, err)
	defer s.Close()
	second := onsim.Start(t, s)
	after, err := second.Snapshot(context.Background())
	require.NoError(t, err)
	require.Len(t, after.Flows, 1)
	assert.Equal(t, before.Flows[0].NetworkFlow, after.Flows[0].NetworkFlow)
	assert.Equal(t, before.Endpoints[0].Endpoint, after.Endpoints[0].Endpoint)
	got := after.Flows[0].Delivery[0]
	assert.Equal(t, core.Programming, got.State, "nothing is claimed of a switch that this run has not read")
	assert.Equal(t, "switch s1 is away", got.Reason)
	second.Stop()
}

// failing is a store whose disk is full.
type failing struct{ writes atomic.Int32 }

var errDiskFull = errors.New("disk full")

func (f *failing) Load() ([]core.Record, error) { return nil, nil }
func (f *failing) Write([]core.Record) error    { f.writes.Add(1); return errDiskFull }

// TestUnsavedIsNotAcknowledged: a change that could not be saved is answered with the reason, and reads go on.
func TestUnsavedIsNotAcknowledged(t *testing.T) {
	r := onsim.Start(t, &failing{})
	_, err := r.Submit(context.Background(), core.PutEndpoint{Endpoint: flows.Endpoint{
		ID: id("h1"), MAC: topology.MAC{0, 0, 0, 0, 0, 1}, Addr: netip.MustParseAddr("10.0.0.1"), Role: flows.RoleBoth,
	}})
	require.ErrorIs(t, err, errDiskFull)
	_, err = r.Snapshot(context.Background())
	require.NoError(t, err)
}

// TestGarbageClosesOneConnection: who speaks no OpenFlow is cut off, and others do not notice.
func TestGarbageClosesOneConnection(t *testing.T) {
	topo := testbed.Single(2)
	r := onsim.Start(t, nil)
	r.Connect(topo)
	r.Until("switch there", func(s *core.Snapshot) bool { return len(s.Switches) == 1 && s.Switches[0].Connected })
	since := r.Until("", func(*core.Snapshot) bool { return true }).Switches[0].Since
	nc, err := net.Dial("tcp", r.Addr)
	require.NoError(t, err)
	defer nc.Close()
	_, err = nc.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	require.NoError(t, err)
	require.NoError(t, nc.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = io.Copy(io.Discard, nc)
	assert.NotErrorIs(t, err, context.DeadlineExceeded)
	snap := r.Until("", func(*core.Snapshot) bool { return true })
	assert.True(t, snap.Switches[0].Connected)
	assert.Equal(t, since, snap.Switches[0].Since)
}

func TestStoppedControllerSaysSo(t *testing.T) {
	r := onsim.Start(t, nil)
	r.Stop()
	_, err := r.Snapshot(context.Background())
	assert.ErrorContains(t, err, "stopped")
	_, err = r.Submit(context.Background(), core.DeleteFlow{ID: id("x")})
	assert.ErrorContains(t, err, "stopped")
}
