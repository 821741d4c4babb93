package ofconn

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// dialling runs DialLoop until the test ends.
func dialling(t *testing.T, addr string, cfg Config) <-chan *Conn {
	ready := make(chan *Conn, 100)
	ctx, cancel := context.WithCancelCause(context.Background())
	stopped := make(chan error, 1)
	go func() {
		stopped <- DialLoop(ctx, addr, Backoff{Min: time.Millisecond, Max: 8 * time.Millisecond}, cfg, func(nc net.Conn) {
			c, err := Connect(ctx, nc, cfg)
			if err != nil {
				return
			}
			ready <- c
			_ = c.Serve(ignore) // every end is fine here
		})
	}()
	t.Cleanup(func() {
		cancel(errTestOver)
		assert.ErrorIs(t, <-stopped, errTestOver)
	})
	return ready
}

func TestDialLoopReconnects(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := ln.Addr().String()
	ready := dialling(t, addr, Config{})
	for range 3 {
		nc, err := ln.Accept()
		require.NoError(t, err)
		sw, err := attachAndIntroduce(nc, Config{})
		require.NoError(t, err)
		<-ready
		sw.Close(nil)
	}
	require.NoError(t, ln.Close())
	time.Sleep(20 * time.Millisecond) // nobody listens; attempts fail
	ln, err = net.Listen("tcp", addr)
	require.NoError(t, err)
	defer ln.Close()
	nc, err := ln.Accept()
	require.NoError(t, err)
	sw, err := attachAndIntroduce(nc, Config{})
	require.NoError(t, err)
	serve(t, sw, answerBarriers(sw))
	_, err = (<-ready).Request(t.Context(), &openflow.BarrierRequest{})
	require.NoError(t, err)
}

func TestDialLoopSpeaksTLS(t *testing.T) {
	// The switch listens, so it is the TLS server.
	server, client := selfSigned(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	ready := dialling(t, ln.Addr().String(), Config{TLS: client})
	nc, err := NewListener(ln, Config{}).accept(t.Context())
	require.NoError(t, err)
	sw, err := attachAndIntroduce(tls.Server(nc, server), Config{})
	require.NoError(t, err)
	serve(t, sw, ignore)
	assert.Equal(t, testFeatures, (<-ready).Features())
}

func TestDialLoopEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		err := DialLoop(ctx, ln.Addr().String(), Backoff{}, Config{}, func(nc net.Conn) {
			cancel(errTestOver)
			_, err := nc.Read(make([]byte, 1)) // closed by the end of ctx
			assert.Error(t, err)
		})
		assert.ErrorIs(t, err, errTestOver)
	})
	wg.Wait()
}

func TestBackoff(t *testing.T) {
	b := Backoff{}.withDefaults()
	pause := b.Min
	var pauses []time.Duration
	for range 7 {
		pauses = append(pauses, pause)
		pause = b.next(pause)
	}
	ms := time.Millisecond
	assert.Equal(t, []time.Duration{50 * ms, 100 * ms, 200 * ms, 400 * ms, 800 * ms, time.Second, time.Second}, pauses)
}

func TestSplitAddr(t *testing.T) {
	for _, tc := range []struct{ addr, network, target string }{
		{"127.0.0.1:6653", "tcp", "127.0.0.1:6653"},
		{"[::1]:6653", "tcp", "[::1]:6653"},
		{"unix:/run/br0.mgmt", "unix", "/run/br0.mgmt"},
	} {
		network, target := splitAddr(tc.addr)
		assert.Equal(t, tc.network, network)
		assert.Equal(t, tc.target, target)
	}
}

func TestConfigDefaults(t *testing.T) {
	assert.Equal(t, time.Second, Config{EchoInterval: time.Second}.withDefaults().EchoInterval)
	got, want := Config{}.withDefaults(), DefaultConfig()
	got.Log, want.Log = nil, nil
	assert.Equal(t, want, got)
}
