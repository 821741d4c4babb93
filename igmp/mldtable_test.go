package igmp

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func compareAddr(a, b netip.Addr) int { return a.Compare(b) }

// mldv2 makes a report of MLDv2 of records.
func mldv2(records ...Record) *ReportV3 { return &ReportV3{MLD: true, Records: records} }

// familyHost is a host on port 1 that speaks IGMP or MLD.
func familyHost(mld bool, number byte) Host {
	h := hostOn(1, number)
	if mld {
		h.Addr = LinkLocalOf(h.MAC)
	}
	return h
}

// TestMLDMemberships takes one host of MLD through what the tables say (RFC 3810 §7.4): they are those of IGMPv3, so that
// the rows need not be tried again.
func TestMLDMemberships(t *testing.T) {
	table, h, g := NewTable(DefaultConfig()), familyHost(true, 1), addr("ff15::1")
	s1, s2 := addr("2001:db8::1"), addr("2001:db8::2")
	assert.Equal(t, []Change{{h, g, Filter{}, Including(s1)}},
		report(t, table, 0, h, mldv2(Record{Type: AllowNewSources, Group: g, Sources: []netip.Addr{s1}})))
	assert.Equal(t, []Change{{h, g, Including(s1), Including(s1, s2)}},
		report(t, table, 1, h, mldv2(Record{Type: AllowNewSources, Group: g, Sources: []netip.Addr{s2}})))
	assert.Equal(t, []Change{{h, g, Including(s1, s2), Excluding(s1)}},
		report(t, table, 2, h, mldv2(Record{Type: ChangeToExclude, Group: g, Sources: []netip.Addr{s1}})))
	assert.Equal(t, MLDv2, table.Version(h, g))
	assert.True(t, table.Wants(h, g, s2))
	assert.True(t, table.Wanted(h.Key(), h.MAC, g, s2), "whatever address the interface has")
	assert.False(t, table.Wanted(h.Key(), h.MAC, g, s1))
	assert.False(t, table.Wanted(h.Key(), [6]byte{2, 9}, g, s2))
	assert.False(t, table.Wanted(PortKey{Switch: 9}, h.MAC, g, s2))

	// RFC 3810 §8.3.2: MLDv1 mode.
	report(t, table, 3, h, &Report{MLDv1, g})
	assert.Equal(t, MLDv1, table.Version(h, g))
	assert.Empty(t, report(t, table, 4, h, mldv2(Record{Type: BlockOldSources, Group: g, Sources: []netip.Addr{s2}})))
	assert.Empty(t, report(t, table, 4, h, mldv2(Record{Type: ChangeToExclude, Group: g, Sources: []netip.Addr{s2}})))
	assert.Len(t, report(t, table, 5, h, &Leave{g}), 1, "a single host is pruned at once")
	assert.Zero(t, table.Len())
	assert.Zero(t, table.Version(h, g))

	report(t, table, 6, h, &Report{MLDv1, g})
	report(t, table, 6, familyHost(true, 2), &Report{MLDv1, g})
	assert.Empty(t, report(t, table, 7, h, &Leave{g}))
	assert.Equal(t, []Ask{{Port: h.Key(), Group: g}}, table.Asks(at(7)))
	assert.Len(t, table.Expire(at(9)), 2)

	restored := NewTable(DefaultConfig())
	report(t, table, 10, h, &Report{MLDv1, g})
	require.NoError(t, restored.Restore(table.Of(h)[0]))
	assert.Equal(t, table.All(), restored.All())
}

// TestFamiliesDoNotMix has IGMP and MLD on one port: a host of one keeps nobody of the other silent.
func TestFamiliesDoNotMix(t *testing.T) {
	table, g := NewTable(DefaultConfig()), addr("ff15::1")
	report(t, table, 0, familyHost(false, 2), &Report{V2, group(1)})
	report(t, table, 0, familyHost(true, 1), &Report{MLDv1, g})
	assert.Len(t, report(t, table, 1, familyHost(true, 1), &Leave{g}), 1)
	for reason, records := range map[Reason][]Record{
		ReasonBadGroup:  {{Type: ModeIsExclude, Group: group(1)}, {Type: ModeIsExclude, Group: addr("2001:db8::1")}},
		ReasonBadSource: {{Type: AllowNewSources, Group: g, Sources: addrs("10.0.0.1")}, {Type: AllowNewSources, Group: g, Sources: addrs("::ffff:10.0.0.1")}, {Type: AllowNewSources, Group: g, Sources: addrs("::")}, {Type: AllowNewSources, Group: g, Sources: addrs("ff15::1")}},
		ReasonLinkLocal: {{Type: ModeIsExclude, Group: addr("ff02::fb")}, {Type: ModeIsExclude, Group: addr("ff11::1")}},
	} {
		for _, r := range records {
			before := table.Counters().Refused(reason)
			assert.Empty(t, report(t, table, 2, familyHost(true, 1), mldv2(r)))
			assert.Equal(t, before+1, table.Counters().Refused(reason), "%v", r)
		}
	}
	assert.Empty(t, report(t, table, 3, Host{Switch: 1, Port: 1, Addr: netip.IPv6Unspecified()}, mldv2(Record{Type: ChangeToExclude, Group: g})))
	assert.EqualValues(t, 1, table.Counters().Refused(ReasonNoAddress))
	assert.Positive(t, table.Counters().Ignored())
	assert.Zero(t, table.Counters().Dropped())
}

// TestSourceSpecific has RFC 4604 §2.2: only joins of named sources count in 232/8 and ff3x::/96.
func TestSourceSpecific(t *testing.T) {
	for _, mld := range []bool{false, true} {
		table, h := NewTable(DefaultConfig()), familyHost(mld, 1)
		g, s, older, makeReport := addr("232.1.1.1"), addr("10.0.0.1"), V2, v3
		if mld {
			g, s, older, makeReport = addr("ff3e::1"), addr("2001:db8::1"), MLDv1, mldv2
		}
		for _, m := range []Message{
			&Report{older, g}, &Leave{g},
			makeReport(Record{Type: ModeIsExclude, Group: g}, Record{Type: ChangeToExclude, Group: g}),
		} {
			assert.Empty(t, report(t, table, 0, h, m), "%v", m)
		}
		assert.EqualValues(t, 4, table.Counters().Refused(ReasonSourceSpecific))
		assert.Len(t, report(t, table, 0, h, makeReport(Record{Type: AllowNewSources, Group: g, Sources: []netip.Addr{s}})), 1)
		assert.Empty(t, report(t, table, 1, h, &Leave{g}), "an older leave ends nothing there")
		assert.Len(t, report(t, table, 1, h, makeReport(Record{Type: BlockOldSources, Group: g, Sources: []netip.Addr{s}})), 1)
		require.NoError(t, table.Restore(Membership{Host: h, Group: g, Filter: Excluding()}), "as an older program may have kept it")
		assert.Zero(t, table.Len())
	}
}

// TestRates has a flood on one port: beyond the rate it is dropped and counted, and another port does not feel it.
func TestRates(t *testing.T) {
	c := DefaultConfig()
	c.PortRate, c.PortBurst, c.HostRate, c.HostBurst = 10, 20, 5, 8
	table, now := NewTable(c), at(0)
	send := func(h Host, n int) (taken int) {
		for range n {
			if _, err := table.Report(now, h, &Report{V2, group(1)}); err == nil {
				taken++
			} else {
				require.Contains(t, []error{ErrPortRate, ErrHostRate}, err)
			}
		}
		return taken
	}
	assert.Equal(t, 9, send(hostOn(1, 1), 12), "the first makes it a host with an account")
	assert.EqualValues(t, 3, table.Counters().Refused(ReasonHostRate))
	assert.Equal(t, 8, send(hostOn(1, 2), 8), "the port has 20 in all")
	assert.Equal(t, 0, send(hostOn(1, 3), 5))
	assert.EqualValues(t, 5, table.Counters().Refused(ReasonPortRate))
	assert.Equal(t, 9, send(hostOn(2, 4), 9), "the other port")
	assert.False(t, table.Allow(now, PortKey{1, 1}))
	assert.EqualValues(t, 9, table.Counters().Dropped())
	now = now.Add(time.Second)
	assert.True(t, table.Allow(now, PortKey{1, 1}))
	assert.Equal(t, 5, send(hostOn(1, 1), 6))
	now = at(0)
	assert.Equal(t, 0, send(hostOn(1, 1), 1), "time that goes back fills nothing")
	now = at(1000)
	assert.Equal(t, 8, send(hostOn(1, 1), 30))
}

// TestLongReportsCountForMore has reports with many records, which are as much work as many reports.
func TestLongReportsCountForMore(t *testing.T) {
	c := DefaultConfig()
	c.PortRate, c.PortBurst = 10, 20
	records := make([]Record, 2*recordsPerReport+1) // for three
	for i := range records {
		records[i] = record(ChangeToExclude, group(i), "")
	}
	table := NewTable(c)
	taken := func(n, now int) (taken int) {
		for i := range n {
			if _, err := table.Report(at(now), hostOn(1, byte(i+10*now)), v3(records...)); err == nil {
				taken++
			}
		}
		return taken
	}
	assert.Equal(t, 7, taken(20, 0), "the last takes more than is left")
	assert.Equal(t, 3, taken(20, 1), "which must come back first")
	assert.Equal(t, 1, weight(nil))
	assert.Equal(t, 1, weight(records[:recordsPerReport]))
	assert.Equal(t, 2, weight(records[:recordsPerReport+1]))
}

// TestDefaultRates has a thousand joins a second on one port, each said twice.
func TestDefaultRates(t *testing.T) {
	table := NewTable(DefaultConfig())
	for i := range 20000 {
		now := at(0).Add(time.Duration(i) * 500 * time.Microsecond)
		_, err := table.Report(now, hostOn(1, 1), &Report{V2, group(i / 2 % 1000)})
		require.NoError(t, err)
	}
}

// TestSpoofedHosts floods a port with hosts that are made up: what is kept of them is bounded.
func TestSpoofedHosts(t *testing.T) {
	c := DefaultConfig()
	table := NewTable(c)
	for i := range 100000 {
		h := Host{Switch: 1, Port: 1, Addr: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		binary.BigEndian.PutUint32(h.MAC[2:], uint32(i))
		_, _ = table.Report(at(0).Add(time.Duration(i)*time.Millisecond), h, v3(Record{Type: ChangeToExclude, Group: group(i % 5000)}))
	}
	assert.Equal(t, c.MaxHostsPerPort, table.Hosts())
	assert.LessOrEqual(t, table.Len(), c.MaxHostsPerPort)
	assert.Len(t, table.ports, 1)
	assert.LessOrEqual(t, len(table.ports[PortKey{1, 1}].links), c.MaxGroupsPerPort)
	assert.Positive(t, table.Counters().Refused(ReasonHostsPerPort))
	checkTable(t, table)
}

func TestGroupsPerPort(t *testing.T) {
	c := DefaultConfig()
	c.MaxGroupsPerPort = 2
	table := NewTable(c)
	report(t, table, 0, hostOn(1, 1), v3(record(ChangeToExclude, group(1), ""), record(ChangeToExclude, group(2), "")))
	report(t, table, 0, hostOn(1, 2), v3(record(ChangeToExclude, group(1), "")))
	_, err := table.Report(at(0), hostOn(1, 2), v3(record(ChangeToExclude, group(3), "")))
	var limit *LimitError
	require.ErrorAs(t, err, &limit)
	assert.Equal(t, ReasonGroupsPerPort, limit.Refused[0].Reason)
	report(t, table, 0, hostOn(2, 1), v3(record(ChangeToExclude, group(3), "")))
}

func TestPortTiming(t *testing.T) {
	table, slow := NewTable(DefaultConfig()), DefaultTiming()
	slow.Robustness, slow.LastMemberInterval, slow.LastMemberCount = 4, 3*time.Second, 3
	table.SetTiming(PortKey{1, 2}, slow)
	for n, want := range map[uint32]int{1: gmi, 2: 510} {
		report(t, table, 0, hostOn(n, 1), &Report{V2, group(1)})
		report(t, table, 0, hostOn(n, 2), &Report{V2, group(1)})
		assert.Equal(t, at(want), table.Of(hostOn(n, 1))[0].Expires)
	}
	report(t, table, 1, hostOn(2, 1), &Leave{group(1)})
	assert.Equal(t, at(10), table.Of(hostOn(2, 1))[0].Expires)
	for i := range 3 {
		assert.Len(t, table.Asks(at(1+3*i)), 1)
	}
	assert.Empty(t, table.Asks(at(10)))
}

// FuzzTable sends anything that can be parsed from a few hosts to a small table: no panic, and what is kept is bounded
// and consistent.
func FuzzTable(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.bytes), uint16(3))
	}
	for _, v := range mldVectors {
		f.Add(unhex(f, v.bytes), uint16(700))
	}
	c := DefaultConfig()
	c.MaxHosts, c.MaxHostsPerPort, c.MaxGroupsPerPort, c.MaxGroupsPerHost, c.MaxSourcesPerGroup, c.MaxMemberships = 4, 3, 4, 3, 5, 8
	c.PortBurst, c.PortRate = 50, 1
	f.Fuzz(func(t *testing.T, b []byte, seconds uint16) {
		table, now := NewTable(c), at(0)
		for i := 0; i < 64 && len(b) >= 8; i++ {
			h := hostOn(uint32(b[5]%2), b[6]%4)
			m, err := Parse(seal(append([]byte{}, b...), 2))
			if b[0] >= typeMLDQuery {
				h.Addr = LinkLocalOf(h.MAC)
				m, err = ParseMLD(sealMLD(append([]byte{}, b...), mldSrc, mldDst), mldSrc, mldDst)
			}
			if err == nil {
				_, _ = table.Report(now, h, m)
			}
			now = now.Add(time.Duration(seconds) * time.Millisecond)
			table.Asks(now)
			table.Expire(now)
			b = b[4:]
		}
		checkTable(t, table)
		checkLimits(t, table)
		table.Expire(now.Add(time.Hour))
		require.Zero(t, table.Len())
		require.Zero(t, table.asks.heap.Len())
		require.LessOrEqual(t, len(table.ports), 2)
	})
}
