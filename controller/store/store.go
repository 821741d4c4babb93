// Package store keeps what must survive a restart in one file: the records of the state machine, and the key that
// authenticates our LLDP. It knows nothing of what the records mean.
//
// The file is a bbolt database: one bucket a kind of record, and a bucket "meta" with the version of the format. A write
// returns after fsync; several that come together share one.
package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"crosspoint/controller/core"
)

// Format is the version of the file's format that this program writes and reads.
const Format = 1

var (
	metaBucket = []byte("meta")
	formatKey  = []byte("format")
	lldpKey    = []byte("lldp-key")
)

// lockWait is how long Open waits for another process to let go of the file.
const lockWait = time.Second

// Store is the open file. Methods may be called from any goroutine.
type Store struct{ db *bbolt.DB }

// Open opens or makes the file. The error says what is wrong with it: in use, not ours, of a newer format, not writable.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if errors.Is(err, bbolt.ErrTimeout) {
		return nil, fmt.Errorf("open store %s: another process uses it; stop that, or give this one a file of its own", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	s := &Store{db: db}
	if err := db.Update(prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return s, nil
}

// prepare checks the format of a file, and makes what a new one lacks.
func prepare(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(metaBucket)
	if err != nil {
		return err
	}
	if v := meta.Get(formatKey); v != nil && string(v) != strconv.Itoa(Format) {
		return fmt.Errorf("its format is %q, and this program knows %d: use the program that wrote it, or a newer one", v, Format)
	}
	if err := meta.Put(formatKey, []byte(strconv.Itoa(Format))); err != nil {
		return err
	}
	if meta.Get(lldpKey) == nil {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return fmt.Errorf("make LLDP key: %w", err)
		}
		if err := meta.Put(lldpKey, key); err != nil {
			return err
		}
	}
	for _, kind := range core.RecordKinds() {
		if _, err := tx.CreateBucketIfNotExists([]byte(kind)); err != nil {
			return err
		}
	}
	return nil
}

// LLDPKey is the key of this controller's LLDP frames: made with the file, and the same for as long as it exists.
func (s *Store) LLDPKey() (key []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		key = append(key, tx.Bucket(metaBucket).Get(lldpKey)...)
		return nil
	})
	return key, err
}

// Load reads all records.
func (s *Store) Load() ([]core.Record, error) {
	var out []core.Record
	err := s.db.View(func(tx *bbolt.Tx) error {
		for _, kind := range core.RecordKinds() {
			err := tx.Bucket([]byte(kind)).ForEach(func(k, v []byte) error {
				out = append(out, core.Record{Kind: kind, Key: string(k), Value: append([]byte(nil), v...)})
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	return out, nil
}

// Write makes records durable, all or none: it returns after fsync.
func (s *Store) Write(records []core.Record) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, r := range records {
			b := tx.Bucket([]byte(r.Kind))
			if r.Value == nil {
				if err := b.Delete([]byte(r.Key)); err != nil {
					return err
				}
			} else if err := b.Put([]byte(r.Key), r.Value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write store: %w", err)
	}
	return nil
}

// Close lets go of the file.
func (s *Store) Close() error { return s.db.Close() }
