package store

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"
)

var errBroken = fmt.Errorf("%w, and was found to be so while in use; restart the controller, and restore a backup if it does not start", ErrDamaged)

// guard calls into bbolt. It reads pages through a memory map and trusts them: a damaged one makes it panic, and one that is not there
// any more, because the file was cut off, is a fault. Both become an error here, and the last thing that is asked of bbolt.
func (s *Store) guard(call func() error) (err error) {
	if s.broken.Load() {
		return errBroken
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			s.broken.Store(true)
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return call()
}

// explain says what to do about an error of opening.
func explain(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return errInUse
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: it must be writable; make it so, or name another place", err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: make room on the disk, or name another place", err)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
