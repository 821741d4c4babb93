package main

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const takeLong = `Move a receiver from one flow to another: one crosspoint. Without --from it is only added to a flow, without --to only taken
from one. RECEIVER is an endpoint's id, the first characters of it (4 or more), its label or its address; flows go by id or label.

The receiver gets neither flow for a moment, so its port need not have room for both. With --make-before-break it gets both for
a moment. What the network has no room for is refused, and nothing changes.`

// takeOptions are the options of take.
type takeOptions struct {
	changeOptions
	take    ops.Take
	overlap bool
}

func newTakeCmd(s *streams, api *apiOptions, run func(context.Context, *takeOptions) error) *cobra.Command {
	o := &takeOptions{changeOptions: changeOptions{streams: s, api: api}}
	cmd := &cobra.Command{
		Use:     "take RECEIVER",
		Short:   "Move a receiver from one flow to another",
		Long:    takeLong,
		Example: "  crosspoint take 'Monitor 2' --from 'Camera 1' --to 'Camera 2'\n  crosspoint take 10.0.0.2 --to 4f2a81c0\n  crosspoint take 10.0.0.2 --from 4f2a81c0",
		Args:    between(1, 1, "RECEIVER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.take.From == "" && o.take.To == "" {
				return misused(cmd, "neither --from nor --to is given: from which flow, or to which?")
			}
			if o.overlap {
				o.take.Mode = ops.MakeBeforeBreak
			}
			o.take.Receiver = args[0]
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: complete(api, ops.Client.Endpoints, func(e ops.Endpoint) string { return e.ID.String() + "\t" + e.Label }),
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.take.From, "from", "", "the `FLOW` that it gets no longer")
	cmd.Flags().StringVar(&o.take.To, "to", "", "the `FLOW` that it gets from now on")
	cmd.Flags().BoolVar(&o.overlap, "make-before-break", false, "it gets both flows for a moment, instead of neither")
	offer(cmd, "from", completeFlow(api))
	offer(cmd, "to", completeFlow(api))
	return cmd
}

func runTake(ctx context.Context, o *takeOptions) error {
	return o.salvo(ctx, ops.SalvoRequest{Takes: []ops.Take{o.take}})
}

// salvo has takes carried out, and tells how that went.
func (o *changeOptions) salvo(ctx context.Context, request ops.SalvoRequest) error {
	done, err := change(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Salvo, error) { return c.Salvo(ctx, request) })
	if err != nil {
		return err
	}
	return o.tell(done, func(out *bufio.Writer) {
		fmt.Fprintf(out, "%s done; %s confirmed within %v of each other\n", countOf(done.Takes, "take"), switchesText(done.Switches),
			time.Duration(done.SpreadSeconds*float64(time.Second)).Round(10*time.Microsecond))
	})
}

func switchesText(n int) string {
	if n == 1 {
		return "1 switch"
	}
	return fmt.Sprintf("%d switches", n)
}
