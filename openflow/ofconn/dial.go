package ofconn

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"
)

// Backoff is how long DialLoop waits between attempts: Min after a good connection, twice as long after each failure, at
// most Max. Zero fields mean 50 ms and 1 s.
type Backoff struct{ Min, Max time.Duration }

func (b Backoff) withDefaults() Backoff {
	orDefault(&b.Min, 50*time.Millisecond)
	orDefault(&b.Max, time.Second)
	return b
}

// next is the pause after the one that was.
func (b Backoff) next(pause time.Duration) time.Duration { return min(2*pause, b.Max) }

// DialLoop keeps a connection to a switch that listens (OVS: ptcp: or punix:) until ctx ends, whose cause it returns. addr is
// "host:port", or "unix:" and a path. handle is expected to call Connect and then Serve, one connection at a time; when it
// returns, the connection is closed and dialled again after a pause, which is short again once Connect has
// succeeded. When cfg.TLS is set, TLS is spoken; it must name the server or verify it otherwise.
func DialLoop(ctx context.Context, addr string, backoff Backoff, cfg Config, handle func(nc net.Conn)) error {
	cfg, backoff = cfg.withDefaults(), backoff.withDefaults()
	for pause := backoff.Min; ; {
		if good := dialOnce(ctx, addr, cfg, handle); good {
			pause = backoff.Min
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = backoff.next(pause)
	}
}

// dialOnce runs one connection and tells whether its handshake succeeded.
func dialOnce(ctx context.Context, addr string, cfg Config, handle func(nc net.Conn)) (good bool) {
	network, target := splitAddr(addr)
	dialer := net.Dialer{Timeout: cfg.HandshakeTimeout}
	nc, err := dialer.DialContext(ctx, network, target)
	if err != nil {
		if ctx.Err() == nil {
			cfg.Log.WithError(err).Debug("switch cannot be dialled")
		}
		return false
	}
	a := &accepted{Conn: nc}
	defer a.Close()
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = a.Close() // ends handle
	})
	if cfg.TLS != nil {
		handle(tls.Client(a, cfg.TLS))
	} else {
		handle(a)
	}
	if !stop() {
		<-closed
	}
	return a.ready.Load()
}

// splitAddr tells "unix:path" from "host:port".
func splitAddr(addr string) (network, target string) {
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		return "unix", path
	}
	return "tcp", addr
}
