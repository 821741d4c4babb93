package is06

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound"
)

// pipes is a listener whose connections live in the test's bubble, so that its clock runs as fast as it can.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error { close(p.done); return nil }

func (pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dribble sends the first part at once and then blanks, one a second, until the server has had enough. It gives what was answered, 0 for
// nothing, and after how long.
func dribble(t *testing.T, first, drop string) (status int, took time.Duration) {
	t.Helper()
	server := northbound.New(northbound.Config{APIs: []northbound.API{New(newFake())}})
	listener := pipes{make(chan net.Conn), make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	client, far := net.Pipe()
	listener.conns <- far
	start := time.Now()
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		_, err := io.WriteString(client, first)
		for err == nil {
			time.Sleep(time.Second)
			_, err = io.WriteString(client, drop)
		}
	}()
	if response, err := http.ReadResponse(bufio.NewReader(client), nil); err == nil {
		status = response.StatusCode
		_, _ = io.Copy(io.Discard, response.Body)
	}
	took = time.Since(start)
	require.NoError(t, client.Close())
	<-silent
	cancel()
	assert.NoError(t, <-served)
	return status, took
}

// TestSlowClients: who sends a byte a second does not keep a connection for longer than the time-outs.
func TestSlowClients(t *testing.T) {
	head := "PUT " + flowPath(1) + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	t.Run("head", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, took := dribble(t, head+"X: ", "x")
			assert.LessOrEqual(t, took, 10*time.Second)
		})
	})
	t.Run("body", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			status, took := dribble(t, head+"Content-Length: 5000\r\n\r\n", " ")
			assert.Equal(t, http.StatusRequestTimeout, status)
			assert.LessOrEqual(t, took, 35*time.Second)
		})
	})
}

// TestBodyLimitOverConnection sends more than a megabyte, announced and not.
func TestBodyLimitOverConnection(t *testing.T) {
	server := northbound.New(northbound.Config{APIs: []northbound.API{New(newFake())}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	defer func() { cancel(); assert.NoError(t, <-served) }()
	for _, announced := range []bool{true, false} {
		body := io.Reader(strings.NewReader(strings.Repeat(" ", 1<<20+1)))
		if !announced {
			body = io.MultiReader(body)
		}
		req, err := http.NewRequest("PUT", "http://"+l.Addr().String()+flowPath(1), body)
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		// A client that sends all of it regardless may lose the answer to the reset of what nobody reads; one that waits to be asked does not.
		req.Header.Set("Expect", "100-continue")
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: time.Minute}}
		response, err := client.Do(req)
		require.NoError(t, err)
		assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode, strconv.FormatBool(announced))
		require.NoError(t, response.Body.Close())
	}
}
