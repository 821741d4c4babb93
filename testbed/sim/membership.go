package sim

import (
	"net/netip"
	"slices"
)

// membership is what a host wants of one group: the merged state of its sockets (RFC 3376 §3.2).
type membership struct {
	any     bool                // some socket wants every source …
	exclude map[netip.Addr]bool // … but these
	include map[netip.Addr]bool // sources that were asked for by name
	ports   map[uint16]bool     // UDP ports on which a socket reads

	modeLeft   int                // state-change reports of the filter mode still to be sent
	sourceLeft map[netip.Addr]int // and of single sources
	repeating  bool
	answer     *groupAnswer // to a group-specific query, scheduled
	v2Timer    *groupAnswer // to a query in IGMPv2, scheduled
	reporter   bool         // it was this host that reported the group last, in IGMPv1 or v2
}

// groupAnswer is a scheduled answer to a query.
type groupAnswer struct{ sources map[netip.Addr]bool } // empty: for the whole group

func newMembership() *membership {
	return &membership{
		exclude: map[netip.Addr]bool{}, include: map[netip.Addr]bool{},
		ports: map[uint16]bool{}, sourceLeft: map[netip.Addr]int{},
	}
}

// sourceFilter is a filter mode and its sources, sorted.
type sourceFilter struct {
	exclude bool
	sources []netip.Addr
}

// filter is the interface state: what some socket asks for by name is not excluded (RFC 3376 §3.2).
func (m *membership) filter() sourceFilter {
	f := sourceFilter{exclude: m.any}
	from := m.include
	if m.any {
		from = m.exclude
	}
	for s := range from {
		if !m.any || !m.include[s] {
			f.sources = append(f.sources, s)
		}
	}
	slices.SortFunc(f.sources, netip.Addr.Compare)
	return f
}

// wants tells whether packets of a source are wanted.
func (f *sourceFilter) wants(source netip.Addr) bool {
	return slices.Contains(f.sources, source) != f.exclude
}

// empty tells that nothing is wanted: the host is no member.
func (f *sourceFilter) empty() bool { return !f.exclude && len(f.sources) == 0 }

// idle tells that nothing is wanted and nothing is left to be said.
func (m *membership) idle() bool {
	f := m.filter()
	return f.empty() && m.modeLeft == 0 && len(m.sourceLeft) == 0
}

// changed notes what must be reported after a change (RFC 3376 §5.1).
func (m *membership) changed(before, after sourceFilter, robustness int) (any bool) {
	if before.exclude != after.exclude {
		m.modeLeft = robustness
		clear(m.sourceLeft)
		return true
	}
	for _, s := range slices.Concat(before.sources, after.sources) {
		if before.wants(s) != after.wants(s) {
			m.sourceLeft[s] = robustness
			any = true
		}
	}
	return any
}

// report takes the next state-change records (RFC 3376 §5.1): the filter mode first, and once it is said, single sources.
func (m *membership) report(g netip.Addr) []groupRecord {
	f := m.filter()
	if m.modeLeft > 0 {
		m.modeLeft--
		kind := byte(changeToInclude)
		if f.exclude {
			kind = changeToExclude
		}
		return []groupRecord{{kind, g, f.sources}}
	}
	var allow, block []netip.Addr
	for s := range m.sourceLeft {
		if f.wants(s) {
			allow = append(allow, s)
		} else {
			block = append(block, s)
		}
		if m.sourceLeft[s]--; m.sourceLeft[s] == 0 {
			delete(m.sourceLeft, s)
		}
	}
	var out []groupRecord
	if len(allow) > 0 {
		slices.SortFunc(allow, netip.Addr.Compare)
		out = append(out, groupRecord{allowNewSources, g, allow})
	}
	if len(block) > 0 {
		slices.SortFunc(block, netip.Addr.Compare)
		out = append(out, groupRecord{blockOldSources, g, block})
	}
	return out
}

// current answers a query (RFC 3376 §5.2): the whole state, or which of the asked sources are wanted.
func (m *membership) current(g netip.Addr, asked map[netip.Addr]bool) []groupRecord {
	f := m.filter()
	if f.empty() {
		return nil
	}
	if len(asked) == 0 {
		kind := byte(modeIsInclude)
		if f.exclude {
			kind = modeIsExclude
		}
		return []groupRecord{{kind, g, f.sources}}
	}
	var wanted []netip.Addr
	for s := range asked {
		if f.wants(s) {
			wanted = append(wanted, s)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	slices.SortFunc(wanted, netip.Addr.Compare)
	return []groupRecord{{modeIsInclude, g, wanted}}
}
