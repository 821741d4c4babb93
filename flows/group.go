package flows

import (
	"fmt"
	"net/netip"
)

var (
	firstGroup = netip.AddrFrom4([4]byte{224, 1, 1, 1})
	lastGroup  = netip.AddrFrom4([4]byte{239, 255, 255, 255})
)

// CheckGroup says why an address cannot be a flow's multicast group, or nil. IS-06 allows IPv4 224.1.1.1 to 239.255.255.255, and IPv6; of IPv6
// the groups of a scope that leaves the link can be forwarded.
func CheckGroup(g netip.Addr) error {
	switch {
	case !g.IsValid():
		return fmt.Errorf("a unicast flow (null) is not supported: give a multicast address")
	case g.Is4In6():
		return fmt.Errorf("%s is an IPv4 address written as IPv6: give %s", g, g.Unmap())
	case g.Is6():
		return checkGroup6(g)
	case g.IsLinkLocalMulticast():
		return fmt.Errorf("%s is a link-local control group (224.0.0.0/24), which no router forwards: choose one from %s to %s", g, firstGroup, lastGroup)
	case g.Less(firstGroup) || lastGroup.Less(g):
		return fmt.Errorf("%s is outside %s to %s", g, firstGroup, lastGroup)
	}
	return nil
}

// checkGroup6 goes by the scope of the group, the fourth hexadecimal digit (RFC 4291 §2.7, RFC 7346 §2).
func checkGroup6(g netip.Addr) error {
	const choose = "choose another scope, such as ff05 (site), ff0e (global), ff35 or ff3e (source-specific)"
	b := g.As16()
	switch scope := b[1] & 0xf; {
	case !g.IsMulticast():
		return fmt.Errorf("%s is no multicast address: IPv6 groups are in ff00::/8", g)
	case g.Zone() != "":
		return fmt.Errorf("%s has a zone, which means something on one host only: leave it out", g)
	case scope == 0 || scope == 0xf:
		return fmt.Errorf("%s has the reserved scope %x: %s", g, scope, choose)
	case scope == 1:
		return fmt.Errorf("%s is interface-local (scope 1), it never leaves its host: %s", g, choose)
	case scope == 2:
		return fmt.Errorf("%s is link-local (scope 2), which no router forwards: %s", g, choose)
	case netip.AddrFrom16([16]byte{b[0], b[1]}) == g:
		return fmt.Errorf("%s has the group id 0, which is reserved: choose another", g)
	}
	return nil
}

// CheckHostAddr says why an address cannot be an endpoint's, or nil: it must be one with which one interface in the network sends and receives.
func CheckHostAddr(a netip.Addr) error {
	broadcast := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	switch {
	case !a.IsValid():
		return fmt.Errorf("an IPv4 or IPv6 address is missing")
	case a.Zone() != "":
		return fmt.Errorf("%s has a zone, which means something on one host only: leave it out", a)
	case a.Is4In6():
		return fmt.Errorf("%s is an IPv4 address written as IPv6: give %s", a, a.Unmap())
	case a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a == broadcast:
		return fmt.Errorf("%s is no address that an interface can send and receive with", a)
	case a.Is6() && a.IsLinkLocalUnicast():
		return fmt.Errorf("%s is link-local, so another host may have it too (RFC 4291 §2.5.6): give a global or unique local address", a)
	}
	return nil
}

// Family names the IP version of an address, for a person.
func Family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
