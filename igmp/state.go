package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// timed is a source that is wanted until its timer runs out (RFC 3376 §6.2.3).
type timed struct {
	source  netip.Addr
	expires time.Time
}

// state is what one host wants of one group, with its timers: INCLUDE (A) or EXCLUDE (X,Y) of RFC 3376 §6.2.1
// with a single listener. It is a value: apply and expire give a new state and leave the slices of the old.
// The zero value is INCLUDE ({}).
type state struct {
	mode      Mode
	requested []timed      // INCLUDE: A; EXCLUDE: X. In order of source, each once
	excluded  []netip.Addr // EXCLUDE: Y. In order, each once, none of them in requested
	expires   time.Time    // EXCLUDE: the group timer (§6.2.2)
}

// apply gives the state after a record of the given type. sources are in order, each once. until is when the
// timers that the record starts will run out. The table that this is stands in the package documentation.
//
// A type that is none of the six changes nothing (§4.2.12).
func (s state) apply(typ RecordType, sources []netip.Addr, until time.Time) state {
	switch typ {
	case ModeIsExclude, ChangeToExclude:
		return state{mode: Exclude, excluded: sources, expires: until}
	case ChangeToInclude:
		return state{mode: Include, requested: refresh(nil, sources, until)}
	case ModeIsInclude, AllowNewSources:
		s.requested = refresh(s.requested, sources, until)
		s.excluded = minus(s.excluded, sources)
	case BlockOldSources:
		s.requested = withdraw(s.requested, sources)
		if s.mode == Exclude {
			s.excluded = union(s.excluded, sources)
		}
	}
	return s
}

// expire gives the state at now: sources whose timer has run out are gone, and when the group timer has run
// out, EXCLUDE becomes INCLUDE of the sources that were asked for by name (RFC 3376 §6.5). While it runs, what was
// asked for by name until a question went unanswered is excluded (§6.3).
func (s state) expire(now time.Time) state {
	gone := func(t timed) bool { return !running(t.expires, now) }
	left := slices.DeleteFunc(slices.Clone(s.requested), gone)
	if s.mode == Include || !running(s.expires, now) {
		return state{mode: Include, requested: left}
	}
	if len(left) < len(s.requested) {
		s.excluded = union(s.excluded, minus(sourcesOf(s.requested), sourcesOf(left)))
		s.requested = left
	}
	return s
}

// running tells whether a timer has time left. One that runs out at now has not.
func running(expires, now time.Time) bool { return expires.After(now) }

// next is when the earliest timer runs out. A state without a membership has none.
func (s state) next() time.Time {
	first := s.expires
	for _, t := range s.requested {
		if first.IsZero() || t.expires.Before(first) {
			first = t.expires
		}
	}
	return first
}

// last is when the membership ends if nothing more is heard. The zero time if there is none.
func (s state) last() time.Time {
	last := s.expires
	for _, t := range s.requested {
		if t.expires.After(last) {
			last = t.expires
		}
	}
	return last
}

// none tells whether the state is no membership.
func (s state) none() bool { return s.mode == Include && len(s.requested) == 0 }

// size is the number of sources that the state holds.
func (s state) size() int { return len(s.requested) + len(s.excluded) }

// filter is what the state says to the outside.
func (s state) filter() Filter {
	if s.mode == Exclude {
		return Filter{Mode: Exclude, Sources: s.excluded}
	}
	if len(s.requested) == 0 {
		return Filter{}
	}
	return Filter{Mode: Include, Sources: sourcesOf(s.requested)}
}

// wants tells whether the host wants packets from source.
func (s state) wants(source netip.Addr) bool {
	if s.mode == Exclude {
		return !contains(s.excluded, source)
	}
	_, named := slices.BinarySearchFunc(s.requested, source, compareSource)
	return named
}

// sameFilter tells whether s and other say the same to the outside.
func (s state) sameFilter(other state) bool {
	if s.mode != other.mode {
		return false
	}
	if s.mode == Exclude {
		return slices.Equal(s.excluded, other.excluded)
	}
	return slices.EqualFunc(s.requested, other.requested, func(a, b timed) bool { return a.source == b.source })
}
