package flows

import (
	"maps"
	"slices"

	"crosspoint/openflow"
)

// Tracker holds what one switch should have (want), what it is known to have (have), and where they may differ. Want is given by owner
// and only the newest counts: nothing is queued. It is valid to move from any have to any want.
//
// Invariant: a key whose want and have differ is dirty, unless it is in the batch that is under way, or was refused and waits for Retry.
type Tracker struct {
	want   Tables
	have   Tables
	owners map[Owner]Tables // what each owner wants; their union is want
	known  bool             // have was read from the switch
	dirty  keys
	sent   bool               // a batch is under way
	failed map[Owner]struct{} // owners of refused items
	held   keys               // refused items, left alone until Retry
}

// NewTracker returns a tracker of a switch that was not read yet.
func NewTracker() *Tracker {
	return &Tracker{
		want: NewTables(), have: NewTables(), owners: map[Owner]Tables{},
		dirty: newKeys(), failed: map[Owner]struct{}{}, held: newKeys(),
	}
}

// keys is a set of things in tables.
type keys struct {
	flows  map[EntryKey]struct{}
	groups map[openflow.GroupID]struct{}
	meters map[openflow.MeterID]struct{}
}

func newKeys() keys {
	return keys{map[EntryKey]struct{}{}, map[openflow.GroupID]struct{}{}, map[openflow.MeterID]struct{}{}}
}

func (k keys) add(t Tables) {
	for key := range t.Flows {
		k.flows[key] = struct{}{}
	}
	for id := range t.Groups {
		k.groups[id] = struct{}{}
	}
	for id := range t.Meters {
		k.meters[id] = struct{}{}
	}
}

func (k keys) addItem(it item) {
	switch {
	case it.flow != nil:
		k.flows[*it.flow] = struct{}{}
	case it.group != 0:
		k.groups[it.group] = struct{}{}
	default:
		k.meters[it.meter] = struct{}{}
	}
}

func (k keys) merge(o keys) {
	maps.Copy(k.flows, o.flows)
	maps.Copy(k.groups, o.groups)
	maps.Copy(k.meters, o.meters)
}

func (k keys) len() int { return len(k.flows) + len(k.groups) + len(k.meters) }

// Set says what an owner wants of the switch from now on; empty tables take everything of it away. It reports whether that
// is anything new. Owners never share keys.
func (t *Tracker) Set(o Owner, want Tables) bool {
	old := t.owners[o]
	changed := newKeys()
	replace(t.want.Flows, old.Flows, want.Flows, Entry.Equal, changed.flows)
	replace(t.want.Groups, old.Groups, want.Groups, Group.Equal, changed.groups)
	replace(t.want.Meters, old.Meters, want.Meters, Meter.Equal, changed.meters)
	if changed.len() == 0 {
		return false
	}
	if want.Empty() {
		delete(t.owners, o)
	} else {
		t.owners[o] = want
	}
	t.dirty.merge(changed)
	return true
}

// replace takes old out of all and puts next in, and notes the keys whose value changed.
func replace[K comparable, V any](all, old, next map[K]V, equal func(V, V) bool, changed map[K]struct{}) {
	for k := range old {
		if _, stays := next[k]; !stays {
			delete(all, k)
			changed[k] = struct{}{}
		}
	}
	for k, v := range next {
		if before, was := old[k]; !was || !equal(before, v) {
			changed[k] = struct{}{}
		}
		all[k] = v
	}
}

// Wants is what an owner wants of the switch.
func (t *Tracker) Wants(o Owner) Tables { return t.owners[o] }

// Observe takes what was read from the switch as the truth. Entries, groups and meters that are not ours stay out of it. It returns
// how many things of ours differ from what was believed: drift, when the switch was known before.
func (t *Tracker) Observe(read Tables) (drift int) {
	have := NewTables()
	for k, e := range read.Flows {
		if OwnerOf(e.Cookie).Kind != KindForeign {
			have.Flows[k] = e
		} else if _, wanted := t.want.Flows[k]; wanted {
			have.Flows[k] = e // somebody put an entry in the place of ours: it differs, so it will be replaced
		}
	}
	for id, g := range read.Groups {
		if groupOwner(id).Kind != KindForeign {
			have.Groups[id] = g
		}
	}
	for id, m := range read.Meters {
		if meterOwner(id).Kind != KindForeign {
			have.Meters[id] = m
		}
	}
	if t.known {
		drift = countDiff(t.have.Flows, have.Flows, Entry.Equal) + countDiff(t.have.Groups, have.Groups, Group.Equal) +
			countDiff(t.have.Meters, have.Meters, Meter.Equal)
	}
	t.have, t.known = have, true
	t.dirty.add(t.want)
	t.dirty.add(t.have)
	clear(t.failed)
	t.held = newKeys()
	return drift
}

func countDiff[K comparable, V any](a, b map[K]V, equal func(V, V) bool) int {
	n := 0
	for k, v := range a {
		if w, ok := b[k]; !ok || !equal(v, w) {
			n++
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			n++
		}
	}
	return n
}

// Lose says that the session ended: have is what the switch was last known to have.
func (t *Tracker) Lose() { t.known, t.sent = false, false }

// Believe takes it that a switch which was not read yet has what is wanted: it did before a restart.
func (t *Tracker) Believe() { t.have = t.want.Copy() }

// Has is the entry that the switch has, or was last known to have, under a key.
func (t *Tracker) Has(k EntryKey) (Entry, bool) {
	e, ok := t.have.Flows[k]
	return e, ok
}

// Holds reports whether the switch has all that an owner wants of it, or had when it was last known.
func (t *Tracker) Holds(o Owner) bool {
	want := t.owners[o]
	return holds(t.have.Flows, want.Flows, Entry.Equal) && holds(t.have.Groups, want.Groups, Group.Equal) && holds(t.have.Meters, want.Meters, Meter.Equal)
}

func holds[K comparable, V any](have, want map[K]V, equal func(V, V) bool) bool {
	for k, v := range want {
		if had, ok := have[k]; !ok || !equal(had, v) {
			return false
		}
	}
	return true
}

// Known reports whether have was read since the session began.
func (t *Tracker) Known() bool { return t.known }

// Retry tries refused items again.
func (t *Tracker) Retry() {
	t.dirty.merge(t.held)
	t.held = newKeys()
	clear(t.failed)
}

// Failed reports whether a switch refused something that an owner wants.
func (t *Tracker) Failed(o Owner) bool {
	_, ok := t.failed[o]
	return ok
}

// HasFailed reports whether anything was refused and waits for Retry.
func (t *Tracker) HasFailed() bool { return t.held.len() > 0 }

// InSync reports whether everything wanted is proven installed, and nothing else of ours. By the invariant only what is dirty can differ.
func (t *Tracker) InSync() bool {
	return t.known && !t.sent && t.held.len() == 0 && !differs(t.dirty.flows, t.want.Flows, t.have.Flows, Entry.Equal) &&
		!differs(t.dirty.groups, t.want.Groups, t.have.Groups, Group.Equal) && !differs(t.dirty.meters, t.want.Meters, t.have.Meters, Meter.Equal)
}

// differs reports whether any of some keys has another value in one map than in the other, or none.
func differs[K comparable, V any](some map[K]struct{}, want, have map[K]V, equal func(V, V) bool) bool {
	for k := range some {
		w, wanted := want[k]
		h, had := have[k]
		if wanted != had || wanted && !equal(w, h) {
			return true
		}
	}
	return false
}

// Want is what the switch should hold; it must not be changed.
func (t *Tracker) Want() Tables { return t.want }

// Sizes tells how many entries and groups are wanted.
func (t *Tracker) Sizes() (entries, groups int) { return len(t.want.Flows), len(t.want.Groups) }

// Copy returns want as tables of its own; entries are shared, and never changed.
func (t Tables) Copy() Tables {
	return Tables{Flows: maps.Clone(t.Flows), Groups: maps.Clone(t.Groups), Meters: maps.Clone(t.Meters)}
}

// sortedKeys lists a set in order.
func sortedKeys[K comparable](set map[K]struct{}, compare func(a, b K) int) []K {
	return slices.SortedFunc(maps.Keys(set), compare)
}

// Owners lists who wants anything of the switch, sorted.
func (t *Tracker) Owners() []Owner {
	return slices.SortedFunc(maps.Keys(t.owners), Owner.Compare)
}
