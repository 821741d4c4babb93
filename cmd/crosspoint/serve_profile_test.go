package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProfileSocket takes a profile for as long as a body lasts, finds a second one refused meanwhile, and the socket closed to others.
func TestProfileSocket(t *testing.T) {
	o := profileOptions{socket: filepath.Join(t.TempDir(), "profile")}
	killed, err := net.Listen("unix", o.socket) // a controller that was killed leaves its socket
	require.NoError(t, err)
	killed.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, killed.Close())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.serve(ctx) }()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", o.socket)
		},
	}}
	require.Eventually(t, func() bool { return answers(o.socket) }, 5*time.Second, time.Millisecond)
	body, end := io.Pipe()
	type answer struct {
		resp *http.Response
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		resp, err := client.Post("http://controller/cpu", "", body)
		answered <- answer{resp, err}
	}()
	_, err = end.Write([]byte{0})
	require.NoError(t, err)
	require.NoError(t, end.Close())
	got := <-answered
	require.NoError(t, got.err)
	p, err := profile.Parse(got.resp.Body)
	require.NoError(t, err)
	require.NoError(t, got.resp.Body.Close())
	assert.Equal(t, "cpu", p.PeriodType.Type)
	info, err := os.Stat(o.socket)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, pprof.StartCPUProfile(io.Discard))
	defer pprof.StopCPUProfile()
	resp, err := client.Post("http://controller/cpu", "", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusConflict, resp.StatusCode)

	cancel()
	require.NoError(t, <-ended)
	assert.NoFileExists(t, o.socket)
}
