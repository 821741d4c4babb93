package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const drainLong = `Take a switch, or with --port the cable at a port, out of use for maintenance. Flows that run over it move to
other paths, the new one before the old one is left, and nothing new goes there, also after a restart of the controller.

What finds no other path with room stays where it is, and is listed: 'crosspoint get drained' tells at any time what still
needs a switch or cable. Nothing does? Then it may be switched off. A flow whose sender or receiver is at the switch itself
cannot move. 'crosspoint undrain' gives it back to use.

With --try nothing is changed: the answer is what would happen.

` + movesLong

// drainOptions are the options of drain and undrain.
type drainOptions struct {
	changeOptions
	sw, port string
	try      bool
}

func newDrainCmd(s *streams, api *apiOptions, run func(context.Context, *drainOptions) error) *cobra.Command {
	o := &drainOptions{changeOptions: changeOptions{streams: s, api: api}}
	cmd := &cobra.Command{
		Use:     "drain SWITCH",
		Short:   "Take a switch or a cable out of use for maintenance",
		Long:    drainLong,
		Example: "  crosspoint drain sp1 --try\n  crosspoint drain sp1\n  crosspoint drain lf1 --port lf1-eth1   # the cable there",
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.try, "try", false, "change nothing, and tell what would happen")
	return o.complete(cmd, run)
}

func newUndrainCmd(s *streams, api *apiOptions, run func(context.Context, *drainOptions) error) *cobra.Command {
	o := &drainOptions{changeOptions: changeOptions{streams: s, api: api}}
	return o.complete(&cobra.Command{
		Use:   "undrain SWITCH",
		Short: "Give a switch or a cable back to use",
		Long: `Give a switch, or with --port the cable at a port, back to use after 'crosspoint drain'. Flows that had no path get one;
those that have one stay where they are until 'crosspoint optimise --apply' or a failure moves them.`,
		Example: "  crosspoint undrain sp1\n  crosspoint undrain lf1 --port lf1-eth1",
	}, run)
}

func (o *drainOptions) complete(cmd *cobra.Command, run func(context.Context, *drainOptions) error) *cobra.Command {
	cmd.Flags().StringVar(&o.port, "port", "", "only the cable at this port of the switch (`NAME` or number), at either end of it")
	cmd.Args = between(1, 1, "SWITCH")
	cmd.ValidArgsFunction = completeSwitch(o.api)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.sw = args[0]
		return run(cmd.Context(), o)
	}
	return cmd
}

// part names what is drained.
func (o *drainOptions) part() string {
	if o.port == "" {
		return o.sw
	}
	return "the cable at " + o.sw + ":" + o.port
}

func runDrain(ctx context.Context, o *drainOptions) error {
	moves, err := change(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Moves, error) {
		return c.Drain(ctx, ops.DrainRequest{Switch: o.sw, Port: o.port, Try: o.try})
	})
	if err != nil {
		return err
	}
	did := o.part() + " is drained"
	if o.try {
		did = o.part() + " would be drained"
	}
	return o.tell(moves, func(out *bufio.Writer) { writeMoves(out, did, moves.Try, moves.Moves, moves.Stuck) })
}

func runUndrain(ctx context.Context, o *drainOptions) error {
	_, err := change(ctx, o.api, func(ctx context.Context, c ops.Client) (*struct{}, error) {
		return nil, c.Undrain(ctx, o.sw, o.port)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "%s is in use again\n", o.part())
	return err
}
