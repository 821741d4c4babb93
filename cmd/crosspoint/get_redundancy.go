package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getRedundancyLong = `List the essences that are sent twice, by two flows (ST 2022-7), and how far their trees are apart now.

  LEGS        the two flows
  BY          label: their labels name the essence, as in "Camera 1 red (2022-7: camera 1)"; client: 'crosspoint pair' or the API
  SEPARATION  separate switches  no switch between the edges, and no link, takes both when it fails
              separate links     a switch does, a link does not
              not separate       a link does
              leg without path   one of them has no tree now
              one leg            only one flow's label names the essence
  SHARED      the links, or else the switches, that both need

The switches where senders and receivers are do not count: no path avoids them. Not as separate as the network would let,
after a failure? 'crosspoint optimise' proposes what would help.`

func newGetRedundancyCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "redundancy",
		Aliases: []string{"pairs"},
		Short:   "Which flows are sent twice, and are their paths separate?",
		Long:    getRedundancyLong,
		Example: "  crosspoint get redundancy\n  crosspoint get redundancy --flow 4f2a81c0",
	}, s, api, byFlow, run)
}

func runGetRedundancy(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Redundancy)
	if err != nil {
		return err
	}
	t := newTable("NAME", "LEGS", "BY", "SEPARATION", "SHARED")
	for _, p := range list.Items {
		by := "client"
		if p.ByLabel {
			by = "label"
		}
		t.add(text(p.Name), text(legNames(p.Legs)), text(by), text(string(p.Separation)), text(sharedText(p.Shared)))
	}
	return o.print(list, t, "pairs of flows")
}

func legNames(legs []ops.FlowRef) string {
	var names []string
	for _, leg := range legs {
		names = append(names, leg.String())
	}
	return strings.Join(names, " | ")
}

// sharedText names the links, which matter more, or else the switches.
func sharedText(s ops.SharedParts) string {
	var names []string
	for _, l := range s.Links {
		names = append(names, l.From.String())
	}
	if len(names) > 0 {
		return strings.Join(names, " ")
	}
	for _, sw := range s.Switches {
		names = append(names, ops.PortRef{Switch: sw.ID, SwitchName: sw.Name}.SwitchText())
	}
	return strings.Join(names, " ")
}

// separationText adds what is shared, if anything is.
func separationText(s ops.Separation, shared ops.SharedParts) string {
	if names := sharedText(shared); names != "" {
		return string(s) + ", both need " + names
	}
	return string(s)
}

func otherLeg(r *ops.FlowRedundancy) string {
	if r.OtherLeg == nil {
		return ""
	}
	return " beside " + printable(r.OtherLeg.String())
}
