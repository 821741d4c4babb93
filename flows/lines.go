package flows

import (
	"cmp"
	"maps"
	"slices"

	"crosspoint/openflow"
)

// Line is one thing that a switch holds, as ovs-ofctl writes it, with what it is there for.
type Line struct {
	Owner Owner
	Text  string
}

// Lines writes tables out: meters, groups, then flow entries, each sorted.
func (t Tables) Lines() []Line {
	var out []Line
	for _, id := range slices.Sorted(maps.Keys(t.Meters)) {
		m := t.Meters[id]
		text := openflow.MeterConfig{Flags: m.Flags, Meter: id, Bands: m.Bands}.String()
		out = append(out, Line{Owner: meterOwner(id), Text: text})
	}
	for _, id := range slices.Sorted(maps.Keys(t.Groups)) {
		g := t.Groups[id]
		text := openflow.GroupDesc{GroupType: g.Type, Group: id, Buckets: g.Buckets}.String()
		out = append(out, Line{Owner: groupOwner(id), Text: text})
	}
	for _, k := range slices.SortedFunc(maps.Keys(t.Flows), EntryKey.Compare) {
		e := t.Flows[k]
		stats := openflow.FlowStats{Table: k.Table, Priority: k.Priority, Match: k.Match, Cookie: e.Cookie, Instructions: e.Instructions}
		out = append(out, Line{Owner: OwnerOf(e.Cookie), Text: stats.Text()})
	}
	return out
}

// Compare orders owners by kind, object and slot.
func (o Owner) Compare(p Owner) int {
	return cmp.Or(cmp.Compare(o.Kind, p.Kind), cmp.Compare(o.Object, p.Object), cmp.Compare(o.Slot, p.Slot))
}
