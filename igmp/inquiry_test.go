package igmp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// foreign is another querier on port 1 of the tests' switch.
func foreign(obeyed bool) OtherQuerier {
	return OtherQuerier{Port: port1, Addr: addr("10.0.0.9"), Obeyed: obeyed, Timing: DefaultTiming()}
}

// TestHostsUnderAnOlderQuerier has two hosts that were heard in version 3 and that a querier of an older version makes speak that (RFC 3376 §7.2.1, RFC
// 3810 §8.2.1): one is always slower with its answers, and keeps silent. It lives on with all it wants, for as long as the other answers.
func TestHostsUnderAnOlderQuerier(t *testing.T) {
	for _, mld := range []bool{false, true} {
		wants := map[string]Record{
			"the whole group": {Type: ChangeToExclude},
			"two sources":     {Type: AllowNewSources, Sources: letters("ab")},
			"all but one":     {Type: ChangeToExclude, Sources: letters("a")},
		}
		g, older, makeReport := group(1), V2, v3
		if mld {
			g, older, makeReport = addr("ff15::1"), MLDv1, mldv2
		}
		for name, r := range wants {
			t.Run(older.String()+", "+name, func(t *testing.T) {
				r.Group = g
				if mld && len(r.Sources) > 0 {
					r.Sources = addrs("2001:db8::1 2001:db8::2")[:len(r.Sources)]
				}
				table, silent, loud := NewTable(DefaultConfig()), familyHost(mld, 1), familyHost(mld, 2)
				report(t, table, 0, silent, makeReport(r))
				want := table.Get(silent, g)
				for now := 1; now < 3600; now += 125 {
					table.Heard(at(now), &Query{Version: older, MaxResp: 10 * time.Second}, foreign(false))
					report(t, table, now+1, loud, &Report{older, g})
					assert.Empty(t, table.Expire(at(now+1)))
					assert.Equal(t, want, table.Get(silent, g))
				}
				// The one that spoke leaves, and the silent one does not answer: it is gone as well.
				assert.Len(t, report(t, table, 3700, loud, &Leave{g}), 1)
				assert.Equal(t, []Ask{{Port: port1, Group: g}}, table.Asks(at(3700)))
				assert.Len(t, table.Expire(at(3702)), 1)
				assert.Zero(t, table.Len())
				checkTable(t, table)
			})
		}
	}
}

// TestOlderQuerierGoesAway has hosts of version 3 speak for themselves again when the Older Version Querier Present interval is over (RFC 3376 §8.12).
func TestOlderQuerierGoesAway(t *testing.T) {
	table, g := NewTable(DefaultConfig()), group(1)
	silent, loud := hostOn(1, 1), hostOn(1, 2)
	table.Heard(at(0), &Query{Version: V2}, foreign(false))
	report(t, table, 100, silent, v3(record(ChangeToExclude, g, "")))
	report(t, table, gmi-1, loud, &Report{V2, g})
	assert.Equal(t, at(2*gmi-1), table.Of(silent)[0].Expires)
	report(t, table, gmi, loud, &Report{V2, g})
	assert.Equal(t, at(2*gmi-1), table.Of(silent)[0].Expires)
}

// TestPortAskedInAnOlderVersion has the same where it is we who ask in version 2, or in both.
func TestPortAskedInAnOlderVersion(t *testing.T) {
	for _, asking := range []Asking{{Version: V2}, {Version: V3, AlsoV2: true}} {
		table, g := NewTable(DefaultConfig()), group(1)
		table.SetAsking(port1, asking)
		report(t, table, 0, hostOn(1, 1), v3(record(ChangeToExclude, g, "")))
		report(t, table, 200, hostOn(1, 2), &Report{V2, g})
		assert.Empty(t, table.Expire(at(300)))
		assert.Len(t, table.Listeners(g), 2)
	}
}

// TestSourceSpecificUnderAnOlderQuerier has two hosts of a source-specific group that a querier of an older version makes speak that. What they say then is
// about no source and means nothing (RFC 4604 §2.2), also to the one that is silent: both go when their own last reports run out, not later.
func TestSourceSpecificUnderAnOlderQuerier(t *testing.T) {
	for _, mld := range []bool{false, true} {
		g, source, older, makeReport := addr("232.1.1.1"), addr("10.0.0.1"), V2, v3
		if mld {
			g, source, older, makeReport = addr("ff3e::1"), addr("2001:db8::1"), MLDv1, mldv2
		}
		table, loud, silent := NewTable(DefaultConfig()), familyHost(mld, 1), familyHost(mld, 2)
		join := makeReport(Record{Type: AllowNewSources, Group: g, Sources: []netip.Addr{source}})
		report(t, table, 0, loud, join)
		report(t, table, 5, silent, join)
		for now := 10; now < gmi-1; now += 125 {
			table.Heard(at(now), &Query{Version: older, MaxResp: 10 * time.Second}, foreign(false))
			assert.Empty(t, report(t, table, now+1, loud, &Report{older, g}))
		}
		assert.Empty(t, report(t, table, gmi-1, loud, &Leave{g}))
		assert.Empty(t, table.Asks(at(gmi-1)), "a question about the whole group is none that a source-specific one has")
		assert.Equal(t, []Change{{Host: loud, Group: g, Before: Including(source)}}, table.Expire(at(gmi)))
		assert.Empty(t, table.Expire(at(gmi+5).Add(-1)))
		assert.Equal(t, []Change{{Host: silent, Group: g, Before: Including(source)}}, table.Expire(at(gmi+5)))
		assert.Zero(t, table.Len())
		checkTable(t, table)
	}
}

// TestUnderAQuerierOfVersion1 has hosts of version 3 that answer within ten seconds whatever a question says: no leave of another hurries them. Where
// we ask by version 1 ourselves, leaves count for nothing (RFC 3376 §7.3.1).
func TestUnderAQuerierOfVersion1(t *testing.T) {
	table, g := NewTable(DefaultConfig()), group(1)
	table.Heard(at(0), &Query{Version: V1}, foreign(false))
	report(t, table, 0, hostOn(1, 1), v3(record(ChangeToExclude, g, "")))
	report(t, table, 0, hostOn(1, 2), &Report{V2, g})
	report(t, table, 10, hostOn(1, 2), &Leave{g})
	table.Expire(at(20))
	assert.Equal(t, Excluding(), table.Get(hostOn(1, 1), g))

	table = NewTable(DefaultConfig())
	table.SetAsking(port1, Asking{Version: V1})
	report(t, table, 0, hostOn(1, 1), &Report{V2, g})
	assert.Empty(t, report(t, table, 1, hostOn(1, 1), &Leave{g}))
	assert.EqualValues(t, 1, table.Counters().Refused(ReasonOlderHost))
}

// TestLeaveWhereNobodyAsks has a port with two older hosts where no question would be asked: a leave cuts off nobody who may have kept silent.
func TestLeaveWhereNobodyAsks(t *testing.T) {
	g := group(1)
	for name, setup := range map[string]func(*Table){
		"not asked":               func(t *Table) { t.SetAsking(port1, Asking{MLDVersion: MLDv2}) },
		"another querier elected": func(t *Table) { t.Heard(at(0), &Query{Version: V3}, foreign(true)) },
	} {
		t.Run(name, func(t *testing.T) {
			table := NewTable(DefaultConfig())
			setup(table)
			report(t, table, 0, hostOn(1, 1), &Report{V2, g})
			report(t, table, 0, hostOn(1, 2), &Report{V2, g})
			assert.Empty(t, report(t, table, 10, hostOn(1, 1), &Leave{g}))
			assert.Empty(t, table.Asks(at(10)))
			assert.Empty(t, table.Expire(at(gmi-1)))
			assert.Len(t, table.Expire(at(gmi)), 2)
		})
	}
}

// TestQuestionsOfTheElectedQuerier has RFC 3376 §6.6.1: what another querier that is obeyed asks about lives for the Last Member Query Time, unless the
// question says that it was answered, or somebody answers.
func TestQuestionsOfTheElectedQuerier(t *testing.T) {
	const soon = 10 + 4 // two questions, two seconds each
	g := group(1)
	ask := func(sources string) *Query {
		return &Query{Version: V3, Group: g, Sources: letters(sources), MaxResp: 2 * time.Second}
	}
	suppressed := ask("")
	suppressed.SuppressRouter = true
	tests := []struct {
		name   string
		have   Record
		query  *Query
		obeyed bool
		want   Filter // at last
	}{
		{"Q(G), EXCLUDE", record(ChangeToExclude, g, ""), ask(""), true, Filter{}},
		{"Q(G), INCLUDE", record(ChangeToInclude, g, "ab"), ask(""), true, Including(letters("ab")...)},
		{"Q(G,A), INCLUDE", record(ChangeToInclude, g, "ab"), ask("bc"), true, Including(letters("a")...)},
		{"Q(G,A), EXCLUDE", record(ChangeToExclude, g, ""), ask("a"), true, Excluding()},
		{"suppressed", record(ChangeToExclude, g, ""), suppressed, true, Excluding()},
		{"general", record(ChangeToExclude, g, ""), &Query{Version: V3, MaxResp: time.Second}, true, Excluding()},
		{"another group", record(ChangeToExclude, g, ""), &Query{Version: V3, Group: group(2)}, true, Excluding()},
		{"ignored", record(ChangeToExclude, g, ""), ask(""), false, Excluding()},
		{"without a time", record(ChangeToExclude, g, ""), &Query{Version: V3, Group: g}, true, Filter{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			table, h := NewTable(DefaultConfig()), hostOn(1, 1)
			report(t, table, 0, h, v3(test.have))
			before := table.Get(h, g)
			table.Heard(at(10), test.query, foreign(test.obeyed))
			checkTable(t, table)
			if test.query.MaxResp > 0 {
				assert.Empty(t, table.Expire(at(soon).Add(-1)))
			}
			table.Expire(at(soon))
			assert.Equal(t, test.want, table.Get(h, g))
			assert.NotEqual(t, Filter{}, before)
		})
	}
	t.Run("answered", func(t *testing.T) {
		table, h := NewTable(DefaultConfig()), hostOn(1, 1)
		report(t, table, 0, h, v3(record(ChangeToExclude, g, "")))
		table.Heard(at(10), ask(""), foreign(true))
		report(t, table, 11, h, v3(record(ModeIsExclude, g, "")))
		assert.Empty(t, table.Expire(at(soon)))
	})
	t.Run("a host of version 1 answers too late", func(t *testing.T) {
		table, h := NewTable(DefaultConfig()), hostOn(1, 1)
		report(t, table, 0, h, &Report{V1, g})
		table.Heard(at(10), ask(""), foreign(true))
		assert.Empty(t, table.Expire(at(soon)))
	})
	t.Run("its times are the port's", func(t *testing.T) {
		table, h, other := NewTable(DefaultConfig()), hostOn(1, 1), foreign(true)
		other.Timing.Robustness = 4
		table.Heard(at(0), &Query{Version: V3}, other)
		report(t, table, 0, h, v3(record(ChangeToExclude, g, "")))
		require.Len(t, table.Of(h), 1)
		assert.Equal(t, at(510), table.Of(h)[0].Expires)
	})
}

// TestForwardingRows has every row of the tables of RFC 3376 §6.2.2 and §6.3, which are those of RFC 3810 §7.2.2 and §7.3: what is forwarded by the group
// timer and a source's timer.
func TestForwardingRows(t *testing.T) {
	tests := []struct {
		name   string
		have   state
		now    int
		source rune
		wants  bool
		after  state
	}{
		// §6.3: filter mode, the source's timer
		{"INCLUDE, source timer > 0", include("a100"), 99, 'a', true, include("a100")},
		{"INCLUDE, source timer = 0: the source record is removed", include("a100 b200"), 100, 'a', false, include("b200")},
		{"INCLUDE, no source element", include("a100"), 99, 'z', false, include("a100")},
		{"EXCLUDE, source timer > 0", exclude("a100", "", 500), 99, 'a', true, exclude("a100", "", 500)},
		{"EXCLUDE, source timer = 0: the record stays", exclude("a100", "", 500), 100, 'a', false, exclude("", "a", 500)},
		{"EXCLUDE, no source element", exclude("", "a", 500), 99, 'z', true, exclude("", "a", 500)},
		// §6.2.2: filter mode, the group timer
		{"EXCLUDE, group timer > 0", exclude("a900", "b", 500), 499, 'z', true, exclude("a900", "b", 500)},
		{"EXCLUDE, group timer = 0, running source timers: INCLUDE", exclude("a900", "b", 500), 500, 'z', false, include("a900")},
		{"EXCLUDE, group timer = 0, running source timers: they go on", exclude("a900", "b", 500), 500, 'a', true, include("a900")},
		{"EXCLUDE, group timer = 0, none running: the group record is deleted", exclude("", "b", 500), 500, 'z', false, include("")},
		{"INCLUDE, no group timer", include("a900"), 899, 'a', true, include("a900")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			after := test.have.expire(at(test.now))
			assert.Equal(t, test.after.text(), after.text())
			assert.Equal(t, test.wants, after.wants(letter(test.source)))
			assert.Equal(t, test.wants, after.filter().Wants(letter(test.source)))
		})
	}
}
