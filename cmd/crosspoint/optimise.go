package main

import (
	"bufio"
	"context"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const optimiseLong = `Find flows that would get a better tree if they came now than the one which failures and maintenance left them with: legs
of one essence further apart, fewer links, or links that are clearly less full. Without --apply it only proposes. With it the
flows move, each to its new tree before the old one is left.

A flow never moves for this where a receiver would lose its way, or where there is no room for both its trees at once; such
flows are listed with the reason.

` + movesLong

// optimiseOptions are the options of optimise.
type optimiseOptions struct {
	changeOptions
	apply bool
}

func newOptimiseCmd(s *streams, api *apiOptions, run func(context.Context, *optimiseOptions) error) *cobra.Command {
	o := &optimiseOptions{changeOptions: changeOptions{streams: s, api: api}}
	cmd := &cobra.Command{
		Use:     "optimise",
		Aliases: []string{"optimize"},
		Short:   "Propose better paths for flows, or move them there",
		Long:    optimiseLong,
		Example: "  crosspoint optimise\n  crosspoint optimise --apply",
		Args:    between(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.apply, "apply", false, "move the flows")
	return cmd
}

func runOptimise(ctx context.Context, o *optimiseOptions) error {
	moves, err := change(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Moves, error) { return c.Optimise(ctx, !o.apply) })
	if err != nil {
		return err
	}
	did := "proposed"
	if o.apply {
		did = "optimised"
	}
	return o.tell(moves, func(out *bufio.Writer) { writeMoves(out, did, moves.Try, moves.Moves, moves.Stuck) })
}
