package ofconn

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

var errTestOver = errors.New("test is over")

// listening runs a Listener until the test ends. Each connection is served and its outcome sent.
func listening(t *testing.T, addr string, cfg Config) (l *Listener, ready <-chan *Conn, failed <-chan error) {
	l, err := Listen(t.Context(), addr, cfg)
	require.NoError(t, err)
	conns, errs := make(chan *Conn, 100), make(chan error, 100)
	ctx, cancel := context.WithCancelCause(context.Background())
	stopped := make(chan error, 1)
	go func() {
		stopped <- l.Serve(ctx, func(nc net.Conn) {
			c, err := Connect(ctx, nc, cfg)
			if err != nil {
				errs <- err
				return
			}
			conns <- c
			_ = c.Serve(ignore) // every end is fine here
		})
	}()
	t.Cleanup(func() {
		cancel(errTestOver)
		assert.ErrorIs(t, <-stopped, errTestOver)
		assert.Zero(t, l.Stats().Open, "Serve waits for all")
	})
	return l, conns, errs
}

// dialSwitch is a switch that connects.
func dialSwitch(t *testing.T, addr net.Addr) *Conn {
	nc, err := net.Dial(addr.Network(), addr.String())
	require.NoError(t, err)
	sw, err := attachAndIntroduce(nc, Config{})
	require.NoError(t, err)
	serve(t, sw, answerBarriers(sw))
	return sw
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 10*time.Second, time.Millisecond)
}

func TestListenerServesSwitches(t *testing.T) {
	for name, addr := range map[string]string{
		"tcp":  "127.0.0.1:0",
		"unix": "unix:" + filepath.Join(t.TempDir(), "controller.sock"),
	} {
		t.Run(name, func(t *testing.T) {
			l, ready, _ := listening(t, addr, Config{})
			dialSwitch(t, l.Addr())
			dialSwitch(t, l.Addr())
			for range 2 {
				c := <-ready
				assert.Equal(t, testFeatures, c.Features())
				_, err := c.Request(t.Context(), &openflow.BarrierRequest{})
				require.NoError(t, err)
			}
			eventually(t, func() bool { return l.Stats() == ListenerStats{Accepted: 2, Open: 2} })
		})
	}
}

func TestListenerBoundsConnections(t *testing.T) {
	l, ready, _ := listening(t, "127.0.0.1:0", Config{MaxConns: 1})
	first := dialSwitch(t, l.Addr())
	<-ready
	nc, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer nc.Close()
	_, err = nc.Read(make([]byte, 1))
	require.Error(t, err, "closed at once")
	assert.Equal(t, uint64(1), l.Stats().Refused)

	first.Close(nil)
	eventually(t, func() bool { return l.Stats().Open == 0 })
	dialSwitch(t, l.Addr())
	<-ready
}

func TestListenerBoundsHalfOpenHandshakes(t *testing.T) {
	l, ready, failed := listening(t, "127.0.0.1:0", Config{MaxHandshakes: 1, HandshakeTimeout: 300 * time.Millisecond})
	for range 3 {
		dialSwitch(t, l.Addr()) // those that are ready do not count
		<-ready
		eventually(t, func() bool { return l.Stats().Handshaking == 0 })
	}
	silent, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer silent.Close()
	eventually(t, func() bool { return l.Stats().Handshaking == 1 })
	second, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer second.Close()
	_, err = second.Read(make([]byte, 1))
	require.Error(t, err, "closed at once")
	require.ErrorIs(t, <-failed, ErrHandshakeTimeout)
	eventually(t, func() bool { return l.Stats().Handshaking == 0 })
	dialSwitch(t, l.Addr())
	<-ready
}

func TestListenerTellsProbesApart(t *testing.T) {
	l, _, failed := listening(t, "127.0.0.1:0", Config{})
	nc, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, nc.Close())
	require.ErrorIs(t, <-failed, ErrNoHello)
}

// failing is a listener that runs out of something for a while.
type failing struct {
	net.Listener
	left int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.left--; f.left >= 0 {
		return nil, os.NewSyscallError("accept", errors.New("too many open files"))
	}
	return f.Listener.Accept()
}

func TestListenerRidesOutFailures(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := NewListener(&failing{ln, 3}, Config{})
	served := make(chan struct{})
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(context.Background(), func(net.Conn) { close(served) }) }()
	nc, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer nc.Close()
	<-served
	require.NoError(t, ln.Close())
	require.ErrorIs(t, <-ended, net.ErrClosed, "closed for good")
}

// selfSigned gives TLS configurations of both ends.
func selfSigned(t *testing.T) (server, client *tls.Config) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"switch"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return server, &tls.Config{RootCAs: roots, ServerName: "switch"}
}

func TestTLS(t *testing.T) {
	server, client := selfSigned(t)
	l, ready, failed := listening(t, "127.0.0.1:0", Config{TLS: server, EchoInterval: 20 * time.Millisecond})
	nc, err := tls.Dial("tcp", l.Addr().String(), client)
	require.NoError(t, err)
	sw, err := attachAndIntroduce(nc, Config{})
	require.NoError(t, err)
	serve(t, sw, answerBarriers(sw))
	c := <-ready
	_, err = c.Request(t.Context(), &openflow.BarrierRequest{})
	require.NoError(t, err)
	eventually(t, func() bool { return c.Stats().Echo.Last > 0 }) // read deadlines pass meanwhile, and TLS survives them
	_, err = c.Request(t.Context(), &openflow.BarrierRequest{})
	require.NoError(t, err)
	assert.Zero(t, l.Stats().Handshaking)

	plain, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	_, err = Attach(t.Context(), plain, Config{})
	require.Error(t, err)
	require.Error(t, <-failed)
}

func TestPlainListenerNamesTLS(t *testing.T) {
	_, client := selfSigned(t)
	l, _, failed := listening(t, "127.0.0.1:0", Config{})
	_, err := tls.Dial("tcp", l.Addr().String(), client)
	require.Error(t, err)
	err = <-failed
	require.ErrorIs(t, err, ErrNotOpenFlow)
	assert.ErrorContains(t, err, "TLS")
}
