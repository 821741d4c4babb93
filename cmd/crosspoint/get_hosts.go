package main

import (
	"context"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getHostsLong = `List where hosts were seen. A MAC address with several IP addresses is several hosts.

  PORT      the switch port, as switch:port
  ENDPOINT  the registered endpoint with these addresses; none: nothing is forwarded to it or from it
  BY        what gave it away last: arp, igmp, lldp, or restored from before a restart
  SINCE     when it was first seen at this port
  LAST      when it was last seen

A host is missing? It has not spoken yet: ping anything from it. It is at the wrong port? See the
counter location_clashes in 'crosspoint get counters': two hosts may share an address.`

func newGetHostsCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "hosts",
		Aliases: []string{"host"},
		Short:   "Where was each host seen?",
		Long:    getHostsLong,
		Example: "  crosspoint get hosts\n  crosspoint get hosts --switch lf2",
	}, s, api, bySwitch|byFlow, run)
}

func runGetHosts(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Hosts)
	if err != nil {
		return err
	}
	t := newTable("MAC", "ADDRESS", "PORT", "ENDPOINT", "BY", "SINCE", "LAST")
	for _, h := range list.Items {
		t.add(ethernet(h.MAC), address(h.Addr), port(h.At), endpointOrNone(h.Endpoint), text(h.By), when(list.At, h.Since), when(list.At, h.Last))
	}
	return o.print(list, t, "hosts: none has spoken yet")
}
