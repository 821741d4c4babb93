package igmp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Table is who listens to what, of IPv4 by IGMP and of IPv6 by MLD. It is for one goroutine.
//
// Invariant: a member is in the link of its port and group, counted by its host, and in timers, or none of these; it is
// exactly if its state is a membership. No host is without a group, no link without a member. A link is in asks
// exactly if a query about it is still to be sent.
type Table struct {
	config   Config
	count    int               // of members
	hosts    int               // with a membership
	ports    map[PortKey]*port // as many as were heard of, until ForgetPort; the caller knows which exist
	timers   deadlines[*member]
	asks     deadlines[*link]
	counters Counters
	reports  uint64    // how many were taken in
	now      time.Time // when the last was, or Expire was called
}

// listener is a host with a membership.
type listener struct {
	groups int // that it is a member of
	bucket bucket
}

// NewTable makes an empty table. config should be good by [Config.Validate]; with one that is not, limits
// below 1 refuse everything.
func NewTable(config Config) *Table {
	return &Table{
		config: config,
		ports:  make(map[PortKey]*port),
	}
}

// SetTiming gives a port a timing of its own, by which timers run that start from now on.
func (t *Table) SetTiming(key PortKey, timing Timing) { t.port(key).timing = &timing }

// timing is that of a port.
func (t *Table) timing(p *port) Timing {
	if p.timing != nil {
		return *p.timing
	}
	return t.config.Timing
}

// port finds what is known of a port, or begins to know it.
func (t *Table) port(key PortKey) *port {
	p := t.ports[key]
	if p == nil {
		p = &port{key: key, hosts: make(map[Host]*listener), links: make(map[netip.Addr]*link)}
		t.ports[key] = p
	}
	return p
}

// Len is the number of memberships.
func (t *Table) Len() int { return t.count }

// find gives the membership of a host in a group; nil: none.
func (t *Table) find(host Host, group netip.Addr) *member {
	if p := t.ports[host.Key()]; p != nil {
		return p.find(host, group)
	}
	return nil
}

// Hosts is the number of hosts with a membership.
func (t *Table) Hosts() int { return t.hosts }

// Counters gives the counts so far.
func (t *Table) Counters() Counters { return t.counters }

// Get is what host wants of group.
func (t *Table) Get(host Host, group netip.Addr) Filter {
	if m := t.find(host, group); m != nil {
		return m.state.filter()
	}
	return Filter{}
}

// Version is that by whose rules host is heard about group; 0 when it is no member.
func (t *Table) Version(host Host, group netip.Addr) Version {
	if m := t.find(host, group); m != nil {
		return m.mode(t.now)
	}
	return 0
}

// Wanted tells whether any host with a MAC on a port wants source of group, whatever its own address is: reports of
// MLD come from link-local addresses, which say nothing of the others that an interface has. See Wants for one host.
func (t *Table) Wanted(key PortKey, mac [6]byte, group, source netip.Addr) bool {
	p := t.ports[key]
	if p == nil || p.links[group] == nil {
		return false
	}
	return slices.ContainsFunc(p.links[group].members, func(m *member) bool {
		return m.host.MAC == mac && m.state.wants(source)
	})
}

// Wants tells whether host wants source of group.
func (t *Table) Wants(host Host, group, source netip.Addr) bool {
	m := t.find(host, group)
	return m != nil && m.state.wants(source)
}

// Membership is that host listens to group; false: it does not.
func (t *Table) Membership(host Host, group netip.Addr) (Membership, bool) {
	if m := t.find(host, group); m != nil {
		return m.export(t.now), true
	}
	return Membership{}, false
}

// Listeners lists who listens to any source of group, ordered by host.
func (t *Table) Listeners(group netip.Addr) []Membership {
	all := []Membership{}
	for _, p := range t.ports {
		if l := p.links[group]; l != nil {
			for _, m := range l.members {
				all = append(all, m.export(t.now))
			}
		}
	}
	return inOrder(all)
}

// Of lists what host listens to, ordered by group.
func (t *Table) Of(host Host) []Membership {
	all := []Membership{}
	for _, m := range t.of(host) {
		all = append(all, m.export(t.now))
	}
	return inOrder(all)
}

// of finds the memberships of host, in no order. Nothing lists them by host, so it looks through all groups of the port.
func (t *Table) of(host Host) (all []*member) {
	p := t.ports[host.Key()]
	if p == nil || p.hosts[host] == nil {
		return nil
	}
	for _, l := range p.links {
		if m := l.find(host); m != nil {
			all = append(all, m)
		}
	}
	return all
}

// All lists every membership, ordered by group and host.
func (t *Table) All() []Membership {
	all := make([]Membership, 0, t.count)
	for _, p := range t.ports {
		for _, l := range p.links {
			for _, m := range l.members {
				all = append(all, m.export(t.now))
			}
		}
	}
	return inOrder(all)
}

// Next is when Expire or Asks has something to do. False: never, by what is known now.
func (t *Table) Next() (time.Time, bool) {
	_, expires, member := t.timers.first()
	_, ask, asking := t.asks.first()
	if asking && (!member || ask.Before(expires)) {
		return ask, true
	}
	return expires, member
}

// Expire ends what no report has kept alive until now (RFC 3376 §6.3, §6.5). Changes are ordered by group and
// host.
func (t *Table) Expire(now time.Time) []Change {
	t.now = now
	var changes []Change
	for {
		m, ok := t.timers.due(now)
		if !ok {
			break
		}
		before := m.state
		t.put(m, before.expire(now))
		changes = append(changes, Change{Host: m.host, Group: m.group, Before: before.filter(), After: m.state.filter()})
	}
	slices.SortFunc(changes, Change.Compare)
	return changes
}

// Forget ends all memberships of host, for example because it has moved. Changes are ordered by group.
func (t *Table) Forget(host Host) []Change {
	return t.forget(t.of(host))
}

// ForgetPort ends all memberships of the hosts on a port, and forgets its timing, for example because it is gone.
// Changes are ordered by group and host.
func (t *Table) ForgetPort(switchID uint64, port uint32) []Change {
	key := PortKey{Switch: switchID, Port: port}
	p := t.ports[key]
	if p == nil {
		return nil
	}
	var all []*member
	for _, l := range p.links {
		all = append(all, l.members...)
	}
	delete(t.ports, key)
	return t.forget(all)
}

// forget ends memberships.
func (t *Table) forget(all []*member) []Change {
	var changes []Change
	for _, m := range all {
		changes = append(changes, Change{Host: m.host, Group: m.group, Before: m.state.filter()})
		t.put(m, state{})
	}
	slices.SortFunc(changes, Change.Compare)
	return changes
}

// Restore puts back a membership remembered from before a restart. Each of its timers runs until m.Expires,
// so a membership that has run out meanwhile goes with the next Expire; a caller that wants to ask the host
// first sets a later time. What the host has said since is newer: if the host is already a member of the
// group, nothing happens. An older Version counts as heard when the membership was; any other is the newest.
//
// The error is a *[LimitError], or says which part of m makes no sense.
func (t *Table) Restore(m Membership) error {
	if t.find(m.Host, m.Group) != nil {
		return nil
	}
	record := Record{Type: ChangeToInclude, Group: m.Group, Sources: sortedSet(m.Filter.Sources)}
	if m.Filter.Mode == Exclude {
		record.Type = ChangeToExclude
	}
	reason, ok := checkRecord(newest(m.Group), record)
	if reason == ReasonSourceSpecific && !ok {
		return nil // a report of it would be ignored today
	}
	if !ok {
		return fmt.Errorf("igmp: restore %v of %v: %v", m.Group, m.Host, reason)
	}
	p := t.port(m.Host.Key())
	fresh := &member{host: m.Host, group: m.Group, since: m.Since}
	want := state{}.apply(record.Type, record.Sources, m.Expires)
	if reason, ok := t.admit(p, fresh, want); !ok {
		return &LimitError{Host: m.Host, Refused: []Refusal{{record.Type, m.Group, reason}}}
	}
	if m.Version.older() && sameFamily(m.Version, m.Group) {
		fresh.heard(m.Version, m.Expires)
		p.part(m.Version.MLD()).older.heard(m.Host.MAC, m.Expires)
	}
	t.put(fresh, want)
	return nil
}

// put makes want the state of m and the indexes agree with it.
func (t *Table) put(m *member, want state) {
	m.state = want
	if want.none() {
		t.unlink(m)
		return
	}
	t.link(m)
	t.timers.set(m, want.next())
}

// link puts m into the indexes; it may be there already.
func (t *Table) link(m *member) {
	if m.link != nil {
		return
	}
	t.count++
	p := t.port(m.host.Key())
	h := p.hosts[m.host]
	if h == nil {
		h = &listener{}
		p.hosts[m.host] = h
		t.hosts++
	}
	h.groups++
	l := p.links[m.group]
	if l == nil {
		l = &link{port: p, group: m.group}
		p.links[m.group] = l
	}
	l.add(m)
	m.link, m.listener = l, h
}

// unlink takes m out of the indexes; it need not be there.
func (t *Table) unlink(m *member) {
	l, h := m.link, m.listener
	if l == nil {
		return
	}
	m.link, m.listener = nil, nil
	t.count--
	t.timers.remove(m)
	if h.groups--; h.groups == 0 {
		delete(l.port.hosts, m.host)
		t.hosts--
	}
	if l.drop(m); len(l.members) == 0 {
		delete(l.port.links, m.group)
		t.asks.remove(l)
	}
}
