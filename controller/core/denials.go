package core

import (
	"cmp"
	"container/list"
	"net/netip"
	"slices"

	"crosspoint/topology"
)

// denialLog remembers denials, the same one once, up to a limit. Of the port with the most of them the one not seen for longest makes room, so that a
// host that makes things up pushes out nothing but its own port's. No Denial is ever changed.
type denialLog struct {
	limit   int
	entries map[denialKey]denialPlace
	recent  *list.List                      // of *Denial, the one seen last at the end
	ports   map[topology.PortRef]*list.List // the same, by port
	shown   []*Denial                       // what list gave; nil: something changed since
}

// denialPlace is where a denial is, among all and among those of its port.
type denialPlace struct{ all, own *list.Element }

// denialKey is what makes two denials the same: who, where, what, why.
type denialKey struct {
	kind   DenialKind
	mac    topology.MAC
	addr   netip.Addr
	at     topology.PortRef
	group  netip.Addr
	reason string
}

func keyOfDenial(d *Denial) denialKey {
	return denialKey{d.Kind, d.MAC, d.Addr, d.At, d.Group, d.Reason}
}

func newDenialLog(limit int) *denialLog {
	return &denialLog{limit: limit, entries: map[denialKey]denialPlace{}, recent: list.New(), ports: map[topology.PortRef]*list.List{}}
}

// add counts a denial and reports whether it is a new one.
func (l *denialLog) add(d Denial) (isNew bool) {
	key := keyOfDenial(&d)
	l.shown = nil
	if at, known := l.entries[key]; known {
		old := at.all.Value.(*Denial)
		d.Count += old.Count
		d.Endpoint, d.First = old.Endpoint, old.First
		at.all.Value, at.own.Value = &d, &d
		l.recent.MoveToBack(at.all)
		l.ports[d.At].MoveToBack(at.own)
		return false
	}
	if len(l.entries) >= l.limit {
		l.evict()
	}
	if l.ports[d.At] == nil {
		l.ports[d.At] = list.New()
	}
	l.entries[key] = denialPlace{l.recent.PushBack(&d), l.ports[d.At].PushBack(&d)}
	return true
}

// evict makes room. Of ports with equally many the first loses one.
func (l *denialLog) evict() {
	var most *list.List
	var at topology.PortRef
	for port, of := range l.ports {
		if most == nil || of.Len() > most.Len() || of.Len() == most.Len() && port.Compare(at) < 0 {
			at, most = port, of
		}
	}
	key := keyOfDenial(most.Remove(most.Front()).(*Denial))
	l.recent.Remove(l.entries[key].all)
	delete(l.entries, key)
	if most.Len() == 0 {
		delete(l.ports, at)
	}
}

// list gives all denials, the newest first. It must not be changed.
func (l *denialLog) list() []*Denial {
	if l.shown == nil {
		l.shown = make([]*Denial, 0, len(l.entries))
		for e := l.recent.Back(); e != nil; e = e.Prev() { // nearly in order, so that sorting is no work
			l.shown = append(l.shown, e.Value.(*Denial))
		}
		slices.SortFunc(l.shown, func(a, b *Denial) int { return cmp.Or(b.Last.Compare(a.Last), compareDenials(*a, *b)) })
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
