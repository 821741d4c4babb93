package flows

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheckGroup(t *testing.T) {
	for text, want := range map[string]string{
		"224.1.1.1": "", "239.255.255.255": "", "232.1.1.1": "",
		"224.0.0.251": "link-local control group", "224.1.1.0": "outside", "10.0.0.1": "outside", "240.0.0.1": "outside",
		"ff05::1:3": "", "ff0e::1": "", "ff3e::8000:1": "", "ff35::1": "", "ff08::1": "", "ff03::1": "", "ff1e::1": "",
		"ff00::1": "reserved scope 0", "ff0f::1": "reserved scope f", "ff3f::1": "reserved scope f",
		"ff01::1": "interface-local", "ff31::1": "interface-local", "ff02::fb": "link-local", "ff02::1:ff00:1": "link-local", "ff32::1": "link-local",
		"ff0e::": "group id 0", "fd00::1": "no multicast address", "ff0e::1%eth0": "zone", "::ffff:239.1.1.1": "give 239.1.1.1",
	} {
		says(t, text, want, CheckGroup(netip.MustParseAddr(text)))
	}
	says(t, "none", "null", CheckGroup(netip.Addr{}))
}

func TestCheckHostAddr(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1": "", "169.254.1.1": "", "2001:db8::1": "", "fd00::1": "", "2a00::1": "",
		"0.0.0.0": "no address", "127.0.0.1": "no address", "239.1.1.1": "no address", "255.255.255.255": "no address",
		"::": "no address", "::1": "no address", "ff3e::1": "no address", "fe80::1": "link-local", "fe80::1%eth0": "zone",
		"::ffff:10.0.0.1": "give 10.0.0.1",
	} {
		says(t, text, want, CheckHostAddr(netip.MustParseAddr(text)))
	}
	says(t, "none", "missing", CheckHostAddr(netip.Addr{}))
}

// says wants an error that says something, or none for "".
func says(t *testing.T, address, want string, err error) {
	t.Helper()
	if want == "" {
		assert.NoError(t, err, address)
		return
	}
	assert.ErrorContains(t, err, want, address)
}
