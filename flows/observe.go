package flows

// Observe takes what was read from the switch as the truth. Entries, groups and meters that are not ours stay out of it; somebody's entry in the place of
// ours is replaced, since ours is missing. It returns how many things of ours differ from what was believed: drift, when the switch was known before.
func (t *Tracker) Observe(read Tables) (drift int) {
	had := t.gaps
	t.gaps = t.compare(read)
	if t.known {
		drift = t.drift(had, t.gaps)
	}
	t.known = true
	clear(t.held)
	t.dirty = make(map[Owner]struct{}, len(t.gaps))
	for o := range t.gaps {
		t.dirty[o] = struct{}{}
	}
	return drift
}

// compare finds the owners of which something else was read than is wanted.
func (t *Tracker) compare(read Tables) map[Owner]*gap {
	gaps, rest := map[Owner]*gap{}, map[Owner]int{} // how many things of an owner were read
	for o := range read.things() {
		rest[o]++
	}
	for o, p := range t.want {
		if want := p.Compile(); rest[o] == want.len() && read.hold(want) {
			delete(rest, o)
		} else {
			gaps[o] = &gap{}
		}
	}
	for o, have := range read.of(func(o Owner) bool { return rest[o] > 0 }) {
		if gaps[o] == nil {
			gaps[o] = &gap{}
		}
		gaps[o].have = have
	}
	return gaps
}

// drift counts what differs between two haves, each known by its gaps.
func (t *Tracker) drift(had, has map[Owner]*gap) (n int) {
	have := func(gaps map[Owner]*gap, o Owner) Tables {
		if g := gaps[o]; g != nil {
			return compiled(g.have)
		}
		return t.Wants(o)
	}
	for o := range has {
		n += len(differences(have(had, o), have(has, o)))
	}
	for o := range had {
		if has[o] == nil {
			n += len(differences(have(had, o), have(has, o)))
		}
	}
	return n
}
