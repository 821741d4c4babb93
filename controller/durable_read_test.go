package controller_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// gated is a store whose writes take until they are told how they end.
type gated struct{ outcome chan error }

func (g *gated) Load() ([]core.Record, error) { return nil, nil }
func (g *gated) Write([]core.Record) error    { return <-g.outcome }

// reading is a call of Snapshot that may not be over.
type reading struct {
	snapshot *core.Snapshot
	err      error
}

// whileWriting begins a change, and a read while the change is on its way to the disk, in virtual time.
func whileWriting(t *testing.T, test func(t *testing.T, c *controller.Controller, disk *gated, read *reading)) {
	synctest.Test(t, func(t *testing.T) {
		disk := &gated{make(chan error)}
		cfg := controller.Config{Core: core.DefaultConfig(), Store: disk, Log: silent(), Audit: silent()}
		cfg.Core.LLDPKey = []byte("a key for tests")
		c, err := controller.New(cfg)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx, nil, nil) }()
		go func() {
			_, _ = c.Submit(ctx, core.PutEndpoint{Endpoint: flows.Endpoint{
				ID: id("h1"), MAC: topology.MAC{0, 0, 0, 0, 0, 1}, Addr: netip.MustParseAddr("10.0.0.1"), Role: flows.RoleBoth,
			}})
		}()
		synctest.Wait()
		var read reading
		go func() { read.snapshot, read.err = c.Snapshot(ctx) }()
		synctest.Wait()
		test(t, c, disk, &read)
		close(disk.outcome) // from now on everything is saved
		cancel()
		require.NoError(t, <-ended)
	})
}

// TestReadWaitsForTheDisk: nobody is shown what the next moment could undo.
func TestReadWaitsForTheDisk(t *testing.T) {
	whileWriting(t, func(t *testing.T, _ *controller.Controller, disk *gated, read *reading) {
		assert.Nil(t, read.snapshot, "shown before it was durable")
		disk.outcome <- nil
		synctest.Wait()
		require.NoError(t, read.err)
		require.NotNil(t, read.snapshot)
		assert.Len(t, read.snapshot.Endpoints, 1)
		assert.False(t, read.snapshot.Unsaved)
	})
}

// TestReadOfWhatCouldNotBeSaved: what is in force is shown, and said to be unsaved, until it is saved.
func TestReadOfWhatCouldNotBeSaved(t *testing.T) {
	whileWriting(t, func(t *testing.T, c *controller.Controller, disk *gated, read *reading) {
		disk.outcome <- errDiskFull
		synctest.Wait()
		require.NoError(t, read.err)
		require.NotNil(t, read.snapshot)
		assert.Len(t, read.snapshot.Endpoints, 1)
		assert.True(t, read.snapshot.Unsaved)
		disk.outcome <- nil // the second attempt
		synctest.Wait()
		again, err := c.Snapshot(t.Context())
		require.NoError(t, err)
		assert.Len(t, again.Endpoints, 1)
		assert.False(t, again.Unsaved)
		assert.True(t, read.snapshot.Unsaved, "a snapshot never changes")
	})
}

// TestReadBesideAStuckDisk: reads go on, and say what they show.
func TestReadBesideAStuckDisk(t *testing.T) {
	whileWriting(t, func(t *testing.T, _ *controller.Controller, disk *gated, read *reading) {
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.NoError(t, read.err)
		require.NotNil(t, read.snapshot)
		assert.True(t, read.snapshot.Unsaved)
		disk.outcome <- nil
	})
}
