package topology

import (
	"cmp"
	"net/netip"
	"time"
)

// Sighting is what gave a host away.
type Sighting uint8

// The kinds of sighting. The zero value is none of them.
const (
	SeenARP      Sighting = iota + 1 // ARP
	SeenIGMP                         // IGMP, or MLD
	SeenLLDP                         // the host's own LLDP
	SeenRestored                     // remembered from before a restart
	SeenND                           // IPv6 neighbour discovery
)

// String names the kind in lower case.
func (s Sighting) String() string {
	switch s {
	case SeenARP:
		return "arp"
	case SeenIGMP:
		return "igmp"
	case SeenLLDP:
		return "lldp"
	case SeenRestored:
		return "restored"
	case SeenND:
		return "nd"
	}
	return "unknown"
}

// Host is a MAC address, one of its IP addresses, and the port where they are. A MAC
// address with several IP addresses is several hosts, all at one port.
type Host struct {
	MAC  MAC
	Addr netip.Addr // invalid while only the MAC address is known
	At   PortRef
	By   Sighting // of the latest sighting

	Since time.Time // when it was first seen at this port
	Last  time.Time // when it was last seen
}

// Compare orders by MAC address, then by IP address.
func (h Host) Compare(o Host) int { return cmp.Or(h.MAC.Compare(o.MAC), h.Addr.Compare(o.Addr)) }

// MoveKind says what a sighting meant.
type MoveKind uint8

// The kinds of move.
const (
	Same     MoveKind = iota // the host was known at this port
	New                      // the host, or its IP address, was not known
	Moved                    // the host was elsewhere; Move.From says where
	Conflict                 // the host is elsewhere and was not moved; Move.From says where
	Refused                  // nothing was recorded: no owner's address, or no space
)

// String names the kind in lower case.
func (k MoveKind) String() string {
	switch k {
	case Same:
		return "same"
	case New:
		return "new"
	case Moved:
		return "moved"
	case Conflict:
		return "conflict"
	case Refused:
		return "refused"
	}
	return "unknown"
}

// Move is what a sighting meant. From is the port where the host was, if Moved, or
// still is, if Conflict; otherwise zero.
type Move struct {
	Kind MoveKind
	From PortRef
}
