package ofconn

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// TestWriteNowKeepsTheOrder sends each message as urgently as can be to a peer that does not read: the socket takes some at once, then part
// of one, then none, and the writer has the rest. When the peer reads, all is there, in order; and a watcher was shown each message once.
func TestWriteNowKeepsTheOrder(t *testing.T) {
	const messages = 20_000
	seen := &order{t: t}
	ctl, sw := loopbackPair(t, Config{Tap: seen})
	serve(t, ctl, ignore)
	inQueue := 0
	for i := range uint64(messages) {
		ctl.single.Store(true)
		require.NoError(t, ctl.Send(&openflow.PacketOut{BufferID: uint32(i), Data: make([]byte, 300+i%7)}))
		inQueue = max(inQueue, ctl.Stats().QueueBytes)
	}
	assert.Positive(t, inQueue, "the socket was never full: the test shows nothing")
	got := make(chan struct{})
	next := uint64(0)
	serve(t, sw, HandlerFunc(func(_ openflow.Header, m openflow.Message) {
		p := m.(*openflow.PacketOut)
		if p.BufferID != uint32(next) || len(p.Data) != int(300+next%7) {
			t.Errorf("message %d with %d bytes came as number %d", p.BufferID, len(p.Data), next)
		}
		if next++; next == messages {
			close(got)
		}
	}))
	<-got
	assert.NoError(t, ctl.Flush(t.Context()))
	assert.Zero(t, ctl.Stats().QueueBytes)
	assert.Equal(t, uint32(messages), seen.next)
}

// order is a watcher that holds that the messages sent are whole, and numbered in order.
type order struct {
	t    *testing.T
	next uint32
}

func (o *order) Watch(local, remote net.Addr) Watcher { return o }
func (o *order) Received([]byte)                      {}
func (o *order) Close()                               {}

func (o *order) Sent(b []byte) {
	for len(b) > 0 {
		h, m, err := openflow.Parse(b[:binary.BigEndian.Uint16(b[2:])])
		if !assert.NoError(o.t, err) {
			return
		}
		if p, is := m.(*openflow.PacketOut); is {
			assert.Equal(o.t, o.next, p.BufferID, "each is shown once, in order")
			o.next++
		}
		b = b[h.Length:]
	}
}

func TestWriteNowSkipsTheWriter(t *testing.T) {
	ctl, sw := loopbackPair(t, Config{})
	serve(t, sw, ignore)
	serve(t, ctl, ignore)
	require.NoError(t, ctl.Flush(t.Context()))
	eventually(t, func() bool {
		ctl.mu.Lock()
		defer ctl.mu.Unlock()
		return ctl.writerIdle
	})
	ctl.single.Store(true)
	require.NoError(t, ctl.Send(&openflow.GetConfigRequest{}))
	assert.Zero(t, ctl.Stats().QueueBytes, "written before Send returned")
	assert.False(t, ctl.single.Load(), "the next one waits for company")
}

func TestSocketOf(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	assert.Nil(t, socketOf(near))
	assert.Nil(t, socketOf(&accepted{Conn: near}))

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	nc, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	assert.NotNil(t, socketOf(nc))
	assert.NotNil(t, socketOf(&accepted{Conn: nc}))
	assert.Nil(t, socketOf(tls.Client(nc, &tls.Config{})), "plain bytes must not go below TLS")
	assert.Nil(t, socketOf(tls.Client(&accepted{Conn: nc}, &tls.Config{})))
	s := socketOf(nc)
	require.NoError(t, nc.Close())
	assert.Zero(t, s.tryWrite([]byte("x")), "a closed socket is the writer's business")
}
