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
		out = append(out, Line{Owner: numberOwner(uint32(id)), Text: text})
	}
	for _, id := range slices.Sorted(maps.Keys(t.Groups)) {
		g := t.Groups[id]
		text := openflow.GroupDesc{GroupType: g.Type, Group: id, Buckets: g.Buckets}.String()
		out = append(out, Line{Owner: numberOwner(uint32(id)), Text: text})
	}
	for _, k := range slices.SortedFunc(maps.Keys(t.Flows), EntryKey.Compare) {
		e := t.Flows[k]
		stats := openflow.FlowStats{Table: k.Table, Priority: k.Priority, Match: k.Match, Cookie: e.Cookie, Instructions: e.Instructions}
		out = append(out, Line{Owner: OwnerOf(e.Cookie), Text: stats.Text()})
	}
	return out
}

// numberOwner tells what a group or meter serves by its number.
func numberOwner(id uint32) Owner {
	switch {
	case !ours(id):
		return Owner{}
	case ObjectID(id) < FirstObject:
		return Owner{Kind: KindBase}
	default:
		return Owner{Kind: KindFlow, Object: ObjectID(id)}
	}
}

// Compare orders owners by kind, then object.
func (o Owner) Compare(p Owner) int {
	return cmp.Or(cmp.Compare(o.Kind, p.Kind), cmp.Compare(o.Object, p.Object))
}
