package flows

import (
	"cmp"
	"iter"

	"crosspoint/openflow"
)

// thing names one thing in a switch: a meter, a group, or, when it is neither, a flow entry.
type thing struct {
	meter openflow.MeterID
	group openflow.GroupID
	flow  EntryKey
}

// compare orders meters before groups before flow entries.
func (it thing) compare(o thing) int {
	return cmp.Or(cmp.Compare(it.kind(), o.kind()), cmp.Compare(it.meter, o.meter), cmp.Compare(it.group, o.group), it.flow.Compare(o.flow))
}

func (it thing) kind() int {
	switch {
	case it.meter != 0:
		return 0
	case it.group != 0:
		return 1
	default:
		return 2
	}
}

// differs reports whether one of two tables has the thing otherwise than the other, or only one has it.
func (it thing) differs(a, b Tables) bool {
	switch {
	case it.meter != 0:
		return differs(a.Meters, b.Meters, it.meter, Meter.Equal)
	case it.group != 0:
		return differs(a.Groups, b.Groups, it.group, Group.Equal)
	default:
		return differs(a.Flows, b.Flows, it.flow, Entry.Equal)
	}
}

func differs[K comparable, V any](a, b map[K]V, k K, equal func(V, V) bool) bool {
	v, inA := a[k]
	w, inB := b[k]
	return inA != inB || inA && !equal(v, w)
}

// copy makes one table have the thing as another has it, or not at all.
func (it thing) copy(from Tables, to *Tables) {
	switch {
	case it.meter != 0:
		set(from.Meters, &to.Meters, it.meter)
	case it.group != 0:
		set(from.Groups, &to.Groups, it.group)
	default:
		set(from.Flows, &to.Flows, it.flow)
	}
}

func set[K comparable, V any](from map[K]V, to *map[K]V, k K) {
	if v, ok := from[k]; ok {
		put(to, k, v)
	} else {
		delete(*to, k)
	}
}

// things goes through what is ours, with whom it serves.
func (t Tables) things() iter.Seq2[Owner, thing] {
	return func(yield func(Owner, thing) bool) {
		for id := range t.Meters {
			if o := meterOwner(id); o.Kind != KindForeign && !yield(o, thing{meter: id}) {
				return
			}
		}
		for id := range t.Groups {
			if o := groupOwner(id); o.Kind != KindForeign && !yield(o, thing{group: id}) {
				return
			}
		}
		for k, e := range t.Flows {
			if o := OwnerOf(e.Cookie); o.Kind != KindForeign && !yield(o, thing{flow: k}) {
				return
			}
		}
	}
}

// differences lists the things that two tables do not have alike, in no order.
func differences(a, b Tables) []thing {
	var out []thing
	differing(a.Meters, b.Meters, Meter.Equal, func(id openflow.MeterID) { out = append(out, thing{meter: id}) })
	differing(a.Groups, b.Groups, Group.Equal, func(id openflow.GroupID) { out = append(out, thing{group: id}) })
	differing(a.Flows, b.Flows, Entry.Equal, func(k EntryKey) { out = append(out, thing{flow: k}) })
	return out
}

func differing[K comparable, V any](a, b map[K]V, equal func(V, V) bool, visit func(K)) {
	for k := range a {
		if differs(a, b, k, equal) {
			visit(k)
		}
	}
	for k := range b {
		if _, both := a[k]; !both {
			visit(k)
		}
	}
}
