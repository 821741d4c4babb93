package controller

import (
	"sync"
	"sync/atomic"
	"time"

	"crosspoint/controller/core"
)

// Durability says whether changes can be made durable.
type Durability struct {
	// Reason is why changes are refused; "" when they are not.
	Reason string
	// Since is when that began; zero when they are not refused.
	Since time.Time
	// Unsaved is how many records are in force and would be lost in a restart.
	Unsaved int
	// Failures counts writes that failed since the controller started.
	Failures uint64
}

// Durability tells how the store is. A controller without one has nothing to complain about.
func (c *Controller) Durability() Durability { return c.saver.health.report() }

// durability is written by the saver and read by whoever asks.
type durability struct {
	failing atomic.Bool // Reason is not ""; read at every change

	mu    sync.Mutex // guards state: readers must not have to wait for the saver, which may be waiting for the disk
	state Durability
}

func (d *durability) bad() bool { return d.failing.Load() }

func (d *durability) report() Durability {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

func (d *durability) fail(err error, unsaved int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state.Reason == "" {
		d.state.Since = time.Now()
	}
	d.state.Reason, d.state.Unsaved = err.Error(), unsaved
	d.state.Failures++
	d.failing.Store(true)
}

func (d *durability) waiting(unsaved int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.Unsaved = unsaved
}

func (d *durability) recovered() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = Durability{Failures: d.state.Failures}
	d.failing.Store(false)
}

// refusal is the answer to a change that was not begun.
func (d *durability) refusal() *core.Refusal {
	return &core.Refusal{
		Kind:    core.NotDurable,
		Message: "nothing was changed: the controller cannot save changes at present (" + d.report().Reason + "); try again later",
	}
}

// unsavedError answers a change that was carried out, and could then not be saved. It is a refusal of kind NotDurable.
type unsavedError struct{ cause error }

// Error tells a person what to expect.
func (e *unsavedError) Error() string {
	return "the change is in force, and could not be saved (" + e.cause.Error() +
		"): a restart before it is would undo it. It is saved as soon as that works; read the resource to see what became of it"
}

// Unwrap gives the refusal and the cause.
func (e *unsavedError) Unwrap() []error {
	return []error{&core.Refusal{Kind: core.NotDurable, Message: e.Error()}, e.cause}
}
