package igmp

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// memberKey names a membership.
type memberKey struct {
	host  Host
	group netip.Addr
}

// sourceCount is how many sources the property tests know: the letters from a on.
const sourceCount = 5

// wish is the oracle of one host and group: no sets, but one answer for every source. It says again, in other
// words than state does, what the table of the package documentation says.
type wish struct {
	allUntil time.Time              // all sources but those blocked; zero: only those named
	named    [sourceCount]time.Time // asked for by name until then; zero: not
	blocked  [sourceCount]bool      // not wanted though allUntil runs
	v2Until  time.Time              // heard by the rules of version 2 until then
}

// oracle is host → group → wish. Nothing in it is ordered or indexed.
type oracle map[Host]map[netip.Addr]*wish

func (o oracle) wish(h Host, g netip.Addr) *wish {
	if o[h] == nil {
		o[h] = map[netip.Addr]*wish{}
	}
	if o[h][g] == nil {
		o[h][g] = &wish{}
	}
	return o[h][g]
}

func (w *wish) hear(typ RecordType, sources []int, now, until time.Time) {
	if w.v2Until.After(now) {
		switch typ {
		case BlockOldSources:
			return
		case ChangeToExclude:
			sources = nil
		}
	}
	switch typ {
	case ModeIsExclude, ChangeToExclude:
		*w = wish{allUntil: until, v2Until: w.v2Until}
	case ChangeToInclude:
		*w = wish{v2Until: w.v2Until}
	}
	for _, s := range sources {
		switch typ {
		case ModeIsExclude, ChangeToExclude:
			w.blocked[s] = true
		case BlockOldSources:
			w.named[s] = time.Time{}
			w.blocked[s] = !w.allUntil.IsZero()
		default:
			w.named[s] = until
			w.blocked[s] = false
		}
	}
}

func (w *wish) expire(now time.Time) {
	if w.allUntil.After(now) {
		return
	}
	w.allUntil, w.blocked = time.Time{}, [sourceCount]bool{}
	for s, when := range w.named {
		if !when.After(now) {
			w.named[s] = time.Time{}
		}
	}
	w.end()
}

// end forgets the version of a host that wants nothing any more.
func (w *wish) end() {
	if w.filter().None() {
		w.v2Until = time.Time{}
	}
}

func (w *wish) filter() Filter {
	var listed []netip.Addr
	for s := range sourceCount {
		if w.allUntil.IsZero() && !w.named[s].IsZero() || !w.allUntil.IsZero() && w.blocked[s] {
			listed = append(listed, letter('a'+rune(s)))
		}
	}
	if w.allUntil.IsZero() {
		return Including(listed...)
	}
	return Excluding(listed...)
}

// next is the earliest timer that is of consequence.
func (w *wish) next() (first time.Time) {
	if !w.allUntil.IsZero() {
		return w.allUntil
	}
	for _, when := range w.named {
		if !when.IsZero() && (first.IsZero() || when.Before(first)) {
			first = when
		}
	}
	return first
}

// filters are all memberships of the oracle.
func (o oracle) filters() map[memberKey]Filter {
	all := map[memberKey]Filter{}
	for h, groups := range o {
		for g, w := range groups {
			if f := w.filter(); !f.None() {
				all[memberKey{h, g}] = f
			}
		}
	}
	return all
}

// machine runs a table beside the oracle.
type machine struct {
	table  *Table
	oracle oracle
	now    time.Time
	seen   map[memberKey]Filter // what the changes so far add up to
}

// follow adds changes up and wants that each starts where the last one ended, in order.
func (m *machine) follow(t *rapid.T, changes []Change) {
	require.True(t, slices.IsSortedFunc(changes, Change.Compare))
	for i, c := range changes {
		if i > 0 {
			require.NotZero(t, c.Compare(changes[i-1]), "two changes of one membership")
		}
		key := memberKey{c.Host, c.Group}
		require.Equal(t, m.seen[key], c.Before)
		require.False(t, c.Before.Equal(c.After), "a change that changes nothing")
		m.seen[key] = c.After
		if c.After.None() {
			delete(m.seen, key)
		}
	}
}

var (
	hostGen = rapid.Custom(func(t *rapid.T) Host {
		n := rapid.ByteRange(1, 4).Draw(t, "host") // alone on its port: nobody can be hidden behind it
		return hostOn(uint32(n), n)
	})
	groupGen   = rapid.Map(rapid.IntRange(1, 3), group)
	sourcesGen = rapid.SliceOfN(rapid.IntRange(0, sourceCount-1), 0, 4)
	typeGen    = rapid.Map(rapid.Uint8Range(1, 6), func(n uint8) RecordType { return RecordType(n) })
)

// until is when a timer started now runs out.
func (m *machine) until() time.Time { return m.now.Add(m.table.config.GroupMembershipInterval()) }

func (m *machine) reportV3(t *rapid.T) {
	h := hostGen.Draw(t, "host")
	var records []Record
	for range rapid.IntRange(0, 3).Draw(t, "records") {
		typ, g, sources := typeGen.Draw(t, "type"), groupGen.Draw(t, "group"), sourcesGen.Draw(t, "sources")
		r := Record{Type: typ, Group: g}
		for _, s := range sources {
			r.Sources = append(r.Sources, letter('a'+rune(s)))
		}
		records = append(records, r)
		m.oracle.wish(h, g).hear(typ, sources, m.now, m.until())
	}
	for _, r := range records {
		m.oracle.wish(h, r.Group).end()
	}
	m.say(t, h, &ReportV3{Records: records})
}

func (m *machine) reportV2(t *rapid.T) {
	h, g := hostGen.Draw(t, "host"), groupGen.Draw(t, "group")
	w := m.oracle.wish(h, g)
	w.hear(ModeIsExclude, nil, m.now, m.until())
	w.v2Until = m.until()
	m.say(t, h, &Report{Version: V2, Group: g})
}

func (m *machine) leave(t *rapid.T) {
	h, g := hostGen.Draw(t, "host"), groupGen.Draw(t, "group")
	w := m.oracle.wish(h, g)
	w.hear(ChangeToInclude, nil, m.now, m.until())
	w.end()
	m.say(t, h, &Leave{Group: g})
}

// say takes the message the way that real ones go, over the wire.
func (m *machine) say(t *rapid.T, h Host, message Message) {
	b, err := Append(nil, message)
	require.NoError(t, err)
	message, err = Parse(b)
	require.NoError(t, err)
	changes, err := m.table.Report(m.now, h, message)
	require.NoError(t, err)
	m.follow(t, changes)
}

func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "seconds")) * time.Second)
}

func (m *machine) expire(t *rapid.T) {
	for _, groups := range m.oracle {
		for _, w := range groups {
			w.expire(m.now)
		}
	}
	m.follow(t, m.table.Expire(m.now))
}

func (m *machine) expireAtNext(t *rapid.T) {
	if next, ok := m.table.Next(); ok && next.After(m.now) {
		m.now = next
		before := m.table.Len()
		m.expire(t)
		require.LessOrEqual(t, m.table.Len(), before)
	}
}

func (m *machine) forget(t *rapid.T) {
	h := hostGen.Draw(t, "host")
	delete(m.oracle, h)
	m.follow(t, m.table.Forget(h))
}

func (m *machine) forgetPort(t *rapid.T) {
	port := rapid.Uint32Range(1, 4).Draw(t, "port")
	for h := range m.oracle {
		if h.Port == port {
			delete(m.oracle, h)
		}
	}
	m.follow(t, m.table.ForgetPort(1, port))
}

// check compares all that can be asked.
func (m *machine) check(t *rapid.T) {
	checkTable(t, m.table)
	want := m.oracle.filters()
	require.Equal(t, want, m.seen, "the changes add up")
	have := map[memberKey]Filter{}
	for _, membership := range m.table.All() {
		have[memberKey{membership.Host, membership.Group}] = membership.Filter
	}
	require.Equal(t, want, have)

	var first time.Time
	for h, groups := range m.oracle {
		for g, w := range groups {
			require.Equal(t, w.filter(), m.table.Get(h, g))
			for s := range sourceCount {
				wanted := !w.allUntil.IsZero() && !w.blocked[s] || w.allUntil.IsZero() && !w.named[s].IsZero()
				require.Equal(t, wanted, m.table.Get(h, g).Wants(letter('a'+rune(s))))
			}
			require.Equal(t, !w.allUntil.IsZero(), m.table.Get(h, g).Wants(addr("192.0.2.1")), "a source nobody named")
			if next := w.next(); !next.IsZero() && (first.IsZero() || next.Before(first)) {
				first = next
			}
		}
	}
	next, ok := m.table.Next()
	require.Equal(t, !first.IsZero(), ok)
	require.Equal(t, first, next)
}

func TestTableAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{table: NewTable(DefaultConfig()), oracle: oracle{}, now: epoch, seen: map[memberKey]Filter{}}
		t.Repeat(map[string]func(*rapid.T){
			"reportV3":     m.reportV3,
			"reportV3bis":  m.reportV3,
			"reportV2":     m.reportV2,
			"leave":        m.leave,
			"wait":         m.wait,
			"expire":       m.expire,
			"expireAtNext": m.expireAtNext,
			"forget":       m.forget,
			"forgetPort":   m.forgetPort,
			"":             m.check,
		})
	})
}

// TestTableStaysWithinLimits sends anything to a small table. A refused record must leave no trace, and the same
// calls to a second table must give the same results.
func TestTableStaysWithinLimits(t *testing.T) {
	c := DefaultConfig()
	c.MaxHosts, c.MaxHostsPerPort, c.MaxGroupsPerHost, c.MaxSourcesPerGroup, c.MaxMemberships = 3, 1, 2, 2, 4
	rapid.Check(t, func(t *rapid.T) {
		table, twin, now := NewTable(c), NewTable(c), 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now += rapid.IntRange(0, 100).Draw(t, "seconds")
			h := hostOn(rapid.Uint32Range(1, 4).Draw(t, "port"), rapid.ByteRange(1, 2).Draw(t, "host"))
			r := Record{Type: typeGen.Draw(t, "type"), Group: groupGen.Draw(t, "group")}
			for _, s := range sourcesGen.Draw(t, "sources") {
				r.Sources = append(r.Sources, letter('a'+rune(s)))
			}
			before := fmt.Sprint(table.All())
			changes, err := table.Report(at(now), h, v3(r))
			twinChanges, twinErr := twin.Report(at(now), h, v3(r))
			require.Equal(t, changes, twinChanges)
			require.Equal(t, err, twinErr)
			if err != nil {
				require.Empty(t, changes)
				require.Equal(t, before, fmt.Sprint(table.All()))
			}
			checkTable(t, table)
			checkLimits(t, table)
			require.Equal(t, table.Expire(at(now)), twin.Expire(at(now)))
			require.Equal(t, table.All(), twin.All())
		}
	})
}

func checkLimits(t require.TestingT, table *Table) {
	c := table.config
	require.LessOrEqual(t, table.Len(), c.MaxMemberships)
	require.LessOrEqual(t, table.Hosts(), c.MaxHosts)
	for _, p := range table.ports {
		for _, host := range p.hosts {
			require.LessOrEqual(t, host.groups, c.MaxGroupsPerHost)
		}
		for _, l := range p.links {
			for _, m := range l.members {
				require.LessOrEqual(t, m.state.size(), c.MaxSourcesPerGroup)
			}
		}
		require.LessOrEqual(t, len(p.hosts), c.MaxHostsPerPort)
		require.LessOrEqual(t, len(p.links), c.MaxGroupsPerPort)
	}
}
