package events

import (
	"cmp"
	"fmt"
	"reflect"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
)

// drains tells what was taken out of use, or given back. What is told of a cable has the names of its ports, and where it leads to.
func (d *diff) drains() {
	before, after := d.parts(d.before), d.parts(d.after)
	compare := func(a, b *core.SwitchOrCable) int {
		return cmp.Or(cmp.Compare(a.Switch, b.Switch), cmp.Compare(a.Port, b.Port))
	}
	pairs(before, after, true, compare, func(was, is *core.SwitchOrCable) {
		c := change{resource: Drains}
		c.before = encode(d, was, func(p *core.SwitchOrCable) (string, []byte, error) { return d.drained(0, p) }, &c)
		c.after = encode(d, is, func(p *core.SwitchOrCable) (string, []byte, error) { return d.drained(1, p) }, &c)
		d.tell(rankDrains, c)
	})
}

func (d *diff) parts(s *core.Snapshot) []*core.SwitchOrCable {
	out := make([]*core.SwitchOrCable, len(s.Drained))
	for i := range s.Drained {
		out[i] = &s.Drained[i]
	}
	return out
}

func (d *diff) drained(side int, p *core.SwitchOrCable) (string, []byte, error) {
	id := p.Switch.String()
	if p.Port != 0 {
		id = fmt.Sprintf("%s/%d", id, p.Port)
	}
	text, err := northbound.Encode(d.describer(side).Drained(*p))
	return id, text, err
}

// redundancy tells of pairs that come and go, and of those whose trees are further apart or nearer than they were.
func (d *diff) redundancy() {
	before, after := pairViews(d.before), pairViews(d.after)
	pairs(before, after, true, func(a, b *core.PairView) int { return cmp.Compare(a.Name, b.Name) }, func(was, is *core.PairView) {
		if was != nil && is != nil && !d.renamed && reflect.DeepEqual(was, is) && !d.changed[is.Legs[0]] && !d.changed[is.Legs[1]] {
			return
		}
		c := change{resource: Pairs}
		c.before = encode(d, was, func(p *core.PairView) (string, []byte, error) { return d.pair(0, p) }, &c)
		c.after = encode(d, is, func(p *core.PairView) (string, []byte, error) { return d.pair(1, p) }, &c)
		d.tell(rankPairs, c)
	})
}

func pairViews(s *core.Snapshot) []*core.PairView {
	out := make([]*core.PairView, len(s.Pairs))
	for i := range s.Pairs {
		out[i] = &s.Pairs[i]
	}
	return out
}

func (d *diff) pair(side int, p *core.PairView) (string, []byte, error) {
	text, err := northbound.Encode(d.describer(side).Pair(p))
	return p.Name, text, err
}

// describer names things as they are on one side.
func (d *diff) describer(side int) *ops.Describer {
	if d.names[side] == nil {
		names := ops.Describe([]*core.Snapshot{d.before, d.after}[side])
		d.names[side] = &names
	}
	return d.names[side]
}
