package main

import (
	"context"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getEndpointsLong = `List the endpoints that the broadcast controller has registered (IS-06).

  ID       the first characters of its id
  ROLE     sender, receiver or both
  PORT     the switch port it is served at; none: it was not found yet, and gets and sends nothing
  MAX      the most that it may send in all
  SEEN     when the host itself was last heard there; never: the port is what the client said

No port? The host has not spoken, or with other addresses than registered: compare 'crosspoint get hosts'.`

func newGetEndpointsCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "endpoints",
		Aliases: []string{"endpoint"},
		Short:   "Which endpoints are registered, and where are they?",
		Long:    getEndpointsLong,
		Example: "  crosspoint get endpoints\n  crosspoint get endpoints --flow 4f2a81c0",
	}, s, api, bySwitch|byFlow, run)
}

func runGetEndpoints(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Endpoints)
	if err != nil {
		return err
	}
	t := newTable("ID", "LABEL", "ROLE", "ADDRESS", "MAC", "PORT", "MAX", "SEEN")
	for _, e := range list.Items {
		most := cell{}
		if e.MaxBandwidth != nil {
			most = reserved(*e.MaxBandwidth)
		}
		seen := when(list.At, e.Seen)
		if seen.short == "" {
			seen.short = "never"
		}
		t.add(identity(e.ID), text(e.Label), text(string(e.Role)), address(e.Addr), ethernet(e.MAC), portOrNone(e.Bound), most, seen)
	}
	return o.print(list, t, "endpoints: the broadcast controller has registered none")
}
