package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"crosspoint/controller/core"
	"crosspoint/northbound/ops"
)

const getFlowsLong = `List the network flows, or with --receivers every receiver of each.

  ID         the first characters of its id, which other commands take
  S, G       source address and multicast group
  BANDWIDTH  as the client gave it; what is reserved on each link is more for profiles that burst (--json)
  FORWARD    yes: goes to every receiver without a join; no: only to those that join by IGMP
  RECEIVERS  how many of the receivers get it

With --receivers:

  FLOW       the flow's label, or S → G
  RECEIVER   the endpoint's label or address; ADDRESS, PORT: which one it is, and where
  STATE      forwarding      every switch on the path has confirmed
             reserved        bandwidth is held; waits for a join or for forward_flow
             programming     switches have not confirmed yet
             left            it left by IGMP although forward_flow is true
             unverified      it, or the sender, was not found in the network yet
             no path, no capacity, switch refused
                             a failure left it without; it comes back by itself when it can
  JOINED     an IGMP membership asks for the flow now
  REASON     why, when the state does not say it all
  PATH       the ports by which the flow leaves, or would leave, each switch, and the switch where it ends

Forwarding, and still no picture? 'crosspoint dump SWITCH --diff --flow ID' on the switches of the path;
'crosspoint get denials' for a sender that sends with another address than registered. Reserved, although
the receiver joined? 'crosspoint get memberships' tells what was heard.`

// flowsOptions are the options of get flows.
type flowsOptions struct {
	getOptions
	name      string // only this one; "" for all
	receivers bool
}

func newGetFlowsCmd(s *streams, api *apiOptions, run func(context.Context, *flowsOptions) error) *cobra.Command {
	o := &flowsOptions{getOptions: getOptions{streams: s, api: api}}
	cmd := &cobra.Command{
		Use:     "flows [FLOW]",
		Aliases: []string{"flow"},
		Short:   "Which flows are there, and who gets them?",
		Long:    getFlowsLong,
		Example: "  crosspoint get flows\n  crosspoint get flows --receivers\n  crosspoint get flows 4f2a81c0 --receivers\n  crosspoint get flows --switch sp1",
		Args:    between(0, 1, "FLOW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.name = args[0]
			}
			if o.json && o.receivers {
				return misused(cmd, "--json has every receiver already: leave --receivers out")
			}
			if err := o.check(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: completeFlow(api),
	}
	o.addFlags(cmd, bySwitch)
	cmd.Flags().BoolVarP(&o.receivers, "receivers", "r", false, "one line for each receiver, with its state and path")
	return cmd
}

func runGetFlows(ctx context.Context, o *flowsOptions) error {
	if o.name != "" && o.json {
		return o.printFlow(ctx)
	}
	o.filter.Flow = o.name
	list, err := listOf(ctx, &o.getOptions, ops.Client.Flows)
	if err != nil {
		return err
	}
	if o.receivers {
		return o.print(list, receiverTable(list), "receivers of flows")
	}
	return o.print(list, flowTable(list), "flows")
}

func (o *flowsOptions) printFlow(ctx context.Context) error {
	flow, err := ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Flow, error) { return c.Flow(ctx, o.name) })
	if err != nil {
		return err
	}
	return writeJSON(o.streams, flow)
}

func flowTable(list *ops.List[ops.Flow]) *table {
	t := newTable("ID", "LABEL", "S", "G", "BANDWIDTH", "DSCP", "FORWARD", "RECEIVERS")
	for _, f := range list.Items {
		t.add(identity(f.ID), text(f.Label), address(f.Source), address(f.Group),
			rate(f.Bandwidth), text(string(f.DSCP)), yesNo(f.Forward), forwarding(f))
	}
	return t
}

// forwarding counts the receivers that get the flow.
func forwarding(f ops.Flow) cell {
	n := 0
	for _, r := range f.Receivers {
		if r.State == core.Forwarding {
			n++
		}
	}
	return text(fmt.Sprintf("%d/%d forwarding", n, len(f.Receivers)))
}

func receiverTable(list *ops.List[ops.Flow]) *table {
	t := newTable("ID", "FLOW", "RECEIVER", "ADDRESS", "PORT", "STATE", "JOINED", "SINCE", "REASON", "PATH")
	for _, f := range list.Items {
		for _, r := range f.Receivers {
			t.add(identity(f.ID), text(nameOfFlow(f)), text(r.Endpoint.String()), address(r.Endpoint.Addr), portOrNone(r.At),
				text(string(r.State)), yesNo(r.Joined), when(list.At, r.Since), text(r.Reason), path(r))
		}
	}
	return t
}

// path is the switch alone for a receiver that is on the sender's own.
func path(r ops.Receiver) cell {
	if len(r.Path) == 0 && r.State == core.Forwarding && r.At != nil {
		return text(r.At.SwitchText())
	}
	return text(ops.PathText(r.Path))
}

func nameOfFlow(f ops.Flow) string {
	return ops.FlowRef{ID: f.ID, Label: f.Label, Source: f.Source, Group: f.Group}.String()
}
