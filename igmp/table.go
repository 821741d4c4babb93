package igmp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Table is who listens to what. It is for one goroutine.
//
// Invariant: a member is in all of members, byHost, byGroup, byPort and timers, or in none; it is in them
// exactly if its state is a membership. No map in the maps is empty.
type Table struct {
	config   Config
	members  map[memberKey]*member
	byHost   map[Host]map[netip.Addr]*member
	byGroup  map[netip.Addr]map[Host]*member
	byPort   map[PortKey]map[Host]struct{}
	timers   deadlines[*member]
	counters Counters
}

// NewTable makes an empty table. config should be good by [Config.Validate]; with one that is not, limits
// below 1 refuse everything.
func NewTable(config Config) *Table {
	return &Table{
		config:  config,
		members: make(map[memberKey]*member),
		byHost:  make(map[Host]map[netip.Addr]*member),
		byGroup: make(map[netip.Addr]map[Host]*member),
		byPort:  make(map[PortKey]map[Host]struct{}),
		timers:  newDeadlines[*member](),
	}
}

// Len is the number of memberships.
func (t *Table) Len() int { return len(t.members) }

// Hosts is the number of hosts with a membership.
func (t *Table) Hosts() int { return len(t.byHost) }

// Counters gives the counts so far.
func (t *Table) Counters() Counters { return t.counters }

// Get is what host wants of group.
func (t *Table) Get(host Host, group netip.Addr) Filter {
	if m, ok := t.members[memberKey{host, group}]; ok {
		return m.state.filter()
	}
	return Filter{}
}

// Membership is that host listens to group; false: it does not.
func (t *Table) Membership(host Host, group netip.Addr) (Membership, bool) {
	if m, ok := t.members[memberKey{host, group}]; ok {
		return m.export(), true
	}
	return Membership{}, false
}

// Listeners lists who listens to any source of group, ordered by host.
func (t *Table) Listeners(group netip.Addr) []Membership { return exportAll(t.byGroup[group]) }

// Of lists what host listens to, ordered by group.
func (t *Table) Of(host Host) []Membership { return exportAll(t.byHost[host]) }

// All lists every membership, ordered by group and host.
func (t *Table) All() []Membership { return exportAll(t.members) }

// Next is when the earliest timer runs out, which is when Expire has something to do. False: there is none.
func (t *Table) Next() (time.Time, bool) {
	_, at, ok := t.timers.first()
	return at, ok
}

// Expire ends what no report has kept alive until now (RFC 3376 §6.3, §6.5). Changes are ordered by group and
// host.
func (t *Table) Expire(now time.Time) []Change {
	var changes []Change
	for {
		m, ok := t.timers.due(now)
		if !ok {
			break
		}
		before := m.state.filter()
		t.put(m, m.state.expire(now))
		changes = append(changes, Change{Host: m.host, Group: m.group, Before: before, After: m.state.filter()})
	}
	slices.SortFunc(changes, Change.Compare)
	return changes
}

// Forget ends all memberships of host, for example because it has moved. Changes are ordered by group.
func (t *Table) Forget(host Host) []Change {
	changes := t.forget(nil, host)
	slices.SortFunc(changes, Change.Compare)
	return changes
}

// ForgetPort ends all memberships of the hosts on a port, for example because its link went down. Changes are
// ordered by group and host.
func (t *Table) ForgetPort(switchID uint64, port uint32) []Change {
	var changes []Change
	for host := range t.byPort[PortKey{Switch: switchID, Port: port}] {
		changes = t.forget(changes, host)
	}
	slices.SortFunc(changes, Change.Compare)
	return changes
}

// forget ends all memberships of host and adds the changes in no order.
func (t *Table) forget(changes []Change, host Host) []Change {
	for _, m := range t.byHost[host] {
		changes = append(changes, Change{Host: host, Group: m.group, Before: m.state.filter()})
		t.put(m, state{})
	}
	return changes
}

// Restore puts back a membership remembered from before a restart. Each of its timers runs until m.Expires,
// so a membership that has run out meanwhile goes with the next Expire; a caller that wants to ask the host
// first sets a later time. What the host has said since is newer: if the host is already a member of the
// group, nothing happens. A zero Version counts as V3.
//
// The error is a *[LimitError], or says which part of m makes no sense.
func (t *Table) Restore(m Membership) error {
	key := memberKey{m.Host, m.Group}
	if _, heard := t.members[key]; heard {
		return nil
	}
	record := Record{Type: ChangeToInclude, Group: m.Group, Sources: sortedSet(m.Filter.Sources)}
	if m.Filter.Mode == Exclude {
		record.Type = ChangeToExclude
	}
	if reason, ok := checkRecord(record); !ok {
		return fmt.Errorf("igmp: restore %v of %v: %v", m.Group, m.Host, reason)
	}
	want := state{}.apply(record.Type, record.Sources, m.Expires)
	if reason, ok := t.admit(m.Host, state{}, want); !ok {
		return &LimitError{Host: m.Host, Refused: []Refusal{{record.Type, m.Group, reason}}}
	}
	if m.Version == 0 {
		m.Version = V3
	}
	t.put(&member{memberKey: key, since: m.Since, version: m.Version}, want)
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
	if _, ok := t.members[m.memberKey]; ok {
		return
	}
	t.members[m.memberKey] = m
	insert(t.byHost, m.host, m.group, m)
	insert(t.byGroup, m.group, m.host, m)
	insert(t.byPort, m.host.Key(), m.host, struct{}{})
}

// unlink takes m out of the indexes; it need not be there.
func (t *Table) unlink(m *member) {
	t.timers.remove(m)
	delete(t.members, m.memberKey)
	remove(t.byHost, m.host, m.group)
	remove(t.byGroup, m.group, m.host)
	if _, member := t.byHost[m.host]; !member {
		remove(t.byPort, m.host.Key(), m.host)
	}
}

// insert puts value into the map of outer, which it makes if need be.
func insert[O, I comparable, V any](index map[O]map[I]V, outer O, inner I, value V) {
	if index[outer] == nil {
		index[outer] = make(map[I]V)
	}
	index[outer][inner] = value
}

// remove takes inner out of the map of outer, and that map away when it is empty.
func remove[O, I comparable, V any](index map[O]map[I]V, outer O, inner I) {
	delete(index[outer], inner)
	if len(index[outer]) == 0 {
		delete(index, outer)
	}
}
