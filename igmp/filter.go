package igmp

import (
	"fmt"
	"net/netip"
	"slices"
)

// Mode says how a source list is meant (RFC 3376 §2).
type Mode uint8

const (
	Include Mode = 0 // only the sources listed
	Exclude Mode = 1 // all sources but those listed
)

// String gives "INCLUDE" or "EXCLUDE".
func (m Mode) String() string {
	switch m {
	case Include:
		return "INCLUDE"
	case Exclude:
		return "EXCLUDE"
	}
	return fmt.Sprintf("MODE_%d", uint8(m))
}

// Filter is what one host wants of one group (RFC 3376 §2). The zero value, INCLUDE {}, wants nothing: it is
// no membership. EXCLUDE {} wants every source.
type Filter struct {
	Mode Mode
	// Sources are in order, each once. They may be shared with other filters: do not modify them.
	Sources []netip.Addr
}

// Including makes the filter that wants exactly sources, given in any order.
func Including(sources ...netip.Addr) Filter {
	return Filter{Mode: Include, Sources: sortedSet(sources)}
}

// Excluding makes the filter that wants all but sources, given in any order.
func Excluding(sources ...netip.Addr) Filter {
	return Filter{Mode: Exclude, Sources: sortedSet(sources)}
}

// None tells whether f wants nothing.
func (f Filter) None() bool { return f.Mode == Include && len(f.Sources) == 0 }

// Wants tells whether f wants packets from source.
func (f Filter) Wants(source netip.Addr) bool {
	_, listed := slices.BinarySearchFunc(f.Sources, source, netip.Addr.Compare)
	return listed == (f.Mode == Include)
}

// Equal tells whether f and g want the same.
func (f Filter) Equal(g Filter) bool {
	return f.Mode == g.Mode && slices.Equal(f.Sources, g.Sources)
}

// String gives, for example, "INCLUDE {10.0.0.1 10.0.0.2}" or "EXCLUDE {}".
func (f Filter) String() string { return f.Mode.String() + " " + joinSources(f.Sources) }

// sortedSet copies addrs in order, each once. It gives nil for none.
func sortedSet(addrs []netip.Addr) []netip.Addr {
	if len(addrs) == 0 {
		return nil
	}
	set := slices.Clone(addrs)
	slices.SortFunc(set, netip.Addr.Compare)
	return slices.Compact(set)
}
