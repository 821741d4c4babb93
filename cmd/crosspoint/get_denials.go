package main

import (
	"context"

	"github.com/spf13/cobra"

	"crosspoint/controller/core"
	"crosspoint/northbound/ops"
)

const getDenialsLong = `List what hosts asked for or sent and were not allowed, newest first. The same host, group and reason are
one line.

  KIND     join: it asked for a group by IGMP or MLD; send: it sends to a group; host: it is not what or where it
           should be; query: it asks others for memberships; report: it asks for more than is taken in
  MAC, ADDRESS, PORT
           the host, and the switch port it is at; of a port that is flooded no host is named: it may be made up
  SOURCES  what a join named; any: no source in particular
  REASON   why it was denied
  COUNT    joins seen, or packets dropped
  LAST     when it last happened

A denied sender that should be allowed mostly sends with another address, or sits at another port, than its
endpoint is registered with: compare 'crosspoint get endpoints'. A denied join: is the endpoint a receiver
of a flow to that group? 'crosspoint get flows --receivers'.`

func newGetDenialsCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "denials",
		Aliases: []string{"denial", "denied"},
		Short:   "Who asked or sent without being allowed?",
		Long:    getDenialsLong,
		Example: "  crosspoint get denials\n  crosspoint get denials --switch lf1\n  crosspoint get denials --flow 4f2a81c0   # to the flow's group",
	}, s, api, bySwitch|byFlow, run)
}

func runGetDenials(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Denials)
	if err != nil {
		return err
	}
	t := newTable("KIND", "MAC", "ADDRESS", "PORT", "GROUP", "SOURCES", "REASON", "COUNT", "LAST")
	for _, d := range list.Items {
		t.add(text(string(d.Kind)), ethernet(d.MAC), address(d.Addr), port(d.At), address(d.Group),
			sources(d), text(d.Reason), number(d.Count), when(list.At, d.Last))
	}
	return o.print(list, t, "denials: nobody asked or sent without being allowed")
}

func sources(d ops.Denial) cell {
	list := addresses(d.Sources)
	if list == "" && d.Kind == core.DeniedJoin {
		list = "any"
	}
	return text(list)
}
