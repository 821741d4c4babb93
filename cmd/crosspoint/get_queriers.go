package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getQueriersLong = `List who else asks for memberships at edge ports, by IGMP or MLD, as far as it still counts.

  PORT      where it is; ADDRESS: from where it asks
  OBEYED    yes: the controller is silent at that port as long as the other asks; see 'crosspoint serve --help' for --querier
  INTERVAL  the time between its general queries
  EXPIRES   when it counts as gone unless it asks before

A querier that nobody knows of is a host that plays the router: hosts at that port may report to its rhythm. Its queries
are among 'crosspoint get denials' where they are not obeyed.`

func newGetQueriersCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "queriers",
		Aliases: []string{"querier"},
		Short:   "Who else asks for memberships?",
		Long:    getQueriersLong,
		Example: "  crosspoint get queriers",
	}, s, api, bySwitch, run)
}

func runGetQueriers(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Queriers)
	if err != nil {
		return err
	}
	t := newTable("PORT", "ADDRESS", "VERSION", "OBEYED", "INTERVAL", "SINCE", "LAST", "EXPIRES")
	for _, q := range list.Items {
		interval := time.Duration(q.IntervalSeconds * float64(time.Second))
		t.add(port(q.At), address(q.Addr), text(q.Version), yesNo(q.Obeyed), text(interval.String()), when(list.At, q.Since),
			when(list.At, q.Last), when(list.At, q.Expires))
	}
	return o.print(list, t, "queriers beside the controller")
}
