package controller_test

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/flows"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

// smallDisk is a file system of its own, which only one thread can see; work on it is handed to that. What is opened there can be used
// anywhere.
type smallDisk struct {
	folder string
	work   chan func()
	ended  chan struct{}
}

func mountDisk(t *testing.T, options string) *smallDisk {
	t.Helper()
	d := &smallDisk{folder: t.TempDir(), work: make(chan func()), ended: make(chan struct{})}
	mounted := make(chan error)
	go func() {
		defer close(d.ended)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine, and the mount with it
		err := syscall.Unshare(syscall.CLONE_NEWNS)
		if err == nil {
			err = syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
		}
		if err == nil {
			err = syscall.Mount("tmpfs", d.folder, "tmpfs", 0, options)
		}
		mounted <- err
		for do := range d.work {
			do()
		}
	}()
	t.Cleanup(func() { close(d.work); <-d.ended })
	err := <-mounted
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) {
		t.Skip("needs the right to mount a file system")
	}
	require.NoError(t, err)
	return d
}

func (d *smallDisk) do(work func() error) error {
	done := make(chan error)
	d.work <- func() { done <- work() }
	return <-done
}

// fill takes what room there is.
func (d *smallDisk) fill() error {
	return d.do(func() error {
		f, err := os.Create(filepath.Join(d.folder, "filler"))
		if err != nil {
			return err
		}
		defer f.Close()
		zero, err := os.Open("/dev/zero")
		if err != nil {
			return err
		}
		defer zero.Close()
		if _, err = io.Copy(f, zero); errors.Is(err, syscall.ENOSPC) {
			return nil
		}
		return err
	})
}

// TestDiskFillsUp: the last changes before it is full are saved, then they are refused and leave nothing, while reads go on; with room they
// are taken again; and the file is at every moment what was acknowledged.
func TestDiskFillsUp(t *testing.T) {
	disk := mountDisk(t, "size=12m")
	var kept *store.Store
	open := func() (err error) { kept, err = store.Open(filepath.Join(disk.folder, "x.db")); return err }
	require.NoError(t, disk.do(open))
	r := onsim.Start(t, kept)
	ctx := context.Background()
	label := string(make([]byte, 4000))
	put := func(n int) error {
		_, err := r.Submit(ctx, core.PutEndpoint{Endpoint: flows.Endpoint{
			ID: numbered("endpoint", n), MAC: topology.MAC{2, 0, 0, 0, byte(n >> 8), byte(n)},
			Addr: netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}), Role: flows.RoleBoth, Label: &label,
		}})
		return err
	}
	require.NoError(t, put(0))
	require.NoError(t, disk.fill())
	n, err := 1, error(nil)
	for ; err == nil && n < 5000; n++ {
		err = put(n)
	}
	n-- // this one was refused
	var why *core.Refusal
	require.ErrorAs(t, err, &why)
	assert.Equal(t, core.NotDurable, why.Kind)
	assert.Contains(t, why.Message, "nothing was changed")
	assert.Contains(t, why.Message, "no space left")
	assert.Contains(t, r.Durability().Reason, "no space left")
	assert.Zero(t, r.Durability().Unsaved, "it was noticed in time")
	snap, err := r.Snapshot(ctx)
	require.NoError(t, err)
	assert.Len(t, snap.Endpoints, n, "a refused change leaves nothing")
	held, err := kept.Load()
	require.NoError(t, err)
	assert.Len(t, held, n)

	require.NoError(t, disk.do(func() error { return os.Remove(filepath.Join(disk.folder, "filler")) }))
	require.Eventually(t, func() bool { return put(n) == nil }, 10*time.Second, 20*time.Millisecond)
	assert.Empty(t, r.Durability().Reason)
	r.Stop()
	require.NoError(t, kept.Close())
	require.NoError(t, disk.do(open))
	held, err = kept.Load()
	require.NoError(t, err)
	assert.Len(t, held, n+1)
	require.NoError(t, kept.Close())
}
