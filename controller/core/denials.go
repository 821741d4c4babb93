package core

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"crosspoint/topology"
)

// denialLog remembers denials, the same one once, up to a limit; the one not seen for longest makes room. No Denial is ever changed.
type denialLog struct {
	limit   int
	entries map[denialKey]*Denial
	shown   []*Denial // what list gave; nil: something changed since
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
func (l *denialLog) add(d Denial) (isNew bool) {
	key := denialKey{d.Kind, d.MAC, d.Addr, d.At, d.Group, d.Reason}
	l.shown = nil
	old, known := l.entries[key]
	if known {
		d.Count += old.Count
		d.Endpoint, d.First = old.Endpoint, old.First
	} else if len(l.entries) >= l.limit {
		l.evict()
	}
	l.entries[key] = &d
	return !known
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

// list gives all denials, the newest first. It must not be changed.
func (l *denialLog) list() []*Denial {
	if l.shown == nil {
		l.shown = slices.SortedFunc(maps.Values(l.entries), func(a, b *Denial) int {
			return cmp.Or(b.Last.Compare(a.Last), compareDenials(*a, *b))
		})
	}
	return l.shown
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
func (s *State) deny(d Denial) {
	if s.denials.add(d) {
		what := []string{"mac", d.MAC.String(), "address", d.Addr.String(), "port", s.portName(d.At), "reason", d.Reason}
		if d.Group.IsValid() {
			what = append(what, "group", d.Group.String())
		}
		s.note(true, true, string(d.Kind)+" denied", what...)
	}
}
