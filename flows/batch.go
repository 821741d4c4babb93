package flows

import (
	"cmp"

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

// item is the key that one message of a batch is about, and what the switch has when it worked; nil for deleted.
type item struct {
	flow  *EntryKey
	group openflow.GroupID
	meter openflow.MeterID
	owner Owner
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
	if !t.known || t.dirty.len() == 0 {
		return Batch{}, false
	}
	var s [stages][]openflow.Message
	var about [stages][]item
	put := func(stage int, m openflow.Message, it item) {
		s[stage] = append(s[stage], m)
		about[stage] = append(about[stage], it)
	}
	for _, id := range sortedKeys(t.dirty.meters, cmp.Compare) {
		if stage, m := t.meterMod(id); m != nil {
			put(stage, m, item{meter: id, owner: meterOwner(id)})
		}
	}
	for _, id := range sortedKeys(t.dirty.groups, cmp.Compare) {
		if stage, m := t.groupMod(id); m != nil {
			put(stage, m, item{group: id, owner: groupOwner(id)})
		}
	}
	for _, k := range sortedKeys(t.dirty.flows, EntryKey.Compare) {
		if stage, m := t.flowMod(k); m != nil {
			put(stage, m, item{flow: &k, owner: OwnerOf(m.Cookie)})
		}
	}
	t.dirty = newKeys()
	var b Batch
	for i := range s {
		n := min(len(s[i]), limit)
		limit -= n
		for _, it := range about[i][n:] {
			t.dirty.addItem(it)
		}
		if n > 0 {
			b.Stages = append(b.Stages, s[i][:n])
			b.items = append(b.items, about[i][:n])
		}
	}
	t.sent = len(b.Stages) > 0
	return b, t.sent
}

// Dirty reports whether anything is left that Next did not take.
func (t *Tracker) Dirty() bool { return t.dirty.len() > 0 }

func (t *Tracker) meterMod(id openflow.MeterID) (stage int, m openflow.Message) {
	want, wanted := t.want.Meters[id]
	have, had := t.have.Meters[id]
	switch {
	case wanted && had && want.Equal(have), !wanted && !had:
		return 0, nil
	case !wanted:
		return stageClean, &openflow.MeterMod{Command: openflow.MeterDelete, Meter: id}
	case had:
		return stagePrepare, &openflow.MeterMod{Command: openflow.MeterModify, Flags: want.Flags, Meter: id, Bands: want.Bands}
	default:
		return stagePrepare, &openflow.MeterMod{Command: openflow.MeterAdd, Flags: want.Flags, Meter: id, Bands: want.Bands}
	}
}

func (t *Tracker) groupMod(id openflow.GroupID) (stage int, m openflow.Message) {
	want, wanted := t.want.Groups[id]
	have, had := t.have.Groups[id]
	switch {
	case wanted && had && want.Equal(have), !wanted && !had:
		return 0, nil
	case !wanted:
		return stageClean, &openflow.GroupMod{Command: openflow.GroupDelete, GroupType: have.Type, Group: id}
	case had:
		return stagePrepare, &openflow.GroupMod{Command: openflow.GroupModify, GroupType: want.Type, Group: id, Buckets: want.Buckets}
	default:
		return stagePrepare, &openflow.GroupMod{Command: openflow.GroupAdd, GroupType: want.Type, Group: id, Buckets: want.Buckets}
	}
}

func (t *Tracker) flowMod(k EntryKey) (stage int, m *openflow.FlowMod) {
	want, wanted := t.want.Flows[k]
	have, had := t.have.Flows[k]
	if wanted == had && (!wanted || want.Equal(have)) {
		return 0, nil
	}
	m = &openflow.FlowMod{
		Table: k.Table, Priority: k.Priority, Match: k.Match,
		BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
	}
	if !wanted {
		m.Command, m.Cookie = openflow.FlowDeleteStrict, have.Cookie
		m.CookieMask = ^uint64(0) // never somebody else's entry that took its place
		return stageDelete, m
	}
	m.Command, m.Cookie, m.Instructions = openflow.FlowAdd, want.Cookie, want.Instructions
	return stageAdd, m
}

// Done says how a batch ended: everything but what was refused is now as the batch wanted it. It returns the owners of what was refused.
func (t *Tracker) Done(b Batch, refused []Refusal) []Owner {
	t.sent = false
	bad := map[[2]int]bool{}
	for _, r := range refused {
		bad[[2]int{r.Stage, r.Index}] = true
	}
	var owners []Owner
	for s := range b.Stages {
		for i, m := range b.Stages[s] {
			it := b.items[s][i]
			if !bad[[2]int{s, i}] {
				t.apply(m, it)
				continue
			}
			t.hold(it)
			owners = append(owners, it.owner)
		}
	}
	return owners
}

// hold leaves a refused item alone until Retry.
func (t *Tracker) hold(it item) {
	t.failed[it.owner] = struct{}{}
	t.held.addItem(it)
}

// apply writes into have what a carried out message did.
func (t *Tracker) apply(m openflow.Message, it item) {
	switch m := m.(type) {
	case *openflow.FlowMod:
		if m.Command == openflow.FlowAdd {
			t.have.Flows[*it.flow] = Entry{Cookie: m.Cookie, Instructions: m.Instructions}
		} else {
			delete(t.have.Flows, *it.flow)
		}
	case *openflow.GroupMod:
		if m.Command == openflow.GroupDelete {
			delete(t.have.Groups, it.group)
		} else {
			t.have.Groups[it.group] = Group{Type: m.GroupType, Buckets: m.Buckets}
		}
	case *openflow.MeterMod:
		if m.Command == openflow.MeterDelete {
			delete(t.have.Meters, it.meter)
		} else {
			t.have.Meters[it.meter] = Meter{Flags: m.Flags, Bands: m.Bands}
		}
	}
}
