package dnssd

import (
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	aProbe    = "to group ?ANY:Main (A) ?ANY:nc1 !SRV:Main (A)/2m0s !TXT:Main (A)/1h15m0s !A:nc1/2m0s"
	announced = "to group =PTR:_services/1h15m0s =PTR:_nmos-netctrl/1h15m0s =SRV:Main (A)/2m0sf =TXT:Main (A)/1h15m0sf =A:nc1/2m0sf"
	browsed   = "to group =PTR:_nmos-netctrl/1h15m0s +SRV:Main (A)/2m0sf +TXT:Main (A)/1h15m0sf +A:nc1/2m0sf +NSEC:Main (A)/2m0sf +NSEC:nc1/2m0sf"
)

func TestProbesThenAnnounces(t *testing.T) {
	r := newRig(t)
	first := r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
	require.Len(t, first, 1)
	assert.Equal(t, aProbe, describe(first[0]))
	assert.Equal(t, []string{"250ms " + aProbe, "500ms " + aProbe, "750ms " + announced, "1.75s " + announced}, r.until(time.Hour))
	assert.Zero(t, r.core.Next(), "nothing is left to do")
}

func TestUniqueRecordsAreSilentUntilAnnounced(t *testing.T) {
	r := newRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
	assert.Empty(t, r.hear(eth0, asker, query("SRV "+instance)))
	assert.Empty(t, r.hear(eth0, legacy, query("A nc1.local.")))
	assert.False(t, r.core.Announced())
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name  string
		query *dns.Msg
		want  string // after 20 ms at most
	}{
		{"browse", query("PTR " + servicePTR), browsed},
		{"browse in capitals", query("PTR _NMOS-NetCtrl._TCP.Local."), browsed},
		{"service types", query("PTR _services._dns-sd._udp.local."), "to group =PTR:_services/1h15m0s"},
		{"where", query("SRV " + instance), "to group =SRV:Main (A)/2m0sf +A:nc1/2m0sf +NSEC:nc1/2m0sf"},
		{"what", query("TXT " + instance), "to group =TXT:Main (A)/1h15m0sf"},
		{"address", query("A nc1.local."), "to group =A:nc1/2m0sf +NSEC:nc1/2m0sf"},
		{"no such address", query("AAAA nc1.local."), "to group =NSEC:nc1/2m0sf +A:nc1/2m0sf"},
		{"no such type", query("A " + instance), "to group =NSEC:Main (A)/2m0sf"},
		{"anything", query("ANY nc1.local."), "to group =A:nc1/2m0sf +NSEC:nc1/2m0sf"},
		{"two questions", query("A nc1.local.", "TXT "+instance), "to group =A:nc1/2m0sf =TXT:Main (A)/1h15m0sf +NSEC:nc1/2m0sf"},
		{"another service", query("PTR _nmos-register._tcp.local."), ""},
		{"another host", query("A nc2.local."), ""},
		{"another domain", query("A nc1.example."), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := upRig(t)
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			got := r.hear(eth0, asker, test.query)
			for _, p := range r.core.Step(r.now.Add(sharedDelay)) {
				got = append(got, describe(p))
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestSharedAnswersWait(t *testing.T) {
	r := upRig(t)
	assert.Empty(t, r.hear(eth0, asker, query("PTR "+servicePTR)))
	assert.Equal(t, []string{"20ms " + browsed}, r.until(time.Second))
}

func TestClassAndKindOfMessageAreChecked(t *testing.T) {
	r := upRig(t)
	change := func(f func(m *dns.Msg)) *dns.Msg {
		m := query("A nc1.local.")
		f(m)
		return m
	}
	assert.Empty(t, r.hear(eth0, asker, change(func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate })))
	assert.Empty(t, r.hear(eth0, asker, change(func(m *dns.Msg) { m.Rcode = dns.RcodeRefused })))
	assert.Empty(t, r.hear(eth0, asker, change(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS })))
	assert.Empty(t, r.hear(eth1, asker, query("A nc1.local.")), "no such link")
	assert.Empty(t, r.core.Hear(r.now, eth0, asker, []byte{0, 0, 1}))
	assert.Len(t, r.hear(eth0, asker, change(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassANY })), 1)
}

func TestKnownAnswersAreNotRepeated(t *testing.T) {
	known := func(ttl string) *dns.Msg {
		m := query("PTR " + servicePTR)
		m.Answer = []dns.RR{record(t, servicePTR+" "+ttl+" IN PTR "+instance)}
		return m
	}
	r := upRig(t)
	r.hear(eth0, asker, known("2250"))
	assert.Empty(t, r.until(time.Second))
	r.hear(eth0, asker, known("2249"))
	assert.Equal(t, []string{"20ms " + browsed}, r.until(time.Second), "it knows it for less than half of its time")
}

func TestTruncatedQueriesWaitForMoreKnownAnswers(t *testing.T) {
	more := new(dns.Msg)
	more.Answer = []dns.RR{record(t, servicePTR+" 4500 IN PTR "+instance)}
	truncated := query("PTR " + servicePTR)
	truncated.Truncated = true

	r := upRig(t)
	r.hear(eth0, asker, truncated)
	r.hear(eth0, netip.MustParseAddrPort("10.0.0.8:5353"), more)
	assert.Equal(t, []string{"400ms " + browsed}, r.until(time.Second), "another one knows it")
	r.until(time.Second)
	r.hear(eth0, asker, truncated)
	r.hear(eth0, asker, more)
	assert.Empty(t, r.until(time.Second))
}

func TestUnicastWhenAskedForAndLatelyHeard(t *testing.T) {
	m := query("A nc1.local.")
	m.Question[0].Qclass |= flushBit
	r := upRig(t)
	assert.Equal(t, []string{"to 10.0.0.9:5353 =A:nc1/2m0sf +NSEC:nc1/2m0sf"}, r.hear(eth0, asker, m))
	r.until(time.Minute) // more than a quarter of its TTL
	assert.Equal(t, []string{"to group =A:nc1/2m0sf +NSEC:nc1/2m0sf"}, r.hear(eth0, asker, m), "the group should hear it again")
}

func TestLegacyQueriesAreAnsweredInOrdinaryDNS(t *testing.T) {
	r := upRig(t)
	m := query("PTR " + servicePTR)
	m.Id = 4711
	data, err := m.Pack()
	require.NoError(t, err)
	got := r.core.Hear(r.now, eth0, legacy, data)
	require.Len(t, got, 1)
	assert.Equal(t, "to 10.0.0.9:41000 ?PTR:_nmos-netctrl =PTR:_nmos-netctrl/10s +SRV:Main (A)/10s +TXT:Main (A)/10s +A:nc1/10s", describe(got[0]))
	assert.Equal(t, uint16(4711), got[0].msg.Id)
}

func TestNothingIsSaidTwiceInASecond(t *testing.T) {
	r := upRig(t)
	assert.Len(t, r.hear(eth0, asker, query("A nc1.local.")), 1)
	r.until(999 * time.Millisecond)
	assert.Empty(t, r.hear(eth0, asker, query("A nc1.local.")))
	r.until(time.Millisecond)
	assert.Len(t, r.hear(eth0, asker, query("A nc1.local.")), 1)
}

func TestWaitingAnswersAreBounded(t *testing.T) {
	r := upRig(t)
	m := query("PTR " + servicePTR)
	m.Truncated = true
	for range 10 * maxWaiting {
		r.hear(eth0, asker, m)
	}
	assert.Len(t, r.core.links[eth0].waiting, maxWaiting)
	assert.Equal(t, []string{"400ms " + browsed}, r.until(time.Second), "they become one message")
}

func TestGoodbye(t *testing.T) {
	r := upRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1"), eth1: addrs("10.0.1.1")})
	got := r.core.Close()
	require.Len(t, got, 1, "eth1 has not heard of it yet")
	assert.Equal(t, "to group =PTR:_services/0s =PTR:_nmos-netctrl/0s =SRV:Main (A)/0sf =TXT:Main (A)/0sf =A:nc1/0sf", describe(got[0]))
	assert.Zero(t, r.core.Next())
}

func TestAddressesThatChangeAreAnnounced(t *testing.T) {
	r := upRig(t)
	assert.Empty(t, r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")}), "nothing changed")
	got := r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.2", "fd00::2")})
	require.Len(t, got, 1)
	assert.Equal(t, announced+" =AAAA:nc1/2m0sf", describe(got[0]))
	assert.Equal(t, []string{"1s " + announced + " =AAAA:nc1/2m0sf"}, r.until(time.Minute))
	r.core.SetLinks(r.now, nil)
	assert.Empty(t, r.core.links)
}

func TestEachLinkNamesItsOwnAddresses(t *testing.T) {
	r := newRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1"), eth0v6: addrs("10.0.0.1"), eth1: addrs("10.0.1.1")})
	r.until(time.Minute)
	data, err := query("A nc1.local.").Pack()
	require.NoError(t, err)
	for id, want := range map[linkID]string{eth0: "10.0.0.1", eth0v6: "10.0.0.1", eth1: "10.0.1.1"} {
		got := r.core.Hear(r.now, id, asker, data)
		require.Len(t, got, 1)
		assert.Equal(t, id, got[0].on)
		assert.Equal(t, want, got[0].msg.Answer[0].(*dns.A).A.String())
	}
}

func TestALinkOnWhichNothingCanBeSentStartsAgain(t *testing.T) {
	r := newRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
	r.core.Unsent(r.now, eth0)
	assert.Equal(t, []string{"2s " + aProbe, "2.25s " + aProbe, "2.5s " + aProbe, "2.75s " + announced, "3.75s " + announced}, r.until(time.Minute))
}

// What waited is not said any more once it is wrong.
func TestWaitingAnswersDoNotOutliveAddresses(t *testing.T) {
	m := query("A nc1.local.")
	m.Truncated = true
	r := upRig(t)
	r.hear(eth0, asker, m)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.2")})
	assert.Equal(t, []string{"1s " + announced}, r.until(time.Minute))
}
