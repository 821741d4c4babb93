package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"crosspoint/controller/core"
)

// oldFile writes a file of format 1 as the first program did: no seals.
func oldFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		put := func(bucket, key, value string) {
			b, err := tx.CreateBucketIfNotExists([]byte(bucket))
			require.NoError(t, err)
			require.NoError(t, b.Put([]byte(key), []byte(value)))
		}
		put("meta", "format", "1")
		put("meta", "lldp-key", "0123456789abcdef0123456789abcdef")
		put("flows", "f1", `{"Flow":1}`)
		put("flows", "f2", `{"Flow":2}`)
		put("endpoints", "e1", `{"Endpoint":1}`)
		return nil
	}))
	require.NoError(t, db.Close())
	return path
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

func TestChainReachesFormat(t *testing.T) { assert.Len(t, migrations(), Format-1) }

func TestOldFormatIsMigrated(t *testing.T) {
	path := oldFile(t)
	want := []core.Record{
		{Kind: core.RecordEndpoint, Key: "e1", Value: []byte(`{"Endpoint":1}`)},
		{Kind: core.RecordFlow, Key: "f1", Value: []byte(`{"Flow":1}`)},
		{Kind: core.RecordFlow, Key: "f2", Value: []byte(`{"Flow":2}`)},
	}
	for range 2 { // the second time it is of today's format
		s, err := Open(path)
		require.NoError(t, err)
		records, err := s.Load()
		require.NoError(t, err)
		assert.Equal(t, want, records)
		key, err := s.LLDPKey()
		require.NoError(t, err)
		assert.Equal(t, "0123456789abcdef0123456789abcdef", string(key))
		require.NoError(t, s.Close())
	}
}

// longer is today's chain and two steps that are not released yet.
func longer(third, fourth migration) []migration {
	return append(migrations(), third, fourth)
}

func rename(from, to string) migration {
	return func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(core.RecordFlow))
		value, err := unseal([]byte(core.RecordFlow), []byte(from), b.Get([]byte(from)))
		if err != nil {
			return err
		}
		return errors.Join(b.Delete([]byte(from)), b.Put([]byte(to), seal([]byte(core.RecordFlow), []byte(to), value)))
	}
}

func TestEveryStepOfTheChainIsTakenOnce(t *testing.T) {
	chain := longer(rename("f1", "third"), rename("third", "fourth"))
	path := oldFile(t)
	for range 2 {
		s, err := openWith(path, chain)
		require.NoError(t, err)
		records, err := s.Load()
		require.NoError(t, err)
		require.Len(t, records, 3)
		assert.Equal(t, core.Record{Kind: core.RecordFlow, Key: "fourth", Value: []byte(`{"Flow":1}`)}, records[2])
		require.NoError(t, s.Close())
	}
	// What one step further makes is too new for the program of today, which leaves it alone.
	before := content(t, path)
	_, err := Open(path)
	require.ErrorContains(t, err, `its format is "5", and this program knows 3`)
	assert.Equal(t, before, content(t, path))
	// From the middle, only what is left is done.
	path = oldFile(t)
	s, err := Open(path)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s, err = openWith(path, chain)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

func TestAFailedMigrationChangesNothing(t *testing.T) {
	path := oldFile(t)
	full := errors.New("no room")
	_, err := openWith(path, longer(rename("f1", "third"), func(*bbolt.Tx) error { return full }))
	require.ErrorIs(t, err, full)
	require.ErrorContains(t, err, "migrate from format 4 to 5")
	panics := func(*bbolt.Tx) error { panic("a page is not what it seems") }
	_, err = openWith(path, longer(panics, panics))
	require.ErrorIs(t, err, ErrDamaged)

	s, err := Open(path)
	require.NoError(t, err, "it is still of format 1, and free")
	records, err := s.Load()
	require.NoError(t, err)
	assert.Len(t, records, 3)
	require.NoError(t, s.Close())
}

func TestFormatThatIsNone(t *testing.T) {
	for _, format := range []string{"", "0", "-1", "two"} {
		path := oldFile(t)
		db, err := bbolt.Open(path, 0o600, nil)
		require.NoError(t, err)
		require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(formatKey, []byte(format)) }))
		require.NoError(t, db.Close())
		_, err = Open(path)
		assert.ErrorIs(t, err, ErrDamaged, format)
	}
}

func TestDatabaseOfAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("songs")); return err }))
	require.NoError(t, db.Close())
	before := content(t, path)
	_, err = Open(path)
	require.ErrorContains(t, err, "another program")
	assert.Equal(t, before, content(t, path))
}
