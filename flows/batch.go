package flows

import (
	"slices"

	"crosspoint/openflow"
)

// Batch is what takes a switch from have to want. Stages are carried out in order, a barrier behind each:
// meters and groups that entries will name; entries added; entries deleted; groups and meters that nothing names any more.
type Batch struct {
	Stages [][]openflow.Message
	about  [][]item // as Stages: what each message is about
	shares []share
}

// Refusal is one message of a batch that the switch answered with an error.
type Refusal struct {
	Stage, Index int
	Err          *openflow.ErrorMsg
}

// item is what one message of a batch is about.
type item struct {
	thing
	share int // of Batch.shares
}

// share is what a batch brings one owner.
type share struct {
	owner Owner
	want  Program
	part  bool // something that is wanted is left out, or was refused
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
	b := Batch{shares: make([]share, 0, len(t.dirty))}
	for o := range t.dirty {
		b.shares = append(b.shares, share{owner: o, want: t.want[o]})
	}
	slices.SortFunc(b.shares, func(a, b share) int { return a.owner.Compare(b.owner) })
	all := t.due(b.shares)
	clear(t.dirty)
	for stage := range stages {
		limit -= t.take(&b, all, stage, limit)
	}
	t.sent = len(b.Stages) > 0
	return b, t.sent
}

// due lists what shares have otherwise than they want, but for what was refused.
func (t *Tracker) due(shares []share) []change {
	all := make([]change, 0, 2*len(shares))
	for i := range shares {
		s, first := &shares[i], len(all)
		all = appendChanges(all, t.gaps[s.owner].have, s.want)
		held := t.held[s.owner]
		mine := slices.DeleteFunc(all[first:], func(c change) bool {
			_, refused := held[c.thing]
			s.part = s.part || refused
			return refused
		})
		for j := range mine {
			mine[j].share = i
		}
		all = all[:first+len(mine)]
	}
	return all
}

// take puts at most limit changes of a stage into a batch, and leaves the rest dirty. It returns how many it took.
func (t *Tracker) take(b *Batch, all []change, stage, limit int) int {
	n := 0
	for _, c := range all {
		if c.stage == stage {
			n++
		}
	}
	if n == 0 {
		return 0
	}
	n = min(n, limit)
	messages, items := make([]openflow.Message, 0, n), make([]item, 0, n)
	for _, c := range all {
		switch {
		case c.stage != stage:
		case len(messages) < n:
			messages, items = append(messages, c.message), append(items, c.item)
		default:
			s := &b.shares[c.share]
			s.part = true
			t.dirty[s.owner] = struct{}{}
		}
	}
	if n > 0 {
		b.Stages, b.about = append(b.Stages, messages), append(b.about, items)
	}
	return n
}

// Dirty reports whether anything is left that Next did not take.
func (t *Tracker) Dirty() bool { return len(t.dirty) > 0 }

// Done says how a batch ended: everything but what was refused is now as the batch wanted it. It returns the owners of what was refused.
func (t *Tracker) Done(b Batch, refused []Refusal) []Owner {
	t.sent = false
	var owners []Owner
	bad := make(map[[2]int]bool, len(refused))
	for _, r := range refused {
		bad[[2]int{r.Stage, r.Index}] = true
		it := b.about[r.Stage][r.Index]
		s := &b.shares[it.share]
		s.part = true
		owners = append(owners, s.owner)
		t.hold(it.thing, s)
	}
	for _, s := range b.shares {
		if !s.part {
			t.gaps[s.owner].have = s.want
		}
	}
	for stage, items := range b.about {
		for i, it := range items {
			if s := &b.shares[it.share]; s.part && !bad[[2]int{stage, i}] {
				t.gaps[s.owner].take(it.thing, s.want)
			}
		}
	}
	for _, s := range b.shares {
		t.close(s.owner)
	}
	for o := range t.dirty {
		t.close(o)
	}
	return owners
}

// take notes that the switch has one thing of a program now, and the rest as before.
func (g *gap) take(it thing, of Program) {
	have := compiled(g.have).Copy()
	it.copy(compiled(of), &have)
	g.have = have
}

// hold leaves what was refused alone until Retry, unless something else is wanted by now.
func (t *Tracker) hold(it thing, s *share) {
	if it.differs(compiled(s.want), t.Wants(s.owner)) {
		return
	}
	if t.held[s.owner] == nil {
		t.held[s.owner] = map[thing]struct{}{}
	}
	t.held[s.owner][it] = struct{}{}
}
