package dnssd

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// iface is what counts of a network interface.
type iface struct {
	index     int
	name      string
	loopback  bool
	multicast bool
	addrs     []netip.Addr // IPv6 link-local ones without zone
}

// interfaces reads those that are up.
func interfaces() ([]iface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	var out []iface
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it went away between the two calls
		}
		out = append(out, iface{
			index: i.Index, name: i.Name, loopback: i.Flags&net.FlagLoopback != 0, multicast: i.Flags&net.FlagMulticast != 0, addrs: netAddrs(addrs),
		})
	}
	return out, nil
}

func netAddrs(addrs []net.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				out = append(out, ip.Unmap())
			}
		}
	}
	return out
}

// reach gives the links on which a listener can be reached, each with the addresses to name there. Both versions of IP name all of them:
// a client that asks over one may connect over the other.
func reach(listener netip.Addr, all []iface) map[linkID][]netip.Addr {
	links := map[linkID][]netip.Addr{}
	for _, i := range all {
		addrs := sortedAddrs(i.reachable(listener.Unmap()))
		if len(addrs) == 0 {
			continue
		}
		if slices.ContainsFunc(i.addrs, netip.Addr.Is4) {
			links[linkID{index: i.index}] = addrs
		}
		if slices.ContainsFunc(i.addrs, netip.Addr.Is6) && !i.loopback { // Linux has no IPv6 multicast on loopback
			links[linkID{index: i.index, v6: true}] = addrs
		}
	}
	return links
}

// reachable gives the addresses of an interface to which a client can connect.
func (i iface) reachable(listener netip.Addr) []netip.Addr {
	if !listener.IsUnspecified() {
		if listener.Zone() != "" && listener.Zone() != i.name {
			return nil
		}
		if own := listener.WithZone(""); slices.Contains(i.addrs, own) && (i.multicast || i.loopback) {
			return []netip.Addr{own}
		}
		return nil
	}
	if i.loopback || !i.multicast {
		return nil
	}
	wide := slices.DeleteFunc(slices.Clone(i.addrs), func(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() })
	if len(wide) == 0 {
		return i.addrs
	}
	return wide
}
