package store

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
)

// onDisk runs a test on a small file system of its own, which only its thread can see.
func onDisk(t *testing.T, options string, test func(folder string)) {
	t.Helper()
	folder := t.TempDir()
	ended := make(chan struct{})
	var mounted error
	go func() {
		defer close(ended)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine, and the mount with it
		mounted = syscall.Unshare(syscall.CLONE_NEWNS)
		if mounted == nil {
			mounted = syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
		}
		if mounted == nil {
			mounted = syscall.Mount("tmpfs", folder, "tmpfs", 0, options)
		}
		if mounted == nil {
			test(folder)
		}
	}()
	<-ended
	if errors.Is(mounted, syscall.EPERM) || errors.Is(mounted, syscall.ENOSYS) {
		t.Skip("needs the right to mount a file system")
	}
	require.NoError(t, mounted)
}

// fill takes what room there is.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = io.Copy(f, zeros{})
	assert.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Close())
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func record(key string, size int) core.Record {
	return core.Record{Kind: core.RecordFlow, Key: key, Value: make([]byte, size)}
}

// TestFullDisk: a disk that fills up is told of beforehand, then refuses, all or nothing, and takes writes again when there is room.
func TestFullDisk(t *testing.T) {
	onDisk(t, "size=16m", func(folder string) {
		path, filler := filepath.Join(folder, "x.db"), filepath.Join(folder, "filler")
		s, err := Open(path)
		if !assert.NoError(t, err) {
			return
		}
		assert.NoError(t, s.Room())
		assert.NoError(t, s.Write([]core.Record{record("before", 100)}))
		fill(t, filler)
		// What was set aside takes writes; soon nothing new should be begun.
		written := 0
		for ; s.Room() == nil && written < 1000; written++ {
			if !assert.NoError(t, s.Write([]core.Record{record(string(rune('a'+written%26)), 20000+written*100)})) {
				return
			}
		}
		assert.ErrorIs(t, s.Room(), syscall.ENOSPC)
		assert.Positive(t, written)
		assert.NoError(t, s.Write([]core.Record{record("under way", 100_000)}), "what is under way is still saved")
		err = s.Write([]core.Record{record("before", 50), record("too much", 8<<20)})
		assert.ErrorIs(t, err, syscall.ENOSPC)
		have, err := s.Load()
		assert.NoError(t, err, "reads go on")
		assert.Contains(t, have, record("before", 100), "nothing of what failed is there")
		assert.NoError(t, os.Remove(filler))
		assert.NoError(t, s.Room())
		assert.NoError(t, s.Write([]core.Record{record("before", 50), record("too much", 1<<20)}))
		assert.NoError(t, s.Close())

		s, err = Open(path)
		if assert.NoError(t, err) {
			have, err = s.Load()
			assert.NoError(t, err)
			assert.Contains(t, have, record("before", 50))
			assert.NoError(t, s.Close())
		}
	})
}

// TestFullDiskAtStart: nothing half-made is left that would be in the way later.
func TestFullDiskAtStart(t *testing.T) {
	onDisk(t, "size=1m", func(folder string) {
		path, filler := filepath.Join(folder, "x.db"), filepath.Join(folder, "filler")
		fill(t, filler)
		_, err := Open(path)
		assert.ErrorIs(t, err, syscall.ENOSPC)
		assert.ErrorContains(t, err, "make room")
		left, err := os.ReadDir(folder)
		assert.NoError(t, err)
		assert.Len(t, left, 1, "only the filler")
		assert.NoError(t, os.Remove(filler))
		s, err := Open(path)
		if assert.NoError(t, err) {
			assert.NoError(t, s.Close())
		}
	})
}

// TestReadOnly: a place that cannot be written is an error at start, whether a file is there or not.
func TestReadOnly(t *testing.T) {
	onDisk(t, "size=1m", func(folder string) {
		path := filepath.Join(folder, "x.db")
		s, err := Open(path)
		if !assert.NoError(t, err) {
			return
		}
		assert.NoError(t, s.Close())
		assert.NoError(t, syscall.Mount("", folder, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
		for _, name := range []string{path, filepath.Join(folder, "new.db")} {
			_, err := Open(name)
			assert.ErrorIs(t, err, syscall.EROFS, name)
			assert.ErrorContains(t, err, "it must be writable", name)
		}
	})
}

func TestAFolderIsNoStore(t *testing.T) {
	_, err := Open(t.TempDir())
	require.ErrorContains(t, err, "it is no file")
}

// TestNewFileLeavesNothingBehind: the file under its name is all there is.
func TestNewFileLeavesNothingBehind(t *testing.T) {
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "x.db"))
	require.NotNil(t, s)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1)
	info, err := left[0].Info()
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// holderVariable makes the test binary hold the store that it names, as another process would.
const holderVariable = "CROSSPOINT_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holderVariable); path != "" {
		hold(path)
		return
	}
	os.Exit(m.Run())
}

// hold opens a store, says so, and keeps it until its input ends.
func hold(path string) {
	s, err := Open(path)
	if err != nil {
		os.Stdout.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString("held\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = s.Close()
}

// TestSecondProcess: the file belongs to the first, and is free at once when that is killed.
func TestSecondProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	program, err := os.Executable()
	require.NoError(t, err)
	other := exec.Command(program)
	other.Env = append(os.Environ(), holderVariable+"="+path)
	stdin, err := other.StdinPipe()
	require.NoError(t, err)
	defer stdin.Close()
	stdout, err := other.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, other.Start())
	said := make([]byte, 5)
	_, err = io.ReadFull(stdout, said)
	require.NoError(t, err)
	require.Equal(t, "held\n", string(said))

	_, err = Open(path)
	require.ErrorContains(t, err, "another process uses it")
	backup := filepath.Join(t.TempDir(), "b.db")
	s := open(t, backup)
	require.NoError(t, s.Close())
	_, err = Restore(backup, path, true)
	require.ErrorContains(t, err, "another process uses it")

	require.NoError(t, other.Process.Kill())
	_ = other.Wait()
	s, err = Open(path)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
