package igmp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	port1 = PortKey{Switch: 1, Port: 1}
	port2 = PortKey{Switch: 1, Port: 2}
	port3 = PortKey{Switch: 2, Port: 1}
)

// portMAC is that of every port here.
var portMAC = [6]byte{2, 0, 0, 0, 0, 0xfe}

// igmpOnly is the default configuration of a port without MLD: 125 s, 31.25 s twice.
func igmpOnly() PortConfig {
	c := DefaultQuerierConfig().Port()
	c.MLDVersion = 0
	return c
}

// add has ports asked for IGMP.
func add(q *Querier, now time.Time, keys ...PortKey) {
	for _, key := range keys {
		q.AddPort(now, key, portMAC, igmpOnly())
	}
}

// sent is who gets a query at a point in time, in milliseconds from the epoch.
type sent struct {
	ms  int
	key PortKey
}

// run lets the querier work until a point in time, waking up exactly when it asks for it.
func run(t *testing.T, q *Querier, until time.Time) []sent {
	t.Helper()
	var all []sent
	for {
		next, ok := q.Next()
		if !ok || next.After(until) {
			return all
		}
		assert.Empty(t, q.Due(next.Add(-time.Nanosecond)), "not before its time")
		due := q.Due(next)
		require.NotEmpty(t, due, "Next told of it")
		for _, d := range due {
			all = append(all, sent{int(next.Sub(epoch).Milliseconds()), d.Key})
		}
	}
}

func TestQuerierTiming(t *testing.T) {
	q := NewQuerier()
	_, ok := q.Next()
	assert.False(t, ok)
	add(q, at(0), port2)
	add(q, at(0), port1)
	add(q, at(10), port3)
	assert.Equal(t, []sent{
		{0, port1},
		{0, port2},
		{10000, port3},
		{31250, port1}, // §8.6: a quarter of the query interval
		{31250, port2},
		{41250, port3},
		{156250, port1}, // §8.7: two at startup, then the query interval
		{156250, port2},
		{166250, port3},
		{281250, port1},
		{281250, port2},
		{291250, port3},
	}, run(t, q, at(300)))
}

func TestQuerierStartupCount(t *testing.T) {
	c := igmpOnly()
	c.StartupCount, c.StartupInterval = 3, 2*time.Second
	q := NewQuerier()
	q.AddPort(at(0), port1, portMAC, c)
	assert.Equal(t, []sent{{0, port1}, {2000, port1}, {4000, port1}, {129000, port1}}, run(t, q, at(150)))

	c.StartupCount = 1
	q = NewQuerier()
	q.AddPort(at(0), port1, portMAC, c)
	assert.Equal(t, []sent{{0, port1}, {125000, port1}}, run(t, q, at(150)))
}

func TestQuerierLate(t *testing.T) {
	q := NewQuerier()
	add(q, at(0), port1)
	assert.Len(t, q.Due(at(1000)), 1, "one query, however many were missed")
	next, _ := q.Next()
	assert.Equal(t, at(1000).Add(31250*time.Millisecond), next)
}

func TestQuerierAddTwice(t *testing.T) {
	q := NewQuerier()
	add(q, at(0), port1)
	q.Due(at(0))
	add(q, at(1), port1)
	assert.Empty(t, q.Due(at(1)), "the port was there")
}

func TestQuerierRemovePort(t *testing.T) {
	q := NewQuerier()
	add(q, at(0), port1)
	q.Due(at(0))
	q.RemovePort(port1)
	q.RemovePort(port1)
	q.Now(at(0), port1)
	assert.Empty(t, q.Due(at(1000)))
	add(q, at(1000), port1)
	assert.Equal(t, []sent{{1000000, port1}, {1031250, port1}}, run(t, q, at(1100)), "it starts over")
}

func TestQuerierNow(t *testing.T) {
	q := NewQuerier()
	add(q, at(0), port1)
	run(t, q, at(100))
	q.Now(at(100), port1)
	q.Now(at(101), port1) // due already: stays due at 100
	assert.Equal(t, []sent{{100000, port1}, {131250, port1}, {256250, port1}}, run(t, q, at(300)), "it starts over")
}

// TestQuerierWantsAnswersSoon: the first query of each beginning wants them within a second, the others when they come; and what is to begin again
// while answers are awaited begins when they are there, once.
func TestQuerierWantsAnswersSoon(t *testing.T) {
	q := NewQuerier()
	q.AddPort(at(0), port1, portMAC, DefaultQuerierConfig().Port())
	within := func(ms int) (times []time.Duration) {
		for _, due := range q.Due(at(0).Add(time.Duration(ms) * time.Millisecond)) {
			times = append(times, due.Query.MaxResp)
		}
		return times
	}
	soon, slow := []time.Duration{time.Second, time.Second}, []time.Duration{10 * time.Second, 10 * time.Second}
	assert.Equal(t, soon, within(0))
	for ms := range 999 {
		q.Now(at(0).Add(time.Duration(ms)*time.Millisecond), port1)
	}
	assert.Empty(t, within(999), "a host on its way to and fro makes a query a second, no more")
	assert.Equal(t, soon, within(1000))
	assert.Equal(t, slow, within(32_250))
	assert.Equal(t, slow, within(157_250))
	q.Now(at(200), port1)
	assert.Equal(t, soon, within(200_000))
	assert.Equal(t, slow, within(231_250))

	c := DefaultQuerierConfig().Port()
	c.ResponseInterval = 500 * time.Millisecond
	q.RemovePort(port1)
	q.AddPort(at(300), port1, portMAC, c)
	assert.Equal(t, []time.Duration{c.ResponseInterval, c.ResponseInterval}, within(300_000), "sooner where all are")
}

func TestQuerierPackets(t *testing.T) {
	q := NewQuerier()
	add(q, at(0), port1)
	due := q.Due(at(0))
	require.Len(t, due, 1)
	// Written out by the layouts; only the header checksum is new: 46c0+24+4000+0102+e000+0001+9404 = 1fbeb.
	header := "46 c0 0024 0000 4000 01 02 0413 00000000 e0000001 94040000 | "
	assert.Equal(t, unhex(t, header+"11 0a ec78 00000000 02 7d 0000"), due[0].Packet)
	assert.Equal(t, unhex(t, header+"11 64 ec1e 00000000 02 7d 0000"), q.Due(at(32))[0].Packet)

	for _, v := range []Version{V1, V2, V3} {
		c := igmpOnly()
		c.Version = v
		q := NewQuerier()
		q.AddPort(at(0), port1, portMAC, c)
		due := q.Due(at(0))
		require.Len(t, due, 1)
		p, err := ParsePacket(due[0].Packet)
		require.NoError(t, err)
		assert.Equal(t, due[0].Query, p.Message)
		assert.Equal(t, v, due[0].Query.Version)
		assert.Equal(t, AllSystems(), p.Dst)
		assert.Equal(t, addr("0.0.0.0"), p.Src)
	}
}

func TestQuerierPacketIsTheCallers(t *testing.T) {
	q := NewQuerier()
	add(q, at(0), port1)
	first := q.Due(at(0))[0]
	first.Packet[0], first.Query.MaxResp = 0, 0
	q.Now(at(1), port1)
	second := q.Due(at(1))[0]
	assert.EqualValues(t, 0x46, second.Packet[0])
	assert.Equal(t, time.Second, second.Query.MaxResp)
}

func TestQuerierSlowHostsOfVersion2(t *testing.T) {
	c := igmpOnly()
	c.ResponseInterval, c.Version, c.Source = time.Minute, V2, addr("10.0.0.254")
	q := NewQuerier()
	q.AddPort(at(0), port1, portMAC, c)
	q.Due(at(0))
	due := q.Due(at(32))
	assert.Equal(t, 25500*time.Millisecond, due[0].Query.MaxResp, "the most that version 2 can say")
	p, err := ParsePacket(due[0].Packet)
	require.NoError(t, err)
	assert.Equal(t, addr("10.0.0.254"), p.Src)
}

func TestQuerierConfigValidate(t *testing.T) {
	tests := []struct {
		change func(*QuerierConfig)
		want   string
	}{
		{func(c *QuerierConfig) { c.Robustness = 0 }, "robustness 0"},
		{func(c *QuerierConfig) { c.StartupInterval = 0 }, "startup query interval"},
		{func(c *QuerierConfig) { c.StartupCount = 0 }, "startup query count"},
		{func(c *QuerierConfig) { c.Version = 4 }, "query version 4"},
		{func(c *QuerierConfig) { c.Version = MLDv2 }, "query version 98"},
		{func(c *QuerierConfig) { c.MLDVersion = V2 }, "MLD query version 2"},
		{func(c *QuerierConfig) { c.LastMemberInterval = 0 }, "last member interval"},
		{func(c *QuerierConfig) { c.LastMemberInterval = time.Minute }, "last member interval"},
		{func(c *QuerierConfig) { c.LastMemberCount = 0 }, "last member count"},
		{func(c *QuerierConfig) { c.Source = addr("::1") }, "query source ::1"},
		{func(c *QuerierConfig) { c.Source = addr("224.0.0.1") }, "query source 224.0.0.1"},
	}
	for _, test := range tests {
		c := DefaultQuerierConfig()
		test.change(&c)
		assert.ErrorContains(t, c.Validate(), test.want)
	}
	require.NoError(t, DefaultQuerierConfig().Validate())
	require.NoError(t, DefaultQuerierConfig().Port().Validate())
	assert.Error(t, QuerierConfig{}.Validate())
	assert.Error(t, PortConfig{}.Validate())
}

func TestPortKeyString(t *testing.T) {
	assert.Equal(t, "000000000000000a:3", PortKey{Switch: 10, Port: 3}.String())
}

// TestQuerierOfMLD has a port asked for both, MLD from its link-local address (RFC 3810 §5.1.14).
func TestQuerierOfMLD(t *testing.T) {
	q := NewQuerier()
	q.AddPort(at(0), port1, portMAC, DefaultQuerierConfig().Port())
	due := q.Due(at(0))
	require.Len(t, due, 2)
	p, err := ParseMLDPacket(due[1].Packet)
	require.NoError(t, err)
	assert.Equal(t, addr("fe80::ff:fe00:fe"), p.Src)
	assert.Equal(t, addr("ff02::1"), p.Dst)
	assert.Equal(t, &Query{Version: MLDv2, MaxResp: time.Second, Group: addr("::"), Robustness: 2, Interval: 125 * time.Second}, p.Message)
	assert.Equal(t, AllSystems(), due[0].Dst)
	assert.Len(t, run(t, q, at(300)), 6)

	c := DefaultQuerierConfig().Port()
	c.Version, c.MLDVersion, c.ResponseInterval = 0, MLDv1, 100*time.Second
	q.AddPort(at(0), port2, portMAC, c)
	q.Due(at(0))
	q.RemovePort(port1)
	due = q.Due(at(32))
	require.Len(t, due, 1, "no IGMP")
	p, err = ParseMLDPacket(due[0].Packet)
	require.NoError(t, err)
	assert.Equal(t, &Query{Version: MLDv1, MaxResp: 65535 * time.Millisecond, Group: addr("::")}, p.Message)
}

// TestQuerierSpecific has the queries that a leave is answered with, in each version (RFC 3376 §4.1.11, RFC 3810 §5.1.13).
func TestQuerierSpecific(t *testing.T) {
	tests := []struct {
		igmp, mld Version
		ask       Ask
		want      *Query // nil: none
	}{
		{V3, 0, Ask{Group: addr("239.1.1.1")}, &Query{Version: V3, MaxResp: time.Second, Group: addr("239.1.1.1"), Robustness: 2, Interval: 125 * time.Second}},
		{V3, 0, Ask{Group: addr("239.1.1.1"), Sources: letters("ab"), Suppress: true}, &Query{
			Version: V3, MaxResp: time.Second, Group: addr("239.1.1.1"), Sources: letters("ab"), SuppressRouter: true, Robustness: 2, Interval: 125 * time.Second,
		}},
		{V2, 0, Ask{Group: addr("239.1.1.1"), Sources: letters("ab"), Suppress: true}, &Query{Version: V2, MaxResp: time.Second, Group: addr("239.1.1.1")}},
		{V1, 0, Ask{Group: addr("239.1.1.1")}, nil},
		{V3, 0, Ask{Group: addr("ff15::1")}, nil},
		{0, MLDv2, Ask{Group: addr("239.1.1.1")}, nil},
		{0, MLDv1, Ask{Group: addr("ff15::1"), Sources: addrs("2001:db8::1")}, &Query{Version: MLDv1, MaxResp: time.Second, Group: addr("ff15::1")}},
		{0, MLDv2, Ask{Group: addr("ff15::1"), Sources: addrs("2001:db8::1")}, &Query{
			Version: MLDv2, MaxResp: time.Second, Group: addr("ff15::1"), Sources: addrs("2001:db8::1"), Robustness: 2, Interval: 125 * time.Second,
		}},
	}
	for _, test := range tests {
		c := DefaultQuerierConfig().Port()
		c.Version, c.MLDVersion = test.igmp, test.mld
		q := NewQuerier()
		q.AddPort(at(0), port1, portMAC, c)
		test.ask.Port = port1
		all := q.Specific(at(0), test.ask)
		require.Equal(t, test.want != nil, len(all) == 1, "%+v", test)
		if test.want == nil {
			continue
		}
		due := all[0]
		parse := ParsePacket
		if test.mld != 0 {
			parse = ParseMLDPacket
		}
		p, err := parse(due.Packet)
		require.NoError(t, err)
		assert.Equal(t, Message(test.want), p.Message)
		assert.Equal(t, test.ask.Group, p.Dst)
		assert.Equal(t, test.ask.Group, due.Dst)
	}
	assert.Empty(t, NewQuerier().Specific(at(0), Ask{Port: port1, Group: addr("239.1.1.1")}))
}

// TestQuerierOfTwoVersions has a port asked in both versions, in general and about a group.
func TestQuerierOfTwoVersions(t *testing.T) {
	c := DefaultQuerierConfig().Port()
	require.False(t, c.AlsoV2 || c.AlsoMLDv1, "never by default")
	c.AlsoV2, c.AlsoMLDv1 = true, true
	require.NoError(t, c.Validate())
	q := NewQuerier()
	q.AddPort(at(0), port1, portMAC, c)
	versions := func(all []PortQuery) (out []Version) {
		for _, due := range all {
			out = append(out, due.Query.Version)
		}
		return out
	}
	assert.Equal(t, []Version{V2, V3, MLDv1, MLDv2}, versions(q.Due(at(0))))
	specific := q.Specific(at(0), Ask{Port: port1, Group: addr("239.1.1.1"), Sources: letters("a")})
	assert.Equal(t, []Version{V2, V3}, versions(specific))
	assert.Empty(t, specific[0].Query.Sources)
	assert.Equal(t, letters("a"), specific[1].Query.Sources)
	assert.Equal(t, []Version{MLDv1, MLDv2}, versions(q.Specific(at(0), Ask{Port: port1, Group: addr("ff15::1")})))

	c.Version, c.MLDVersion = V2, 0
	assert.ErrorContains(t, c.Validate(), "go with version 3")
	assert.ErrorContains(t, c.Validate(), "go with MLDv2")
}

// TestOtherQuerier has who is obeyed, when that is wanted (RFC 3376 §6.6.2, RFC 3810 §7.6.2): the one with the lower
// address, for as long as it is heard.
func TestOtherQuerier(t *testing.T) {
	foreign, foreign6 := &Query{Version: V3, Robustness: 3, Interval: 100 * time.Second, MaxResp: 4 * time.Second}, &Query{Version: MLDv2}
	tests := []struct {
		name   string
		obey   bool
		source string
		query  *Query
		src    string
		want   bool
	}{
		{"ignored", false, "0.0.0.0", foreign, "10.0.0.1", false},
		{"we have no address", true, "0.0.0.0", foreign, "10.0.0.1", true},
		{"it has none", true, "0.0.0.0", foreign, "0.0.0.0", false},
		{"lower", true, "10.0.0.254", foreign, "10.0.0.1", true},
		{"higher", true, "10.0.0.254", foreign, "10.0.0.255", false},
		{"MLD, lower", true, "0.0.0.0", foreign6, "fe80::1", true},
		{"MLD, higher", true, "0.0.0.0", foreign6, "fe80::ffff:ffff:ffff:ffff", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := DefaultQuerierConfig().Port()
			c.Obey, c.Source = test.obey, addr(test.source)
			q := NewQuerier()
			q.AddPort(at(0), port1, portMAC, c)
			run(t, q, at(10))
			other, isNew := q.Heard(at(10), port1, test.query, addr(test.src))
			assert.True(t, isNew)
			assert.Equal(t, test.want, other.Obeyed)
			_, isNew = q.Heard(at(11), port1, test.query, addr(test.src))
			assert.False(t, isNew)
			assert.Len(t, q.Others(at(11)), 1)
			assert.Empty(t, q.Others(at(1000)))

			ours, quiet := 0, 11+255 // §8.5: 2 × 125 s + 10 s / 2
			if test.query == foreign {
				quiet = 11 + 302 // by the values of the one who asks: 3 × 100 s + 4 s / 2
			}
			q.Now(at(12), port1)
			asks := len(q.Specific(at(12), Ask{Port: port1, Group: map[bool]netip.Addr{false: addr("239.1.1.1"), true: addr("ff15::1")}[test.query == foreign6]})) > 0
			assert.Equal(t, !test.want, asks)
			for {
				next, _ := q.Next()
				if !next.Before(at(quiet)) {
					break
				}
				for _, due := range q.Due(next) {
					if due.Query.Version == test.query.Version {
						ours++
					}
				}
			}
			assert.Equal(t, test.want, ours == 0, "%d queries of ours", ours)
			next, _ := q.Next()
			assert.True(t, test.want == next.Equal(at(quiet)) || !test.want, "we ask again when it is silent")
			_, isNew = q.Heard(at(900), port1, test.query, addr(test.src))
			assert.True(t, isNew, "after a long silence")
		})
	}
	_, isNew := NewQuerier().Heard(at(0), port1, foreign, addr("10.0.0.1"))
	assert.False(t, isNew, "a port that is not asked")
	c := DefaultQuerierConfig().Port()
	q := NewQuerier()
	q.AddPort(at(0), port1, portMAC, c)
	other, _ := q.Heard(at(0), port1, foreign, addr("10.0.0.1"))
	assert.Equal(t, 3, other.Timing.Robustness)
	assert.Equal(t, 100*time.Second, other.Timing.QueryInterval)
	assert.Equal(t, 4*time.Second, other.Timing.ResponseInterval)
	other, _ = q.Heard(at(0), port1, &Query{Version: V2}, addr("10.0.0.1"))
	assert.Equal(t, c.Timing, other.Timing)
}
