package northbound

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSlowClientsOnASocket: over TCP, who sends header after header, or a body byte by byte, is cut off in time, and others are served meanwhile.
// The time-outs are a tenth of the usual ones.
func TestSlowClientsOnASocket(t *testing.T) {
	s := New(Config{APIs: []API{&thing{}}, MaxConns: 8})
	s.timeouts = timeouts{head: 500 * time.Millisecond, read: 3 * time.Second, write: 6 * time.Second, idle: 12 * time.Second}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); assert.NoError(t, <-served) })
	head := "PUT /thing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	t.Run("clients", func(t *testing.T) {
		for _, tt := range []struct {
			name, first, again string
			status             int // 0: none is sent
			least, most        time.Duration
		}{
			{"header by header", head, "X-More: y\r\n", 0, 400 * time.Millisecond, 2 * time.Second},
			{"head byte by byte", head + "X: ", "x", 0, 400 * time.Millisecond, 2 * time.Second},
			{"body byte by byte", head + "Content-Length: 5000\r\n\r\n", " ", http.StatusRequestTimeout, 2500 * time.Millisecond, 5 * time.Second},
			{"body in small chunks", head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", http.StatusRequestTimeout, 2500 * time.Millisecond, 5 * time.Second},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				status, took := trickle(t, l.Addr().String(), tt.first, tt.again)
				assert.Equal(t, tt.status, status)
				assert.GreaterOrEqual(t, took, tt.least)
				assert.Less(t, took, tt.most)
			})
		}
		t.Run("others", func(t *testing.T) {
			t.Parallel()
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for range 20 {
				began := time.Now()
				resp, err := client.Get("http://" + l.Addr().String() + "/thing")
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				assert.Less(t, time.Since(began), time.Second)
				time.Sleep(50 * time.Millisecond) // spread over the time that the slow ones take
			}
		})
	})
}

// trickle sends the first part at once, and then a little every 20 ms until the server has had enough. It gives what was answered, 0 for nothing, and
// after how long the connection was of no more use.
func trickle(t *testing.T, addr, first, again string) (status int, took time.Duration) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, conn.SetDeadline(began.Add(20*time.Second)))
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		_, err := io.WriteString(conn, first)
		for err == nil {
			time.Sleep(20 * time.Millisecond)
			_, err = io.WriteString(conn, again)
		}
	}()
	from := bufio.NewReader(conn)
	if response, err := http.ReadResponse(from, nil); err == nil {
		status = response.StatusCode
		_, _ = io.Copy(io.Discard, response.Body) // it is a few bytes; how it ends is the next line's to see
	}
	_, _ = io.Copy(io.Discard, from)
	took = time.Since(began)
	require.NoError(t, conn.Close())
	<-silent
	return status, took
}
