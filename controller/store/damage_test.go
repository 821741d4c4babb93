package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
)

// sample is a store with enough in it for branch pages, overflow pages and free pages, and what is in it.
func sample(t testing.TB) (file []byte, records []core.Record) {
	path := filepath.Join(t.TempDir(), "sample.db")
	s, err := Open(path)
	require.NoError(t, err)
	for round := range 4 {
		var batch []core.Record
		for i := range 150 {
			size := 40
			if i%50 == 0 {
				size = 9000
			}
			value := bytes.Repeat([]byte{byte('a' + round)}, size)
			batch = append(batch, core.Record{Kind: core.RecordKinds()[i%3], Key: fmt.Sprintf("%03d", i), Value: value})
		}
		require.NoError(t, s.Write(batch))
	}
	records, err = s.Load()
	require.NoError(t, err)
	var backup bytes.Buffer // without the room behind the last page
	_, err = s.WriteTo(&backup)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return backup.Bytes(), records
}

// outcome opens a file and reads everything. A panic or a fault would end the test.
func outcome(t testing.TB, path string, file []byte) ([]core.Record, error) {
	require.NoError(t, os.WriteFile(path, file, 0o600))
	s, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { assert.NoError(t, s.Close()) }()
	if _, err := s.LLDPKey(); err != nil {
		return nil, err
	}
	return s.Load()
}

// TestDamageIsFound: wherever a byte is wrong, it is either found, or it is one that means nothing.
func TestDamageIsFound(t *testing.T) {
	file, want := sample(t)
	path := filepath.Join(t.TempDir(), "x.db")
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	random := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range rounds {
		damaged := bytes.Clone(file)
		at := random.IntN(len(file))
		if random.IntN(2) == 0 { // the start of a page, where the structure is
			at = at&^4095 + random.IntN(200)
		}
		bit := byte(1) << random.IntN(8)
		damaged[at] ^= bit
		have, err := outcome(t, path, damaged)
		if err != nil {
			found++
			continue
		}
		// Without its newer head, a file is as it was one write before.
		if at >= 8192 {
			assert.Equal(t, want, have, "byte %d, bit %#x: damage went unnoticed", at, bit)
		}
	}
	assert.Greater(t, found, rounds/10)
}

// TestCutOff: a file that ends too early is never taken for a whole one.
func TestCutOff(t *testing.T) {
	file, _ := sample(t)
	path := filepath.Join(t.TempDir(), "x.db")
	for size := 1; size < len(file); size += 1021 {
		_, err := outcome(t, path, file[:size])
		assert.ErrorIs(t, err, ErrDamaged, "%d bytes", size)
	}
}

// TestPagesOfZeros: what a file system may leave of a file after a loss of power.
func TestPagesOfZeros(t *testing.T) {
	file, want := sample(t)
	path := filepath.Join(t.TempDir(), "x.db")
	for at := 8192; at+4096 <= len(file); at += 4096 {
		damaged := bytes.Clone(file)
		clear(damaged[at : at+4096])
		if have, err := outcome(t, path, damaged); err == nil {
			assert.Equal(t, want, have, "page %d", at/4096)
		} else {
			assert.ErrorIs(t, err, ErrDamaged)
		}
	}
}

// TestCutOffWhileOpen: pages that vanish under our hands fault; that is an error too, and the last word of this store.
func TestCutOffWhileOpen(t *testing.T) {
	file, want := sample(t)
	path := filepath.Join(t.TempDir(), "x.db")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	s, err := Open(path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, 8192))
	_, err = s.Load()
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorIs(t, s.Write(want[:1]), ErrDamaged)
	require.ErrorIs(t, s.Room(), ErrDamaged)
	require.NoError(t, s.Close())

	require.NoError(t, os.WriteFile(path, file, 0o600))
	s, err = Open(path)
	require.NoError(t, err, "it was let go of")
	require.NoError(t, s.Close())
}

func FuzzOpen(f *testing.F) {
	file, _ := sample(f)
	f.Add(0, uint64(1), file[:64])
	f.Add(4096*3, uint64(0xFFFF), []byte{})
	path := filepath.Join(f.TempDir(), "x.db")
	f.Fuzz(func(t *testing.T, at int, mask uint64, over []byte) {
		damaged := bytes.Clone(file)
		at = int(uint(at) % uint(len(file)-8))
		for i := range 8 {
			damaged[at+i] ^= byte(mask >> (8 * i))
		}
		copy(damaged[at:], over)
		_, _ = outcome(t, path, damaged)
	})
}
