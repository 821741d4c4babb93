package ofconn

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// TestOrderOverTCP sends 100,000 packet-ins and answers each with a flow-mod; both directions must keep the order. The
// packets are held to the end, to see that none is written over.
func TestOrderOverTCP(t *testing.T) {
	const messages = 100_000
	ctl, sw := loopbackPair(t, Config{})
	held := make([][]byte, 0, messages)
	atController := 0
	serve(t, ctl, HandlerFunc(func(_ openflow.Header, m openflow.Message) {
		p := m.(*openflow.PacketIn)
		if p.Cookie != uint64(atController) {
			t.Errorf("packet-in %d came as number %d", p.Cookie, atController)
		}
		atController++
		held = append(held, p.Data)
		mustSend(t, ctl, &openflow.FlowMod{Cookie: p.Cookie})
	}))
	atSwitch := 0
	finished := make(chan struct{})
	serve(t, sw, HandlerFunc(func(_ openflow.Header, m openflow.Message) {
		f := m.(*openflow.FlowMod)
		if f.Cookie != uint64(atSwitch) {
			t.Errorf("flow-mod %d came as number %d", f.Cookie, atSwitch)
		}
		if atSwitch++; atSwitch == messages {
			close(finished)
		}
	}))
	for i := range uint64(messages) {
		mustSend(t, sw, &openflow.PacketIn{Cookie: i, Data: packet(i)})
	}
	select {
	case <-finished:
	case <-time.After(30 * time.Second):
		require.Fail(t, "not all messages arrived")
	}
	for i, data := range held {
		if !bytes.Equal(packet(uint64(i)), data) {
			require.Fail(t, "a packet changed", "number %d", i)
		}
	}
	assert.Equal(t, uint64(messages), ctl.Stats().In.Of(openflow.TypePacketIn).Messages)
}

// packet has a size and a content of its own.
func packet(i uint64) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 10+int(i%50)) }

// mustSend waits where the queue is full.
func mustSend(t *testing.T, c *Conn, m openflow.Message) {
	err := c.Send(m)
	for errors.Is(err, ErrQueueFull) {
		assert.NoError(t, c.Flush(context.Background()))
		err = c.Send(m)
	}
	assert.NoError(t, err)
}

// TestEverythingAtOnce is for the race detector: all methods from many goroutines, and an end in the middle.
func TestEverythingAtOnce(t *testing.T) {
	ctl, sw := loopbackPair(t, Config{EchoInterval: time.Millisecond, RequestTimeout: 50 * time.Millisecond})
	serve(t, sw, HandlerFunc(func(h openflow.Header, m openflow.Message) {
		switch m.(type) {
		case *openflow.BarrierRequest:
			_ = sw.Reply(h.XID, &openflow.BarrierReply{}) // the connection may have ended
		case *openflow.MultipartRequest:
			_ = sw.Reply(h.XID, flowPart(true, 2), flowPart(false, 1))
		case *openflow.FlowMod:
			_ = sw.Reply(h.XID, full)
			_ = sw.Send(&openflow.PacketIn{Data: []byte("x")})
		}
	}))
	ended := serve(t, ctl, ignore)
	var wg, batches sync.WaitGroup
	work := func(f func()) {
		wg.Go(func() {
			for ctl.reason() == nil {
				f()
			}
		})
	}
	for range 2 {
		work(func() { _ = ctl.Send(entry) })
		work(func() { _, _ = ctl.Request(context.Background(), &openflow.BarrierRequest{}) })
		work(func() { _, _ = ctl.Multipart(context.Background(), openflow.FlowStatsRequest{}) })
		work(func() {
			one := make(chan struct{})
			batches.Add(1)
			ctl.Batch(stagesOf(3, 0, 1), func(BatchResult) { batches.Done(); close(one) })
			<-one
		})
		work(func() { _ = ctl.Flush(context.Background()); _ = ctl.Stats() })
	}
	time.AfterFunc(300*time.Millisecond, func() { ctl.Close(io.ErrNoProgress) })
	wg.Wait()
	batches.Wait()
	require.ErrorIs(t, <-ended, io.ErrNoProgress)
	assert.Zero(t, ctl.Stats().Pending)
}
