package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getSwitchesLong = `List the switches that are or were connected.

  NAME      what its ports' names have in common, or the datapath id
  STATE     connected or gone; a switch that is gone keeps forwarding what it holds;
            drained: taken out of use for maintenance ('crosspoint drain')
  SYNC      yes: everything wanted is proven installed
  VERIFIED  when its tables were last read and found, or made, equal to what is wanted
  FLOWS     flow entries wanted; GROUPS: groups wanted
  DRIFT     differences that somebody else made and an audit repaired
  PORTS     usable ports of all
  SINCE     since when it is connected or gone

Not in sync? 'crosspoint dump NAME --diff' shows what differs. Drift that grows? Something else writes to
the switch. A port is missing? 'crosspoint get ports --switch NAME'.`

// switchesOptions are the options of get switches.
type switchesOptions struct {
	getOptions
	name string // only this one; "" for all
}

func newGetSwitchesCmd(s *streams, api *apiOptions, run func(context.Context, *switchesOptions) error) *cobra.Command {
	o := &switchesOptions{getOptions: getOptions{streams: s, api: api}}
	cmd := &cobra.Command{
		Use:     "switches [SWITCH]",
		Aliases: []string{"switch"},
		Short:   "Is every switch connected and in sync?",
		Long:    getSwitchesLong,
		Example: "  crosspoint get switches\n  crosspoint get switches lf1 --json",
		Args:    between(0, 1, "SWITCH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.name = args[0]
			}
			if err := o.check(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: completeSwitch(api),
	}
	o.addFlags(cmd, 0)
	return cmd
}

func runGetSwitches(ctx context.Context, o *switchesOptions) error {
	if o.name != "" && o.json {
		return o.printSwitch(ctx)
	}
	o.filter.Switch = o.name
	list, err := listOf(ctx, &o.getOptions, ops.Client.Switches)
	if err != nil {
		return err
	}
	return o.print(list, switchTable(list), "switches: none has connected yet")
}

func (o *switchesOptions) printSwitch(ctx context.Context) error {
	sw, err := ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Switch, error) { return c.Switch(ctx, o.name) })
	if err != nil {
		return err
	}
	return writeJSON(o.streams, sw)
}

func switchTable(list *ops.List[ops.Switch]) *table {
	t := newTable("NAME", "ID", "STATE", "SYNC", "VERIFIED", "FLOWS", "GROUPS", "DRIFT", "PORTS", "SINCE", "REMOTE", "SOFTWARE")
	for _, s := range list.Items {
		t.add(text(s.Name), text(s.ID.String()), switchState(s), yesNo(s.InSync), verified(list.At, s),
			number(s.Flows), number(s.Groups), number(s.Drift), usablePorts(s), when(list.At, s.Since), text(s.Remote), text(s.Software))
	}
	return t
}

func switchState(s ops.Switch) cell {
	state := "gone"
	if s.Connected {
		state = "connected"
	}
	return text(state + drainedNote(s.Drained))
}

// verified adds for people how long it took.
func verified(now time.Time, s ops.Switch) cell {
	c := when(now, s.Verified)
	if c.short != "" {
		c.short += " (took " + time.Duration(s.VerifySeconds*float64(time.Second)).Round(100*time.Microsecond).String() + ")"
	}
	return c
}

func usablePorts(s ops.Switch) cell {
	down := len(slices.DeleteFunc(slices.Clone(s.Ports), func(p ops.Port) bool { return p.Usable }))
	return text(fmt.Sprintf("%d/%d", len(s.Ports)-down, len(s.Ports)))
}
