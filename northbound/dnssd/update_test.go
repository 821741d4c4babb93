package dnssd

import (
	"context"
	"encoding/base64"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testKey(t *testing.T) Key {
	k, err := ParseKey("nc.example:hmac-sha256:" + secret)
	require.NoError(t, err)
	return k
}

// startServer runs a name server that knows the key and answers as it is told.
func startServer(t *testing.T, answer func(w dns.ResponseWriter, m *dns.Msg)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ready := make(chan struct{})
	s := &dns.Server{
		Listener: l, TsigSecret: map[string]string{"nc.example.": secret}, Handler: dns.HandlerFunc(answer),
		MsgAcceptFunc:     func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept },
		NotifyStartedFunc: func() { close(ready) },
	}
	ended := make(chan error, 1)
	go func() { ended <- s.ActivateAndServe() }()
	<-ready
	t.Cleanup(func() {
		assert.NoError(t, s.Shutdown())
		assert.NoError(t, <-ended)
	})
	return l.Addr().String()
}

func reply(m *dns.Msg, rcode int) *dns.Msg {
	r := new(dns.Msg)
	r.SetRcode(m, rcode)
	return r
}

func signed(r *dns.Msg) *dns.Msg {
	return r.SetTsig("nc.example.", dns.HmacSHA256, fudge, time.Now().Unix())
}

func describeAll(records []dns.RR) []string {
	var out []string
	for _, rr := range records {
		out = append(out, dns.ClassToString[rr.Header().Class]+" "+describeRecord(rr))
	}
	return out
}

func TestUpdateMessages(t *testing.T) {
	var got *dns.Msg
	var verified error
	server := startServer(t, func(w dns.ResponseWriter, m *dns.Msg) {
		got, verified = m, w.TsigStatus()
		_ = w.WriteMsg(signed(reply(m, dns.RcodeSuccess)))
	})
	records, err := Zone(zoneService(), "studio.example.com", time.Hour)
	require.NoError(t, err)
	u := Updater{Server: server, Zone: "example.com", Key: testKey(t)}

	require.NoError(t, u.Publish(t.Context(), records))
	require.NoError(t, verified)
	assert.Equal(t, dns.OpcodeUpdate, got.Opcode)
	assert.Equal(t, "example.com.", got.Question[0].Name)
	assert.Equal(t, []string{
		"ANY SRV:Main (A)/0s", "ANY TXT:Main (A)/0s", "ANY A:nc1/0s", "ANY AAAA:nc1/0s",
		"IN PTR:b/1h0m0s", "IN PTR:lb/1h0m0s", "IN PTR:_services/1h0m0s", "IN PTR:_nmos-netctrl/1h0m0s",
		"IN SRV:Main (A)/1h0m0s", "IN TXT:Main (A)/1h0m0s", "IN A:nc1/1h0m0s", "IN AAAA:nc1/1h0m0s",
	}, describeAll(got.Ns))

	require.NoError(t, u.Withdraw(t.Context(), records))
	assert.Equal(t, []string{"NONE PTR:_nmos-netctrl/0s", "ANY SRV:Main (A)/0s", "ANY TXT:Main (A)/0s"}, describeAll(got.Ns))
	assert.Equal(t, uint32(3600), records[3].Header().Ttl, "what was given stays as it was")
}

func TestUpdateRefused(t *testing.T) {
	bad := func(r *dns.Msg, code uint16) *dns.Msg {
		r.Extra = append(r.Extra, &dns.TSIG{
			Hdr: dns.RR_Header{Name: "nc.example.", Rrtype: dns.TypeTSIG, Class: dns.ClassANY}, Algorithm: dns.HmacSHA256, Error: code, OrigId: r.Id,
		})
		return r
	}
	tests := []struct {
		want   string
		answer func(m *dns.Msg) *dns.Msg
	}{
		{"may not change it", func(m *dns.Msg) *dns.Msg { return signed(reply(m, dns.RcodeRefused)) }},
		{"has no such zone", func(m *dns.Msg) *dns.Msg { return signed(reply(m, dns.RcodeNotAuth)) }},
		{"answered SERVFAIL", func(m *dns.Msg) *dns.Msg { return reply(m, dns.RcodeServerFailure) }},
		{"does not know key", func(m *dns.Msg) *dns.Msg { return bad(reply(m, dns.RcodeNotAuth), dns.RcodeBadKey) }},
		{"secret of key", func(m *dns.Msg) *dns.Msg { return bad(reply(m, dns.RcodeNotAuth), dns.RcodeBadSig) }},
		{"clocks", func(m *dns.Msg) *dns.Msg { return bad(reply(m, dns.RcodeNotAuth), dns.RcodeBadTime) }},
		{"not signed", func(m *dns.Msg) *dns.Msg { return reply(m, dns.RcodeSuccess) }},
	}
	records, err := Zone(zoneService(), "example.com", time.Hour)
	require.NoError(t, err)
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			server := startServer(t, func(w dns.ResponseWriter, m *dns.Msg) { _ = w.WriteMsg(test.answer(m)) })
			err := Updater{Server: server, Zone: "example.com", Key: testKey(t)}.Publish(t.Context(), records)
			require.ErrorContains(t, err, test.want)
			assert.ErrorContains(t, err, "update zone example.com. at "+server)
		})
	}
}

// Who has no key cannot say that an update was made.
func TestForgedAnswersDoNotCount(t *testing.T) {
	server := startServer(t, func(w dns.ResponseWriter, m *dns.Msg) {
		r := reply(m, dns.RcodeSuccess)
		r.SetTsig("nc.example.", dns.HmacSHA256, fudge, time.Now().Unix())
		other := base64.StdEncoding.EncodeToString([]byte("another secret"))
		data, _, err := dns.TsigGenerate(r, other, m.IsTsig().MAC, false)
		assert.NoError(t, err)
		_, _ = w.Write(data)
	})
	records, err := Zone(zoneService(), "example.com", time.Hour)
	require.NoError(t, err)
	assert.ErrorIs(t, Updater{Server: server, Zone: "example.com", Key: testKey(t)}.Publish(t.Context(), records), dns.ErrSig)
}

func TestUpdateWithoutServerOrKey(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorContains(t, Updater{Server: "127.0.0.1:1", Zone: "example.com", Key: testKey(t)}.Publish(ctx, nil), "canceled")
	assert.ErrorContains(t, Updater{Server: "127.0.0.1:1", Zone: "example.com", Key: testKey(t)}.Publish(t.Context(), nil), "refused")
	assert.ErrorContains(t, Updater{Server: "127.0.0.1:1", Zone: "example.com"}.Publish(t.Context(), nil), "no key")
	assert.ErrorContains(t, Updater{Server: "127.0.0.1:1", Key: testKey(t)}.Publish(t.Context(), nil), "no domain")
	assert.Equal(t, "[2001:db8::1]:53", withPort("[2001:db8::1]"))
	assert.Equal(t, "[2001:db8::1]:53", withPort("2001:db8::1"))
	assert.Equal(t, "ns.example.com:53", withPort("ns.example.com"))
	assert.Equal(t, "ns.example.com:5353", withPort("ns.example.com:5353"))
}
