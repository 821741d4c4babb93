// Package controller runs the state machine of controller/core: it carries events in, and orders and effects out.
//
//	switch ──ofconn──▶ session ──event──▶ ┌───────┐ ──Program, Send, Read──▶ session ──▶ switch
//	                                      │ turn  │
//	client ──Submit──▶ intent ──────────▶ │ State │ ──Save──▶ saver ──fsync──▶ Reply ──▶ client
//	reader ──Snapshot, Tables──────────▶  └───────┘
//
// One goroutine at a time uses the State, in its turn: the reader of a session, a client, a reader, or the timer. A turn never waits for a switch: what is sent is
// queued, what is asked for comes back as an event. It waits for the saver only when that is hopelessly behind, which bounds what a slow disk can pile up.
package controller
