package main

import (
	"time"

	"github.com/spf13/cobra"

	"crosspoint/controller/core"
)

// flappingOptions say when a port that goes up and down is held down.
type flappingOptions struct {
	losses                int
	window, hold, maxHold time.Duration
}

func (o *flappingOptions) addFlags(cmd *cobra.Command) {
	f, defaults := cmd.Flags(), core.DefaultConfig().Flapping
	f.IntVar(&o.losses, "flap-losses", defaults.Losses, "a port that is lost so often within --flap-window is held down")
	f.DurationVar(&o.window, "flap-window", defaults.Window, "time in which losses of a port are counted")
	f.DurationVar(&o.hold, "flap-hold", defaults.Hold, "how long it must be up then to be used again; twice as long each further time")
	f.DurationVar(&o.maxHold, "flap-max-hold", defaults.MaxHold, "the longest that it must")
}

// apply puts the options into the state machine's settings.
func (o *flappingOptions) apply(c *core.Config) {
	c.Flapping = core.Flapping{Losses: o.losses, Window: o.window, Hold: o.hold, MaxHold: o.maxHold}
}
