package sim

import (
	"cmp"
	"slices"
	"time"

	"crosspoint/openflow"
)

// entry is one flow entry.
type entry struct {
	rule        rule
	value, mask words
	match       openflow.Match // normalised
	table       openflow.TableID
	priority    uint16
	cookie      uint64
	idle, hard  uint16
	flags       openflow.FlowFlags
	do          program
	created     time.Time
	used        time.Time
	count       counter
	seq         uint64 // order of arrival
}

// counter counts packets and bytes.
type counter struct{ packets, bytes uint64 }

func (c *counter) add(bytes int) {
	c.packets++
	c.bytes += uint64(bytes)
}

// flowTable finds the best entry by tuple space search: the entries of one mask are in one hash table, and the masks are
// tried from the highest priority down.
type flowTable struct {
	groups  []*maskGroup
	byMask  map[words]*maskGroup
	lookups uint64
	matched uint64
	size    int
}

// maskGroup holds the entries of one mask. Entries with the same value differ in priority and are sorted, highest first.
type maskGroup struct {
	mask    words
	entries map[words][]*entry
	highest uint16
	order   uint64 // of creation: breaks ties, so that lookups are deterministic
}

// lookup finds the entry of the highest priority. Of two that overlap with one priority, the standard allows either.
func (t *flowTable) lookup(k words) *entry {
	var best *entry
	for _, g := range t.groups {
		if best != nil && best.priority >= g.highest {
			break
		}
		masked := k
		for i, m := range g.mask {
			masked[i] &= m
		}
		if es := g.entries[masked]; len(es) > 0 && (best == nil || es[0].priority > best.priority) {
			best = es[0]
		}
	}
	return best
}

// find gives the entry with exactly this match and priority, or nil.
func (t *flowTable) find(r *rule, priority uint16) *entry {
	g := t.byMask[r.mask.words()]
	if g == nil {
		return nil
	}
	for _, e := range g.entries[r.value.words()] {
		if e.priority == priority {
			return e
		}
	}
	return nil
}

// insert adds an entry whose match and priority are not there yet.
func (t *flowTable) insert(e *entry) {
	g := t.byMask[e.mask]
	if g == nil {
		if t.byMask == nil {
			t.byMask = map[words]*maskGroup{}
		}
		g = &maskGroup{mask: e.mask, entries: map[words][]*entry{}, order: e.seq, highest: e.priority}
		t.byMask[e.mask] = g
		t.groups = append(t.groups, g)
	}
	es := append(g.entries[e.value], e)
	slices.SortFunc(es, func(a, b *entry) int { return cmp.Compare(b.priority, a.priority) })
	g.entries[e.value] = es
	g.highest = max(g.highest, e.priority)
	t.size++
	t.sort()
}

// remove takes an entry out.
func (t *flowTable) remove(e *entry) {
	g := t.byMask[e.mask]
	es := slices.DeleteFunc(g.entries[e.value], func(x *entry) bool { return x == e })
	t.size--
	if len(es) > 0 {
		g.entries[e.value] = es
	} else {
		delete(g.entries, e.value)
	}
	if len(g.entries) == 0 {
		delete(t.byMask, e.mask)
		t.groups = slices.DeleteFunc(t.groups, func(x *maskGroup) bool { return x == g })
		return
	}
	if e.priority == g.highest {
		g.measure()
		t.sort()
	}
}

// measure finds the highest priority again after an entry that had it went.
func (g *maskGroup) measure() {
	was := g.highest
	g.highest = 0
	for _, es := range g.entries {
		g.highest = max(g.highest, es[0].priority)
		if g.highest == was {
			return
		}
	}
}

func (t *flowTable) sort() {
	byPriority := func(a, b *maskGroup) int {
		return cmp.Or(cmp.Compare(b.highest, a.highest), cmp.Compare(a.order, b.order))
	}
	if !slices.IsSortedFunc(t.groups, byPriority) {
		slices.SortFunc(t.groups, byPriority)
	}
}

// sorted gives the entries that pass a filter: highest priority first, then by age.
func (t *flowTable) sorted(keep func(*entry) bool) []*entry {
	var out []*entry
	for _, g := range t.groups {
		for _, es := range g.entries {
			for _, e := range es {
				if keep(e) {
					out = append(out, e)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.seq, b.seq))
	})
	return out
}
