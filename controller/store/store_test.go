package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"crosspoint/controller/core"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func TestWhatWasWrittenComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path)
	require.NoError(t, err)
	key, err := s.LLDPKey()
	require.NoError(t, err)
	require.Len(t, key, 32)
	require.NoError(t, s.Write([]core.Record{
		{Kind: core.RecordFlow, Key: "a", Value: []byte("1")},
		{Kind: core.RecordFlow, Key: "b", Value: []byte("2")},
		{Kind: core.RecordEndpoint, Key: "a", Value: []byte("3")},
	}))
	require.NoError(t, s.Write([]core.Record{
		{Kind: core.RecordFlow, Key: "a"},
		{Kind: core.RecordFlow, Key: "b", Value: []byte("4")},
		{Kind: core.RecordFlow, Key: "never there"},
	}))
	require.NoError(t, s.Close())

	again := open(t, path)
	records, err := again.Load()
	require.NoError(t, err)
	assert.Equal(t, []core.Record{
		{Kind: core.RecordEndpoint, Key: "a", Value: []byte("3")},
		{Kind: core.RecordFlow, Key: "b", Value: []byte("4")},
	}, records)
	sameKey, err := again.LLDPKey()
	require.NoError(t, err)
	assert.Equal(t, key, sameKey)
}

func TestAWriteIsAllOrNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	err := s.Write([]core.Record{
		{Kind: core.RecordFlow, Key: "a", Value: []byte("1")},
		{Kind: core.RecordFlow, Key: "", Value: []byte("bbolt takes no empty key")},
	})
	require.Error(t, err)
	records, err := s.Load()
	require.NoError(t, err)
	assert.Empty(t, records)
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	t.Run("in use", func(t *testing.T) {
		path := filepath.Join(dir, "used.db")
		open(t, path)
		_, err := Open(path)
		require.ErrorContains(t, err, "another process uses it")
	})
	t.Run("not ours", func(t *testing.T) {
		path := filepath.Join(dir, "text.db")
		require.NoError(t, os.WriteFile(path, []byte("this is no database, and never was one"), 0o600))
		_, err := Open(path)
		require.ErrorContains(t, err, path)
	})
	t.Run("newer format", func(t *testing.T) {
		path := filepath.Join(dir, "newer.db")
		s, err := Open(path)
		require.NoError(t, err)
		require.NoError(t, s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(formatKey, []byte("99")) }))
		require.NoError(t, s.Close())
		_, err = Open(path)
		require.ErrorContains(t, err, `its format is "99"`)
	})
	t.Run("no such folder", func(t *testing.T) {
		_, err := Open(filepath.Join(dir, "none", "x.db"))
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}
