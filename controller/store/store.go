package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"crosspoint/controller/core"
)

var (
	metaBucket = []byte("meta")
	formatKey  = []byte("format")
	lldpKey    = []byte("lldp-key")
)

const (
	// mapSize is the address space set aside for the file, in bytes. While the file fits, a reader that takes its time, such as a backup
	// over a slow line, never holds up a write.
	mapSize = 1 << 30
	// growth is by how much the file grows at a time, in bytes.
	growth = 1 << 20
)

// ErrDamaged is wrapped by errors about a file that cannot be right.
var ErrDamaged = errors.New("the file is damaged")

// Store is the open file. Methods may be called from any goroutine.
type Store struct {
	db   *bbolt.DB
	file *os.File // the database's own
	ahead
	// broken is set when bbolt panicked: whatever locks it held are held for good, so nothing may be asked of it any more.
	broken atomic.Bool
}

// Open opens or makes the file. The error says what is wrong with it: in use, not ours, of a newer format, damaged, not writable.
func Open(path string) (*Store, error) { return openWith(path, migrations()) }

// openWith takes the migrations to bring an older file to format len(chain)+1.
func openWith(path string, chain []migration) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = create(path, chain)
	case err == nil && info.Size() > 0:
		err = checkFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	s, err := openDatabase(path, chain)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

// openDatabase opens a file that was checked, and brings it to today's format.
func openDatabase(path string, chain []migration) (*Store, error) {
	s := &Store{}
	options := &bbolt.Options{Timeout: lockWait, InitialMmapSize: mapSize, OpenFile: s.openFile}
	err := s.guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, options)
		return err
	})
	if err != nil {
		return nil, errors.Join(explain(err), s.Close())
	}
	s.db.AllocSize = growth
	if err := s.samePath(path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	err = s.guard(func() error { return s.db.Update(func(tx *bbolt.Tx) error { return prepare(tx, chain) }) })
	if err != nil {
		return nil, errors.Join(explain(err), s.Close())
	}
	return s, nil
}

// openFile keeps hold of the first file that bbolt opens, which is the database; others are readers for backups.
func (s *Store) openFile(name string, flag int, perm os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if s.file == nil {
		s.file = f
	}
	return f, err
}

// samePath finds a file that was replaced by a restore while we waited for its lock: it is open, and has no name any more.
func (s *Store) samePath(path string) error {
	ours, err := s.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(ours, named) {
		return errors.New("it was replaced at this moment; try again")
	}
	return nil
}

// LLDPKey is the key of this controller's LLDP frames: made with the file, and the same for as long as it exists.
func (s *Store) LLDPKey() (key []byte, err error) {
	err = s.view(func(tx *bbolt.Tx) (err error) {
		key, err = unseal(metaBucket, lldpKey, tx.Bucket(metaBucket).Get(lldpKey))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	return key, nil
}

// Load reads all records.
func (s *Store) Load() ([]core.Record, error) {
	var out []core.Record
	err := s.view(func(tx *bbolt.Tx) error {
		for _, kind := range core.RecordKinds() {
			of, err := readKind(tx, kind)
			if err != nil {
				return err
			}
			out = append(out, of...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	return out, nil
}

// readKind reads the records of one kind. A checksum says that a record is whole; their number, that none is missing.
func readKind(tx *bbolt.Tx, kind core.RecordKind) (out []core.Record, err error) {
	bucket := tx.Bucket([]byte(kind))
	err = bucket.ForEach(func(k, v []byte) error {
		value, err := unseal([]byte(kind), k, v)
		out = append(out, core.Record{Kind: kind, Key: string(k), Value: value})
		return err
	})
	if err == nil && uint64(len(out)) != bucket.Sequence() {
		err = fmt.Errorf("%w: %d %s are there, and %d were written; restore a backup", ErrDamaged, len(out), kind, bucket.Sequence())
	}
	return out, err
}

// Write makes records durable, all or none: it returns after fdatasync.
func (s *Store) Write(records []core.Record) error {
	err := s.guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			for _, r := range records {
				if err := writeRecord(tx, r); err != nil {
					return fmt.Errorf("%s %q: %w", r.Kind, r.Key, err)
				}
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("write store: %w", err)
	}
	return nil
}

func writeRecord(tx *bbolt.Tx, r core.Record) error {
	bucket := tx.Bucket([]byte(r.Kind))
	if bucket == nil {
		return errors.New("there is no such kind of record")
	}
	key, count := []byte(r.Key), bucket.Sequence() // bbolt keeps a number with each bucket: ours is how many records it has
	there := bucket.Get(key) != nil
	switch {
	case r.Value == nil && !there:
		return nil
	case r.Value == nil:
		return errors.Join(bucket.Delete(key), bucket.SetSequence(count-1))
	case !there:
		count++
	}
	return errors.Join(bucket.Put(key, seal([]byte(r.Kind), key, r.Value)), bucket.SetSequence(count))
}

// WriteTo writes the file as it stands at one instant, while writes go on: a backup. It can be opened like any store.
func (s *Store) WriteTo(w io.Writer) (n int64, err error) {
	err = s.view(func(tx *bbolt.Tx) (err error) {
		n, err = tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy store: %w", err)
	}
	return n, nil
}

// Close lets go of the file.
func (s *Store) Close() error {
	if s.db != nil && !s.broken.Load() {
		return s.db.Close()
	}
	if s.broken.Load() && s.file != nil {
		// bbolt's own Close would wait for locks that nobody gives back. The memory map stays, and would keep the file locked.
		return errors.Join(unlock(s.file), s.file.Close())
	}
	return nil
}

func (s *Store) view(read func(*bbolt.Tx) error) error {
	return s.guard(func() error { return s.db.View(read) })
}
