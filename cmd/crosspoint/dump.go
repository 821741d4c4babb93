package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const dumpLong = `Show the tables of a switch, one meter, group or flow entry a line, as ovs-ofctl writes them.

Behind each line, after "#", is what it is there for:

  # flow 4f2a81c0: Camera 1      a flow: id and label, or source → group
  # host: Monitor 2 (10.0.0.2)   unicast to and from a registered endpoint
  # base: IGMP to controller     what every switch holds
  # denied sender                a sender that nobody authorised, dropped and counted
  # foreign: not ours            somebody else put it there

  --have  what the switch holds, read from it now (this is the default)
  --want  what it should hold; that also works while the switch is gone
  --diff  only what differs: "+" is wanted and missing, "-" is there and not wanted

A difference that is gone at the next look was a change on its way. One that stays: 'crosspoint get
switches' tells whether the switch is in sync, 'crosspoint get flows --receivers' whether it refused.`

const dumpExample = `  crosspoint dump lf1
  crosspoint dump lf1 --diff
  crosspoint dump lf1 --flow 4f2a81c0
  crosspoint dump lf1 | grep '# base' | less -S`

// dumpOptions are the options of dump.
type dumpOptions struct {
	*streams
	api  *apiOptions
	name string
	side ops.Side
	flow string
	json bool
}

func newDumpCmd(s *streams, api *apiOptions, run func(context.Context, *dumpOptions) error) *cobra.Command {
	o := &dumpOptions{streams: s, api: api}
	var have, want, diff bool
	cmd := &cobra.Command{
		Use:     "dump SWITCH",
		Short:   "What does a switch hold, and what is each entry there for?",
		Long:    dumpLong,
		Example: dumpExample,
		Args:    between(1, 1, "SWITCH"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.name = args[0]
			if o.side, err = oneSide(cmd, have, want, diff); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: completeSwitch(api),
	}
	flags := cmd.Flags()
	flags.BoolVar(&have, "have", false, "what the switch holds (the default)")
	flags.BoolVar(&want, "want", false, "what the switch should hold")
	flags.BoolVar(&diff, "diff", false, "only what differs between the two")
	flags.BoolVar(&o.json, "json", false, "the API's JSON instead of text")
	flags.StringVar(&o.flow, "flow", "", "only what serves this flow (`ID`, start of it, or label)")
	offer(cmd, "flow", completeFlow(api))
	return cmd
}

func oneSide(cmd *cobra.Command, have, want, diff bool) (ops.Side, error) {
	side, n := ops.SideHave, 0
	for _, choice := range []struct {
		on   bool
		side ops.Side
	}{{have, ops.SideHave}, {want, ops.SideWant}, {diff, ops.SideDiff}} {
		if choice.on {
			side, n = choice.side, n+1
		}
	}
	if n > 1 {
		return "", misused(cmd, "--have, --want and --diff exclude each other")
	}
	return side, nil
}

func runDump(ctx context.Context, o *dumpOptions) error {
	tables, err := ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Tables, error) {
		return c.Tables(ctx, o.name, o.side, ops.Filter{Flow: o.flow})
	})
	if err != nil {
		return err
	}
	if o.json {
		return writeJSON(o.streams, tables)
	}
	if len(tables.Lines) == 0 {
		fmt.Fprintln(o.err, nothingToDump(tables, o.flow))
		return nil
	}
	out := bufio.NewWriter(o.out)
	for _, l := range tables.Lines {
		fmt.Fprintln(out, dumpLine(l))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write tables: %w", err)
	}
	return nil
}

func dumpLine(l ops.TableLine) string {
	line := printable(l.Text) + "  # " + printable(owner(l))
	if l.Mark != ops.MarkNone {
		line = string(l.Mark) + " " + line
	}
	return line
}

// owner names what a line serves.
func owner(l ops.TableLine) string {
	switch {
	case l.Flow != nil:
		return fmt.Sprintf("%s %s: %s", l.Kind, shortID(l.Flow.ID), l.Purpose)
	case l.Purpose == l.Kind:
		return l.Kind
	}
	return l.Kind + ": " + l.Purpose
}

// nothingToDump says what no lines mean.
func nothingToDump(t *ops.Tables, flow string) string {
	what := ""
	if flow != "" {
		what = " for flow " + printable(flow)
	}
	if t.Side == ops.SideDiff {
		return fmt.Sprintf("%s: have equals want%s (%d entries in all)", t.SwitchName, what, t.Want)
	}
	return fmt.Sprintf("%s: nothing%s on the side %q", t.SwitchName, what, t.Side)
}
