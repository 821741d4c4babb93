package core

import (
	"net/netip"
	"slices"

	"crosspoint/topology"
)

// denialLog remembers denials, the same one once, up to a limit; the one not seen for longest makes room.
type denialLog struct {
	limit   int
	entries map[denialKey]*Denial
}

// denialKey is what makes two denials the same: who, where, what, why.
type denialKey struct {
	kind   DenialKind
	mac    topology.MAC
	addr   netip.Addr
	at     topology.PortRef
	group  netip.Addr
	reason string
}

func newDenialLog(limit int) *denialLog {
	return &denialLog{limit: limit, entries: map[denialKey]*Denial{}}
}

// add counts a denial and reports whether it is a new one.
func (l *denialLog) add(d Denial) (*Denial, bool) {
	key := denialKey{d.Kind, d.MAC, d.Addr, d.At, d.Group, d.Reason}
	if old, ok := l.entries[key]; ok {
		old.Count += d.Count
		old.Last, old.Sources = d.Last, d.Sources
		return old, false
	}
	if len(l.entries) >= l.limit {
		l.evict()
	}
	l.entries[key] = &d
	return &d, true
}

func (l *denialLog) evict() {
	var oldest denialKey
	var found *Denial
	for k, d := range l.entries {
		if found == nil || d.Last.Before(found.Last) || d.Last.Equal(found.Last) && compareDenials(*d, *found) < 0 {
			oldest, found = k, d
		}
	}
	delete(l.entries, oldest)
}

// list gives all denials, the newest first.
func (l *denialLog) list() []Denial {
	out := make([]Denial, 0, len(l.entries))
	for _, d := range l.entries {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Denial) int {
		if c := b.Last.Compare(a.Last); c != 0 {
			return c
		}
		return compareDenials(a, b)
	})
	return out
}

func compareDenials(a, b Denial) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if c := slices.Compare(a.MAC[:], b.MAC[:]); c != 0 {
		return c
	}
	if c := a.Addr.Compare(b.Addr); c != 0 {
		return c
	}
	if c := a.Group.Compare(b.Group); c != 0 {
		return c
	}
	return slices.Compare([]byte(string(a.Kind)+a.Reason), []byte(string(b.Kind)+b.Reason))
}

// denyHost records a registered endpoint that is not what or where it was said to be.
func (s *State) denyHost(mac topology.MAC, addr netip.Addr, reason string) {
	d := Denial{Kind: DeniedHost, MAC: mac, Addr: addr, Reason: reason, Count: 1, First: s.now, Last: s.now}
	if e := s.byAddr[addr]; e != nil {
		d.Endpoint = e.ID
	}
	if seen, ok := s.hosts.ByAddr(addr); ok {
		d.At, d.MAC = seen.At, seen.MAC
	}
	s.deny(d)
}

// deny counts a denial; a new one goes to the audit log.
func (s *State) deny(d Denial) *Denial {
	entry, isNew := s.denials.add(d)
	if isNew {
		what := []string{"mac", d.MAC.String(), "address", d.Addr.String(), "port", s.portName(d.At), "reason", d.Reason}
		if d.Group.IsValid() {
			what = append(what, "group", d.Group.String())
		}
		s.note(true, true, string(d.Kind)+" denied", what...)
	}
	return entry
}
