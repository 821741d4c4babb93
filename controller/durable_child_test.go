package controller_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/northbound"
	"crosspoint/northbound/is06"
	"crosspoint/northbound/ops"
	"crosspoint/openflow/ofconn"
)

// childVariable makes the test binary a controller with the store that it names.
const childVariable = "CROSSPOINT_TEST_STORE"

// openFlowVariable says where that controller is to listen for switches; empty: nowhere.
const openFlowVariable = "CROSSPOINT_TEST_OPENFLOW"

// TestServeUntilKilled is that controller, in a process of its own: it says where it listens, and serves until it is killed.
func TestServeUntilKilled(t *testing.T) {
	path := os.Getenv(childVariable)
	if path == "" {
		t.Skip("for other tests to start")
	}
	go func() { // nobody is left to kill it
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	kept, err := store.Open(path)
	require.NoError(t, err)
	cfg := controller.Config{Core: core.DefaultConfig(), Store: kept, Log: silent(), Audit: silent()}
	cfg.Core.LLDPKey, err = kept.LLDPKey()
	require.NoError(t, err)
	c, err := controller.New(cfg)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var switches *ofconn.Listener
	if at := os.Getenv(openFlowVariable); at != "" {
		switches, err = ofconn.Listen(t.Context(), at, cfg.OpenFlow)
		require.NoError(t, err)
	}
	go func() { _ = c.Run(t.Context(), switches, nil) }()
	fmt.Printf("\nready %s\n", listener.Addr())
	server := northbound.New(northbound.Config{APIs: []northbound.API{is06.New(c), &ops.API{Controller: c}}})
	require.NoError(t, server.Serve(t.Context(), listener))
}

// child is a running controller.
type child struct {
	process *exec.Cmd
	stdin   io.Closer
	url     string
	ended   chan error
}

// startChild runs a controller on a store, which listens for switches at an address if one is given, and waits until it serves.
func startChild(t *testing.T, path, openFlow string) *child {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	c := &child{process: exec.Command(program, "-test.run=^TestServeUntilKilled$"), ended: make(chan error, 1)}
	c.process.Env = append(os.Environ(), childVariable+"="+path, openFlowVariable+"="+openFlow)
	c.stdin, err = c.process.StdinPipe()
	require.NoError(t, err)
	stdout, err := c.process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.process.Start())
	ready := make(chan string, 1)
	var said strings.Builder
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if addr, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				ready <- addr
			}
			said.WriteString(lines.Text() + "\n")
		}
		c.ended <- c.process.Wait()
	}()
	select {
	case addr := <-ready:
		c.url = "http://" + addr
	case <-c.ended:
		require.FailNow(t, "the controller does not start", said.String())
	case <-time.After(20 * time.Second):
		c.kill()
		require.FailNow(t, "the controller does not get ready", said.String())
	}
	return c
}

// kill ends the controller as a loss of power would end the process: SIGKILL, no last words.
func (c *child) kill() {
	_ = c.process.Process.Kill()
	<-c.ended
	_ = c.stdin.Close()
}

func silent() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}
