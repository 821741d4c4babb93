package dnssd

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func zoneService() Service {
	s := testService()
	s.Addrs = addrs("2001:db8::1", "192.0.2.1", "192.0.2.1")
	return s
}

func TestZone(t *testing.T) {
	records, err := Zone(zoneService(), "example.com", 90*time.Second)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, WriteZone(&out, records))
	assert.Equal(t, strings.Join([]string{
		"b._dns-sd._udp.example.com.	90	IN	PTR	example.com.",
		"lb._dns-sd._udp.example.com.	90	IN	PTR	example.com.",
		"_services._dns-sd._udp.example.com.	90	IN	PTR	_nmos-netctrl._tcp.example.com.",
		`_nmos-netctrl._tcp.example.com.	90	IN	PTR	Main\ \(A\)._nmos-netctrl._tcp.example.com.`,
		`Main\ \(A\)._nmos-netctrl._tcp.example.com.	90	IN	SRV	0 0 8080 nc1.example.com.`,
		`Main\ \(A\)._nmos-netctrl._tcp.example.com.	90	IN	TXT	"api_proto=http" "api_ver=v1.0" "api_auth=false" "pri=100"`,
		"nc1.example.com.	90	IN	A	192.0.2.1",
		"nc1.example.com.	90	IN	AAAA	2001:db8::1",
		"",
	}, "\n"), out.String())
	var back []dns.RR
	for p := dns.NewZoneParser(&out, "", ""); ; {
		rr, ok := p.Next()
		if !ok {
			require.NoError(t, p.Err())
			break
		}
		back = append(back, rr)
	}
	require.Len(t, back, len(records))
	for i := range back {
		assert.True(t, dns.IsDuplicate(records[i], back[i]), "%v", back[i])
	}
}

func TestZoneRefuses(t *testing.T) {
	long := strings.Repeat(strings.Repeat("d", 60)+".", 4) + "com"
	tests := []struct {
		want, domain string
		ttl          time.Duration
		change       func(*Service)
	}{
		{"no domain", "", time.Hour, nil},
		{"no domain", ".", time.Hour, nil},
		{"is for mDNS", "Local.", time.Hour, nil},
		{"want labels", "exa mple.com", time.Hour, nil},
		{"want labels", "example..com", time.Hour, nil},
		{"too long", long, time.Hour, nil},
		{"TTL 999ms", "example.com", 999 * time.Millisecond, nil},
		{"TTL", "example.com", (1 << 31) * time.Second, nil},
		{"no address", "example.com", time.Hour, func(s *Service) { s.Addrs = nil }},
		{"port 0", "example.com", time.Hour, func(s *Service) { s.Port = 0 }},
	}
	for _, test := range tests {
		s := zoneService()
		if test.change != nil {
			test.change(&s)
		}
		_, err := Zone(s, test.domain, test.ttl)
		assert.ErrorContains(t, err, test.want)
	}
}
