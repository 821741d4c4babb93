package dnssd

import (
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// FuzzHear holds that nothing heard makes a responder panic, send without end, or say what cannot be written.
func FuzzHear(f *testing.F) {
	for _, m := range []*dns.Msg{
		query("PTR " + servicePTR), query("ANY "+instance, "ANY nc1.local."),
		response([]dns.RR{&dns.A{Hdr: header("nc1.local.", dns.TypeA, 120), A: []byte{10, 0, 0, 7}}}),
		response(linkRecords(testService(), namesIn(testService(), local), addrs("10.0.0.1"))),
	} {
		data, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint16(port), true)
		f.Add(data, uint16(41000), false)
		f.Add(data, uint16(port), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, from uint16, early bool) {
		r := newResponder(testService(), func(time.Duration) time.Duration { return 0 })
		now := start
		r.SetLinks(now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
		if !early {
			for range 10 {
				now = now.Add(time.Second)
				r.Step(now)
			}
		}
		sent := 0
		for range 3 {
			for _, p := range r.Hear(now, eth0, netip.AddrPortFrom(asker.Addr(), from), data) {
				if _, err := p.msg.Pack(); err != nil {
					t.Fatalf("%v: %v", p.msg, err)
				}
				sent++
			}
			now = now.Add(time.Second)
		}
		if sent > 12 {
			t.Fatalf("%d messages for 3", sent)
		}
	})
}
