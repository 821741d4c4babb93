package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
)

// backupOf writes a store's backup to a file.
func backupOf(t *testing.T, s *Store) string {
	t.Helper()
	var b bytes.Buffer
	n, err := s.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	path := filepath.Join(t.TempDir(), "backup.db")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func load(t *testing.T, path string) []core.Record {
	t.Helper()
	s, err := Open(path)
	require.NoError(t, err)
	records, err := s.Load()
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return records
}

func TestBackupAndRestore(t *testing.T) {
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "x.db"))
	first := core.Record{Kind: core.RecordFlow, Key: "a", Value: []byte("1")}
	require.NoError(t, s.Write([]core.Record{first}))
	backup := backupOf(t, s)
	require.NoError(t, s.Write([]core.Record{{Kind: core.RecordFlow, Key: "b", Value: []byte("2")}}))

	to := filepath.Join(folder, "y.db")
	done, err := Restore(backup, to, false)
	require.NoError(t, err)
	assert.Equal(t, 1, done.Records)
	assert.Equal(t, []core.Record{first}, load(t, to))

	_, err = Restore(backup, to, false)
	require.ErrorIs(t, err, ErrExists)
	old, err := Open(to)
	require.NoError(t, err)
	require.NoError(t, old.Write([]core.Record{{Kind: core.RecordFlow, Key: "a"}}))
	require.NoError(t, old.Close())
	_, err = Restore(backup, to, true)
	require.NoError(t, err)
	assert.Equal(t, []core.Record{first}, load(t, to))

	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 2, "x and y, and nothing half-made")
}

// TestBackupIsOneInstant: what is written while a backup is read out is not in it.
func TestBackupIsOneInstant(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	for _, key := range []string{"a", "b"} {
		require.NoError(t, s.Write([]core.Record{record(key, 100)}))
	}
	w := &busyWriter{t: t, store: s}
	_, err := s.WriteTo(w)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "backup.db")
	require.NoError(t, os.WriteFile(path, w.Bytes(), 0o600))
	assert.Equal(t, []core.Record{record("a", 100), record("b", 100)}, load(t, path))
}

// busyWriter is where a backup goes while clients go on: each piece that arrives is followed by a write that makes the file grow.
type busyWriter struct {
	bytes.Buffer
	t     *testing.T
	store *Store
}

func (w *busyWriter) Write(b []byte) (int, error) {
	assert.NoError(w.t, w.store.Write([]core.Record{record("a", 1<<20), {Kind: core.RecordFlow, Key: "b"}}))
	return w.Buffer.Write(b)
}

func TestRestoreRefuses(t *testing.T) {
	folder := t.TempDir()
	at := filepath.Join(folder, "there.db")
	there, err := Open(at)
	require.NoError(t, err)
	require.NoError(t, there.Write([]core.Record{record("a", 1)}))
	require.NoError(t, there.Close())
	before := content(t, at)

	file, _ := sample(t)
	damaged := bytes.Clone(file)
	clear(damaged[3*4096 : 4*4096])
	newer := oldFile(t)
	s, err := openWith(newer, longer(rename("f1", "g"), rename("g", "h")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	write := func(name string, b []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, b, 0o600))
		return path
	}
	for _, test := range []struct{ name, backup, says string }{
		{"no such file", filepath.Join(folder, "none"), "no such file"},
		{"empty", write("empty", nil), "damaged"},
		{"text", write("text", []byte("{}")), "no database"},
		{"cut off", write("cut", file[:5*4096]), "cut off"},
		{"damaged", write("damaged", damaged), "damaged"},
		{"newer", newer, `its format is "5"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Restore(test.backup, at, true)
			require.ErrorContains(t, err, test.says)
			assert.Equal(t, before, content(t, at), "the store is as it was")
		})
	}
	t.Run("in use", func(t *testing.T) {
		open(t, at)
		_, err := Restore(write("good", file), at, true)
		require.ErrorContains(t, err, "another process uses it")
	})
	t.Run("an older format is brought up", func(t *testing.T) {
		done, err := Restore(oldFile(t), filepath.Join(folder, "new.db"), false)
		require.NoError(t, err)
		assert.Equal(t, 3, done.Records)
	})
}
