package store

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lockWait is how long one waits for another process to let go of the file: one that was just stopped needs a moment.
const lockWait = time.Second

var errInUse = errors.New("another process uses it; stop that, or give this one a file of its own")

// lock takes the same lock on an open file as bbolt does. It is gone when the file is closed.
func lock(f *os.File, how int) error {
	for end := time.Now().Add(lockWait); ; time.Sleep(lockWait / 50) {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		case time.Now().After(end):
			return errInUse
		}
	}
}

func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
