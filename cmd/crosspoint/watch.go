package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/northbound/events"
	"crosspoint/northbound/ops"
)

const watchLong = `Show what changes as it changes, one line for each event, until it is interrupted: switches (network-devices), links,
endpoints and flows as IS-06 has them, what each receiver gets, and what is denied.

When the connection is lost it is made again, and what was missed is shown then. Where that is not possible a line says
that something was missed: "reset". The lines go to standard output; what happens to the connection, to standard error.

In a pipe or a file lines are tab-separated, with whole ids and times: TIME, RESOURCE, ACTION, ID, and what it is about.
--json gives the API's events, one object a line; the "cursor" of one is what --since takes.`

// watchOptions are the options of watch.
type watchOptions struct {
	*streams
	api       *apiOptions
	resources []string
	since     string
	count     int
	json      bool
}

func newWatchCmd(s *streams, api *apiOptions, run func(context.Context, *watchOptions) error) *cobra.Command {
	o := &watchOptions{streams: s, api: api}
	var names []string
	for _, r := range events.Resources() {
		names = append(names, string(r))
	}
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "What changes, as it changes?",
		Long:  watchLong,
		Example: "  crosspoint watch\n" +
			"  crosspoint watch --resource receivers --resource denials\n" +
			"  crosspoint watch --since 1739620837:102938475\n" +
			"  crosspoint watch --json | jq 'select(.resource == \"receivers\") | .after.state'",
		Args: between(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range o.resources {
				if !slices.Contains(names, name) {
					return misused(cmd, "--resource %q: there are %s", name, strings.Join(names, ", "))
				}
			}
			if _, err := events.ParseCursor(o.since); o.since != "" && err != nil {
				return misused(cmd, "--since: %v", err)
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&o.resources, "resource", nil, "only this `KIND` of event; may be given again: "+strings.Join(names, ", "))
	flags.StringVar(&o.since, "since", "", "begin after this `CURSOR`, instead of now")
	flags.IntVar(&o.count, "count", 0, "end after so many events; 0 for never")
	flags.BoolVar(&o.json, "json", false, "the API's JSON, one object a line")
	offer(cmd, "resource", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// errCounted ends a watch that has shown what was asked for.
var errCounted = errors.New("so many events were shown")

func runWatch(ctx context.Context, o *watchOptions) error {
	api, err := o.api.client()
	if err != nil {
		return err
	}
	var since events.Cursor
	if o.since != "" {
		if since, err = events.ParseCursor(o.since); err != nil {
			return err
		}
	}
	client := events.Client{
		Base: api.Base, HTTP: &http.Client{}, // without a time-out: the answer has no end
		Lost: func(err error) { fmt.Fprintf(o.err, "crosspoint: %v; connecting again\n", err) },
	}
	for _, name := range o.resources {
		client.Resources = append(client.Resources, events.Resource(name))
	}
	shown := 0
	err = client.Watch(ctx, since, func(m events.Message) error {
		if err := o.show(m); err != nil {
			return err
		}
		if _, ok := m.(events.Event); ok {
			shown++
		}
		if shown == o.count && o.count > 0 {
			return errCounted
		}
		return nil
	})
	if errors.Is(err, errCounted) || err == nil {
		return nil
	}
	return explain(ctx, api.Base, apiTimeout, err)
}

func (o *watchOptions) show(m events.Message) error {
	var line string
	switch m := m.(type) {
	case events.Event:
		if o.json {
			return o.writeLine(m)
		}
		line = o.eventLine(m)
	case events.Notice:
		if o.json {
			return o.writeLine(struct {
				Kind events.NoticeKind `json:"notice"`
				events.Notice
			}{m.Kind, m})
		}
		line = o.line(m.Cursor, string(m.Kind), "", "", m.Reason)
	}
	if _, err := fmt.Fprintln(o.out, line); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// writeLine writes JSON without a line break in it.
func (o *watchOptions) writeLine(v any) error {
	encoder := json.NewEncoder(o.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// line puts columns under each other for a person, who sees one line at a time, and tabs between them for a program.
func (o *watchOptions) line(at events.Cursor, resource, action, id, about string) string {
	about = printable(about)
	if !o.terminal {
		return strings.Join([]string{at.Time().Format("2006-01-02T15:04:05.000000000Z"), resource, action, id, about}, "\t")
	}
	line := fmt.Sprintf("%s  %-15s  %-7s  %-8.8s  %s", at.Time().Local().Format("15:04:05.000"), resource, action, id, about)
	return strings.TrimRight(line, " ")
}

func (o *watchOptions) eventLine(e events.Event) string {
	return o.line(e.Cursor, string(e.Resource), string(e.Action), e.ID, aboutEvent(e))
}

// aboutEvent says in a few words what happened. What it cannot read it leaves out: a later controller may say more than this program knows.
func aboutEvent(e events.Event) string {
	latest := e.After
	if latest == nil {
		latest = e.Before
	}
	switch e.Resource {
	case events.Receivers:
		return aboutReceiver(e, latest)
	case events.Drains:
		var p ops.DrainedPart
		if json.Unmarshal(latest, &p) != nil {
			return ""
		}
		if p.Port != nil {
			return p.Port.String()
		}
		return ops.PortRef{Switch: p.Switch, SwitchName: p.SwitchName}.SwitchText()
	case events.Pairs:
		var p ops.Pair
		if json.Unmarshal(latest, &p) != nil {
			return ""
		}
		return string(p.Separation)
	case events.Denials:
		var d ops.Denial
		if json.Unmarshal(latest, &d) != nil {
			return ""
		}
		return fmt.Sprintf("%s of %s at %s to %s: %s (%d)", d.Kind, address(d.Addr).text(true), d.At, address(d.Group).text(true), d.Reason, d.Count)
	}
	about := nameOf(latest)
	if e.Action == events.Updated {
		about = strings.TrimPrefix(about+": "+whatChanged(e.Before, e.After), ": ")
	}
	return about
}

func aboutReceiver(e events.Event, latest json.RawMessage) string {
	var was, is events.Delivery
	if json.Unmarshal(latest, &is) != nil || e.Before != nil && json.Unmarshal(e.Before, &was) != nil {
		return ""
	}
	about := fmt.Sprintf("%s to %s: %s", is.Flow, is.Endpoint, is.State)
	if e.Action == events.Updated && was.State != is.State {
		about = fmt.Sprintf("%s to %s: %s → %s", is.Flow, is.Endpoint, was.State, is.State)
	}
	if is.Reason != "" {
		about += " (" + is.Reason + ")"
	}
	return about
}

// nameOf is the first of a document's attributes that tells a person which it is.
func nameOf(document json.RawMessage) string {
	var d struct {
		Label string `json:"label"`
		Addr  string `json:"ip_address"`
		Group string `json:"multicast_address"`
		Peers []struct {
			Port string `json:"port_id"`
		} `json:"peers"`
	}
	if json.Unmarshal(document, &d) != nil {
		return ""
	}
	switch {
	case d.Label != "":
		return d.Label
	case d.Addr != "" || d.Group != "":
		return d.Addr + d.Group
	case len(d.Peers) == 2:
		return d.Peers[0].Port + " – " + d.Peers[1].Port
	}
	return ""
}

// whatChanged lists the attributes that differ, with their values where those are short.
func whatChanged(before, after json.RawMessage) string {
	const short = 40
	var was, is map[string]json.RawMessage
	if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil {
		return ""
	}
	all := maps.Clone(was)
	maps.Copy(all, is)
	var changes []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b, a := string(was[name]), string(is[name])
		switch {
		case b == a:
		case len(b) > short || len(a) > short:
			changes = append(changes, name)
		case b == "":
			changes = append(changes, name+" "+a)
		default:
			changes = append(changes, name+" "+b+" → "+a)
		}
	}
	return strings.Join(changes, ", ")
}
