package controller

import (
	"errors"
	"io"
)

// ErrNoStore says that the controller keeps nothing.
var ErrNoStore = errors.New("this controller keeps nothing over a restart, so there is nothing to back up")

// Backup writes the store as it stands at one instant; changes go on meanwhile. What is reported as unsaved by Durability is not in it.
func (c *Controller) Backup(w io.Writer) (int64, error) {
	store, ok := c.cfg.Store.(io.WriterTo)
	if !ok {
		return 0, ErrNoStore
	}
	return store.WriteTo(w)
}
