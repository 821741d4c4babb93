package ops

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// TestBasePurposes holds the names to the pipeline: every line that all switches have goes by a name of its own.
func TestBasePurposes(t *testing.T) {
	seen := map[string]string{}
	routers := flows.BaseWith([]topology.PortID{7}, []topology.PortID{8}, flows.BaseOptions{RoutersElsewhere: true}).Lines()
	routers = slices.DeleteFunc(routers, func(l flows.Line) bool {
		return !strings.Contains(l.Text, "goto_table:3") || !strings.Contains(l.Text, "icmp6")
	})
	for _, l := range append(routers, flows.Base([]topology.PortID{7}, []topology.PortID{8}).Lines()...) {
		purpose := purposes{}.line(l).Purpose
		assert.NotEqual(t, "base", purpose, l.Text)
		assert.NotEqual(t, "not ours", purpose, l.Text)
		if purpose == "what nothing else matches, dropped" {
			assert.Contains(t, l.Text, "priority=0", l.Text)
			continue
		}
		assert.Empty(t, seen[purpose], "two lines are %q, one is %s", purpose, l.Text)
		seen[purpose] = l.Text
	}
}

func TestPurposeOfWhatIsGone(t *testing.T) {
	for _, tt := range []struct {
		owner flows.Owner
		want  string
	}{
		{flows.Owner{}, "not ours"},
		{flows.GuardOf(77), "a flow that is gone (object 77)"},
		{flows.Owner{Kind: flows.KindHost, Object: 78}, "an endpoint that is gone (object 78)"},
		{flows.Owner{Kind: flows.KindDenied, Object: 79}, "denied sender"},
		{flows.Owner{Kind: flows.KindBase}, "base"},
	} {
		assert.Equal(t, tt.want, purposes{}.line(flows.Line{Owner: tt.owner, Text: "?"}).Purpose)
	}
}

func TestPick(t *testing.T) {
	have := flows.Tables{Meters: map[openflow.MeterID]flows.Meter{1: {}}}
	want := flows.Tables{Meters: map[openflow.MeterID]flows.Meter{1: {}, 2: {}}}
	assert.Len(t, pick(SideHave, have, want), 1)
	assert.Len(t, pick(SideWant, have, want), 2)
	missing := pick(SideDiff, have, want)
	if assert.Len(t, missing, 1) {
		assert.Equal(t, MarkMissing, missing[0].Mark)
		assert.True(t, strings.HasPrefix(missing[0].Text, "meter=2"), missing[0].Text)
	}
}

// TestDiffProperties compares random tables, against what a diff means.
func TestDiffProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := drawTables(t, "have"), drawTables(t, "want")
		got := diff(have, want)

		assert.Empty(t, diff(have, have))
		assert.Len(t, diff(have, flows.Tables{}), size(have))
		surplus, missing := split(got)
		mirrored, mirror := split(diff(want, have))
		assert.Equal(t, surplus, mirror, "what is missing the one way is surplus the other way")
		assert.Equal(t, missing, mirrored)
		// What both have, and what is missing, is all that is wanted.
		assert.ElementsMatch(t, texts(want.Lines()), append(without(texts(have.Lines()), surplus), missing...))
	})
}

func drawTables(t *rapid.T, label string) flows.Tables {
	out := flows.NewTables()
	for id, rate := range rapid.MapOf(rapid.Uint32Range(1, 6), rapid.Uint32Range(1, 2)).Draw(t, label+" meters") {
		out.Meters[openflow.MeterID(id)] = flows.Meter{Flags: openflow.MeterKbps, Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: rate}}}
	}
	for id, port := range rapid.MapOf(rapid.Uint32Range(1, 6), rapid.Uint32Range(1, 2)).Draw(t, label+" groups") {
		bucket := openflow.Bucket{WatchPort: openflow.PortAny, WatchGroup: openflow.GroupAny, Actions: []openflow.Action{openflow.Output{Port: openflow.PortNo(port)}}}
		out.Groups[openflow.GroupID(id)] = flows.Group{Buckets: []openflow.Bucket{bucket}}
	}
	for port, table := range rapid.MapOf(rapid.Uint32Range(1, 6), rapid.Uint8Range(1, 2)).Draw(t, label+" flows") {
		key := flows.EntryKey{Priority: 7, Match: openflow.NewMatch(openflow.InPort(openflow.PortNo(port)))}
		out.Flows[key] = flows.Entry{Instructions: []openflow.Instruction{openflow.GotoTable{Table: openflow.TableID(table)}}}
	}
	return out
}

func split(lines []markedLine) (surplus, missing []string) {
	for _, l := range lines {
		if l.Mark == MarkSurplus {
			surplus = append(surplus, l.Text)
		} else {
			missing = append(missing, l.Text)
		}
	}
	return surplus, missing
}

func texts(lines []flows.Line) []string {
	return mapped(lines, func(l flows.Line) string { return l.Text })
}

func without(all, gone []string) []string {
	drop := map[string]bool{}
	for _, s := range gone {
		drop[s] = true
	}
	out := []string{}
	for _, s := range all {
		if !drop[s] {
			out = append(out, s)
		}
	}
	return out
}
