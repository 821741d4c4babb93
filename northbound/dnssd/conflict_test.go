package dnssd

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestATakenNameIsLeftToItsOwner(t *testing.T) {
	tests := []struct {
		name, record   string
		instance, host string
	}{
		{"instance", instance + " 120 IN SRV 0 0 80 other.local.", "Main (A) (2)", "nc1"},
		{"instance, another type", instance + ` 120 IN HINFO "a" "b"`, "Main (A) (2)", "nc1"},
		{"host", "NC1.local. 120 IN A 10.0.0.7", "Main (A)", "nc1-2"},
		{"host, the same record", "nc1.local. 120 IN A 10.0.0.1", "Main (A)", "nc1"},
		{"host, a goodbye", "nc1.local. 0 IN A 10.0.0.7", "Main (A)", "nc1"},
		{"neither", "nc9.local. 120 IN A 10.0.0.7", "Main (A)", "nc1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1"), eth1: addrs("10.0.1.1")})
			r.hear(eth0, asker, responseOf(t, test.record))
			r.until(time.Minute)
			assert.Equal(t, test.instance, r.core.current().Instance)
			assert.Equal(t, test.host, r.core.current().Host)
			assert.True(t, r.core.Announced())
		})
	}
}

func TestOnlyRespondersCanTakeAName(t *testing.T) {
	r := newRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
	r.hear(eth0, legacy, responseOf(t, "nc1.local. 120 IN A 10.0.0.7"))
	assert.Equal(t, "nc1", r.core.current().Host)
}

// A record of one link heard on another, because both are on one network, is no conflict.
func TestOwnRecordsOfAnotherLinkAreNoConflict(t *testing.T) {
	r := newRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1"), eth1: addrs("10.0.1.1")})
	r.hear(eth0, asker, responseOf(t, "nc1.local. 120 IN A 10.0.1.1"))
	m := r.core.probe(r.core.links[eth1])
	r.hear(eth0, asker, m)
	assert.Equal(t, "nc1", r.core.current().Host)
	assert.Equal(t, start.Add(probeInterval), r.core.links[eth0].next, "no tie was lost")
}

func TestAConflictLaterIsProbed(t *testing.T) {
	r := upRig(t)
	assert.Equal(t, []string{aProbe}, r.hear(eth0, asker, responseOf(t, "nc1.local. 120 IN A 10.0.0.7")))
	assert.Equal(t, "nc1", r.core.current().Host)
	assert.Len(t, r.until(time.Minute), 4, "nobody defended it: it is announced again")

	r.hear(eth0, asker, responseOf(t, "nc1.local. 120 IN AAAA fd00::7", `nc1.local. 120 IN NSEC nc1.local. AAAA`))
	assert.Equal(t, ready, r.core.links[eth0].phase, "nothing that is said here is said differently")

	r.hear(eth0, asker, responseOf(t, "nc1.local. 120 IN A 10.0.0.7"))
	r.hear(eth0, asker, responseOf(t, "nc1.local. 120 IN A 10.0.0.7"))
	assert.Equal(t, "nc1-2", r.core.current().Host, "defended")
}

func TestTies(t *testing.T) {
	probe := func(texts ...string) *dns.Msg {
		m := query("ANY nc1.local.")
		for _, text := range texts {
			m.Ns = append(m.Ns, record(t, text))
		}
		return m
	}
	tests := []struct {
		name string
		m    *dns.Msg
		wait time.Duration
	}{
		{"lower address", probe("nc1.local. 120 IN A 10.0.0.0"), probeInterval},
		{"higher address", probe("nc1.local. 120 IN A 10.0.0.2"), lostDelay},
		{"higher type", probe("nc1.local. 120 IN AAAA ::1"), lostDelay},
		{"more records", probe("nc1.local. 120 IN A 10.0.0.1", "nc1.local. 120 IN A 10.0.0.2"), lostDelay},
		{"the same", probe("nc1.local. 120 IN A 10.0.0.1"), probeInterval},
		{"nothing proposed", probe(), probeInterval},
		{"bytes compare unsigned", probe("nc1.local. 120 IN A 200.0.0.0"), lostDelay},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
			r.hear(eth0, asker, test.m)
			assert.Equal(t, start.Add(test.wait), r.core.links[eth0].next)
		})
	}
}

func TestAProbeForOurNameIsAnswered(t *testing.T) {
	r := upRig(t)
	m := query("ANY nc1.local.")
	m.Ns = []dns.RR{record(t, "nc1.local. 120 IN A 10.0.0.7")}
	m.Question[0].Qclass |= flushBit
	defence := []string{"to group =A:nc1/2m0sf +NSEC:nc1/2m0sf"}
	assert.Equal(t, defence, r.hear(eth0, asker, m))
	r.until(quietDefence)
	assert.Equal(t, defence, r.hear(eth0, asker, m), "sooner than after a second")
}

func TestWhatOthersForgetIsSaidAgain(t *testing.T) {
	r := upRig(t)
	assert.Equal(t, []string{"to group =A:nc1/2m0sf +NSEC:nc1/2m0sf"}, r.hear(eth0, asker, responseOf(t, "nc1.local. 0 IN A 10.0.0.1")))
	assert.Empty(t, r.hear(eth0, asker, responseOf(t, "nc1.local. 60 IN A 10.0.0.1")))
}

func TestManyConflictsAreAnsweredSlowly(t *testing.T) {
	r := newRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
	for range conflictLimit + 5 {
		r.hear(eth0, asker, responseOf(t, r.core.names.host+" 120 IN A 10.0.0.7"))
	}
	assert.Equal(t, r.now.Add(conflictDelay), r.core.links[eth0].next)
	assert.LessOrEqual(t, len(r.core.conflicts), conflictLimit)
	assert.Empty(t, r.until(conflictDelay-time.Millisecond))
}

// neighbours are responders on one network, where every message takes some time.
type neighbours struct {
	cores []*responder
	now   time.Time
	air   []flying
}

type flying struct {
	at   time.Time
	from int
	data []byte
}

func (n *neighbours) send(from int, packets []packet, delay time.Duration) {
	for _, p := range packets {
		data, err := p.msg.Pack()
		if err != nil {
			panic(err)
		}
		n.air = append(n.air, flying{n.now.Add(delay), from, data})
	}
}

// step goes on to what happens next.
func (n *neighbours) step(delay time.Duration) {
	next := n.now.Add(time.Second)
	for _, c := range n.cores {
		if t := c.Next(); !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	for _, f := range n.air {
		if f.at.Before(next) {
			next = f.at
		}
	}
	n.now = next
	flying := n.air
	n.air = nil
	for _, f := range flying {
		if f.at.After(n.now) {
			n.air = append(n.air, f)
			continue
		}
		for i, c := range n.cores {
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(f.from + 1)}), port)
			n.send(i, c.Hear(n.now, eth0, from, f.data), delay)
		}
	}
	for i, c := range n.cores {
		n.send(i, c.Step(n.now), delay)
	}
}

// However many start at the same time under the same names, each gets names of its own, and all become quiet.
func TestNeighboursAgreeOnNames(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		delay := time.Duration(rapid.IntRange(0, 20).Draw(rt, "delay")) * time.Millisecond
		n := &neighbours{now: start}
		for i := range rapid.IntRange(1, 5).Draw(rt, "responders") {
			seed := rapid.IntRange(0, 250).Draw(rt, fmt.Sprintf("jitter %d", i))
			jitter := func(most time.Duration) time.Duration {
				seed = (seed*37 + 11) % 251
				return most * time.Duration(seed) / 250
			}
			c := newResponder(testService(), jitter)
			n.cores = append(n.cores, c)
			n.send(i, c.SetLinks(n.now, map[linkID][]netip.Addr{eth0: addrs(fmt.Sprintf("10.0.0.%d", i+1))}), delay)
		}
		for n.now.Before(start.Add(2 * time.Minute)) {
			n.step(delay)
		}
		require.Empty(rt, n.air)
		names := map[string]bool{}
		for _, c := range n.cores {
			require.True(rt, c.Announced())
			require.Equal(rt, ready, c.links[eth0].phase)
			names[c.current().Instance], names[c.current().Host] = true, true
		}
		require.Len(rt, names, 2*len(n.cores), "%v", names)
	})
}
