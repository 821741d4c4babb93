package ovs

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
)

// The test binary is also the agent, and a program that holds a fabric until it is killed.
const (
	runAgent   = "run-agent"
	holdFabric = "hold-fabric"
)

func TestMain(m *testing.M) {
	var err error
	switch {
	case len(os.Args) > 2 && os.Args[1] == runAgent:
		err = traffic.RunAgent(context.Background(), os.Stdin, os.Stdout, os.Args[2])
	case len(os.Args) > 1 && os.Args[1] == holdFabric:
		err = hold()
	default:
		goleak.VerifyTestMain(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// held is what a program that holds a fabric says about it.
type held struct {
	Script    int
	Processes []int
}

func hold() error {
	f, err := Start(context.Background(), testbed.LeafSpine(2, 4, 3), agentOptions())
	if err != nil {
		return err
	}
	h := held{Script: f.lab.self.pid}
	for _, p := range f.lab.made {
		h.Processes = append(h.Processes, p.pid)
	}
	for _, a := range f.agents {
		h.Processes = append(h.Processes, a.cmd.Process.Pid)
	}
	if err := json.NewEncoder(os.Stdout).Encode(h); err != nil {
		return err
	}
	select {}
}

// agentOptions run this binary as the agent, which does not idle at exit when it was built with the race detector.
func agentOptions() Options {
	return Options{
		AgentCommand: []string{"env", "GORACE=atexit_sleep_ms=10", os.Args[0], runAgent},
		Wait:         2 * time.Minute, // tests of other packages may have a lab too
	}
}

// needFabric skips where no fabric can run, but fails there in CI, where a skipped test would go unnoticed.
func needFabric(t *testing.T) {
	t.Helper()
	err := Available()
	if err == nil {
		untouched()
		return
	}
	require.Empty(t, os.Getenv("CI"), "CI has to run this test: %v", err)
	t.Skipf("SKIPPED, real switches untested: %v", err)
}

// start brings a fabric up and, after the test, down; both in good time and without a trace.
func start(t *testing.T, topo testbed.Topology, o Options) *Fabric {
	t.Helper()
	needFabric(t)
	began := time.Now()
	f, err := Start(t.Context(), topo, o)
	require.NoError(t, err)
	t.Logf("%s: %s up in %v", f.Kind(), topo.Name, time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		began := time.Now()
		assert.NoError(t, f.Close())
		t.Logf("down in %v", time.Since(began).Round(time.Millisecond))
		assert.NoError(t, f.Close(), "closing again")
		assert.Equal(t, untouched(), sysctls(), "kernel parameters were not put back")
	})
	return f
}

// untouched is what kernel parameters were before the first fabric.
var untouched = sync.OnceValue(sysctls)

// sysctls reads the kernel parameters of a moment without any lab, be it of another program.
func sysctls() map[string]string {
	values := map[string]string{}
	deadline := time.Now().Add(2 * time.Minute)
	for {
		lock, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: labLock, Net: "unixgram"})
		if err == nil {
			defer func() { _ = lock.Close() }()
			break
		}
		if time.Now().After(deadline) {
			return map[string]string{"a lab does not end": err.Error()}
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, name := range []string{"rmem_default", "rmem_max", "wmem_max", "netdev_max_backlog"} {
		b, err := os.ReadFile("/proc/sys/net/core/" + name)
		values[name] = fmt.Sprint(string(b), err)
	}
	return values
}
