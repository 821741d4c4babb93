package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const pairLong = `Declare two flows legs of one essence that is sent twice (ST 2022-7). Their trees are kept apart as far as the network lets: no
switch in common between the edges, or else no link. They move apart now, and from then on whatever moves one of them keeps off the other.

Flows whose labels name the essence are legs without this: "Camera 1 red (2022-7: camera 1)" and "Camera 1 blue (2022-7: camera 1)".

` + movesLong

// pairOptions are the options of pair and unpair.
type pairOptions struct {
	changeOptions
	name string
	legs [2]string
}

func newPairCmd(s *streams, api *apiOptions, run func(context.Context, *pairOptions) error) *cobra.Command {
	o := &pairOptions{changeOptions: changeOptions{streams: s, api: api}}
	cmd := &cobra.Command{
		Use:     "pair NAME FLOW FLOW",
		Short:   "Keep two flows apart that carry one essence (ST 2022-7)",
		Long:    pairLong,
		Example: "  crosspoint pair 'camera 1' 4f2a81c0 7b3d0e52",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 3 {
				return misused(cmd, "takes a name and two flows, got %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name, o.legs = args[0], [2]string{args[1], args[2]}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: completeFlow(api),
	}
	o.addFlags(cmd)
	return cmd
}

func newUnpairCmd(s *streams, api *apiOptions, run func(context.Context, *pairOptions) error) *cobra.Command {
	o := &pairOptions{changeOptions: changeOptions{streams: s, api: api}}
	return &cobra.Command{
		Use:     "unpair NAME",
		Short:   "Forget that two flows carry one essence",
		Long:    "Take back what 'crosspoint pair' said. Nothing moves by that. A pair that the flows' labels name is taken back by changing a label.",
		Example: "  crosspoint unpair 'camera 1'",
		Args:    between(1, 1, "NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: complete(api, ops.Client.Redundancy, func(p ops.Pair) string { return p.Name }),
	}
}

func runPair(ctx context.Context, o *pairOptions) error {
	made, err := change(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.PairMoves, error) {
		return c.PairFlows(ctx, o.name, o.legs)
	})
	if err != nil {
		return err
	}
	did := made.Name + ": " + separationText(made.Separation, made.Shared)
	return o.tell(made, func(out *bufio.Writer) { writeMoves(out, printable(did), false, made.Moves, made.Stuck) })
}

func runUnpair(ctx context.Context, o *pairOptions) error {
	_, err := change(ctx, o.api, func(ctx context.Context, c ops.Client) (*struct{}, error) { return nil, c.UnpairFlows(ctx, o.name) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "%s is no pair any more\n", printable(o.name))
	return err
}
