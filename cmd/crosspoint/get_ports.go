package main

import (
	"context"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
	"crosspoint/topology"
)

const getPortsLong = `List the ports of the switches.

  SWITCH  the switch; NO: the OpenFlow port number; NAME: as the switch names it
  KIND    link: another switch of ours was heard there; edge: hosts; local: the switch itself
  STATE   up, or why not: disabled (by configuration), no link, not live (BFD or the like failed)
  SPEED   as the switch tells; a virtual port says what it likes
  PEER    the port at the other end of a link, or the hosts seen at an edge port

A link port that shows as edge hears no LLDP: look at the port at its other end. What runs over a link is
in 'crosspoint get links'.`

func newGetPortsCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "ports",
		Aliases: []string{"port"},
		Short:   "Which ports are up, and what is behind them?",
		Long:    getPortsLong,
		Example: "  crosspoint get ports\n  crosspoint get ports --switch lf1",
	}, s, api, bySwitch, run)
}

func runGetPorts(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Ports)
	if err != nil {
		return err
	}
	t := newTable("SWITCH", "NO", "NAME", "KIND", "STATE", "SPEED", "MAC", "PEER")
	for _, p := range list.Items {
		t.add(text(p.SwitchText()), portNumber(p), text(p.PortName), text(p.Kind), portState(p), rate(p.Speed), ethernet(p.MAC), text(p.Peer))
	}
	return o.print(list, t, "ports")
}

// portNumber calls the switch's own port by its name in OpenFlow.
func portNumber(p ops.Port) cell {
	c := number(uint32(p.Port))
	if p.Port == topology.PortLocal {
		c.short = "LOCAL"
	}
	return c
}

// portState names the first reason that a port is not usable.
func portState(p ops.Port) cell {
	switch {
	case !p.AdminUp:
		return text("disabled")
	case !p.LinkUp:
		return text("no link")
	case !p.Live:
		return text("not live")
	}
	return text("up")
}
