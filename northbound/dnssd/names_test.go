package dnssd

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestHostLabel(t *testing.T) {
	for name, want := range map[string]string{
		"nc1": "nc1", "nc1.example.com": "nc1", "my machine": "my-machine", "-x-": "x", "": "controller", "ü": "controller",
		strings.Repeat("a", 62) + "-b": strings.Repeat("a", 62), strings.Repeat("a", 80): strings.Repeat("a", 63),
	} {
		assert.Equal(t, want, HostLabel(name), name)
	}
}

func TestNumberedNames(t *testing.T) {
	assert.Equal(t, "Main", nthInstance("Main", 1))
	assert.Equal(t, "Main (2)", nthInstance("Main", 2))
	assert.Equal(t, "nc1-12", nthHost("nc1", 12))
	assert.Equal(t, strings.Repeat("a", 59)+" (2)", nthInstance(strings.Repeat("a", 63), 2))
	assert.Equal(t, strings.Repeat("ü", 29)+" (2)", nthInstance(strings.Repeat("ü", 31), 2), "no half characters")
}

func TestServiceCheck(t *testing.T) {
	require.NoError(t, testService().Check())
	for want, change := range map[string]func(*Service){
		"has 0 bytes":         func(s *Service) { s.Instance = "" },
		"has 64 bytes":        func(s *Service) { s.Instance = strings.Repeat("x", 64) },
		"want UTF-8":          func(s *Service) { s.Instance = "\xff" },
		"control":             func(s *Service) { s.Instance = "a\nb" },
		"host name \"\"":      func(s *Service) { s.Host = "" },
		"host name \"a_b\"":   func(s *Service) { s.Host = "a_b" },
		"host name \"a..b\"":  func(s *Service) { s.Host = "a..b" },
		"host name \"-a\"":    func(s *Service) { s.Host = "-a" },
		"has 201 bytes":       func(s *Service) { s.Host = strings.Repeat("a.", 100) + "a" },
		"port 0":              func(s *Service) { s.Port = 0 },
		"no API version":      func(s *Service) { s.Text.Versions = nil },
		"priority -1":         func(s *Service) { s.Text.Priority = -1 },
		"want at most 255":    func(s *Service) { s.Text.Versions = []string{strings.Repeat("v", 250)} },
		"address 0.0.0.0":     func(s *Service) { s.Addrs = addrs("0.0.0.0") },
		"address 239.1.1.1":   func(s *Service) { s.Addrs = addrs("239.1.1.1") },
		"priority 2147483648": func(s *Service) { s.Text.Priority = maxPriority + 1 },
	} {
		s := testService()
		change(&s)
		assert.ErrorContains(t, s.Check(), want)
	}
}

func TestTextStrings(t *testing.T) {
	assert.Equal(t, []string{"api_proto=http", "api_ver=v1.0", "api_auth=false", "pri=0"}, Text{Versions: []string{"v1.0"}}.Strings())
	assert.Equal(t, []string{"api_proto=https", "api_ver=v1.0,v1.1", "api_auth=true", "pri=99"},
		Text{TLS: true, Versions: []string{"v1.0", "v1.1"}, Auth: true, Priority: 99}.Strings())
}

// A name that was sent and read back is written as before: otherwise a responder would not know its own name.
func TestEscapedNamesSurviveTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		label := string(rapid.SliceOfN(rapid.Byte(), 1, maxLabel).Draw(t, "label"))
		name := escape(label) + ".local."
		wire := make([]byte, 255)
		_, err := dns.PackDomainName(name, wire, 0, nil, false)
		require.NoError(t, err)
		back, _, err := dns.UnpackDomainName(wire, 0)
		require.NoError(t, err)
		require.Equal(t, name, back)
	})
}

func TestIdentityIgnoresCaseTTLAndFlush(t *testing.T) {
	same := func(a, b string) bool {
		x, okX := identify(record(t, a))
		other := record(t, b)
		other.Header().Class |= flushBit
		y, okY := identify(other)
		require.True(t, okX && okY)
		return x == y
	}
	assert.True(t, same("a.local. 1 IN A 10.0.0.1", "A.Local. 2 IN A 10.0.0.1"))
	assert.True(t, same("a.local. 1 IN PTR b.local.", "a.local. 1 IN PTR B.local."))
	assert.True(t, same("a.local. 1 IN SRV 0 0 80 b.local.", "a.local. 1 IN SRV 0 0 80 B.local."))
	assert.False(t, same("a.local. 1 IN A 10.0.0.1", "a.local. 1 IN A 10.0.0.2"))
	assert.False(t, same("a.local. 1 IN A 10.0.0.1", "b.local. 1 IN A 10.0.0.1"))
	assert.False(t, same(`a.local. 1 IN TXT "a"`, `a.local. 1 IN TXT "A"`))
}
