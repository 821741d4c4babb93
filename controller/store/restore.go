package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrExists says that Restore would have to overwrite a file.
var ErrExists = errors.New("there is a store already")

// Restored says what a backup held.
type Restored struct {
	Records int // in all
}

// Restore puts a backup in the place of a store that no process uses. The backup is checked first, whole, and brought to today's format; the
// place is taken in one step, so that it holds the old or the new at any instant. Without overwrite the error is [ErrExists] when a file
// is there.
func Restore(backup, path string, overwrite bool) (Restored, error) {
	var done Restored
	if err := checkFile(backup); err != nil {
		return done, fmt.Errorf("read backup %s: %w", backup, err)
	}
	free, err := holdPlace(path, overwrite)
	if err != nil {
		return done, fmt.Errorf("restore to %s: %w", path, err)
	}
	defer free()
	temp, err := newTemp(path)
	if err != nil {
		return done, fmt.Errorf("restore to %s: %w", path, explain(err))
	}
	defer os.Remove(temp)
	if err := copyFile(backup, temp); err != nil {
		return done, fmt.Errorf("copy backup %s: %w", backup, err)
	}
	if done.Records, err = bringUp(temp); err != nil {
		return done, fmt.Errorf("read backup %s: %w", backup, err)
	}
	if overwrite {
		err = errors.Join(os.Rename(temp, path), syncFolder(path))
	} else if err = nameNew(temp, path); errors.Is(err, os.ErrExist) {
		err = ErrExists
	}
	if err != nil {
		return done, fmt.Errorf("restore to %s: %w", path, err)
	}
	return done, nil
}

// holdPlace keeps others from opening the store that is to be replaced.
func holdPlace(path string, overwrite bool) (free func(), err error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return func() {}, nil
	case err != nil:
		return nil, err
	}
	if err := lock(f, syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !overwrite {
		return nil, errors.Join(ErrExists, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// bringUp opens a copy as a controller would, and reads everything.
func bringUp(path string) (records int, err error) {
	if err := checkFile(path); err != nil {
		return 0, err
	}
	s, err := openDatabase(path, migrations())
	if err != nil {
		return 0, err
	}
	all, err := s.Load()
	if err == nil {
		_, err = s.LLDPKey()
	}
	return len(all), errors.Join(err, s.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	return errors.Join(out.Sync(), out.Close())
}
