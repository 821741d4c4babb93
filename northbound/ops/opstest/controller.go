package opstest

import (
	"context"
	"fmt"
	"time"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound/ops"
	"crosspoint/topology"
)

// Now is the moment at which the controller stands still.
func Now() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// Controller shows one state. The zero value fails; use New.
type Controller struct {
	State *core.Snapshot
	// Err is given instead of the snapshot and of what changes bring, if not nil.
	Err error
	// Changes are what was submitted.
	Changes []core.Change

	ticks ticks
}

var _ ops.Controller = (*Controller)(nil)

// New gives a controller in the state that the package describes.
func New() *Controller { return &Controller{State: Snapshot()} }

// Snapshot gives the state, or the error.
func (c *Controller) Snapshot(context.Context) (*core.Snapshot, error) { return c.State, c.Err }

// Tables gives tables for lf1. They differ: a group has a bucket too many, the entry for Monitor 2 is missing, and there is one that is
// not ours. Other switches have and want nothing but what every switch has; lf3 cannot be read.
func (c *Controller) Tables(_ context.Context, sw topology.SwitchID) (have, want flows.Tables, err error) {
	switch sw {
	case Leaf1:
		return leaf1Have(), leaf1Want(), nil
	case Leaf3:
		return flows.Tables{}, base(), fmt.Errorf("switch %s is away", sw)
	default:
		return base(), base(), nil
	}
}
