package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getDrainedLong = `List the switches and cables that were taken out of use by 'crosspoint drain'.

  SWITCH  the switch, or the one at an end of the cable
  PORT    the cable at this port; empty: the whole switch
  PEER    the cable's other end; empty: there is no link now
  FLOWS   how many flows still need it, and WHICH: these suffer when it is switched off

None needs it? Then it may be switched off.`

func newGetDrainedCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "drained",
		Aliases: []string{"drain"},
		Short:   "What was taken out of use, and what still needs it?",
		Long:    getDrainedLong,
		Example: "  crosspoint get drained\n  crosspoint get drained --switch sp1",
	}, s, api, bySwitch, run)
}

func runGetDrained(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Drained)
	if err != nil {
		return err
	}
	t := newTable("SWITCH", "PORT", "PEER", "FLOWS", "WHICH")
	for _, d := range list.Items {
		var names []string
		for _, f := range d.Flows {
			names = append(names, f.String())
		}
		sw := ops.PortRef{Switch: d.Switch, SwitchName: d.SwitchName}.SwitchText()
		t.add(text(sw), portOrNone(d.Port), portOrNone(d.Peer), number(len(d.Flows)), text(strings.Join(names, ", ")))
	}
	return o.print(list, t, "drained switches or cables")
}
