package ops

import (
	"cmp"
	"maps"
	"slices"

	"crosspoint/flows"
	"crosspoint/openflow"
)

// diff lists what differs between two sides: meters, groups, then flow entries, each sorted by key. Where one key stands for two different
// things, the surplus line comes right before the missing one. Equality is that of package flows, not of the text, for a switch
// may tell more of a thing than was asked for.
func diff(have, want flows.Tables) []markedLine {
	out := diffMap(have.Meters, want.Meters, cmp.Compare, func(id openflow.MeterID, m flows.Meter) flows.Tables {
		return flows.Tables{Meters: map[openflow.MeterID]flows.Meter{id: m}}
	})
	out = append(out, diffMap(have.Groups, want.Groups, cmp.Compare, func(id openflow.GroupID, g flows.Group) flows.Tables {
		return flows.Tables{Groups: map[openflow.GroupID]flows.Group{id: g}}
	})...)
	return append(out, diffMap(have.Flows, want.Flows, flows.EntryKey.Compare, func(k flows.EntryKey, e flows.Entry) flows.Tables {
		return flows.Tables{Flows: map[flows.EntryKey]flows.Entry{k: e}}
	})...)
}

// diffMap does so for one kind of thing; alone puts one of them into tables by itself, which is how its line is written.
func diffMap[K comparable, V interface{ Equal(V) bool }](have, want map[K]V, order func(K, K) int, alone func(K, V) flows.Tables) []markedLine {
	all := make(map[K]struct{}, len(want))
	for k := range have {
		all[k] = struct{}{}
	}
	for k := range want {
		all[k] = struct{}{}
	}
	var out []markedLine
	add := func(m Mark, t flows.Tables) {
		for _, l := range t.Lines() {
			out = append(out, markedLine{m, l})
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(all), order) {
		h, inHave := have[k]
		w, inWant := want[k]
		if inHave && inWant && h.Equal(w) {
			continue
		}
		if inHave {
			add(MarkSurplus, alone(k, h))
		}
		if inWant {
			add(MarkMissing, alone(k, w))
		}
	}
	return out
}
