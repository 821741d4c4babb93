package main

import (
	"context"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getCountersLong = `Show what happened since the controller started.

  packet_ins        packets that switches sent to the controller
  joins, leaves     memberships begun or changed, and ended
  denied_joins, denied_senders
                    see 'crosspoint get denials'
  reroutes          trees that a failure changed
  batches           programs sent to switches; refused_items: parts of them that a switch refused
  drift_repaired    differences in tables that somebody else made
  forged_lldp       LLDP in our form without our key: somebody plays a switch
  spoofed_lldp, spoofed_arp, spoofed_igmp
                    hosts that speak in the name of one that is elsewhere; they are not believed
  held_down         ports that went up and down too often to be used for a while
  malformed         packets that could not be read
  location_clashes  an address seen at a second port while it is at a first
  spoofed_routers   IPv6 router advertisements from hosts, as far as they were sampled
  unanswered        ARP requests and neighbour solicitations for an address that is no endpoint's
  refusals          requests of clients that were refused
  dropped_reports   reports of IGMP and MLD, and parts of them, that were too many
  ignored_reports   parts of reports that the standards have ignored, such as any-source joins of source-specific groups
  foreign_queries   queries of IGMP and MLD from hosts: another querier is on an edge port`

func newGetCountersCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "counters",
		Short:   "What happened since start?",
		Long:    getCountersLong,
		Example: "  crosspoint get counters",
	}, s, api, 0, run)
}

func runGetCounters(ctx context.Context, o *getOptions) error {
	c, err := ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Counters, error) { return c.Counters(ctx) })
	if err != nil {
		return err
	}
	t := newTable("COUNTER", "VALUE")
	for _, row := range []struct {
		name  string
		value uint64
	}{
		{"packet_ins", c.PacketIns},
		{"joins", c.Joins},
		{"leaves", c.Leaves},
		{"denied_joins", c.DeniedJoins},
		{"denied_senders", c.DeniedSenders},
		{"reroutes", c.Reroutes},
		{"batches", c.Batches},
		{"refused_items", c.RefusedItems},
		{"drift_repaired", c.DriftRepaired},
		{"forged_lldp", c.ForgedLLDP},
		{"spoofed_lldp", c.SpoofedLLDP},
		{"spoofed_arp", c.SpoofedARP},
		{"spoofed_igmp", c.SpoofedIGMP},
		{"held_down", c.HeldDown},
		{"malformed", c.Malformed},
		{"location_clashes", c.LocationClashes},
		{"spoofed_routers", c.SpoofedRouters},
		{"unanswered", c.Unanswered},
		{"refusals", c.Refusals},
		{"dropped_reports", c.DroppedReports},
		{"ignored_reports", c.IgnoredReports},
		{"foreign_queries", c.ForeignQueries},
	} {
		t.add(text(row.name), number(row.value))
	}
	return o.print(c, t, "counters")
}
