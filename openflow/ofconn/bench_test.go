package ofconn

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// BenchmarkPacketInFlowMod is a switch that keeps 256 packet-ins outstanding and a controller that answers each with a flow-mod;
// both ends, codec included, share this process and a TCP connection over loopback.
func BenchmarkPacketInFlowMod(b *testing.B) {
	const window = 256
	ctl, sw := loopbackPair(b, Config{})
	in := &openflow.PacketIn{BufferID: openflow.NoBuffer, TotalLen: 60, Match: mustMatch(b, 7), Data: make([]byte, 60)}
	answered := 0
	done := make(chan struct{})
	serve(b, sw, HandlerFunc(func(h openflow.Header, m openflow.Message) {
		answered++
		if answered+window <= b.N {
			_ = sw.Send(in) // an error ends the connection, and the benchmark with it
		}
		if answered == b.N {
			close(done)
		}
	}))
	serve(b, ctl, HandlerFunc(func(h openflow.Header, m openflow.Message) {
		p := m.(*openflow.PacketIn)
		_ = ctl.Send(&openflow.FlowMod{Priority: 1, BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, Match: p.Match})
	}))
	b.ReportAllocs()
	b.ResetTimer()
	for range min(window, b.N) {
		require.NoError(b, sw.Send(in))
	}
	<-done
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
}

// BenchmarkRoundTrip is one echo at a time.
func BenchmarkRoundTrip(b *testing.B) {
	ctl, sw := loopbackPair(b, Config{})
	serve(b, sw, ignore)
	serve(b, ctl, ignore)
	for b.Loop() {
		_, err := ctl.Request(context.Background(), &openflow.EchoRequest{})
		require.NoError(b, err)
	}
}

// BenchmarkBatch is one batch of a group and a flow at a time.
func BenchmarkBatch(b *testing.B) {
	ctl, sw := loopbackPair(b, Config{})
	serve(b, sw, answerBarriers(sw))
	serve(b, ctl, ignore)
	stages := [][]openflow.Message{{
		&openflow.GroupMod{Command: openflow.GroupAdd, Group: 1},
		&openflow.FlowMod{Priority: 1, BufferID: openflow.NoBuffer, Match: mustMatch(b, 7)},
	}}
	done := make(chan BatchResult, 1)
	for b.Loop() {
		ctl.Batch(stages, func(r BatchResult) { done <- r })
		require.NoError(b, (<-done).Err)
	}
}

// loopbackPair connects both ends over TCP.
func loopbackPair(t testing.TB, cfg Config) (ctl, sw *Conn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		nc, err := ln.Accept()
		if err == nil {
			accepted <- nc
		}
		close(accepted)
	}()
	far, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	near, ok := <-accepted
	require.True(t, ok)
	return pair(t, near, far, cfg)
}

// BenchmarkPacketInFlowModOne is the same with one packet-in outstanding: the time from packet-in to flow-mod.
func BenchmarkPacketInFlowModOne(b *testing.B) {
	ctl, sw := loopbackPair(b, Config{})
	in := &openflow.PacketIn{BufferID: openflow.NoBuffer, TotalLen: 60, Match: mustMatch(b, 7), Data: make([]byte, 60)}
	answered := 0
	done := make(chan struct{})
	serve(b, sw, HandlerFunc(func(h openflow.Header, m openflow.Message) {
		if answered++; answered == b.N {
			close(done)
			return
		}
		_ = sw.Send(in) // an error ends the connection, and the benchmark with it
	}))
	serve(b, ctl, HandlerFunc(func(h openflow.Header, m openflow.Message) {
		p := m.(*openflow.PacketIn)
		_ = ctl.Send(&openflow.FlowMod{Priority: 1, BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, Match: p.Match})
	}))
	b.ResetTimer()
	require.NoError(b, sw.Send(in))
	<-done
}
