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
	owners map[Owner]belongings // whose what is in want
	known  bool                 // have was read from the switch
	dirty  keys
	sent   bool               // a batch is under way
	failed map[Owner]struct{} // owners of refused items
	held   keys               // refused items, left alone until Retry
}

// NewTracker returns a tracker of a switch that was not read yet.
func NewTracker() *Tracker {
	return &Tracker{
		want: NewTables(), have: NewTables(), owners: map[Owner]belongings{},
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

// belongings are the keys in want of what one owner wants there.
type belongings struct {
	flows  []EntryKey
	groups []openflow.GroupID
	meters []openflow.MeterID
}

// Set says what an owner wants of the switch from now on; empty tables take everything of it away. It reports whether that
// is anything new. Owners never share keys.
func (t *Tracker) Set(o Owner, want Tables) bool {
	b := t.owners[o]
	flows, n := replace(t.want.Flows, b.flows, want.Flows, Entry.Equal, t.dirty.flows)
	groups, m := replace(t.want.Groups, b.groups, want.Groups, Group.Equal, t.dirty.groups)
	meters, k := replace(t.want.Meters, b.meters, want.Meters, Meter.Equal, t.dirty.meters)
	if want.Empty() {
		delete(t.owners, o)
	} else {
		t.owners[o] = belongings{flows, groups, meters}
	}
	return n+m+k > 0
}

// replace takes the values of old keys out of all and puts next in, and notes the keys whose value changed. It gives the keys of next, and how many
// values changed.
func replace[K comparable, V any](all map[K]V, old []K, next map[K]V, equal func(V, V) bool, changed map[K]struct{}) (keys []K, n int) {
	for _, k := range old {
		if _, stays := next[k]; !stays {
			delete(all, k)
			changed[k] = struct{}{}
			n++
		}
	}
	if len(next) > 0 {
		keys = make([]K, 0, len(next))
	}
	for k, v := range next {
		if before, was := all[k]; !was || !equal(before, v) {
			changed[k] = struct{}{}
			n++
		}
		all[k] = v
		keys = append(keys, k)
	}
	return keys, n
}

// Wants is what an owner wants of the switch.
func (t *Tracker) Wants(o Owner) Tables {
	b := t.owners[o]
	return Tables{Flows: pick(t.want.Flows, b.flows), Groups: pick(t.want.Groups, b.groups), Meters: pick(t.want.Meters, b.meters)}
}

func pick[K comparable, V any](all map[K]V, keys []K) map[K]V {
	out := make(map[K]V, len(keys))
	for _, k := range keys {
		out[k] = all[k]
	}
	return out
}

// Serves reports whether an owner wants anything of the switch.
func (t *Tracker) Serves(o Owner) bool {
	_, does := t.owners[o]
	return does
}

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
	b := t.owners[o]
	return holds(t.have.Flows, t.want.Flows, b.flows, Entry.Equal) && holds(t.have.Groups, t.want.Groups, b.groups, Group.Equal) &&
		holds(t.have.Meters, t.want.Meters, b.meters, Meter.Equal)
}

func holds[K comparable, V any](have, want map[K]V, keys []K, equal func(V, V) bool) bool {
	return !slices.ContainsFunc(keys, func(k K) bool {
		had, ok := have[k]
		return !ok || !equal(had, want[k])
	})
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
