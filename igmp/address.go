package igmp

import "net/netip"

// AllSystems is 224.0.0.1, where general queries go (RFC 3376 §4.1.12).
func AllSystems() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 1}) }

// AllRouters is 224.0.0.2, where leaves go (RFC 2236 §2.1).
func AllRouters() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 2}) }

// AllV3Routers is 224.0.0.22, where version 3 reports go (RFC 3376 §4.2.14).
func AllV3Routers() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 22}) }

// AllNodes is ff02::1, where general queries of MLD go (RFC 3810 §5.1.15).
func AllNodes() netip.Addr { return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x01}) }

// AllRouters6 is ff02::2, where a Done goes (RFC 2710 §4).
func AllRouters6() netip.Addr { return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x02}) }

// AllMLDv2Routers is ff02::16, where reports of MLDv2 go (RFC 3810 §5.2.14).
func AllMLDv2Routers() netip.Addr { return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x16}) }

// LinkLocalOf makes the link-local address of an interface out of its MAC address: fe80::/64 and the modified
// EUI-64 (RFC 4291 §2.5.6 and appendix A). A querier of MLD asks from it.
func LinkLocalOf(mac [6]byte) netip.Addr {
	const universalLocal = 0x02
	return netip.AddrFrom16([16]byte{
		0: 0xfe, 1: 0x80, 8: mac[0] ^ universalLocal, 9: mac[1], 10: mac[2],
		11: 0xff, 12: 0xfe, 13: mac[3], 14: mac[4], 15: mac[5],
	})
}

// SourceSpecific tells whether group is in a range where only joins of named sources count: 232.0.0.0/8 and
// ff3x::/96 (RFC 4607 §1, RFC 4604 §2).
func SourceSpecific(group netip.Addr) bool {
	if group.Is4() {
		return group.As4()[0] == 232
	}
	b := group.As16()
	return group.Is6() && b[0] == 0xff && b[1]&0xf0 == 0x30 && [10]byte(b[2:12]) == [10]byte{}
}

// stays tells whether packets to group never leave a link, so that no membership of it is tracked: 224.0.0.0/24
// (RFC 3376 §6), and what is reserved or of interface-local or link-local scope (RFC 3810 §6, RFC 4291 §2.7).
func stays(group netip.Addr) bool {
	if group.Is4() {
		return group.IsLinkLocalMulticast()
	}
	const scopeMask, linkLocal = 0x0f, 2
	return group.As16()[1]&scopeMask <= linkLocal
}

// MulticastMAC is the Ethernet address of a group (RFC 1112 §6.4, RFC 2464 §7).
func MulticastMAC(group netip.Addr) [6]byte {
	if group.Is4() {
		b := group.As4()
		return [6]byte{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
	}
	b := group.As16()
	return [6]byte{0x33, 0x33, b[12], b[13], b[14], b[15]}
}

// Destination gives the destination that the standards want for m (RFC 3376 §4.1.12, §4.2.14, RFC 2236 §2 and
// §9; RFC 3810 §5.1.15, §5.2.14, RFC 2710 §4). Receivers must accept others too. It is the zero Addr for a nil m.
func Destination(m Message) netip.Addr {
	switch m := m.(type) {
	case *Query:
		switch {
		case !m.General():
			return m.Group
		case m.Version.MLD():
			return AllNodes()
		}
		return AllSystems()
	case *Report:
		return m.Group
	case *Leave:
		if m.version().MLD() {
			return AllRouters6()
		}
		return AllRouters()
	case *ReportV3:
		if m.MLD {
			return AllMLDv2Routers()
		}
		return AllV3Routers()
	}
	return netip.Addr{}
}
