package flows

import (
	"cmp"
	"slices"

	"crosspoint/openflow"
)

// Batch is what takes a switch from have to want. Stages are carried out in order, a barrier behind each:
// meters and groups that entries will name; entries added; entries deleted; groups and meters that nothing names any more.
type Batch struct {
	Stages [][]openflow.Message
	items  [][]item // as Stages: what each message is about
}

// Refusal is one message of a batch that the switch answered with an error.
type Refusal struct {
	Stage, Index int
	Err          *openflow.ErrorMsg
}

// item is what one message of a batch is about: what an owner wants of a thing.
type item struct {
	thing
	owner Owner
	want  Tables
}

// Len is the number of messages, barriers not counted.
func (b Batch) Len() int {
	n := 0
	for _, s := range b.Stages {
		n += len(s)
	}
	return n
}

// The stages of a batch.
const (
	stagePrepare = iota
	stageAdd
	stageDelete
	stageClean
	stages
)

// Next takes what is dirty into a batch of at most limit messages; nothing when the switch was not read yet, or nothing differs. What is
// beyond the limit stays dirty: since the stages are filled in order, nothing is added before, or taken away after, what it needs.
func (t *Tracker) Next(limit int) (Batch, bool) {
	if !t.known || len(t.dirty) == 0 {
		return Batch{}, false
	}
	var s [stages][]openflow.Message
	var about [stages][]item
	for _, it := range t.due() {
		stage, m := it.message(t.gaps[it.owner].have)
		s[stage] = append(s[stage], m)
		about[stage] = append(about[stage], it)
	}
	clear(t.dirty)
	var b Batch
	for i := range s {
		n := min(len(s[i]), limit)
		limit -= n
		for _, it := range about[i][n:] {
			t.dirty[it.owner] = struct{}{}
		}
		if n > 0 {
			b.Stages = append(b.Stages, s[i][:n])
			b.items = append(b.items, about[i][:n])
		}
	}
	t.sent = len(b.Stages) > 0
	return b, t.sent
}

// due lists what dirty owners have otherwise than they want, but for what was refused: meters, groups, flow entries, each sorted.
func (t *Tracker) due() []item {
	var out []item
	for o := range t.dirty {
		g, held := t.gaps[o], t.held[o]
		for _, it := range differences(g.have, g.want) {
			if _, refused := held[it]; !refused {
				out = append(out, item{it, o, g.want})
			}
		}
	}
	slices.SortFunc(out, func(a, b item) int { return cmp.Or(a.compare(b.thing), a.owner.Compare(b.owner)) })
	return out
}

// Dirty reports whether anything is left that Next did not take.
func (t *Tracker) Dirty() bool { return len(t.dirty) > 0 }

// message makes the switch have the thing as it is wanted.
func (it item) message(have Tables) (stage int, m openflow.Message) {
	switch {
	case it.meter != 0:
		return meterMod(it.meter, have, it.want)
	case it.group != 0:
		return groupMod(it.group, have, it.want)
	default:
		return flowMod(it.flow, have, it.want)
	}
}

func meterMod(id openflow.MeterID, have, want Tables) (stage int, m openflow.Message) {
	next, wanted := want.Meters[id]
	if !wanted {
		return stageClean, &openflow.MeterMod{Command: openflow.MeterDelete, Meter: id}
	}
	command := openflow.MeterAdd
	if _, had := have.Meters[id]; had {
		command = openflow.MeterModify
	}
	return stagePrepare, &openflow.MeterMod{Command: command, Flags: next.Flags, Meter: id, Bands: next.Bands}
}

func groupMod(id openflow.GroupID, have, want Tables) (stage int, m openflow.Message) {
	next, wanted := want.Groups[id]
	before, had := have.Groups[id]
	if !wanted {
		return stageClean, &openflow.GroupMod{Command: openflow.GroupDelete, GroupType: before.Type, Group: id}
	}
	command := openflow.GroupAdd
	if had {
		command = openflow.GroupModify
	}
	return stagePrepare, &openflow.GroupMod{Command: command, GroupType: next.Type, Group: id, Buckets: next.Buckets}
}

func flowMod(k EntryKey, have, want Tables) (stage int, m openflow.Message) {
	mod := &openflow.FlowMod{
		Table: k.Table, Priority: k.Priority, Match: k.Match,
		BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
	}
	next, wanted := want.Flows[k]
	if !wanted {
		mod.Command, mod.Cookie = openflow.FlowDeleteStrict, have.Flows[k].Cookie
		mod.CookieMask = ^uint64(0) // never somebody else's entry that took its place
		return stageDelete, mod
	}
	mod.Command, mod.Cookie, mod.Instructions = openflow.FlowAdd, next.Cookie, next.Instructions
	return stageAdd, mod
}

// Done says how a batch ended: everything but what was refused is now as the batch wanted it. It returns the owners of what was refused.
func (t *Tracker) Done(b Batch, refused []Refusal) []Owner {
	t.sent = false
	bad := map[[2]int]bool{}
	for _, r := range refused {
		bad[[2]int{r.Stage, r.Index}] = true
	}
	var owners []Owner
	for s, items := range b.items {
		for i, it := range items {
			if bad[[2]int{s, i}] {
				t.hold(it)
				owners = append(owners, it.owner)
			} else {
				it.copy(it.want, &t.gaps[it.owner].have)
			}
		}
	}
	for _, items := range b.items {
		for _, it := range items {
			t.close(it.owner)
		}
	}
	for o := range t.dirty {
		t.close(o)
	}
	return owners
}

// hold leaves a refused item alone until Retry, unless something else is wanted by now.
func (t *Tracker) hold(it item) {
	if it.differs(it.want, t.gaps[it.owner].want) {
		return
	}
	if t.held[it.owner] == nil {
		t.held[it.owner] = map[thing]struct{}{}
	}
	t.held[it.owner][it.thing] = struct{}{}
}
