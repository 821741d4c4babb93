package core_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
)

// discovery sends a packet of router discovery from a host, and gives who hears it how often.
func (l *lab) discovery(from string, kind byte, dst string, to [6]byte) map[string]int {
	got := map[string]int{}
	for _, h := range l.world.Topology().Hosts {
		require.NoError(l.t, l.world.Tap(h.Name, func(f []byte) {
			if len(f) > 54 && binary.BigEndian.Uint16(f[12:]) == 0x86dd && f[54] == kind {
				got[h.Name]++
			}
		}))
	}
	n := nd{kind: kind, srcMAC: l.host(from).MAC, src: linkLocalOf(l.host(from)).String(), dst: dst, target: "::", limit: 255}
	f := n.frame()
	if to != ([6]byte{}) {
		copy(f, to[:])
	}
	require.NoError(l.t, l.world.Inject(from, f))
	l.run(100 * time.Millisecond)
	return got
}

// linkLocalOf is a host's IPv6 address of the link.
func linkLocalOf(h testbed.Host) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: h.MAC[0] ^ 2, 9: h.MAC[1], 10: h.MAC[2], 11: 0xff, 12: 0xfe, 13: h.MAC[3], 14: h.MAC[4], 15: h.MAC[5]})
}

// TestRoutersAtTheirPorts has an IPv6 router where one may be: hosts hear it, it hears them, once each over any topology, and no other host can play it.
func TestRoutersAtTheirPorts(t *testing.T) {
	const advert, solicit = layers.ICMPv6TypeRouterAdvertisement, layers.ICMPv6TypeRouterSolicitation
	for _, groups := range []flows.Infrastructure{flows.DefaultInfrastructure(), {Rate: 100}} {
		l := newSpan(t, testbed.Ring(4, 2), func(c *core.Config) {
			c.Infrastructure = groups
			c.RouterPorts = map[core.PortName]struct{}{{Switch: "s1", Port: "s1-eth3"}: {}} // h1
		})
		l.endpoints6()
		everybody := map[string]int{"h2": 1, "h3": 1, "h4": 1, "h5": 1, "h6": 1, "h7": 1, "h8": 1}
		assert.Equal(t, everybody, l.discovery("h1", advert, "ff02::1", [6]byte{}))
		assert.Equal(t, map[string]int{"h6": 1}, l.discovery("h1", advert, "fd00::6", l.host("h6").MAC), "an answer to one host (RFC 4861 §6.2.6)")
		asked := l.discovery("h6", solicit, "ff02::2", [6]byte{})
		assert.Equal(t, 1, asked["h1"])
		assert.Empty(t, l.state.Snapshot().Denials)

		assert.Empty(t, l.discovery("h2", advert, "ff02::1", [6]byte{}))
		assert.Empty(t, l.discovery("h5", advert, "fd00::6", l.host("h6").MAC))
		denials := l.state.Snapshot().Denials
		require.Len(t, denials, 2)
		assert.Contains(t, denials[0].Reason, "router advertisements")
		for _, v := range l.world.Violations() {
			require.Equal(t, sim.ViolationFrame, v.Kind, "hosts of the simulation expect no router: %v", v)
		}

		// Hosts keep the router by its address of the link; that of others is nobody's.
		for host, want := range map[string]int{"h1": 1, "h3": 0} {
			ask := solicitOf(l, linkLocalOf(l.host(host)).String())
			ask.srcMAC, ask.src, ask.link = l.host("h8").MAC, "fd00::8", nil
			answers := 0
			require.NoError(t, l.world.Tap("h8", func(f []byte) {
				if len(f) > 54 && f[54] == layers.ICMPv6TypeNeighborAdvertisement {
					mac := l.host(host).MAC
					assert.Equal(t, mac[:], f[6:12])
					answers++
				}
			}))
			require.NoError(t, l.world.Inject("h8", ask.frame()))
			l.run(20 * time.Millisecond)
			assert.Equal(t, want, answers, host)
		}
	}
}

// TestRouterPortTakenAway has the entries go with the configuration.
func TestRouterPortTakenAway(t *testing.T) {
	l := newSpan(t, testbed.Ring(3, 1), func(c *core.Config) {
		c.RouterPorts = map[core.PortName]struct{}{{Switch: "s2", Port: "3"}: {}}
	})
	assert.Len(t, l.discovery("h2", layers.ICMPv6TypeRouterAdvertisement, "ff02::1", [6]byte{}), 2)
	l.kill()
	l.cfg.RouterPorts = nil
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(10 * time.Second)
	assert.Empty(t, l.discovery("h2", layers.ICMPv6TypeRouterAdvertisement, "ff02::1", [6]byte{}))
	l.reachesAll()
}
