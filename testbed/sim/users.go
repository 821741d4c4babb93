package sim

import "crosspoint/openflow"

// users counts by how many mentions entries use each group and meter, so that what nobody uses can be deleted without a look at every entry.
type users struct {
	groups map[openflow.GroupID]int
	meters map[openflow.MeterID]int
}

// add counts what an entry mentions, or with -1 no longer does.
func (u users) add(p *program, n int) {
	if p.meter != 0 {
		change(u.meters, p.meter, n)
	}
	for _, list := range [][]openflow.Action{p.apply, p.write} {
		for _, a := range list {
			if g, ok := a.(openflow.ApplyGroup); ok {
				change(u.groups, g.Group, n)
			}
		}
	}
}

func change[K comparable](counts map[K]int, key K, n int) {
	if counts[key] += n; counts[key] == 0 {
		delete(counts, key)
	}
}
