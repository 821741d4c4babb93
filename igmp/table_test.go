package igmp

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gmi is the Group Membership Interval of the default configuration, in seconds.
const gmi = 260

// hostOn makes a host that differs from others by port and number.
func hostOn(port uint32, number byte) Host {
	return Host{Switch: 1, Port: port, MAC: [6]byte{2, 0, 0, 0, 0, number}, Addr: netip.AddrFrom4([4]byte{10, 1, 0, number})}
}

// group is the multicast group with the given number.
func group(number int) netip.Addr {
	return netip.AddrFrom4([4]byte{239, 1, byte(number >> 8), byte(number)})
}

// v3 makes a report of records.
func v3(records ...Record) *ReportV3 { return &ReportV3{Records: records} }

// record makes a record whose sources are letters.
func record(typ RecordType, group netip.Addr, sources string) Record {
	return Record{Type: typ, Group: group, Sources: letters(sources)}
}

// report takes in m and wants no error.
func report(t *testing.T, table *Table, seconds int, host Host, m Message) []Change {
	t.Helper()
	changes, err := table.Report(at(seconds), host, m)
	require.NoError(t, err)
	checkTable(t, table)
	return changes
}

// checkTable checks the invariant of Table.
func checkTable(t require.TestingT, table *Table) {
	var ofHosts, ofLinks, hosts, asking int
	for key, p := range table.ports {
		require.Equal(t, key, p.key)
		hosts += len(p.hosts)
		for host, listener := range p.hosts {
			require.Equal(t, key, host.Key())
			require.Positive(t, listener.groups)
			require.Len(t, table.of(host), listener.groups)
			ofHosts += listener.groups
		}
		for g, l := range p.links {
			require.NotEmpty(t, l.members)
			require.Same(t, p, l.port)
			require.Equal(t, g, l.group)
			require.True(t, slices.IsSortedFunc(l.members, func(a, b *member) int { return a.host.Compare(b.host) }))
			ofLinks += len(l.members)
			for _, m := range l.members {
				require.Equal(t, g, m.group)
				require.Same(t, l, m.link)
				require.Same(t, p.hosts[m.host], m.listener)
				checkMember(t, table, m)
			}
			_, planned := table.asks.get(l)
			require.Equal(t, l.asking(), planned)
			if planned {
				asking++
			}
		}
	}
	require.Len(t, table.asks.heap, asking)
	require.Equal(t, table.count, ofHosts)
	require.Equal(t, table.count, ofLinks)
	require.Equal(t, table.hosts, hosts)
	require.Len(t, table.timers.heap, table.count)
}

func checkMember(t require.TestingT, table *Table, m *member) {
	require.False(t, m.state.none())
	if m.state.mode == Include {
		require.Empty(t, m.state.excluded)
		require.Zero(t, m.state.expires)
	}
	when, ok := table.timers.get(m)
	require.True(t, ok)
	require.Same(t, m, table.timers.heap[m.timer-1].key)
	require.Equal(t, m.state.next(), when)
}

func TestAllowAddsToWhatTheHostHas(t *testing.T) {
	table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
	report(t, table, 0, h, v3(record(AllowNewSources, g, "a")))
	changes := report(t, table, 1, h, v3(record(AllowNewSources, g, "b")))
	assert.Equal(t, []Change{{h, g, Including(letters("a")...), Including(letters("ab")...)}}, changes)
	assert.True(t, table.Get(h, g).Wants(letter('a')))
	assert.True(t, table.Get(h, g).Wants(letter('b')))
}

func TestExcludeIsAMembership(t *testing.T) {
	for _, typ := range []RecordType{ModeIsExclude, ChangeToExclude} {
		table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
		report(t, table, 0, h, v3(record(AllowNewSources, g, "b")))
		changes := report(t, table, 1, h, v3(record(typ, g, "a")))
		assert.Equal(t, []Change{{h, g, Including(letters("b")...), Excluding(letters("a")...)}}, changes)
		assert.Len(t, table.Listeners(g), 1)
		assert.False(t, table.Get(h, g).Wants(letter('a')))
		assert.True(t, table.Get(h, g).Wants(letter('b')))
		assert.True(t, table.Get(h, g).Wants(letter('z')))
	}
}

func TestLeaves(t *testing.T) {
	g := group(1)
	for name, leave := range map[string]Message{
		"TO_IN {}":               v3(record(ChangeToInclude, g, "")),
		"v2 leave":               &Leave{Group: g},
		"BLOCK of the last":      v3(record(BlockOldSources, g, "a")),
		"BLOCK of more":          v3(record(BlockOldSources, g, "abc")),
		"BLOCK in two records":   v3(record(BlockOldSources, g, "b"), record(BlockOldSources, g, "a")),
		"TO_EX {} then TO_IN {}": v3(record(ChangeToExclude, g, ""), record(ChangeToInclude, g, "")),
	} {
		t.Run(name, func(t *testing.T) {
			table, h := NewTable(DefaultConfig()), hostOn(1, 1)
			report(t, table, 0, h, v3(record(AllowNewSources, g, "a")))
			changes := report(t, table, 1, h, leave)
			assert.Equal(t, []Change{{Host: h, Group: g, Before: Including(letters("a")...)}}, changes)
			assert.Zero(t, table.Len())
			_, waiting := table.Next()
			assert.False(t, waiting)
			assert.Empty(t, report(t, table, 2, h, leave), "once more is nothing new")
		})
	}
}

func TestLeaveOfOneHostLeavesTheOthers(t *testing.T) {
	table, g := NewTable(DefaultConfig()), group(1)
	same, other := hostOn(1, 1), hostOn(1, 2) // on one port
	report(t, table, 0, same, v3(record(ChangeToExclude, g, "")))
	report(t, table, 0, other, v3(record(ChangeToExclude, g, "")))
	report(t, table, 1, same, v3(record(ChangeToInclude, g, "")))
	assert.True(t, table.Get(same, g).None(), "hosts of version 3 all speak for themselves")
	assert.Equal(t, Excluding(), table.Get(other, g))
	assert.Empty(t, table.Asks(at(1)))
}

func TestIsInAddsAndTheRestRunsOut(t *testing.T) {
	// An IS_IN may be the answer to another router's question about one source, or a part of a long list.
	table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
	report(t, table, 0, h, v3(record(ModeIsInclude, g, "ab")))
	assert.Empty(t, report(t, table, 100, h, v3(record(ModeIsInclude, g, "a"))))
	assert.Equal(t, Including(letters("ab")...), table.Get(h, g))

	assert.Empty(t, table.Expire(at(gmi-1)))
	assert.Equal(t, []Change{{h, g, Including(letters("ab")...), Including(letters("a")...)}}, table.Expire(at(gmi)))
	assert.Equal(t, []Change{{h, g, Including(letters("a")...), Filter{}}}, table.Expire(at(100+gmi)))
	checkTable(t, table)
}

func TestIsInOfExcludeKeepsTheMode(t *testing.T) {
	table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
	report(t, table, 0, h, v3(record(ModeIsExclude, g, "ab")))
	report(t, table, 10, h, v3(record(ModeIsInclude, g, "a")))
	assert.Equal(t, Excluding(letters("b")...), table.Get(h, g))
	assert.Equal(t, at(10+gmi), table.Of(h)[0].Expires)

	changes := table.Expire(at(gmi))
	assert.Equal(t, []Change{{h, g, Excluding(letters("b")...), Including(letters("a")...)}}, changes, "§6.5")
	assert.Equal(t, []Change{{h, g, Including(letters("a")...), Filter{}}}, table.Expire(at(10+gmi)))
}

func TestExpireWithoutReports(t *testing.T) {
	table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
	report(t, table, 0, h, &Report{V2, g})
	next, ok := table.Next()
	require.True(t, ok)
	assert.Equal(t, at(gmi), next)
	assert.Empty(t, table.Expire(next.Add(-time.Nanosecond)))
	assert.Equal(t, []Change{{Host: h, Group: g, Before: Excluding()}}, table.Expire(next))
	assert.Empty(t, table.Expire(next))
	_, ok = table.Next()
	assert.False(t, ok)
}

func TestReportsKeepAMembershipAlive(t *testing.T) {
	table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
	report(t, table, 0, h, v3(record(ChangeToExclude, g, "")))
	for now := 125; now < 3600; now += 125 {
		assert.Empty(t, table.Expire(at(now)))
		assert.Empty(t, report(t, table, now, h, v3(record(ModeIsExclude, g, ""))), "nothing new")
	}
	assert.Equal(t, at(0), table.Of(h)[0].Since)
}

func TestExpireIsOrdered(t *testing.T) {
	table := NewTable(DefaultConfig())
	for _, n := range []int{3, 1, 2} {
		for _, host := range []byte{2, 1} {
			report(t, table, n, hostOn(1, host), &Report{V2, group(n)})
		}
	}
	changes := table.Expire(at(1000))
	require.Len(t, changes, 6)
	for i, c := range changes {
		assert.Equal(t, group(1+i/2), c.Group)
		assert.Equal(t, hostOn(1, byte(1+i%2)), c.Host)
	}
}

func TestOneChangeForEachGroup(t *testing.T) {
	table, h := NewTable(DefaultConfig()), hostOn(1, 1)
	report(t, table, 0, h, v3(record(AllowNewSources, group(1), "a")))

	// A receiver that moves from one source to another says both in one report, in this order or the other.
	changes := report(t, table, 5, h, v3(
		record(AllowNewSources, group(2), "c"),
		record(BlockOldSources, group(1), "a"),
		record(AllowNewSources, group(1), "b"),
		record(AllowNewSources, group(3), "c"),
		record(ChangeToInclude, group(3), ""),
	))
	assert.Equal(t, []Change{
		{h, group(1), Including(letters("a")...), Including(letters("b")...)},
		{h, group(2), Filter{}, Including(letters("c")...)},
	}, changes)
	assert.Equal(t, at(0), table.Of(h)[0].Since, "it was a member all the time")
}

// TestCompatibilityModes has RFC 3376 §7.3.2: a host is heard by the rules of the oldest version in which it has
// reported, until its Host Present timer runs out.
func TestCompatibilityModes(t *testing.T) {
	table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
	version := func() Version { return table.Of(h)[0].Version }
	ignored := func() uint64 { return table.Counters().Refused(ReasonOlderHost) }

	report(t, table, 0, h, v3(record(ChangeToInclude, g, "a")))
	assert.Equal(t, V3, version())
	report(t, table, 1, h, &Report{V2, g})
	assert.Equal(t, V2, version())
	assert.Equal(t, Excluding(), table.Get(h, g), "version 2 cannot say less")

	assert.Empty(t, report(t, table, 2, h, v3(record(BlockOldSources, g, "a"))), "BLOCK is ignored")
	assert.Empty(t, report(t, table, 2, h, v3(record(ChangeToExclude, g, "a"))), "so is the list of TO_EX")
	assert.EqualValues(t, 1, ignored())
	assert.Len(t, report(t, table, 2, h, v3(record(ModeIsExclude, g, "a"))), 1, "IS_EX is not")
	report(t, table, 3, h, &Report{V1, g})
	assert.Equal(t, V1, version())
	assert.Empty(t, report(t, table, 4, h, &Leave{g}), "version 1 knows no leave")
	assert.Empty(t, report(t, table, 4, h, v3(record(ChangeToInclude, g, ""))), "nor TO_IN")
	assert.EqualValues(t, 3, ignored())

	report(t, table, 200, h, &Report{V2, g})
	assert.Equal(t, V1, version())
	report(t, table, 3+gmi, h, v3(record(ModeIsExclude, g, "")))
	assert.Equal(t, V2, version(), "the timer of version 1 has run out")
	report(t, table, 200+gmi, h, v3(record(BlockOldSources, g, "a")))
	assert.Equal(t, V3, version())
	assert.Equal(t, Excluding(letters("a")...), table.Get(h, g))
	report(t, table, 201+gmi, h, &Report{V2, g})
	report(t, table, 202+gmi, h, &Leave{g})
	assert.Zero(t, table.Len(), "the leave is the host's own")
	report(t, table, 203+gmi, h, v3(record(AllowNewSources, g, "a")))
	assert.Equal(t, V3, version(), "a membership begins anew")
}

func TestReportRefusesQueries(t *testing.T) {
	table := NewTable(DefaultConfig())
	for _, m := range []Message{&Query{Version: V3}, nil} {
		_, err := table.Report(at(0), hostOn(1, 1), m)
		assert.ErrorIs(t, err, ErrNotReport)
	}
}

func TestRecordsThatMakeNoSense(t *testing.T) {
	g := group(1)
	tests := []struct {
		record Record
		reason Reason
	}{
		{Record{Type: ModeIsExclude, Group: addr("10.0.0.1")}, ReasonBadGroup},
		{Record{Type: ModeIsExclude}, ReasonBadGroup},
		{Record{Type: ModeIsExclude, Group: addr("ff15::1")}, ReasonBadGroup},
		{Record{Type: ModeIsExclude, Group: addr("224.0.0.251")}, ReasonLinkLocal},
		{Record{Type: 0, Group: g}, ReasonUnknownType},
		{Record{Type: 7, Group: g}, ReasonUnknownType},
		{Record{Type: AllowNewSources, Group: g, Sources: addrs("10.0.0.1 0.0.0.0")}, ReasonBadSource},
		{Record{Type: AllowNewSources, Group: g, Sources: addrs("239.1.1.1")}, ReasonBadSource},
		{Record{Type: AllowNewSources, Group: g, Sources: addrs("fe80::1")}, ReasonBadSource},
	}
	for _, test := range tests {
		table, h := NewTable(DefaultConfig()), hostOn(1, 1)
		changes := report(t, table, 0, h, v3(test.record, record(AllowNewSources, group(2), "a")))
		assert.Equal(t, []Change{{h, group(2), Filter{}, Including(letters("a")...)}}, changes)
		for _, r := range Reasons() {
			want := uint64(0)
			if r == test.reason {
				want = 1
			}
			assert.Equal(t, want, table.Counters().Refused(r), "%v: %v", test.record, r)
		}
		assert.EqualValues(t, 1, table.Counters().Accepted)
	}
}

func TestLimits(t *testing.T) {
	one := record(ChangeToExclude, group(9), "")
	tests := []struct {
		name   string
		limit  func(*Config)
		first  func(t *testing.T, table *Table)
		host   Host
		record Record
		reason Reason
	}{
		{
			"hosts", func(c *Config) { c.MaxHosts = 2 },
			func(t *testing.T, table *Table) {
				report(t, table, 0, hostOn(1, 1), v3(one))
				report(t, table, 0, hostOn(2, 2), v3(one))
			},
			hostOn(3, 3), one, ReasonHosts,
		},
		{
			"hosts on a port", func(c *Config) { c.MaxHostsPerPort = 2 },
			func(t *testing.T, table *Table) {
				report(t, table, 0, hostOn(1, 1), v3(one))
				report(t, table, 0, hostOn(1, 2), v3(one))
			},
			hostOn(1, 3), one, ReasonHostsPerPort,
		},
		{
			"groups of a host", func(c *Config) { c.MaxGroupsPerHost = 2 },
			func(t *testing.T, table *Table) {
				report(t, table, 0, hostOn(1, 1), v3(record(ChangeToExclude, group(1), ""), record(ChangeToExclude, group(2), "")))
			},
			hostOn(1, 1), one, ReasonGroupsPerHost,
		},
		{
			"memberships", func(c *Config) { c.MaxMemberships = 2 },
			func(t *testing.T, table *Table) {
				report(t, table, 0, hostOn(1, 1), v3(record(ChangeToExclude, group(1), ""), record(ChangeToExclude, group(2), "")))
			},
			hostOn(2, 2), one, ReasonMemberships,
		},
		{
			"sources of a new group", func(c *Config) { c.MaxSourcesPerGroup = 2 }, func(*testing.T, *Table) {},
			hostOn(1, 1), record(AllowNewSources, group(9), "abc"), ReasonSourcesPerGroup,
		},
		{
			"sources added", func(c *Config) { c.MaxSourcesPerGroup = 2 },
			func(t *testing.T, table *Table) {
				report(t, table, 0, hostOn(1, 1), v3(record(AllowNewSources, group(9), "ab")))
			},
			hostOn(1, 1), record(AllowNewSources, group(9), "c"), ReasonSourcesPerGroup,
		},
		{
			"sources excluded", func(c *Config) { c.MaxSourcesPerGroup = 2 },
			func(t *testing.T, table *Table) {
				report(t, table, 0, hostOn(1, 1), v3(record(ChangeToExclude, group(9), "ab")))
			},
			hostOn(1, 1), record(BlockOldSources, group(9), "c"), ReasonSourcesPerGroup,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := DefaultConfig()
			test.limit(&c)
			require.NoError(t, c.Validate())
			table := NewTable(c)
			test.first(t, table)
			before, accepted := table.All(), table.Counters().Accepted

			changes, err := table.Report(at(1), test.host, v3(test.record))
			var limit *LimitError
			require.ErrorAs(t, err, &limit)
			assert.Equal(t, test.host, limit.Host)
			assert.Equal(t, []Refusal{{test.record.Type, test.record.Group, test.reason}}, limit.Refused)
			assert.ErrorContains(t, err, "limit of "+test.reason.String())
			assert.Empty(t, changes)
			assert.Equal(t, before, table.All(), "nothing is left behind")
			assert.Equal(t, accepted, table.Counters().Accepted)
			assert.EqualValues(t, 1, table.Counters().Refused(test.reason))
			checkTable(t, table)
		})
	}
}

func TestLimitLetsTheOtherRecordsThrough(t *testing.T) {
	c := DefaultConfig()
	c.MaxGroupsPerHost, c.MaxSourcesPerGroup = 2, 2
	table, h := NewTable(c), hostOn(1, 1)
	changes, err := table.Report(at(0), h, v3(
		record(AllowNewSources, group(1), "abc"),
		record(AllowNewSources, group(2), "aab"), // a source named twice counts once
		record(AllowNewSources, group(3), "a"),
		record(AllowNewSources, group(4), "a"),
	))
	assert.EqualError(t, err, "igmp: refuse ALLOW_NEW_SOURCES of 239.1.0.1 from 0000000000000001:1 "+
		"02:00:00:00:00:01 10.1.0.1: limit of sources_per_group reached, and 1 more")
	assert.Equal(t, []Change{
		{h, group(2), Filter{}, Including(letters("ab")...)},
		{h, group(3), Filter{}, Including(letters("a")...)},
	}, changes)

	// At the limit a host can still change what it has, and exchange one group for another.
	changes = report(t, table, 1, h, v3(
		record(AllowNewSources, group(2), "b"),
		record(ChangeToInclude, group(3), ""),
		record(AllowNewSources, group(4), "a"),
	))
	assert.Len(t, changes, 2)
}

func TestLowerLimitLetsHostsShrink(t *testing.T) {
	c := DefaultConfig()
	c.MaxSourcesPerGroup = 1
	table, h, g := NewTable(c), hostOn(1, 1), group(1)
	// As after a restart with a lower limit.
	table.put(&member{host: h, group: g}, include("a900 b900 c900"))
	changes := report(t, table, 1, h, v3(record(BlockOldSources, g, "a")))
	assert.Equal(t, Including(letters("bc")...), changes[0].After)
	report(t, table, 1, h, v3(record(AllowNewSources, g, "b")))
	_, err := table.Report(at(1), h, v3(record(AllowNewSources, g, "d")))
	assert.Error(t, err)
}

func TestListings(t *testing.T) {
	table := NewTable(DefaultConfig())
	a, b, c := hostOn(1, 1), hostOn(1, 2), hostOn(2, 1)
	for i, h := range []Host{c, a, b} {
		report(t, table, i, h, v3(record(ChangeToExclude, group(2), ""), record(AllowNewSources, group(1), "a")))
	}
	hosts := func(all []Membership) []Host {
		var hosts []Host
		for _, m := range all {
			hosts = append(hosts, m.Host)
		}
		return hosts
	}
	assert.Equal(t, []Host{a, b, c}, hosts(table.Listeners(group(2))))
	assert.Equal(t, []Host{a, b, c, a, b, c}, hosts(table.All()))
	assert.Equal(t, group(2), table.All()[3].Group)
	assert.Equal(t, []Membership{
		{b, group(1), Including(letters("a")...), at(2), at(2 + gmi), V3},
		{b, group(2), Excluding(), at(2), at(2 + gmi), V3},
	}, table.Of(b))
	assert.Empty(t, table.Of(hostOn(9, 9)))
	assert.Empty(t, table.Listeners(group(9)))
	assert.Equal(t, 6, table.Len())
	assert.Equal(t, 3, table.Hosts())
}

func TestForget(t *testing.T) {
	table := NewTable(DefaultConfig())
	a, b, c := hostOn(1, 1), hostOn(1, 2), hostOn(2, 1)
	for _, h := range []Host{a, b, c} {
		report(t, table, 0, h, v3(record(ChangeToExclude, group(2), ""), record(AllowNewSources, group(1), "a")))
	}
	assert.Equal(t, []Change{
		{a, group(1), Including(letters("a")...), Filter{}},
		{a, group(2), Excluding(), Filter{}},
	}, table.Forget(a))
	checkTable(t, table)
	assert.Empty(t, table.Forget(a))

	report(t, table, 0, a, &Report{V2, group(3)})
	changes := table.ForgetPort(1, 1)
	checkTable(t, table)
	require.Len(t, changes, 3)
	assert.Equal(t, []Host{b, b, a}, []Host{changes[0].Host, changes[1].Host, changes[2].Host})
	assert.Empty(t, table.ForgetPort(1, 1))
	assert.Len(t, table.Of(c), 2, "the other port stays")
}

func TestRestore(t *testing.T) {
	old := NewTable(DefaultConfig())
	report(t, old, 0, hostOn(1, 1), v3(record(AllowNewSources, group(1), "ab"), record(ChangeToExclude, group(2), "c")))
	report(t, old, 10, hostOn(2, 2), &Report{V2, group(1)})

	table := NewTable(DefaultConfig())
	for _, m := range old.All() {
		require.NoError(t, table.Restore(m))
	}
	checkTable(t, table)
	assert.Equal(t, old.All(), table.All())
	assert.Equal(t, old.Expire(at(gmi)), table.Expire(at(gmi)))

	t.Run("the host's own words are newer", func(t *testing.T) {
		table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
		report(t, table, 0, h, v3(record(AllowNewSources, g, "a")))
		require.NoError(t, table.Restore(Membership{Host: h, Group: g, Filter: Excluding(), Expires: at(999)}))
		assert.Equal(t, Including(letters("a")...), table.Get(h, g))
	})
	t.Run("run out meanwhile", func(t *testing.T) {
		table := NewTable(DefaultConfig())
		require.NoError(t, table.Restore(Membership{Host: hostOn(1, 1), Group: group(1), Filter: Excluding(), Expires: at(1)}))
		assert.Len(t, table.Expire(at(2)), 1)
	})
	t.Run("not a membership", func(t *testing.T) {
		table := NewTable(DefaultConfig())
		require.NoError(t, table.Restore(Membership{Host: hostOn(1, 1), Group: group(1)}))
		checkTable(t, table)
		assert.Zero(t, table.Len())
	})
	t.Run("no sense", func(t *testing.T) {
		err := NewTable(DefaultConfig()).Restore(Membership{Host: hostOn(1, 1), Group: addr("10.0.0.1"), Filter: Excluding()})
		assert.ErrorContains(t, err, "bad_group")
	})
	t.Run("limit", func(t *testing.T) {
		c := DefaultConfig()
		c.MaxMemberships = 1
		table := NewTable(c)
		require.NoError(t, table.Restore(Membership{Host: hostOn(1, 1), Group: group(1), Filter: Excluding(), Expires: at(1)}))
		var limit *LimitError
		require.ErrorAs(t, table.Restore(Membership{Host: hostOn(1, 1), Group: group(2), Filter: Excluding(), Expires: at(1)}), &limit)
		assert.Equal(t, ReasonMemberships, limit.Refused[0].Reason)
	})
}

func TestHostCompare(t *testing.T) {
	base := hostOn(2, 2)
	bigger := []Host{base, base, base, base}
	bigger[0].Switch++
	bigger[1].Port++
	bigger[2].MAC[0]++
	bigger[3].Addr = bigger[3].Addr.Next()
	assert.Zero(t, base.Compare(base))
	for _, h := range bigger {
		assert.Negative(t, base.Compare(h))
		assert.Positive(t, h.Compare(base))
	}
}

func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Reasons() {
		assert.NotContains(t, r.String(), "reason_", "every reason has a name")
		seen[r.String()] = true
		assert.Equal(t, r <= ReasonHostRate, r.Limit())
	}
	assert.Len(t, seen, int(numReasons))
	assert.Zero(t, Counters{}.Refused(numReasons))
}

// fill makes a table of hosts with count groups each and no limits in the way.
func fill(tb testing.TB, hosts, count int) *Table {
	c := DefaultConfig()
	c.MaxGroupsPerHost, c.MaxGroupsPerPort, c.MaxMemberships = count+1, count+1, hosts*count+1
	c.PortRate, c.PortBurst, c.HostRate, c.HostBurst = count+4, count+4, count+4, count+4
	table := NewTable(c)
	for h := range hosts {
		for g := range count {
			_, err := table.Report(at(0), hostOn(uint32(h+1), 1), &Report{V2, group(g)})
			require.NoError(tb, err)
		}
	}
	return table
}

// TestCostDoesNotGrow counts allocations, which a busy machine does not disturb. BenchmarkReport has the time.
func TestCostDoesNotGrow(t *testing.T) {
	cost := func(groups int) float64 {
		table, h := fill(t, 1, groups), hostOn(1, 1)
		now := 0
		return testing.AllocsPerRun(100, func() {
			now++
			_, _ = table.Report(at(now), h, v3(record(BlockOldSources, group(7), "ab")))
			_, _ = table.Report(at(now), h, v3(record(AllowNewSources, group(7), "ab")))
			_, _ = table.Report(at(now), h, &Leave{group(7)})
			_, _ = table.Report(at(now), h, &Report{V2, group(7)})
		})
	}
	assert.InDelta(t, cost(10), cost(20000), 2)
}

func BenchmarkReport(b *testing.B) {
	for _, groups := range []int{10, 1000, 50000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			table, h := fill(b, 1, groups), hostOn(1, 1)
			join, leave := &Report{V2, group(7)}, &Leave{group(7)}
			now := 0
			for b.Loop() {
				now++
				_, _ = table.Report(at(now), h, leave)
				_, _ = table.Report(at(now), h, join)
			}
		})
	}
}
