package flows

import (
	"fmt"
	"net/netip"
)

var (
	firstGroup = netip.AddrFrom4([4]byte{224, 1, 1, 1})
	lastGroup  = netip.AddrFrom4([4]byte{239, 255, 255, 255})
)

// CheckGroup says why an address cannot be a flow's multicast group, or nil. IS-06 allows IPv4 224.1.1.1 to 239.255.255.255.
func CheckGroup(g netip.Addr) error {
	switch {
	case !g.IsValid():
		return fmt.Errorf("a unicast flow (null) is not supported: give an IPv4 multicast address")
	case !g.Is4():
		return fmt.Errorf("%s is an IPv6 address: only IPv4 multicast groups are supported", g)
	case g.IsLinkLocalMulticast():
		return fmt.Errorf("%s is a link-local control group (224.0.0.0/24), which no router forwards: choose one from %s to %s", g, firstGroup, lastGroup)
	case g.Less(firstGroup) || lastGroup.Less(g):
		return fmt.Errorf("%s is outside %s to %s", g, firstGroup, lastGroup)
	}
	return nil
}
