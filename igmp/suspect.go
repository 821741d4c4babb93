package igmp

import (
	"net/netip"
	"time"
)

// question is what is to be asked about a group before something of it ends (RFC 3376 §6.4.2).
type question struct {
	group   bool         // Send Q(G)
	sources []netip.Addr // Send Q(G,A); in order, each once
}

// none tells whether there is nothing to ask.
func (q question) none() bool { return !q.group && len(q.sources) == 0 }

// applyAsking gives the state after a record that takes something away, on a port where others may want it who were
// not heard, and what to ask there. It is the table of RFC 3376 §6.4.2 to the letter (RFC 3810 §7.4.2): what is asked
// about stays until the timers run out that ask starts. Records that take nothing away, and current-state records,
// which say all that their host wants, go by apply.
func (s state) applyAsking(typ RecordType, sources []netip.Addr, until time.Time) (state, question) {
	switch {
	case typ == BlockOldSources && s.mode == Include:
		return s, question{sources: among(sources, s.requested)}
	case typ == BlockOldSources:
		asked := minus(sources, s.excluded)
		return state{mode: Exclude, requested: s.named(asked, s.expires), excluded: s.excluded, expires: s.expires},
			question{sources: asked}
	case typ == ChangeToExclude && s.mode == Include:
		asked := among(sources, s.requested)
		return state{mode: Exclude, requested: only(s.requested, sources), excluded: minus(sources, asked), expires: until},
			question{sources: asked}
	case typ == ChangeToExclude:
		asked := minus(sources, s.excluded)
		kept := state{requested: only(s.requested, asked)}
		return state{mode: Exclude, requested: kept.named(asked, s.expires), excluded: minus(sources, asked), expires: until},
			question{sources: asked}
	case typ == ChangeToInclude:
		gone := minus(sourcesOf(s.requested), sources)
		s.requested = refresh(s.requested, sources, until)
		s.excluded = minus(s.excluded, sources)
		return s, question{group: s.mode == Exclude, sources: gone}
	}
	return s.apply(typ, sources, until), question{}
}

// named gives what is asked for by name, with those of sources that are not there yet, whose timers run until
// until.
func (s state) named(sources []netip.Addr, until time.Time) []timed {
	return refresh(s.requested, minus(sources, sourcesOf(s.requested)), until)
}

// ask lowers the timers of what is asked about to until, and leaves in the question what that shortens: the rest is
// being asked about already (RFC 3376 §6.6.3.1, §6.6.3.2).
func (s state) ask(q question, until time.Time) (state, question) {
	var asked question
	if q.group && s.mode == Exclude && s.expires.After(until) {
		s.expires, asked.group = until, true
	}
	lowered := make([]timed, len(s.requested))
	for i, t := range s.requested {
		if contains(q.sources, t.source) && t.expires.After(until) {
			t.expires = until
			asked.sources = append(asked.sources, t.source)
		}
		lowered[i] = t
	}
	s.requested = lowered
	return s, asked
}
