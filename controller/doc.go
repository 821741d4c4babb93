// Package controller runs the state machine of controller/core: it carries events in and effects out.
//
//	switch ──ofconn──▶ session ──event──▶ ┌───────┐ ──Program, Send, Read──▶ session ──▶ switch
//	                                      │ loop  │
//	client ──Submit──▶ intent ──────────▶ │ State │ ──Save──▶ saver ──fsync──▶ Reply ──▶ client
//	reader ──Snapshot, Tables──────────▶  └───────┘
//
// The loop's goroutine is the only one that touches the State. It never waits for a switch: what it sends is queued, what it asks for
// comes back as an event. It waits for the saver only when that is hopelessly behind, which bounds what a slow disk can pile up.
package controller
