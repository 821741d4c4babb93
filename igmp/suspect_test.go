package igmp

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAskingRows has every row of RFC 3376 §6.4.2, and of RFC 3810 §7.4.2, which is the same, as they stand there: on a
// port where others may listen who were not heard. What is asked about has its timer lowered to 50, until = 900.
func TestAskingRows(t *testing.T) {
	const soon = 50
	tests := []struct {
		have    state
		record  RecordType
		sources string
		want    state
		group   bool
		asked   string
	}{
		// INCLUDE (A) ALLOW (B): INCLUDE (A+B), (B)=GMI
		{include("a100 b200"), AllowNewSources, "bc", include("a100 b900 c900"), false, ""},

		// INCLUDE (A) BLOCK (B): INCLUDE (A), Send Q(G,A*B)
		{include("a100 b200"), BlockOldSources, "bc", include("a100 b50"), false, "b"},
		{include("a100 b200"), BlockOldSources, "c", include("a100 b200"), false, ""},
		{include("a100 b200"), BlockOldSources, "ab", include("a50 b50"), false, "ab"},

		// INCLUDE (A) TO_EX (B): EXCLUDE (A*B,B-A), (B-A)=0, Delete (A-B), Send Q(G,A*B), Group Timer=GMI
		{include("a100 b200"), ChangeToExclude, "bc", exclude("b50", "c", until), false, "b"},
		{include("a100 b200"), ChangeToExclude, "", exclude("", "", until), false, ""},

		// INCLUDE (A) TO_IN (B): INCLUDE (A+B), (B)=GMI, Send Q(G,A-B)
		{include("a100 b200"), ChangeToInclude, "bc", include("a50 b900 c900"), false, "a"},
		{include("a100 b200"), ChangeToInclude, "", include("a50 b50"), false, "ab"},

		// EXCLUDE (X,Y) ALLOW (A): EXCLUDE (X+A,Y-A), (A)=GMI
		{exclude("a300", "cd", 100), AllowNewSources, "ac", exclude("a900 c900", "d", 100), false, ""},

		// EXCLUDE (X,Y) BLOCK (A): EXCLUDE (X+(A-Y),Y), (A-X-Y)=Group Timer, Send Q(G,A-Y)
		{exclude("a300 b400", "cd", 100), BlockOldSources, "bce", exclude("a300 b50 e50", "cd", 100), false, "be"},
		{exclude("", "c", 100), BlockOldSources, "c", exclude("", "c", 100), false, ""},

		// EXCLUDE (X,Y) TO_EX (A): EXCLUDE (A-Y,Y*A), (A-X-Y)=Group Timer, Delete (X-A), Delete (Y-A), Send Q(G,A-Y), Group Timer=GMI
		{exclude("a300 b400", "cd", 100), ChangeToExclude, "bce", exclude("b50 e50", "c", until), false, "be"},
		{exclude("a300", "cd", 100), ChangeToExclude, "", exclude("", "", until), false, ""},

		// EXCLUDE (X,Y) TO_IN (A): EXCLUDE (X+A,Y-A), (A)=GMI, Send Q(G,X-A), Send Q(G)
		{exclude("a300 b400", "cd", 100), ChangeToInclude, "bc", exclude("a50 b900 c900", "d", soon), true, "a"},
		{exclude("", "", 100), ChangeToInclude, "", exclude("", "", soon), true, ""},

		// What is being asked about already is not asked about anew (§6.6.3.1, §6.6.3.2).
		{exclude("a40", "", 50), ChangeToInclude, "", exclude("a40", "", 50), false, ""},
		{include("a50"), BlockOldSources, "a", include("a50"), false, ""},

		// §6.4.1: current-state records say all that their host wants.
		{include("a100 b200"), ModeIsInclude, "bc", include("a100 b900 c900"), false, ""},
		{include("a100 b200"), ModeIsExclude, "bc", exclude("", "bc", until), false, ""},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %v %s", test.have.text(), test.record, test.sources), func(t *testing.T) {
			before := test.have.text()
			want, q := test.have.applyAsking(test.record, letters(test.sources), at(until))
			got, asked := want.ask(q, at(soon))
			assert.Equal(t, test.want.text(), got.text())
			assert.Equal(t, question{test.group, letters(test.asked)}, asked)
			assert.Equal(t, before, test.have.text(), "the old state is left")
		})
	}
}

// TestUnansweredSourceIsExcluded has RFC 3376 §6.3: in EXCLUDE mode a source whose timer has run out is excluded.
func TestUnansweredSourceIsExcluded(t *testing.T) {
	s := exclude("a50 b200", "c", 100)
	assert.Equal(t, at(50), s.next())
	assert.Equal(t, exclude("b200", "ac", 100).text(), s.expire(at(50)).text())
	assert.Equal(t, include("b200").text(), s.expire(at(100)).text())
}

// asks gives what is to be asked until the last member time is over, with when.
func asks(table *Table, from int) map[int][]Ask {
	out := map[int][]Ask{}
	for ms := 0; ms <= 3000; ms += 500 {
		if due := table.Asks(at(from).Add(time.Duration(ms) * time.Millisecond)); len(due) > 0 {
			out[ms] = due
		}
	}
	return out
}

// TestLeaveIsAskedAbout has who is asked before a leave takes effect (RFC 3376 §6.4.2): not the only host on a port, nor a
// port where all speak version 3, but one where a host of an older version may have kept silent.
func TestLeaveIsAskedAbout(t *testing.T) {
	g, other := group(1), group(2)
	tests := []struct {
		name  string
		setup func(t *testing.T, table *Table)
		leave Message
		asks  bool
	}{
		{"single v2 host", func(*testing.T, *Table) {}, &Leave{g}, false},
		{"v2 host that is there under two addresses", func(t *testing.T, table *Table) {
			h := hostOn(1, 1)
			h.Addr = addr("10.9.9.9")
			report(t, table, 0, h, &Report{V2, g})
		}, &Leave{g}, false},
		{"v2 host on another port", func(t *testing.T, table *Table) { report(t, table, 0, hostOn(2, 2), &Report{V2, g}) }, &Leave{g}, false},
		{"v3 host beside it", func(t *testing.T, table *Table) {
			report(t, table, 0, hostOn(1, 2), v3(record(ChangeToExclude, other, "")))
		}, &Leave{g}, false},
		{"v2 host beside it, in the group", func(t *testing.T, table *Table) { report(t, table, 0, hostOn(1, 2), &Report{V2, g}) }, &Leave{g}, true},
		{"v2 host beside it, in another group", func(t *testing.T, table *Table) { report(t, table, 0, hostOn(1, 2), &Report{V2, other}) }, &Leave{g}, true},
		{"v1 host beside it", func(t *testing.T, table *Table) { report(t, table, 0, hostOn(1, 2), &Report{V1, other}) }, &Leave{g}, true},
		{"v3 leave beside a v2 host", func(t *testing.T, table *Table) { report(t, table, 0, hostOn(1, 2), &Report{V2, other}) },
			v3(record(ChangeToInclude, g, "")), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			table, h := NewTable(DefaultConfig()), hostOn(1, 1)
			test.setup(t, table)
			report(t, table, 0, h, &Report{V2, g})
			changes := report(t, table, 10, h, test.leave)
			if !test.asks {
				assert.Equal(t, []Change{{Host: h, Group: g, Before: Excluding()}}, changes, "pruned at once")
				assert.Empty(t, asks(table, 10))
				return
			}
			assert.Empty(t, changes, "it goes on meanwhile")
			next, _ := table.Next()
			assert.Equal(t, at(10), next, "§6.6.3.1: at once")
			ask := []Ask{{Port: h.Key(), Group: g}}
			assert.Equal(t, map[int][]Ask{0: ask, 1000: ask}, asks(table, 10))
			assert.Empty(t, table.Expire(at(12).Add(-1)))
			assert.Contains(t, table.Expire(at(12)), Change{Host: h, Group: g, Before: Excluding()}, "§8.10: two queries, one second each")
			checkTable(t, table)
		})
	}
}

// TestAnswerKeepsTheGroup has the one who had kept silent speak up, and the others live by its answer, but for the one
// that left.
func TestAnswerKeepsTheGroup(t *testing.T) {
	table, g := NewTable(DefaultConfig()), group(1)
	leaver, silent, loud := hostOn(1, 1), hostOn(1, 2), hostOn(1, 3)
	for _, h := range []Host{leaver, silent, loud} {
		report(t, table, 0, h, &Report{V2, g})
	}
	report(t, table, 10, leaver, &Leave{g})
	require.Len(t, table.Asks(at(10)), 1)
	assert.Equal(t, at(12), table.Of(silent)[0].Expires, "all of an older version have to answer")
	report(t, table, 11, loud, &Report{V2, g})
	assert.Equal(t, []Ask{{Port: leaver.Key(), Group: g, Suppress: true}}, table.Asks(at(11)), "§6.6.3.1: answered meanwhile")
	assert.Equal(t, at(11+gmi), table.Of(silent)[0].Expires)
	assert.Equal(t, []Change{{Host: leaver, Group: g, Before: Excluding()}}, table.Expire(at(12)))

	t.Run("the leaver may come back", func(t *testing.T) {
		report(t, table, 20, leaver, &Report{V2, g})
		report(t, table, 21, leaver, &Leave{g})
		assert.Empty(t, report(t, table, 22, leaver, &Report{V2, g}))
		assert.Empty(t, table.Expire(at(30)))
	})
}

// TestLeaveBesideVersion1 has a host of version 1 that the leave of another means nothing to (RFC 3376 §7.3.2): it may answer too late.
func TestLeaveBesideVersion1(t *testing.T) {
	table, g := NewTable(DefaultConfig()), group(1)
	leaver, old := hostOn(1, 1), hostOn(1, 2)
	report(t, table, 0, old, &Report{V1, g})
	report(t, table, 0, leaver, &Report{V2, g})
	report(t, table, 10, leaver, &Leave{g})
	assert.Equal(t, []Change{{Host: leaver, Group: g, Before: Excluding()}}, table.Expire(at(13)))
	assert.Equal(t, at(gmi), table.Of(old)[0].Expires)
	checkTable(t, table)
}

// TestLeaveUnderOlderQuerier has two hosts that were heard in version 3, and that a querier of version 2 makes speak that version (RFC 3376
// §7.2.1): of the two only the one that reported last says that it leaves, so the other is asked.
func TestLeaveUnderOlderQuerier(t *testing.T) {
	table, g := NewTable(DefaultConfig()), group(1)
	leaver, silent, third := hostOn(1, 1), hostOn(1, 2), hostOn(1, 3)
	for _, h := range []Host{leaver, silent, third} {
		report(t, table, 0, h, v3(record(ChangeToExclude, g, "")))
	}
	report(t, table, 9, leaver, &Report{V2, g})
	assert.Len(t, report(t, table, 10, leaver, &Leave{g}), 1)
	require.Len(t, table.Asks(at(10)), 1)
	report(t, table, 11, third, v3(record(ModeIsExclude, g, "")))
	assert.Equal(t, []Change{{Host: silent, Group: g, Before: Excluding()}}, table.Expire(at(12)))
	assert.Equal(t, at(11+gmi), table.Of(third)[0].Expires)
	checkTable(t, table)
}

// TestSilentHostsLive has hosts that never answer a general query because another is faster (RFC 2236 §3).
func TestSilentHostsLive(t *testing.T) {
	table, g := NewTable(DefaultConfig()), group(1)
	silent, loud := hostOn(1, 1), hostOn(1, 2)
	report(t, table, 0, silent, &Report{V2, g})
	for now := 1; now < 3600; now += 125 {
		report(t, table, now, loud, &Report{V2, g})
		assert.Empty(t, table.Expire(at(now)))
	}
	assert.Len(t, table.Listeners(g), 2)
	assert.Equal(t, V2, table.Version(silent, g))

	t.Run("one of version 3 never keeps silent", func(t *testing.T) {
		table := NewTable(DefaultConfig())
		report(t, table, 0, silent, v3(record(ChangeToExclude, g, "")))
		report(t, table, 200, loud, &Report{V2, g})
		assert.Len(t, table.Expire(at(gmi)), 1)
	})
}

// TestBlockIsAskedAbout has the sources that a host of version 3 blocks where an older one may want them.
func TestBlockIsAskedAbout(t *testing.T) {
	table, h, g := NewTable(DefaultConfig()), hostOn(1, 1), group(1)
	report(t, table, 0, hostOn(1, 2), &Report{V2, group(2)})
	report(t, table, 0, h, v3(record(AllowNewSources, g, "abc")))
	assert.Empty(t, report(t, table, 10, h, v3(record(BlockOldSources, g, "ab"))))
	assert.Equal(t, []Ask{{Port: h.Key(), Group: g, Sources: letters("ab")}}, table.Asks(at(10)))
	report(t, table, 11, hostOn(1, 3), v3(record(ModeIsInclude, g, "b")))
	assert.Equal(t, []Ask{
		{Port: h.Key(), Group: g, Sources: letters("b"), Suppress: true},
		{Port: h.Key(), Group: g, Sources: letters("a")},
	}, table.Asks(at(11)), "§6.6.3.2: what was answered apart")
	assert.Equal(t, []Change{{h, g, Including(letters("abc")...), Including(letters("c")...)}}, table.Expire(at(12)))
	checkTable(t, table)
}

// TestAskFitsAFrame has more sources blocked, by several hosts, than one query can name.
func TestAskFitsAFrame(t *testing.T) {
	c := DefaultConfig()
	c.MaxSourcesPerGroup = maxSources
	for _, mld := range []bool{false, true} {
		table, most := NewTable(c), c.sourceLimit(group(1))
		g, makeReport := group(1), v3
		if mld {
			g, most, makeReport = addr("ff15::1"), maxSources6, mldv2
		}
		source, older := addr("10.5.0.1"), &Report{V2, group(2)}
		if mld {
			source, older = addr("2001:db8::1"), &Report{MLDv1, addr("ff15::2")}
		}
		report(t, table, 0, familyHost(mld, 9), older)
		for n := range byte(2) {
			r := Record{Type: AllowNewSources, Group: g}
			for range most {
				r.Sources = append(r.Sources, source)
				source = source.Next()
			}
			report(t, table, 0, familyHost(mld, n+1), makeReport(r))
			r.Type = BlockOldSources
			report(t, table, 1, familyHost(mld, n+1), makeReport(r))
		}
		q := NewQuerier()
		q.AddPort(at(0), familyHost(mld, 1).Key(), portMAC, DefaultQuerierConfig().Port())
		due := table.Asks(at(1))
		require.Len(t, due, 2)
		for _, a := range due {
			assert.True(t, slices.IsSortedFunc(a.Sources, compareAddr))
			queries := q.Specific(at(1), a)
			require.Len(t, queries, 1)
			assert.LessOrEqual(t, len(queries[0].Packet), 1500)
		}
	}
}
