package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// The sets here are slices in order, each element once. No function changes its arguments.

// union gives a+b.
func union(a, b []netip.Addr) []netip.Addr {
	return sortedSet(slices.Concat(a, b))
}

// minus gives a-b, nil if nothing is left.
func minus(a, b []netip.Addr) []netip.Addr {
	var left []netip.Addr
	for _, addr := range a {
		if !contains(b, addr) {
			left = append(left, addr)
		}
	}
	return left
}

// contains tells whether addr is in set.
func contains(set []netip.Addr, addr netip.Addr) bool {
	_, found := slices.BinarySearchFunc(set, addr, netip.Addr.Compare)
	return found
}

// refresh gives have+sources, where the timers of sources run until until.
func refresh(have []timed, sources []netip.Addr, until time.Time) []timed {
	if len(sources) == 0 {
		return have
	}
	all := withdraw(have, sources)
	for _, s := range sources {
		all = append(all, timed{source: s, expires: until})
	}
	slices.SortFunc(all, func(a, b timed) int { return a.source.Compare(b.source) })
	return all
}

// sourcesOf gives the sources without their timers, nil for none.
func sourcesOf(all []timed) []netip.Addr {
	if len(all) == 0 {
		return nil
	}
	sources := make([]netip.Addr, len(all))
	for i, t := range all {
		sources[i] = t.source
	}
	return sources
}

// among gives those of sources that are in have.
func among(sources []netip.Addr, have []timed) []netip.Addr {
	var both []netip.Addr
	for _, s := range sources {
		if _, found := slices.BinarySearchFunc(have, s, compareSource); found {
			both = append(both, s)
		}
	}
	return both
}

// only gives a fresh copy of those of have that are in sources.
func only(have []timed, sources []netip.Addr) []timed {
	return slices.DeleteFunc(slices.Clone(have), func(t timed) bool { return !contains(sources, t.source) })
}

// compareSource orders a source with its timer and one without.
func compareSource(t timed, source netip.Addr) int { return t.source.Compare(source) }

// withdraw gives a fresh copy of have-sources.
func withdraw(have []timed, sources []netip.Addr) []timed {
	left := make([]timed, 0, len(have)+len(sources))
	for _, t := range have {
		if !contains(sources, t.source) {
			left = append(left, t)
		}
	}
	return left
}
