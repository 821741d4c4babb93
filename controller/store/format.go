package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"crosspoint/controller/core"
)

// Format is the version of the file's format that this program writes. It reads that and all before.
const Format = 3

// migration brings a file from one format to the next, within the transaction. It sees the file as a program of the older format
// left it, and may not count on anything else in this package staying as it is.
type migration func(*bbolt.Tx) error

// migrations lists all: the first goes from format 1 to 2. None is ever changed once it was released.
func migrations() []migration { return []migration{sealValues, sayVersions} }

// prepare brings a file to today's format, and makes what a new one lacks.
func prepare(tx *bbolt.Tx, chain []migration) error {
	today := 1 + len(chain)
	found, err := formatOf(tx)
	if err != nil {
		return err
	}
	if found == 0 {
		found = today
		if err := begin(tx); err != nil {
			return err
		}
	}
	if found > today {
		return fmt.Errorf("its format is \"%d\", and this program knows %d: use the program that wrote it, or a newer one", found, today)
	}
	for f := found; f < today; f++ {
		if err := chain[f-1](tx); err != nil {
			return fmt.Errorf("migrate from format %d to %d: %w; the file is as it was", f, f+1, err)
		}
	}
	for _, kind := range core.RecordKinds() {
		if _, err := tx.CreateBucketIfNotExists([]byte(kind)); err != nil {
			return err
		}
	}
	return tx.Bucket(metaBucket).Put(formatKey, []byte(strconv.Itoa(today)))
}

// formatOf reads the format; 0 for a file with nothing in it.
func formatOf(tx *bbolt.Tx) (int, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		if name, _ := tx.Cursor().First(); name != nil {
			return 0, errors.New("it is a database of another program")
		}
		return 0, nil
	}
	text := meta.Get(formatKey)
	format, err := strconv.Atoi(string(text))
	if err != nil || format < 1 {
		return 0, fmt.Errorf("%w: its format is %q, which is no number", ErrDamaged, text)
	}
	return format, nil
}

// begin makes what every file has from its first day.
func begin(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucket(metaBucket)
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("make LLDP key: %w", err)
	}
	return meta.Put(lldpKey, seal(metaBucket, lldpKey, key))
}

// sayVersions goes from format 2 to 3: flows say in which version they run, and there are kinds of record for what is drained and for pairs of
// flows. What an older file does not say is the zero value; the step is there so that an older program refuses what it would misread.
func sayVersions(*bbolt.Tx) error { return nil }

// sealValues goes from format 1 to 2: each value gets a checksum, each bucket the number of its values.
func sealValues(tx *bbolt.Tx) error {
	return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
		sealed := map[string][]byte{} // a bucket may not be changed while it is walked
		err := bucket.ForEach(func(k, v []byte) error {
			if string(name) != string(metaBucket) || string(k) != string(formatKey) {
				sealed[string(k)] = seal(name, k, v)
			}
			return nil
		})
		for k, v := range sealed {
			err = errors.Join(err, bucket.Put([]byte(k), v))
		}
		return errors.Join(err, bucket.SetSequence(uint64(len(sealed))))
	})
}
