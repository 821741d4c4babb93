package topology

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var (
	macA  = MAC{2, 0, 0, 0, 0, 0xa}
	macB  = MAC{2, 0, 0, 0, 0, 0xb}
	addrA = netip.MustParseAddr("10.0.0.1")
	addrB = netip.MustParseAddr("10.0.0.2")
	none  netip.Addr
	here  = PortRef{1, 1}
	there = PortRef{2, 1}
)

func TestHostSeen(t *testing.T) {
	h := NewHosts(10)
	host, move := h.Seen(start, macA, addrA, here, SeenARP)
	assert.Equal(t, Move{Kind: New}, move)
	assert.Equal(t, Host{MAC: macA, Addr: addrA, At: here, By: SeenARP, Since: start, Last: start}, host)

	later := start.Add(time.Second)
	host, move = h.Seen(later, macA, addrA, here, SeenIGMP)
	assert.Equal(t, Move{Kind: Same}, move)
	assert.Equal(t, Host{MAC: macA, Addr: addrA, At: here, By: SeenIGMP, Since: start, Last: later}, host)

	mapped := netip.MustParseAddr("::ffff:10.0.0.1")
	_, move = h.Seen(later, macA, mapped, here, SeenARP)
	assert.Equal(t, Same, move.Kind, "an IPv4 address is one address in both of its forms")
	got, ok := h.ByAddr(mapped)
	assert.True(t, ok)
	assert.Equal(t, addrA, got.Addr)
	_, ok = h.ByAddr(addrB)
	assert.False(t, ok)
	_, ok = h.ByAddr(none)
	assert.False(t, ok)
	assert.Equal(t, 1, h.Len())
}

func TestHostsThatOwnNothing(t *testing.T) {
	h := NewHosts(10)
	for _, c := range []struct {
		mac  MAC
		addr string
	}{
		{MAC{}, "10.0.0.1"},
		{MAC{1, 0, 0x5e}, "10.0.0.1"},
		{MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "10.0.0.1"},
		{macA, "0.0.0.0"},
		{macA, "::"},
		{macA, "239.1.1.1"},
		{macA, "ff02::1"},
		{macA, "::ffff:239.1.1.1"},
		{macA, "255.255.255.255"},
	} {
		host, move := h.Seen(start, c.mac, netip.MustParseAddr(c.addr), here, SeenARP)
		assert.Equal(t, Refused, move.Kind, "%s %s", c.mac, c.addr)
		assert.Zero(t, host)
		h.Restore(Host{MAC: c.mac, Addr: netip.MustParseAddr(c.addr), At: here})
	}
	assert.Empty(t, h.All())
	assert.Zero(t, h.Refused(), "only what found no space is counted")
}

func TestHostMoves(t *testing.T) {
	for _, c := range []struct {
		name   string
		after  time.Duration
		usable bool
		want   Move
	}{
		{"at once, the old port up", 0, true, Move{Conflict, here}},
		{"within hold, the old port up", DefaultHold, true, Move{Conflict, here}},
		{"after hold, the old port up", DefaultHold + 1, true, Move{Moved, here}},
		{"at once, the old port down", 0, false, Move{Moved, here}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := NewHosts(10)
			h.Usable = func(ref PortRef) bool { return ref != here || c.usable }
			h.Seen(start, macA, addrA, here, SeenARP)
			h.Seen(start, macA, addrB, here, SeenARP)
			now := start.Add(c.after)
			host, move := h.Seen(now, macA, addrA, there, SeenARP)
			assert.Equal(t, c.want, move)
			if c.want.Kind == Conflict {
				assert.Equal(t, here, host.At, "the host in place is returned")
				assert.Equal(t, start, host.Last, "a rival does not refresh it")
				assert.Len(t, h.At(here), 2)
				return
			}
			assert.Equal(t, Host{MAC: macA, Addr: addrA, At: there, By: SeenARP, Since: now, Last: now}, host)
			assert.Empty(t, h.At(here), "all of a MAC address is at one port")
			assert.Len(t, h.At(there), 2)
			assert.Len(t, h.ByMAC(macA), 2)
		})
	}
}

func TestHostAddressTaken(t *testing.T) {
	for _, at := range []PortRef{here, there} {
		h := NewHosts(1)
		h.Seen(start, macA, addrA, here, SeenARP)
		host, move := h.Seen(start.Add(DefaultHold), macB, addrA, at, SeenARP)
		assert.Equal(t, Move{Conflict, here}, move)
		assert.Equal(t, macA, host.MAC)
		assert.Empty(t, h.ByMAC(macB))

		host, move = h.Seen(start.Add(DefaultHold+1), macB, addrA, at, SeenARP)
		assert.Equal(t, Move{Moved, here}, move, "a full table is no matter: one goes as one comes")
		assert.Equal(t, macB, host.MAC)
		assert.Empty(t, h.ByMAC(macA))
		assert.Equal(t, 1, h.Len())
	}
}

func TestHostWithoutAddress(t *testing.T) {
	h := NewHosts(1)
	_, move := h.Seen(start, macA, none, here, SeenLLDP)
	assert.Equal(t, New, move.Kind)
	host, move := h.Seen(start.Add(1), macA, addrA, here, SeenARP)
	assert.Equal(t, New, move.Kind, "the address is new")
	assert.Equal(t, addrA, host.Addr)
	assert.Equal(t, 1, h.Len(), "and takes the place of none")

	later := start.Add(time.Minute)
	host, move = h.Seen(later, macA, none, here, SeenIGMP)
	assert.Equal(t, Same, move.Kind)
	assert.Equal(t, addrA, host.Addr)
	_, move = h.Seen(later, macB, addrA, there, SeenARP)
	assert.Equal(t, Conflict, move.Kind, "the sighting without address refreshed the others")
}

func TestHostsAreBounded(t *testing.T) {
	h := NewHosts(2)
	h.PerPort = 1
	h.Seen(start, macA, addrA, here, SeenARP)
	_, move := h.Seen(start, macB, addrB, here, SeenARP)
	assert.Equal(t, Refused, move.Kind, "the port is full")
	_, move = h.Seen(start, macB, addrB, there, SeenARP)
	assert.Equal(t, New, move.Kind)
	h.PerPort = 0
	_, move = h.Seen(start, macB, netip.MustParseAddr("10.0.0.3"), there, SeenARP)
	assert.Equal(t, Refused, move.Kind, "the table is full")
	h.Restore(Host{MAC: MAC{2}, At: here})
	assert.Equal(t, 2, h.Len())
	assert.Equal(t, uint64(2), h.Refused())
	_, move = h.Seen(start, macB, addrB, there, SeenARP)
	assert.Equal(t, Same, move.Kind, "who is known is seen all the same")
}

func TestHostsForgetAndExpire(t *testing.T) {
	h := NewHosts(10)
	h.Seen(start, macB, addrB, here, SeenARP)
	h.Seen(start, macA, addrA, here, SeenARP)
	h.Seen(start.Add(time.Second), MAC{2}, none, there, SeenLLDP)
	assert.Len(t, h.All(), 3)
	gone := h.ForgetPort(here)
	require.Len(t, gone, 2)
	assert.Equal(t, []MAC{macA, macB}, []MAC{gone[0].MAC, gone[1].MAC})
	assert.Empty(t, h.ForgetPort(here))
	_, ok := h.ByAddr(addrA)
	assert.False(t, ok)
	assert.Empty(t, h.Expire(start.Add(time.Hour), time.Hour))
	assert.Len(t, h.Expire(start.Add(time.Hour+2*time.Second), time.Hour), 1)
	assert.Empty(t, h.All())
	assert.Empty(t, h.byMAC)
	assert.Empty(t, h.byPort)
}

func TestHostsRestore(t *testing.T) {
	h := NewHosts(10)
	old := Host{MAC: macA, Addr: addrA, At: here, By: SeenARP, Since: start, Last: start}
	h.Restore(old)
	old.By = SeenRestored
	assert.Equal(t, []Host{old}, h.All())

	h.Seen(start, macB, addrB, there, SeenARP)
	for _, stale := range []Host{
		{MAC: macB, Addr: netip.MustParseAddr("10.0.0.9"), At: here}, // the MAC address is elsewhere
		{MAC: MAC{2}, Addr: addrB, At: here},                         // the IP address has another owner
		{MAC: macB, At: there},                                       // more is known
	} {
		h.Restore(stale)
	}
	assert.Equal(t, 2, h.Len())
	_, move := h.Seen(start.Add(time.Hour), macA, addrA, here, SeenARP)
	assert.Equal(t, Same, move.Kind)
	assert.Equal(t, SeenARP, h.ByMAC(macA)[0].By)
}

// Whatever is seen, a MAC address is at one port, an IP address has one owner, the
// indexes agree and the bound holds.
func TestHostsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 5
		h, now, down := NewHosts(limit), start, PortRef{}
		h.Usable = func(ref PortRef) bool { return ref != down }
		port := rapid.Custom(func(t *rapid.T) PortRef { return PortRef{1, PortID(rapid.IntRange(1, 3).Draw(t, "port"))} })
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
			mac := MAC{2, 0, 0, 0, 0, byte(rapid.IntRange(0, 3).Draw(t, "mac"))}
			addr := none
			if n := rapid.IntRange(0, 4).Draw(t, "addr"); n > 0 {
				addr = netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})
			}
			at := port.Draw(t, "at")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				h.ForgetPort(at)
			case 1:
				h.Expire(now, time.Minute)
			case 2:
				down = at
			case 3:
				h.Restore(Host{MAC: mac, Addr: addr, At: at, Last: now})
			default:
				host, move := h.Seen(now, mac, addr, at, SeenARP)
				if move.Kind < Conflict {
					require.Equal(t, at, host.At)
					require.Equal(t, now, host.Last)
					require.Contains(t, h.At(at), host)
				}
			}
			requireHostsConsistent(t, h, limit)
		}
	})
}

func requireHostsConsistent(t *rapid.T, h *Hosts, limit int) {
	all := h.All()
	require.LessOrEqual(t, len(all), limit)
	at, owner := map[MAC]PortRef{}, map[netip.Addr]MAC{}
	var byMAC, byPort, byAddr int
	for _, host := range all {
		if ref, ok := at[host.MAC]; ok {
			require.Equal(t, ref, host.At)
			require.True(t, host.Addr.IsValid(), "a MAC address alone beside one with an IP address")
		}
		at[host.MAC] = host.At
		if host.Addr.IsValid() {
			require.NotContains(t, owner, host.Addr)
			owner[host.Addr] = host.MAC
			got, ok := h.ByAddr(host.Addr)
			require.True(t, ok)
			require.Equal(t, host, got)
			byAddr++
		}
		require.Contains(t, h.ByMAC(host.MAC), host)
		require.Contains(t, h.At(host.At), host)
	}
	for _, set := range h.byMAC {
		byMAC += len(set)
	}
	for _, set := range h.byPort {
		byPort += len(set)
	}
	require.Equal(t, []int{len(all), len(all), byAddr}, []int{byMAC, byPort, len(h.byAddr)})
}

// TestHostsOnTheLinkAlone holds that an address of the local link is nobody's, and that the MAC address behind it still says where an interface
// is, without what LLDP said of it being forgotten.
func TestHostsOnTheLinkAlone(t *testing.T) {
	h := NewHosts(10)
	_, move := h.Seen(start, macA, netip.MustParseAddr("fe80::1"), here, SeenND)
	assert.Equal(t, Refused, move.Kind)

	h.Seen(start, macA, netip.Addr{}, here, SeenLLDP)
	host, move := h.Seen(start.Add(time.Second), macA, netip.Addr{}, here, SeenND)
	assert.Equal(t, Same, move.Kind)
	assert.Equal(t, SeenLLDP, host.By)
	assert.Equal(t, start.Add(time.Second), host.Last)
	host, _ = h.Seen(start, macB, netip.Addr{}, there, SeenND)
	assert.Equal(t, "nd", host.By.String())
}

// TestHostMayHaveLeft: who was seen at a port before its link was lost holds no place there, and does again when it is seen.
func TestHostMayHaveLeft(t *testing.T) {
	now, mac := time.Unix(1000, 0), MAC{2, 0, 0, 0, 0, 1}
	here, there := PortRef{Switch: 1, Port: 1}, PortRef{Switch: 2, Port: 1}
	h := NewHosts(10)
	host, _ := h.Seen(now, mac, netip.Addr{}, here, SeenARP)
	assert.False(t, h.MayHaveLeft(host))
	h.Lost(now.Add(time.Second), here)
	assert.True(t, h.MayHaveLeft(host))
	host, _ = h.Seen(now.Add(2*time.Second), mac, netip.Addr{}, here, SeenARP)
	assert.False(t, h.MayHaveLeft(host))
	_, move := h.Seen(now.Add(3*time.Second), mac, netip.Addr{}, there, SeenARP)
	assert.Equal(t, Move{Conflict, here}, move)
	h.Lost(now.Add(4*time.Second), here)
	_, move = h.Seen(now.Add(5*time.Second), mac, netip.Addr{}, there, SeenARP)
	assert.Equal(t, Move{Moved, here}, move)
}
