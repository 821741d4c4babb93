package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
	"crosspoint/topology"
)

const statusLong = `Show what becomes of one flow at this moment: what each receiver gets and by which ports, what is reserved on
each link, and what the switches on the way count of it. FLOW is its id, the first characters of it (4 or more), or its label.

Receivers:

  STATE  forwarding        every switch on the path has confirmed, and the sender sends
         sender silent     the same, but nothing came from the sender while it was looked at
         waiting for join  bandwidth is held; the flow goes only to who joins
         reserved, programming, left, unverified, no path, no capacity, switch refused
                           see 'crosspoint get flows --help'
  PATH   the ports from the sender's to the receiver's; at each switch the one it comes in by and the one it leaves by

Switches, the sender's first:

  PASSED   what the switch passed on to OUT; "-" where it holds nothing that would
  DROPPED  what the sender sent above the reservation; it is dropped at its own switch, and nowhere else
  OVER     the time between the two readings that the rates are from

The switches are read now, which may take a second. Open vSwitch brings its counts up to date twice a second: over a
short time two switches may differ though nothing is lost. Ask again soon, and the rates are over a longer time.`

// statusOptions are the options of status.
type statusOptions struct {
	*streams
	api  *apiOptions
	name string
	json bool
}

func newStatusCmd(s *streams, api *apiOptions, run func(context.Context, *statusOptions) error) *cobra.Command {
	o := &statusOptions{streams: s, api: api}
	cmd := &cobra.Command{
		Use:     "status FLOW",
		Short:   "Does a flow arrive, by which ports, and how fast?",
		Long:    statusLong,
		Example: "  crosspoint status 4f2a81c0\n  crosspoint status 'Camera 1 clean'\n  crosspoint status 4f2a81c0 --json | jq '.hops[].forwarded.packets_per_second'",
		Args:    between(1, 1, "FLOW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: completeFlow(api),
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "the API's JSON instead of text")
	return cmd
}

func runStatus(ctx context.Context, o *statusOptions) error {
	s, err := ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.FlowStatus, error) { return c.FlowStatus(ctx, o.name) })
	if err != nil {
		return err
	}
	if o.json {
		return writeJSON(o.streams, s)
	}
	out := bufio.NewWriter(o.out)
	writeStatus(out, s)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}

// writeStatus writes to what keeps its error itself.
func writeStatus(out *bufio.Writer, s *ops.FlowStatus) {
	ref := ops.FlowRef{ID: s.ID, Label: s.Label, Source: s.Source, Group: s.Group}
	fmt.Fprintf(out, "%s  %s\n", printable(ref.String()), s.ID)
	fmt.Fprintf(out, "%s → %s, %s, reserved %s\n", address(s.Source).text(true), s.Group, rounded(s.Bandwidth), rounded(s.Reserved))
	fmt.Fprintf(out, "sender %s at %s%s\n", printable(s.Sender.String()), portOrNone(s.SenderAt).text(true), sending(s))
	if r := s.Redundancy; r != nil {
		fmt.Fprintf(out, "leg of %s (ST 2022-7)%s: %s\n", printable(r.Name), otherLeg(r), separationText(r.Separation, r.Shared))
	}
	section(out, "receivers", statusReceivers(s))
	section(out, "links", statusLinks(s))
	section(out, "switches", statusHops(s))
}

// sending is what the sender's own switch says of it, if it says anything.
func sending(s *ops.FlowStatus) string {
	if len(s.Hops) == 0 || s.Hops[0].Sent == nil || s.Hops[0].WindowSeconds == 0 {
		return ""
	}
	sent := s.Hops[0].Sent
	if sent.PacketsPerSecond == 0 {
		return ", sends nothing"
	}
	return fmt.Sprintf(", sends %s, %s packets/s", bits(sent), perSecond(sent.PacketsPerSecond))
}

func section(out io.Writer, things string, t *table) {
	if len(t.rows) == 0 {
		fmt.Fprintf(out, "\nno %s\n", things)
		return
	}
	fmt.Fprintln(out)
	_ = t.write(out, layout{aligned: true, header: true}) // out keeps the error
}

func statusReceivers(s *ops.FlowStatus) *table {
	t := newTable("RECEIVER", "ADDRESS", "STATE", "JOINED", "SINCE", "REASON", "PATH")
	for _, r := range s.Receivers {
		t.add(text(r.Endpoint.String()), address(r.Endpoint.Addr), text(string(r.State)), yesNo(r.Joined), when(s.At, r.Since),
			text(r.Reason), text(strings.Join(portNames(r.Path), " → ")))
	}
	return t
}

func portNames(ports []ops.PortRef) []string {
	var names []string
	for _, p := range ports {
		names = append(names, p.String())
	}
	return names
}

func statusLinks(s *ops.FlowStatus) *table {
	t := newTable("LINK", "", "RESERVED", "ALL FLOWS", "LIMIT")
	for _, l := range s.Links {
		t.add(port(l.From), text("→ "+l.To.String()), reserved(l.Reserved), reserved(l.Total), rate(l.Limit))
	}
	return t
}

func statusHops(s *ops.FlowStatus) *table {
	t := newTable("SWITCH", "IN", "OUT", "PASSED", "PACKETS/S", "PACKETS", "DROPPED", "DROPS/S", "OVER", "NOTE")
	for _, h := range s.Hops {
		over := ""
		if h.WindowSeconds > 0 {
			over = fmt.Sprintf("%.1fs", h.WindowSeconds)
		}
		cells := []cell{text(cmp.Or(h.SwitchName, h.Switch.String())), text(h.In.PortName), text(strings.Join(outNames(h), " "))}
		cells = append(cells, counted(h.Forwarded, over)...)
		cells = append(cells, drops(h.Dropped, over)...)
		t.add(append(cells, text(over), text(h.Problem))...)
	}
	return t
}

func outNames(h ops.FlowHop) []string {
	var names []string
	for _, p := range h.Out {
		names = append(names, cmp.Or(p.PortName, strconv.FormatUint(uint64(p.Port), 10)))
	}
	return names
}

func counted(t *ops.Traffic, over string) []cell {
	switch {
	case t == nil:
		return make([]cell, 3)
	case over == "":
		return []cell{{}, {}, number(t.Packets)}
	}
	return []cell{text(bits(t)), text(perSecond(t.PacketsPerSecond)), number(t.Packets)}
}

func drops(t *ops.Traffic, over string) []cell {
	switch {
	case t == nil:
		return make([]cell, 2)
	case over == "":
		return []cell{number(t.Packets), {}}
	}
	return []cell{number(t.Packets), text(perSecond(t.PacketsPerSecond))}
}

func bits(t *ops.Traffic) string {
	if t.BitsPerSecond == 0 {
		return "0"
	}
	return rounded(topology.Bandwidth(t.BitsPerSecond))
}

// perSecond keeps a decimal of what is slow.
func perSecond(n float64) string {
	if n < 10 {
		return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0")
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}
