package bench

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/northbound"
	"crosspoint/northbound/is06"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/traffic"
)

// TestMain lets the test binary be the hosts' agent as well.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "agent" {
		if err := traffic.RunAgent(context.Background(), os.Stdin, os.Stdout, os.Args[2]); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func quiet() *logrus.Logger {
	l := logrus.New()
	l.SetOutput(io.Discard)
	return l
}

// openVSwitch brings up a fabric whose switches dial an address.
func openVSwitch(b *testing.B, topo testbed.Topology, addr string) *ovs.Fabric {
	b.Helper()
	if err := ovs.Available(); err != nil {
		b.Skipf("NOT MEASURED: %v", err)
	}
	exe, err := os.Executable()
	require.NoError(b, err)
	f, err := ovs.Start(b.Context(), topo, ovs.Options{
		Controller: []string{"tcp:" + addr}, AgentCommand: []string{exe, "agent"}, Wait: time.Minute, Log: quiet(),
	})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, f.Close()) })
	return f
}

// crosspoint is a controller with a store on disk and its HTTP server, all of it as in "crosspoint serve".
type crosspoint struct {
	*controller.Controller
	openflow, http string
}

func startCrosspoint(b *testing.B) *crosspoint {
	b.Helper()
	s, err := store.Open(filepath.Join(b.TempDir(), "bench.db"))
	require.NoError(b, err)
	cfg := controller.Config{Core: core.DefaultConfig(), Store: s, Log: quiet(), Audit: quiet()}
	cfg.Core.LLDPKey, err = s.LLDPKey()
	require.NoError(b, err)
	c, err := controller.New(cfg)
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	switches, err := ofconn.Listen(ctx, "127.0.0.1:0", cfg.OpenFlow)
	require.NoError(b, err)
	web, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := northbound.New(northbound.Config{APIs: []northbound.API{is06.New(c)}, Log: quiet(), Audit: quiet()})
	ended := make(chan error, 2)
	go func() { ended <- c.Run(ctx, switches, nil) }()
	go func() { ended <- server.Serve(ctx, web) }()
	b.Cleanup(func() {
		cancel()
		require.NoError(b, <-ended)
		require.NoError(b, <-ended)
		require.NoError(b, s.Close())
	})
	return &crosspoint{c, switches.Addr().String(), "http://" + web.Addr().String()}
}

// until waits for a state of the controller.
func (c *crosspoint) until(b *testing.B, what string, ok func(*core.Snapshot) bool) {
	b.Helper()
	require.Eventually(b, func() bool {
		s, err := c.Snapshot(context.Background())
		return err == nil && ok(s)
	}, 20*time.Second, 5*time.Millisecond, what)
}

// client keeps its connections.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}
}

// report gives a benchmark's median and 99th percentile in milliseconds.
func report(b *testing.B, each []time.Duration) {
	slices.Sort(each)
	ms := func(p int) float64 { return float64(each[min(len(each)-1, len(each)*p/100)]) / 1e6 }
	b.ReportMetric(ms(50), "p50-ms")
	b.ReportMetric(ms(99), "p99-ms")
	b.ReportMetric(0, "ns/op") // the mean says less than these
}
