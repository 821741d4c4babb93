package controller_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/flows"
	"crosspoint/topology"
)

// BenchmarkAcknowledgedWrite is a change of a flow's label, acknowledged when it is durable, with no switch in the way: what the state
// machine, the store and the disk cost. Several clients share syncs; each changes a flow of its own.
func BenchmarkAcknowledgedWrite(b *testing.B) {
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			kept, err := store.Open(filepath.Join(b.TempDir(), "x.db"))
			require.NoError(b, err)
			defer kept.Close()
			counted := &countingStore{Store: kept}
			c, stop := startBench(b, counted)
			defer stop()
			benchFlows(b, c, clients)
			counted.writes.Store(0)
			b.ResetTimer()
			var all sync.WaitGroup
			var next atomic.Int64
			for i := range clients {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						label := fmt.Sprint(n)
						if _, err := c.Submit(context.Background(), core.PatchFlow{ID: numbered("flow", i), Patch: flows.FlowPatch{Label: &label}}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			b.ReportMetric(float64(b.N)/float64(counted.writes.Load()), "writes/commit")
		})
	}
}

// BenchmarkFdatasync is the floor: two blocks written and synced one after the other, as a transaction has to.
func BenchmarkFdatasync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "x"))
	require.NoError(b, err)
	defer f.Close()
	block := make([]byte, 4096)
	_, err = f.WriteAt(block, 4096)
	require.NoError(b, err)
	for b.Loop() {
		for at := range int64(2) {
			_, err := f.WriteAt(block, at*4096)
			require.NoError(b, err)
			require.NoError(b, syscall.Fdatasync(int(f.Fd())))
		}
	}
}

// countingStore counts commits.
type countingStore struct {
	*store.Store
	writes atomic.Int64
}

func (s *countingStore) Write(records []core.Record) error {
	s.writes.Add(1)
	return s.Store.Write(records)
}

func startBench(b *testing.B, keep controller.Store) (c *controller.Controller, stop func()) {
	b.Helper()
	cfg := controller.Config{Core: core.DefaultConfig(), Store: keep, Log: silent(), Audit: silent()}
	cfg.Core.LLDPKey = []byte("a key for tests")
	c, err := controller.New(cfg)
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, nil, nil) }()
	return c, func() {
		cancel()
		require.NoError(b, <-ended)
	}
}

// benchFlows makes a flow for each client, with four receivers.
func benchFlows(b *testing.B, c *controller.Controller, n int) {
	b.Helper()
	var ids []uuid.UUID
	for i := range 5 {
		ids = append(ids, numbered("endpoint", i))
		_, err := c.Submit(context.Background(), core.PutEndpoint{Endpoint: flows.Endpoint{
			ID: ids[i], MAC: topology.MAC{2, 0, 0, 0, 0, byte(i + 1)}, Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), Role: flows.RoleBoth,
		}})
		require.NoError(b, err)
	}
	for i := range n {
		_, err := c.Submit(context.Background(), core.PutFlow{Flow: flows.NetworkFlow{
			ID: numbered("flow", i), Group: netip.AddrFrom4([4]byte{239, 1, 3, byte(i)}), Sender: ids[0], Receivers: ids[1:],
			Bandwidth: topology.Mbit, Profile: flows.ProfileConstant, DSCP: flows.DSCPDefault,
		}})
		require.NoError(b, err)
	}
}

// BenchmarkReadBesideWrites is a read while a client writes without a pause: what waiting for the disk costs a reader.
func BenchmarkReadBesideWrites(b *testing.B) {
	kept, err := store.Open(filepath.Join(b.TempDir(), "x.db"))
	require.NoError(b, err)
	defer kept.Close()
	c, stop := startBench(b, kept)
	defer stop()
	benchFlows(b, c, 1)
	ctx, cancel := context.WithCancel(context.Background())
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			label := fmt.Sprint(n)
			_, _ = c.Submit(ctx, core.PatchFlow{ID: numbered("flow", 0), Patch: flows.FlowPatch{Label: &label}})
		}
	})
	for b.Loop() {
		if _, err := c.Snapshot(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	cancel()
	writer.Wait()
}
