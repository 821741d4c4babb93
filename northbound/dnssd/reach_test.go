package dnssd

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReach(t *testing.T) {
	all := []iface{
		{index: 1, name: "lo", loopback: true, addrs: addrs("127.0.0.1", "::1")},
		{index: 2, name: "eth0", multicast: true, addrs: addrs("fe80::1", "10.0.0.1", "fd00::1", "10.0.0.2")},
		{index: 3, name: "eth1", multicast: true, addrs: addrs("10.0.1.1", "fe80::2")},
		{index: 4, name: "eth2", multicast: true, addrs: addrs("fe80::1")},
		{index: 5, name: "tun0", addrs: addrs("10.0.2.1")},
		{index: 6, name: "eth3", multicast: true},
	}
	four := func(index int) linkID { return linkID{index: index} }
	six := func(index int) linkID { return linkID{index: index, v6: true} }
	everywhere := map[linkID][]netip.Addr{
		four(2): addrs("10.0.0.1", "10.0.0.2", "fd00::1"), six(2): addrs("10.0.0.1", "10.0.0.2", "fd00::1"),
		four(3): addrs("10.0.1.1"), six(3): addrs("10.0.1.1"),
		six(4): addrs("fe80::1"),
	}
	for listener, want := range map[string]map[linkID][]netip.Addr{
		"0.0.0.0":         everywhere,
		"::":              everywhere,
		"127.0.0.1":       {four(1): addrs("127.0.0.1")},
		"::1":             {four(1): addrs("::1")},
		"10.0.0.2":        {four(2): addrs("10.0.0.2"), six(2): addrs("10.0.0.2")},
		"::ffff:10.0.0.2": {four(2): addrs("10.0.0.2"), six(2): addrs("10.0.0.2")},
		"fd00::1":         {four(2): addrs("fd00::1"), six(2): addrs("fd00::1")},
		"fe80::1%eth0":    {four(2): addrs("fe80::1"), six(2): addrs("fe80::1")},
		"fe80::1%eth2":    {six(4): addrs("fe80::1")},
		"10.0.2.1":        {}, // no multicast there
		"192.0.2.99":      {}, // nobody has it
	} {
		assert.Equal(t, want, reach(netip.MustParseAddr(listener), all), listener)
	}
}
