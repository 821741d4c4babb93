package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getMembershipsLong = `List what hosts ask for by IGMP: one line for each host and group.

  FILTER    the source filter (RFC 3376): INCLUDE {a b} wants these sources only, EXCLUDE {} wants every one
  VERSION   of the newest message about the group
  ENDPOINT  the registered endpoint at that port with these addresses
  FLOWS     what the host gets by this
  VERDICT   allowed, or why not
  EXPIRES   when it ends if the host says nothing more

A join does not show? Its report did not reach the controller: is the port up, and does the host use the
right interface ('ip maddr' there)? What was not allowed is in 'crosspoint get denials' too, with a count.`

func newGetMembershipsCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "memberships",
		Aliases: []string{"membership", "joins"},
		Short:   "Who joined which group, and was it allowed?",
		Long:    getMembershipsLong,
		Example: "  crosspoint get memberships\n  crosspoint get memberships --flow 4f2a81c0",
	}, s, api, bySwitch|byFlow, run)
}

func runGetMemberships(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Memberships)
	if err != nil {
		return err
	}
	t := newTable("GROUP", "ADDRESS", "MAC", "PORT", "FILTER", "VERSION", "ENDPOINT", "FLOWS", "VERDICT", "SINCE", "EXPIRES")
	for _, m := range list.Items {
		t.add(address(m.Group), address(m.Addr), ethernet(m.MAC), port(m.At), text(m.Mode+" {"+addresses(m.Sources)+"}"), text(m.Version),
			endpointOrNone(m.Endpoint), flowNames(m.Flows), text(m.Verdict), when(list.At, m.Since), when(list.At, m.Expires))
	}
	return o.print(list, t, "memberships: no host has joined a group")
}

// flowNames lists flows by name for people, by id for programs.
func flowNames(list []ops.FlowRef) cell {
	var names, ids []string
	for _, f := range list {
		names = append(names, f.String())
		ids = append(ids, f.ID.String())
	}
	return cell{strings.Join(names, ", "), strings.Join(ids, ",")}
}
