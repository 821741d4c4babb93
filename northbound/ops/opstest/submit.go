package opstest

import (
	"context"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/topology"
)

// Submit notes the change and says that it was carried out: "Camera 1 clean" moves, and the other flow is stuck. With Err it fails.
func (c *Controller) Submit(_ context.Context, change core.Change) (core.Result, error) {
	if c.Err != nil {
		return core.Result{}, c.Err
	}
	c.Changes = append(c.Changes, change)
	switch change.(type) {
	case core.Drain, core.Optimise, core.PairFlows:
		return core.Result{Moves: moves()}, nil
	case core.Salvo:
		return core.Result{Salvo: &core.SalvoReport{Switches: 2, Spread: 1200 * time.Microsecond}}, nil
	}
	return core.Result{}, nil
}

func moves() *core.MoveReport {
	return &core.MoveReport{
		Moves: []core.FlowMove{{
			Flow: uuid.MustParse(CleanID), Before: []topology.Link{leaf1ToSpine(), spineToLeaf2()}, After: []topology.Link{leaf1ToSpine()},
		}},
		Stuck: []core.StuckFlow{{Flow: uuid.MustParse(SecondID), Receiver: uuid.MustParse(MonitorID), Reason: "no other link has the bandwidth"}},
	}
}
