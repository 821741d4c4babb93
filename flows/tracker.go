package flows

import (
	"maps"
	"slices"
)

// Tracker holds what one switch should have (want), what it is known to have (have), and where they may differ. Want is given by owner
// and only the newest counts: nothing is queued. It is valid to move from any have to any want.
//
// Have is kept only where it is not what is wanted: at rest the tracker holds a program for each owner and nothing else.
//
// Invariant: an owner whose have differs from its want has a gap, and one with a gap is dirty, unless the rest of the gap is in the batch that is under
// way, or was refused and waits for Retry.
type Tracker struct {
	want            map[Owner]Program
	entries, groups int            // in want
	gaps            map[Owner]*gap // of owners that have not what they want, or of which something is under way
	known           bool           // have was read from the switch
	dirty           map[Owner]struct{}
	sent            bool                         // a batch is under way
	held            map[Owner]map[thing]struct{} // refused things, left alone until Retry; no set is empty
}

// gap is what a switch has, or was last known to have, of an owner that wants something else; nil: nothing. Mostly it is what the owner wanted before.
type gap struct{ have Program }

// NewTracker returns a tracker of a switch that was not read yet.
func NewTracker() *Tracker {
	return &Tracker{want: map[Owner]Program{}, gaps: map[Owner]*gap{}, dirty: map[Owner]struct{}{}, held: map[Owner]map[thing]struct{}{}}
}

// Set says what an owner wants of the switch from now on; nil or empty tables take everything of it away. It reports whether that
// is anything new. Owners never share keys.
func (t *Tracker) Set(o Owner, want Program) bool {
	before := t.want[o]
	if tables, are := want.(Tables); are && tables.Empty() {
		want = nil
	}
	if want == nil {
		delete(t.want, o)
	} else {
		t.want[o] = want
	}
	if alike(before, want) {
		return false
	}
	t.count(before, -1)
	t.count(want, 1)
	if t.gaps[o] == nil {
		t.gaps[o] = &gap{have: before}
	}
	t.letGo(o, before, want)
	t.dirty[o] = struct{}{}
	t.close(o)
	return true
}

func (t *Tracker) count(p Program, by int) {
	entries, groups := sizeOf(p)
	t.entries += by * entries
	t.groups += by * groups
}

// letGo has refused things tried again of which something else is wanted now.
func (t *Tracker) letGo(o Owner, before, next Program) {
	held := t.held[o]
	if len(held) == 0 {
		return
	}
	was, is := compiled(before), compiled(next)
	for it := range held {
		if it.differs(was, is) {
			delete(held, it)
		}
	}
	if len(held) == 0 {
		delete(t.held, o)
	}
}

// close forgets the gap of an owner that has what it wants. While a batch is under way that is not known.
func (t *Tracker) close(o Owner) {
	if g := t.gaps[o]; !t.sent && g != nil && alike(t.want[o], g.have) {
		delete(t.gaps, o)
		delete(t.dirty, o)
	}
}

// Wants is what an owner wants of the switch; it must not be changed.
func (t *Tracker) Wants(o Owner) Tables { return compiled(t.want[o]) }

// Has is what the switch has, or was last known to have, of what an owner may have there; it must not be changed.
func (t *Tracker) Has(o Owner) Tables {
	if g := t.gaps[o]; g != nil {
		return compiled(g.have)
	}
	return t.Wants(o)
}

// Serves reports whether an owner wants anything of the switch.
func (t *Tracker) Serves(o Owner) bool {
	_, does := t.want[o]
	return does
}

// Lose says that the session ended: have is what the switch was last known to have.
func (t *Tracker) Lose() { t.known, t.sent = false, false }

// Believe takes it that a switch which was not read yet has what is wanted: it did before a restart.
func (t *Tracker) Believe() {
	t.gaps, t.dirty = map[Owner]*gap{}, map[Owner]struct{}{}
	clear(t.held)
}

// Holds reports whether the switch has all that an owner wants of it, or had when it was last known.
func (t *Tracker) Holds(o Owner) bool {
	g := t.gaps[o]
	return g == nil || compiled(g.have).hold(t.Wants(o))
}

// Exact reports whether the switch has what an owner wants of it and nothing else of the owner, or had when it was last known.
func (t *Tracker) Exact(o Owner) bool { return t.gaps[o] == nil }

// Known reports whether have was read since the session began.
func (t *Tracker) Known() bool { return t.known }

// Retry tries refused items again.
func (t *Tracker) Retry() {
	for o := range t.held {
		t.dirty[o] = struct{}{}
	}
	clear(t.held)
}

// Failed reports whether a switch refused something that an owner wants.
func (t *Tracker) Failed(o Owner) bool {
	_, ok := t.held[o]
	return ok
}

// HasFailed reports whether anything was refused and waits for Retry.
func (t *Tracker) HasFailed() bool { return len(t.held) > 0 }

// InSync reports whether everything wanted is proven installed, and nothing else of ours.
func (t *Tracker) InSync() bool { return t.known && len(t.gaps) == 0 }

// Want is what the switch should hold, in tables of its own; entries are shared, and never changed.
func (t *Tracker) Want() Tables {
	all := NewTables()
	for o := range t.want {
		all.add(t.Wants(o))
	}
	return all
}

// Sizes tells how many entries and groups are wanted.
func (t *Tracker) Sizes() (entries, groups int) { return t.entries, t.groups }

// Owners lists who wants anything of the switch, sorted.
func (t *Tracker) Owners() []Owner { return slices.SortedFunc(maps.Keys(t.want), Owner.Compare) }
