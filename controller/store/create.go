package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// create makes a new file, complete before it has its name: a process killed meanwhile leaves nothing that looks like a store.
func create(path string, chain []migration) error {
	temp, err := newTemp(path)
	if err != nil {
		return explain(err)
	}
	defer os.Remove(temp)
	s, err := openDatabase(temp, chain)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	// When two make one at the same time, both go on with that of the first.
	if err := nameNew(temp, path); err != nil && !errors.Is(err, os.ErrExist) {
		return explain(err)
	}
	return nil
}

// newTemp makes an empty file beside the one that it shall become.
func newTemp(path string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.new")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// nameNew gives a file its name if nothing has it yet; else the error is os.ErrExist.
func nameNew(temp, path string) error {
	if err := os.Link(temp, path); err != nil {
		return err
	}
	return syncFolder(path)
}

// syncFolder makes a file's name durable.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := folder.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync folder: %w", err), folder.Close())
	}
	return folder.Close()
}
