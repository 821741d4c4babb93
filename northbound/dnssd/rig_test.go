package dnssd

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
)

var (
	start  = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	eth0   = linkID{index: 2}
	eth0v6 = linkID{index: 2, v6: true}
	eth1   = linkID{index: 3}
	asker  = netip.MustParseAddrPort("10.0.0.9:5353")
	legacy = netip.MustParseAddrPort("10.0.0.9:41000")
)

func addrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, text := range texts {
		out = append(out, netip.MustParseAddr(text))
	}
	return out
}

func testService() Service {
	return Service{Instance: "Main (A)", Host: "nc1", Port: 8080, Text: Text{Versions: []string{"v1.0"}, Priority: 100}}
}

// rig is a responder in virtual time. Nothing is delayed at random.
type rig struct {
	t    *testing.T
	core *responder
	now  time.Time
}

func newRig(t *testing.T) *rig {
	return &rig{t: t, core: newResponder(testService(), func(time.Duration) time.Duration { return 0 }), now: start}
}

// upRig is one that has announced on eth0, and has been quiet for long enough to answer.
func upRig(t *testing.T) *rig {
	r := newRig(t)
	r.core.SetLinks(r.now, map[linkID][]netip.Addr{eth0: addrs("10.0.0.1")})
	r.until(10 * time.Second)
	require.Equal(t, ready, r.core.links[eth0].phase)
	return r
}

// until lets time pass, and gives what is sent, each line with the milliseconds since the call.
func (r *rig) until(d time.Duration) []string {
	var out []string
	begin, end := r.now, r.now.Add(d)
	for {
		next := r.core.Next()
		if next.IsZero() || next.After(end) {
			r.now = end
			return out
		}
		r.now = next
		for _, p := range r.core.Step(r.now) {
			out = append(out, r.now.Sub(begin).String()+" "+describe(p))
		}
	}
}

// hear gives what is answered at once.
func (r *rig) hear(on linkID, from netip.AddrPort, m *dns.Msg) []string {
	r.t.Helper()
	data, err := m.Pack()
	require.NoError(r.t, err)
	var out []string
	for _, p := range r.core.Hear(r.now, on, from, data) {
		out = append(out, describe(p))
	}
	return out
}

// describe writes a message in a line: where to, and each section's records as type, name, TTL and whether it flushes.
func describe(p packet) string {
	to := "group"
	if p.to.IsValid() {
		to = p.to.String()
	}
	words := []string{"to", to}
	for _, q := range p.msg.Question {
		words = append(words, "?"+dns.TypeToString[q.Qtype]+":"+firstLabel(q.Name))
	}
	for _, part := range []struct {
		mark    string
		records []dns.RR
	}{{"=", p.msg.Answer}, {"!", p.msg.Ns}, {"+", p.msg.Extra}} {
		for _, rr := range part.records {
			words = append(words, part.mark+describeRecord(rr))
		}
	}
	return strings.Join(words, " ")
}

func describeRecord(rr dns.RR) string {
	h := rr.Header()
	text := dns.TypeToString[h.Rrtype] + ":" + firstLabel(h.Name) + "/" + (time.Duration(h.Ttl) * time.Second).String()
	if h.Class&flushBit != 0 {
		text += "f"
	}
	return text
}

func firstLabel(name string) string { return strings.ReplaceAll(dns.SplitDomainName(name)[0], `\`, "") }

func query(names ...string) *dns.Msg {
	m := new(dns.Msg)
	for _, name := range names {
		kind, name, _ := strings.Cut(name, " ")
		m.Question = append(m.Question, dns.Question{Name: name, Qtype: dns.StringToType[kind], Qclass: dns.ClassINET})
	}
	return m
}

// record reads one in the form of zone files.
func record(t *testing.T, text string) dns.RR {
	t.Helper()
	rr, err := dns.NewRR(text)
	require.NoError(t, err)
	return rr
}

func responseOf(t *testing.T, texts ...string) *dns.Msg {
	var records []dns.RR
	for _, text := range texts {
		records = append(records, record(t, text))
	}
	return response(records)
}

const (
	servicePTR = "_nmos-netctrl._tcp.local."
	instance   = `Main\ \(A\)._nmos-netctrl._tcp.local.`
)
