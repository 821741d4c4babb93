package main

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

// changeOptions are what the commands that change something have in common.
type changeOptions struct {
	*streams
	api  *apiOptions
	json bool
}

func (o *changeOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.json, "json", false, "the API's JSON instead of text")
}

// tell writes an answer of the API as it is, or what it says in words.
func (o *changeOptions) tell(answer any, words func(*bufio.Writer)) error {
	if o.json {
		return writeJSON(o.streams, answer)
	}
	out := bufio.NewWriter(o.out)
	words(out)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// movesLong explains the tables of what moved.
const movesLong = `  FLOW    the flow's label, or S → G
  LEAVES  the ports by which it no longer leaves a switch for another; TAKES: by which it does instead
  REASON  why a flow, or the way to one receiver of it, stays where it is`

// writeMoves tells which flows moved and which could not; did says what that was.
func writeMoves(out *bufio.Writer, did string, try bool, moves []ops.FlowMove, stuck []ops.StuckFlow) {
	verb := "moved"
	if try {
		verb = "would move"
	}
	fmt.Fprintf(out, "%s: %s %s, %d stuck\n", did, countOf(len(moves), "flow"), verb, len(stuck))
	if len(moves) > 0 {
		t := newTable("FLOW", "LEAVES", "TAKES")
		for _, m := range moves {
			t.add(text(m.Flow.String()), hopsBeyond(m.Before, m.After), hopsBeyond(m.After, m.Before))
		}
		section(out, "moves", t)
	}
	if len(stuck) > 0 {
		t := newTable("STUCK FLOW", "RECEIVER", "REASON")
		for _, f := range stuck {
			t.add(text(f.Flow.String()), endpointOrNone(f.Receiver), text(f.Reason))
		}
		section(out, "stuck flows", t)
	}
}

// hopsBeyond names the hops of one tree that another does not have, by the port that sends.
func hopsBeyond(tree, other []ops.Hop) cell {
	var names []string
	for _, h := range tree {
		if !slices.Contains(other, h) {
			names = append(names, h.From.String())
		}
	}
	return text(strings.Join(names, " "))
}

func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
