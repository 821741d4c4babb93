package sim

import (
	"hash/fnv"
	"slices"
	"time"

	"crosspoint/openflow"
)

// group is one group with its counters (OpenFlow 1.3.5 §5.6).
type group struct {
	desc    openflow.GroupDesc
	sets    []actionSet // of the buckets
	created time.Time
	count   counter
	buckets []counter
}

// groupMod adds, changes or deletes a group (OpenFlow 1.3.5 §6.5). Deleting one that is not there is no error.
func (s *Switch) groupMod(r *run, m *openflow.GroupMod) *openflow.ErrorMsg {
	have := s.groups[m.Group]
	switch m.Command {
	case openflow.GroupDelete:
		s.deleteGroups(r, m.Group)
		return nil
	case openflow.GroupAdd:
		if have != nil {
			return refuse(openflow.ErrGroupModFailed, openflow.CodeGroupModGroupExists)
		}
		if len(s.groups) >= maxGroups {
			return refuse(openflow.ErrGroupModFailed, openflow.CodeGroupModOutOfGroups)
		}
	case openflow.GroupModify:
		if have == nil {
			return refuse(openflow.ErrGroupModFailed, openflow.CodeGroupModUnknownGroup)
		}
	default:
		return refuse(openflow.ErrGroupModFailed, openflow.CodeGroupModCommand)
	}
	if refused := s.checkGroup(m); refused != nil {
		return refused
	}
	g := newGroup(r.now, m)
	if have != nil {
		g.created = have.created
	}
	s.groups[m.Group] = g
	return nil
}

// newGroup makes the group; the buckets' actions are an action set each. Counters start at zero, also after a modify, as in Open vSwitch.
func newGroup(now time.Time, m *openflow.GroupMod) *group {
	g := &group{
		desc:    openflow.GroupDesc{GroupType: m.GroupType, Group: m.Group, Buckets: slices.Clone(m.Buckets)},
		sets:    make([]actionSet, len(m.Buckets)),
		created: now,
		buckets: make([]counter, len(m.Buckets)),
	}
	for i, b := range m.Buckets {
		g.sets[i].merge(b.Actions)
	}
	return g
}

// checkGroup refuses what Open vSwitch refuses.
func (s *Switch) checkGroup(m *openflow.GroupMod) *openflow.ErrorMsg {
	failed := func(c openflow.ErrorCode) *openflow.ErrorMsg { return refuse(openflow.ErrGroupModFailed, c) }
	switch {
	case m.Group > openflow.GroupMax:
		return failed(openflow.CodeGroupModInvalidGroup)
	case m.GroupType > openflow.GroupTypeFF:
		return failed(openflow.CodeGroupModType)
	case len(m.Buckets) > maxBuckets:
		return failed(openflow.CodeGroupModOutOfBuckets)
	case m.GroupType == openflow.GroupTypeIndirect && len(m.Buckets) != 1:
		return failed(openflow.CodeGroupModInvalidGroup)
	}
	for _, b := range m.Buckets {
		watched := b.WatchPort != openflow.PortAny || b.WatchGroup != openflow.GroupAny
		switch {
		case b.Weight != 0 && m.GroupType != openflow.GroupTypeSelect:
			return failed(openflow.CodeGroupModInvalidGroup)
		case watched && (m.GroupType == openflow.GroupTypeAll || m.GroupType == openflow.GroupTypeIndirect):
			return failed(openflow.CodeGroupModWatchUnsupported)
		case !watched && m.GroupType == openflow.GroupTypeFF:
			return failed(openflow.CodeGroupModInvalidGroup)
		}
		if s.reaches(b.Actions, m.Group, 0) {
			return failed(openflow.CodeGroupModLoop)
		}
		if refused := s.checkActions(nil, b.Actions); refused != nil {
			return refused
		}
	}
	return nil
}

// reaches tells whether actions lead to a group, through other groups too. Chains deeper than maxDepth count as loops.
func (s *Switch) reaches(list []openflow.Action, target openflow.GroupID, depth int) bool {
	for _, a := range list {
		use, ok := a.(openflow.ApplyGroup)
		if !ok {
			continue
		}
		if use.Group == target || depth >= maxDepth {
			return true
		}
		next := s.groups[use.Group]
		if next == nil {
			continue
		}
		for _, b := range next.desc.Buckets {
			if s.reaches(b.Actions, target, depth+1) {
				return true
			}
		}
	}
	return false
}

// deleteGroups deletes one group or all, and with each the flows that use it (OpenFlow 1.3.5 §6.5).
func (s *Switch) deleteGroups(r *run, id openflow.GroupID) {
	doomed := []openflow.GroupID{id}
	if id == openflow.GroupAll {
		doomed = sortedKeys(s.groups)
	}
	for _, id := range doomed {
		if s.groups[id] == nil {
			continue
		}
		if s.users.groups[id] > 0 {
			s.dropFlows(r, openflow.RemovedGroupDelete, func(e *entry) bool { return e.do.uses(id) })
		}
		delete(s.groups, id)
	}
}

// group has a group treat the packet: each bucket works on a copy of its own.
func (r *run) group(p *packet, id openflow.GroupID) {
	g := r.s.groups[id]
	if g == nil || r.depth >= maxDepth {
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	g.count.add(len(p.frame))
	p.owned = false
	if g.desc.GroupType == openflow.GroupTypeAll {
		for i := range g.sets {
			r.bucket(p, g, i)
		}
		return
	}
	if i, ok := r.pick(p, g); ok {
		r.bucket(p, g, i)
	}
}

func (r *run) bucket(p *packet, g *group, i int) {
	g.buckets[i].add(len(p.frame))
	branch := *p
	r.execute(&branch, &g.sets[i])
}

// pick chooses the one bucket of a group that has one do the work.
func (r *run) pick(p *packet, g *group) (int, bool) {
	if g.desc.GroupType == openflow.GroupTypeSelect {
		return r.pickByWeight(p, g)
	}
	for i, b := range g.desc.Buckets {
		if g.desc.GroupType == openflow.GroupTypeIndirect || r.s.live(b, 0) {
			return i, true
		}
	}
	return 0, false
}

// pickByWeight spreads flows over live buckets by their addresses and ports; packets of one flow stay together.
func (r *run) pickByWeight(p *packet, g *group) (int, bool) {
	total := uint64(0)
	for _, b := range g.desc.Buckets {
		if r.s.selectable(b) {
			total += uint64(b.Weight)
		}
	}
	if total == 0 {
		return 0, false
	}
	h := fnv.New64a()
	h.Write(p.key[offEthDst : offSCTPDst+2])
	h.Write(p.key[offIP6Src : offIP6Dst+16])
	at := h.Sum64() % total
	for i, b := range g.desc.Buckets {
		if !r.s.selectable(b) {
			continue
		}
		if at < uint64(b.Weight) {
			return i, true
		}
		at -= uint64(b.Weight)
	}
	return 0, false
}

// selectable tells whether a bucket of a select group takes part: one that watches nothing always does.
func (s *Switch) selectable(b openflow.Bucket) bool {
	return b.WatchPort == openflow.PortAny && b.WatchGroup == openflow.GroupAny || s.live(b, 0)
}

// live tells whether what a bucket watches is alive (OpenFlow 1.3.5 §6.5).
func (s *Switch) live(b openflow.Bucket, depth int) bool {
	if p := s.ports[b.WatchPort]; p != nil && p.live() {
		return true
	}
	g := s.groups[b.WatchGroup]
	if g == nil || depth >= maxDepth {
		return false
	}
	return slices.ContainsFunc(g.desc.Buckets, func(b openflow.Bucket) bool { return s.live(b, depth+1) })
}
