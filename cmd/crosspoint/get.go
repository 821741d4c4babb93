package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getLong = `Show what a running controller knows, one kind of thing at a time.

On a terminal the answer is an aligned table with short ids and ages ("3s ago"). In a pipe or a file it
is tab-separated, with whole ids and RFC 3339 times, and keeps its header unless --no-header is given,
so that columns can be told apart. --table gives the aligned form in a pipe too (for less, for
example). --json gives the answer of the API, which tells more than any table.

--switch and --flow narrow what is shown. A switch goes by its name or datapath id; a flow by its id, the
first characters of it (4 or more), or its label.`

const getExample = `  crosspoint get flows                          every flow and how many receivers get it
  crosspoint get flows --receivers              each receiver, with the reason when it gets nothing
  crosspoint get denials                        who was not allowed
  crosspoint get links --flow 4f2a81c0          the links that one flow takes
  crosspoint get ports --switch lf1 --no-header | cut -f3
  crosspoint get flows --json | jq '.items[] | select(.dscp == "EF") | .label'`

func newGetCmd(s *streams, api *apiOptions) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "get",
		Short:   "Show switches, ports, links, hosts, endpoints, flows, memberships, denials, and more",
		Long:    getLong,
		Example: getExample,
		Args:    noSuchCommand,
		RunE:    showHelp,
	}
	cmd.AddCommand(
		newGetSwitchesCmd(s, api, runGetSwitches),
		newGetPortsCmd(s, api, runGetPorts),
		newGetLinksCmd(s, api, runGetLinks),
		newGetHostsCmd(s, api, runGetHosts),
		newGetEndpointsCmd(s, api, runGetEndpoints),
		newGetFlowsCmd(s, api, runGetFlows),
		newGetMembershipsCmd(s, api, runGetMemberships),
		newGetDenialsCmd(s, api, runGetDenials),
		newGetSessionsCmd(s, api, runGetSessions),
		newGetCountersCmd(s, api, runGetCounters),
		newGetDrainedCmd(s, api, runGetDrained),
		newGetRedundancyCmd(s, api, runGetRedundancy),
		newGetQueriersCmd(s, api, runGetQueriers),
	)
	return cmd
}

// getOptions are what the get commands have in common.
type getOptions struct {
	*streams
	api      *apiOptions
	filter   ops.Filter
	json     bool
	table    bool
	noHeader bool
}

// runGet runs a get command that has no options of its own.
type runGet func(context.Context, *getOptions) error

// Which of the filters a command has.
const (
	bySwitch = 1 << iota
	byFlow
)

// listCmd completes a get command that lists things and has no options of its own.
func listCmd(cmd *cobra.Command, s *streams, api *apiOptions, filters int, run runGet) *cobra.Command {
	o := &getOptions{streams: s, api: api}
	o.addFlags(cmd, filters)
	cmd.Args = between(0, 0, "")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.check(cmd); err != nil {
			return err
		}
		return run(cmd.Context(), o)
	}
	return cmd
}

func (o *getOptions) addFlags(cmd *cobra.Command, filters int) {
	flags := cmd.Flags()
	flags.BoolVar(&o.json, "json", false, "the API's JSON instead of a table")
	flags.BoolVar(&o.table, "table", false, "an aligned table even when this is no terminal")
	flags.BoolVar(&o.noHeader, "no-header", false, "no line with the columns' names")
	if filters&bySwitch != 0 {
		flags.StringVar(&o.filter.Switch, "switch", "", "only what has to do with this switch (`NAME` or id)")
		offer(cmd, "switch", completeSwitch(o.api))
	}
	if filters&byFlow != 0 {
		flags.StringVar(&o.filter.Flow, "flow", "", "only what has to do with this flow (`ID`, start of it, or label)")
		offer(cmd, "flow", completeFlow(o.api))
	}
}

// offer completes a flag's value at the Tab key. It fails only for a flag that is not there.
func offer(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic("crosspoint: " + err.Error())
	}
}

func (o *getOptions) check(cmd *cobra.Command) error {
	if o.json && (o.table || o.noHeader) {
		return misused(cmd, "--json goes with neither --table nor --no-header")
	}
	return nil
}

// print writes an answer of the API as it is, or as a table of so many of its things.
func (o *getOptions) print(answer any, t *table, things string) error {
	if o.json {
		return writeJSON(o.streams, answer)
	}
	aligned := o.terminal || o.table
	if len(t.rows) == 0 && aligned {
		fmt.Fprintf(o.err, "no %s\n", things)
		return nil
	}
	if err := t.write(o.out, layout{aligned: aligned, header: !o.noHeader}); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

func writeJSON(s *streams, answer any) error {
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// listOf asks for a list with the options' filter.
func listOf[T any](ctx context.Context, o *getOptions, list func(ops.Client, context.Context, ops.Filter) (*ops.List[T], error)) (*ops.List[T], error) {
	return ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.List[T], error) { return list(c, ctx, o.filter) })
}
