package sim

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
)

// script is a controller that only does what the test says.
type script struct {
	t        *testing.T
	listener net.Listener
	conns    chan *ofconn.Conn
	heard    chan openflow.Message
	running  sync.WaitGroup
}

func newScript(t *testing.T, addr string) *script {
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	s := &script{t: t, listener: l, conns: make(chan *ofconn.Conn, 16), heard: make(chan openflow.Message, 1024)}
	s.running.Go(s.accept)
	return s
}

func (s *script) addr() string { return s.listener.Addr().String() }

func (s *script) accept() {
	for {
		nc, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() {
			c, err := ofconn.Connect(context.Background(), nc, ofconn.Config{})
			if err != nil {
				return
			}
			s.conns <- c
			_ = c.Serve(ofconn.HandlerFunc(func(_ openflow.Header, m openflow.Message) {
				select {
				case s.heard <- m:
				default:
				}
			}))
		})
	}
}

// switches waits for n switches and gives them by datapath id.
func (s *script) switches(ctx context.Context, n int) map[openflow.DatapathID]*ofconn.Conn {
	s.t.Helper()
	got := map[openflow.DatapathID]*ofconn.Conn{}
	for len(got) < n {
		select {
		case c := <-s.conns:
			got[c.Features().DatapathID] = c
		case <-ctx.Done():
			s.t.Fatalf("%d of %d switches connected", len(got), n)
		}
	}
	return got
}

// close ends the controller and all its connections.
func (s *script) close(conns map[openflow.DatapathID]*ofconn.Conn) {
	_ = s.listener.Close()
	for _, c := range conns {
		c.Close(nil)
	}
	s.running.Wait()
}

// program sends messages and waits until the switch has carried them out.
func (s *script) program(ctx context.Context, c *ofconn.Conn, groups, flows []string) {
	s.t.Helper()
	for _, g := range groups {
		require.NoError(s.t, c.Send(groupAdd(s.t, g)))
	}
	for _, f := range flows {
		require.NoError(s.t, c.Send(flow(s.t, f)))
	}
	_, err := c.Request(ctx, &openflow.BarrierRequest{})
	require.NoError(s.t, err)
}

// tree programs the chain topology: 239.1.1.1 of h1 to h3, h5 and h6, and floods the rest.
func (s *script) tree(ctx context.Context, conns map[openflow.DatapathID]*ofconn.Conn) {
	flood := "priority=0 actions=FLOOD"
	s.program(ctx, conns[1], []string{"group_id=1,type=all,bucket=actions=output:1"}, []string{flood, "udp,nw_dst=239.1.1.1 actions=group:1"})
	s.program(ctx, conns[2], []string{"group_id=1,type=all,bucket=actions=output:2,bucket=actions=output:3"}, []string{flood, "udp,nw_dst=239.1.1.1 actions=group:1"})
	s.program(ctx, conns[3], []string{"group_id=1,type=all,bucket=actions=output:2,bucket=actions=output:3"}, []string{flood, "udp,nw_dst=239.1.1.1 actions=group:1"})
}

func startChain(t *testing.T, ctx context.Context, addr string) *Fabric {
	f, err := Start(ctx, chain(), addr, FabricOptions{Backoff: ofconn.Backoff{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond}})
	require.NoError(t, err)
	return f
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestFabricOverTCP(t *testing.T) {
	ctx := testContext(t)
	s := newScript(t, "127.0.0.1:0")
	f := startChain(t, ctx, s.addr())
	conns := s.switches(ctx, 3)
	s.tree(ctx, conns)

	body, err := conns[2].Multipart(ctx, openflow.PortDescRequest{})
	require.NoError(t, err)
	assert.Len(t, body, 4)
	_, err = conns[1].Request(ctx, &openflow.RoleRequest{Role: openflow.RoleMaster, GenerationID: 1})
	require.NoError(t, err)

	n, err := f.Ping(ctx, "h1", netip.MustParseAddr("10.0.0.6"), 3)
	require.NoError(t, err)
	assert.Equal(t, 3, n)

	require.NoError(t, f.Join(ctx, "h5", testbed.Join{Group: g1, Port: 5004}))
	require.NoError(t, f.Send(ctx, "h1", media))
	require.Eventually(t, func() bool { sent, err := f.Sent(ctx); return err == nil && sent[1] >= 200 }, 10*time.Second, time.Millisecond)
	sent, err := f.StopSend(ctx, "h1", 1)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		got, err := f.Receptions(ctx)
		return err == nil && len(got) == 3 && got[1].Received == sent && got[2].Received == sent && got[0].Received == sent
	}, 10*time.Second, time.Millisecond)
	got, err := f.Receptions(ctx)
	require.NoError(t, err)
	for _, r := range got {
		assert.Zero(t, r.Lost+r.Duplicated+r.Reordered)
	}
	assert.Equal(t, sent, got[1].Delivered)
	require.NoError(t, f.Leave(ctx, "h5", testbed.Join{Group: g1}))
	require.NoError(t, f.ResetReceptions(ctx))

	lines, err := f.Tables(ctx, "s1")
	require.NoError(t, err)
	assert.Contains(t, lines, "udp,nw_dst=239.1.1.1 actions=group:1")

	at, err := f.SetLink(ctx, "s1", "s2", false)
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), at, 10*time.Second)
	for range 4 { // two ends, twice each
		select {
		case m := <-s.heard:
			assert.IsType(t, &openflow.PortStatus{}, m)
		case <-ctx.Done():
			t.Fatal("no PORT_STATUS")
		}
	}
	require.NoError(t, f.Close())
	require.NoError(t, f.Close())
	assert.ErrorIs(t, f.Join(ctx, "h5", testbed.Join{Group: g1}), ErrClosed)
	s.close(conns)
}

// Without its controller a fabric goes on forwarding, and its switches come back with all they had.
func TestFabricFailsSecureAndReconnects(t *testing.T) {
	ctx := testContext(t)
	s := newScript(t, "127.0.0.1:0")
	addr := s.addr()
	f := startChain(t, ctx, addr)
	conns := s.switches(ctx, 3)
	s.tree(ctx, conns)
	before, err := f.Tables(ctx, "s2")
	require.NoError(t, err)
	s.close(conns)

	require.NoError(t, f.Send(ctx, "h1", media))
	require.Eventually(t, func() bool { got, err := f.Receptions(ctx); return err == nil && len(got) == 3 && got[0].Received > 50 }, 10*time.Second, time.Millisecond)

	s = newScript(t, addr)
	conns = s.switches(ctx, 3)
	stats, err := conns[2].Multipart(ctx, everything)
	require.NoError(t, err)
	assert.Len(t, stats, 2)
	after, err := f.Tables(ctx, "s2")
	require.NoError(t, err)
	assert.Equal(t, before, after)
	require.NoError(t, f.Close())
	s.close(conns)
}

func TestFabricPacketInAndOut(t *testing.T) {
	ctx := testContext(t)
	s := newScript(t, "127.0.0.1:0")
	f := startChain(t, ctx, s.addr())
	conns := s.switches(ctx, 3)
	s.program(ctx, conns[1], nil, []string{"priority=0 actions=CONTROLLER:65535"})
	require.NoError(t, f.Join(ctx, "h1", testbed.Join{Group: g1}))
	var in *openflow.PacketIn
	select {
	case m := <-s.heard:
		in = m.(*openflow.PacketIn)
	case <-ctx.Done():
		t.Fatal("no PACKET_IN")
	}
	assert.Equal(t, openflow.PortNo(2), in.InPort())
	assert.Contains(t, readIGMP(t, in.Data), "239.1.1.1")

	got := make(chan []byte, 1)
	require.NoError(t, f.Do(ctx, func(w *World) {
		require.NoError(t, w.Tap("h2", func(b []byte) {
			select {
			case got <- b:
			default:
			}
		}))
	}))
	require.NoError(t, conns[1].Send(&openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: openflow.PortController,
		Actions: []openflow.Action{openflow.Output{Port: 3}}, Data: in.Data}))
	select {
	case b := <-got:
		assert.Equal(t, in.Data, b)
	case <-ctx.Done():
		t.Fatal("packet-out did not arrive")
	}
	require.NoError(t, f.Close())
	s.close(conns)
}

// A fabric ends with its context, also while nobody answers its dialling and requests are under way.
func TestFabricEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f, err := Start(ctx, chain(), "127.0.0.1:1", FabricOptions{})
	require.NoError(t, err)
	result := make(chan error, 1)
	go func() {
		_, err := f.Ping(context.Background(), "h1", netip.MustParseAddr("10.0.0.99"), 1)
		result <- err
	}()
	require.Eventually(t, func() bool {
		pinging := false
		_ = f.Do(ctx, func(w *World) { pinging = len(w.hostBy["h1"].pings) > 0 })
		return pinging
	}, 10*time.Second, time.Millisecond)
	cancel()
	assert.ErrorIs(t, <-result, ErrClosed)
	require.NoError(t, f.Close())
}
