package store

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"go.etcd.io/bbolt"
)

const (
	// aheadWant is how much room on the disk is set aside for writes to come, in bytes, and aheadLeast when more is asked for. What is
	// under way when room becomes scarce, a queue of some hundred changes, needs far less.
	aheadWant  = 4 << 20
	aheadLeast = 2 << 20
	// keepSize sets blocks aside behind the end of the file without making it longer (fallocate(2)).
	keepSize = 1
)

// ahead is what was set aside on the disk.
type ahead struct {
	mu       sync.Mutex // guards what follows: the one who writes and the one who asks may be two
	reserved int64      // bytes of the file that have a place on the disk, counted from its start
	never    bool       // the file system cannot do it
}

// Room sets room aside on the disk for writes to come, so that a disk that fills up is noticed while what is under way can still be saved.
// The error says that nothing new should be begun.
func (s *Store) Room() error {
	var used int64
	err := s.view(func(tx *bbolt.Tx) error { used = tx.Size(); return nil })
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.never || s.reserved-used >= aheadLeast {
		return nil
	}
	err = syscall.Fallocate(int(s.file.Fd()), keepSize, used, aheadWant)
	switch {
	case errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOSYS):
		s.never = true
		return nil
	case err != nil:
		return fmt.Errorf("set room aside for the store: %w", err)
	}
	s.reserved = used + aheadWant
	return nil
}
