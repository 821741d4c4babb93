package flows

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"crosspoint/openflow"
)

// Tables is what a switch holds, or should hold. The zero value holds nothing and can be read; New makes one that can be written.
type Tables struct {
	Flows  map[EntryKey]Entry
	Groups map[openflow.GroupID]Group
	Meters map[openflow.MeterID]Meter
}

// NewTables returns empty tables.
func NewTables() Tables {
	return Tables{Flows: map[EntryKey]Entry{}, Groups: map[openflow.GroupID]Group{}, Meters: map[openflow.MeterID]Meter{}}
}

// EntryKey is what tells one flow entry of a switch from another (OpenFlow 1.3.5 §5.2). Match is canonical.
type EntryKey struct {
	Table    openflow.TableID
	Priority uint16
	Match    openflow.Match
}

// Compare orders by table, then by priority from the highest, then by match.
func (k EntryKey) Compare(o EntryKey) int {
	return cmp.Or(cmp.Compare(k.Table, o.Table), cmp.Compare(o.Priority, k.Priority), cmp.Compare(k.Match, o.Match))
}

// Empty reports whether there is nothing in the tables.
func (t Tables) Empty() bool { return t.len() == 0 }

// Equal reports whether two tables hold the same.
func (t Tables) Equal(o Tables) bool {
	return t.len() == o.len() && t.hold(o)
}

// Copy returns tables of its own; entries are shared, and never changed.
func (t Tables) Copy() Tables {
	return Tables{Flows: maps.Clone(t.Flows), Groups: maps.Clone(t.Groups), Meters: maps.Clone(t.Meters)}
}

// add puts in what other tables have.
func (t Tables) add(o Tables) {
	maps.Copy(t.Flows, o.Flows)
	maps.Copy(t.Groups, o.Groups)
	maps.Copy(t.Meters, o.Meters)
}

func (t Tables) len() int { return len(t.Flows) + len(t.Groups) + len(t.Meters) }

// hold reports whether the tables have all that others have, and have it alike.
func (t Tables) hold(o Tables) bool {
	return holds(t.Flows, o.Flows, Entry.Equal) && holds(t.Groups, o.Groups, Group.Equal) && holds(t.Meters, o.Meters, Meter.Equal)
}

func holds[K comparable, V any](have, want map[K]V, equal func(V, V) bool) bool {
	for k, w := range want {
		if had, ok := have[k]; !ok || !equal(had, w) {
			return false
		}
	}
	return true
}

// ByOwner splits tables by what their entries serve. What is not ours is left out.
func (t Tables) ByOwner() map[Owner]Tables { return t.of(func(Owner) bool { return true }) }

// of is ByOwner for some owners.
func (t Tables) of(some func(Owner) bool) map[Owner]Tables {
	out := map[Owner]Tables{}
	for o, it := range t.things() {
		if some(o) {
			of := out[o]
			it.copy(t, &of)
			out[o] = of
		}
	}
	return out
}

// Entry is a flow entry without its key and counters.
type Entry struct {
	Cookie       uint64
	Instructions []openflow.Instruction
}

// Equal reports whether two entries do the same in the same name.
func (e Entry) Equal(o Entry) bool {
	return e.Cookie == o.Cookie && same(e.Instructions, o.Instructions, sameInstruction)
}

// Group is a group without its number.
type Group struct {
	Type    openflow.GroupType
	Buckets []openflow.Bucket
}

// Equal reports whether two groups have the same buckets in the same order. Weights count only in select groups.
func (g Group) Equal(o Group) bool {
	return g.Type == o.Type && same(g.Buckets, o.Buckets, func(a, b openflow.Bucket) bool {
		return (g.Type != openflow.GroupTypeSelect || a.Weight == b.Weight) &&
			a.WatchPort == b.WatchPort && a.WatchGroup == b.WatchGroup && sameActions(a.Actions, b.Actions)
	})
}

// Meter is a meter without its number.
type Meter struct {
	Flags openflow.MeterFlags
	Bands []openflow.Band
}

// Equal reports whether two meters limit alike.
func (m Meter) Equal(o Meter) bool {
	return m.Flags&^openflow.MeterFlagStats == o.Flags&^openflow.MeterFlagStats && slices.EqualFunc(m.Bands, o.Bands, func(a, b openflow.Band) bool {
		return a.Type == b.Type && a.Rate == b.Rate && a.Burst == b.Burst
	})
}

// same compares lists that are never changed: mostly one is the other, since what a switch confirmed is kept as it was wanted.
func same[T any](a, b []T, equal func(a, b T) bool) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.EqualFunc(a, b, equal))
}

func sameInstruction(a, b openflow.Instruction) bool {
	switch a := a.(type) {
	case openflow.ApplyActions:
		b, ok := b.(openflow.ApplyActions)
		return ok && sameActions(a.Actions, b.Actions)
	case openflow.WriteActions:
		b, ok := b.(openflow.WriteActions)
		return ok && sameActions(a.Actions, b.Actions)
	case openflow.RawInstruction:
		b, ok := b.(openflow.RawInstruction)
		return ok && a.Kind == b.Kind && bytes.Equal(a.Data, b.Data)
	default:
		if _, raw := b.(openflow.RawInstruction); raw {
			return false
		}
		switch b.(type) {
		case openflow.ApplyActions, openflow.WriteActions:
			return false
		}
		return a == b
	}
}

func sameActions(a, b []openflow.Action) bool {
	return slices.EqualFunc(a, b, func(a, b openflow.Action) bool {
		ra, rawA := a.(openflow.RawAction)
		rb, rawB := b.(openflow.RawAction)
		if rawA || rawB {
			return rawA && rawB && ra.Kind == rb.Kind && bytes.Equal(ra.Data, rb.Data)
		}
		return a == b
	})
}

// ReadBack builds tables from what a switch answered to the multipart requests for flows, groups and meters.
func ReadBack(flows []openflow.FlowStats, groups []openflow.GroupDesc, meters []openflow.MeterConfig) Tables {
	t := NewTables()
	for _, f := range flows {
		t.Flows[EntryKey{f.Table, f.Priority, f.Match.Canonical()}] = Entry{Cookie: f.Cookie, Instructions: f.Instructions}
	}
	for _, g := range groups {
		t.Groups[g.Group] = Group{Type: g.GroupType, Buckets: g.Buckets}
	}
	for _, m := range meters {
		t.Meters[m.Meter] = Meter{Flags: m.Flags, Bands: m.Bands}
	}
	return t
}
