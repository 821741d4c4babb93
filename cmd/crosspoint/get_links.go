package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getLinksLong = `List the links between switches, each direction by itself.

  FROM, TO  the sending and the receiving port, as switch:port
  STATE     usable, down, or held down until a time: a port of it went up and down too often;
            drained: it, or a switch at an end of it, was taken out of use for maintenance
  RESERVED  what flows have reserved in this direction
  LIMIT     the most that may be reserved: a share of CAPACITY
  USED      RESERVED in percent of LIMIT

A flow is refused for bandwidth? Every path to its receiver has a link without room: compare LIMIT and
RESERVED with what 'crosspoint get flows' says it needs. --flow shows the links that a flow takes.`

func newGetLinksCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "links",
		Aliases: []string{"link"},
		Short:   "How do the switches hang together, and how full is each link?",
		Long:    getLinksLong,
		Example: "  crosspoint get links\n  crosspoint get links --switch sp1\n  crosspoint get links --flow 4f2a81c0",
	}, s, api, bySwitch|byFlow, run)
}

func runGetLinks(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Links)
	if err != nil {
		return err
	}
	t := newTable("FROM", "TO", "STATE", "RESERVED", "LIMIT", "CAPACITY", "USED")
	for _, l := range list.Items {
		t.add(port(l.From), port(l.To), linkState(l), reserved(l.Reserved), rate(l.Limit), rate(l.Capacity), used(l))
	}
	return o.print(list, t, "links: the switches have not heard each other's LLDP yet, or there is only one")
}

func linkState(l ops.Link) cell {
	switch {
	case l.Usable:
		return text("usable" + drainedNote(l.Drained))
	case !l.HeldUntil.IsZero():
		return text("held down until " + l.HeldUntil.Local().Format(time.TimeOnly) + drainedNote(l.Drained))
	}
	return text("down" + drainedNote(l.Drained))
}

func drainedNote(drained bool) string {
	if drained {
		return ", drained"
	}
	return ""
}

// used is the share of the limit in percent, for people with its sign.
func used(l ops.Link) cell {
	if l.Limit == 0 {
		return cell{}
	}
	percent := strconv.FormatFloat(100*float64(l.Reserved)/float64(l.Limit), 'f', 1, 64)
	return cell{percent + "%", percent}
}
