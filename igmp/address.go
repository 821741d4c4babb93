package igmp

import "net/netip"

// AllSystems is 224.0.0.1, where general queries go (RFC 3376 §4.1.12).
func AllSystems() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 1}) }

// AllRouters is 224.0.0.2, where leaves go (RFC 2236 §2.1).
func AllRouters() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 2}) }

// AllV3Routers is 224.0.0.22, where version 3 reports go (RFC 3376 §4.2.14).
func AllV3Routers() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 22}) }

// Destination gives the IPv4 destination that the standard wants for m (RFC 3376 §4.1.12, §4.2.14, RFC 2236
// §2 and §9). Receivers must accept others too. It is the zero Addr for a nil m.
func Destination(m Message) netip.Addr {
	switch m := m.(type) {
	case *Query:
		if m.General() {
			return AllSystems()
		}
		return m.Group
	case *Report:
		return m.Group
	case *Leave:
		return AllRouters()
	case *ReportV3:
		return AllV3Routers()
	}
	return netip.Addr{}
}
