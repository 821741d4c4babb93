package igmp

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
)

// PortKey names one port of one switch.
type PortKey struct {
	Switch uint64 // OpenFlow datapath id
	Port   uint32 // OpenFlow port number
}

// Compare orders by switch, then port.
func (k PortKey) Compare(other PortKey) int {
	return cmp.Or(cmp.Compare(k.Switch, other.Switch), cmp.Compare(k.Port, other.Port))
}

// String gives, for example, "0000000000000001:3".
func (k PortKey) String() string { return fmt.Sprintf("%016x:%d", k.Switch, k.Port) }

// Host is who sent a report: where it came in, and the addresses it came from. Hosts that differ in any of
// them are different. Addr is 0.0.0.0 for a host that has no address yet (RFC 3376 §4.2.13).
type Host struct {
	Switch uint64
	Port   uint32
	MAC    [6]byte
	Addr   netip.Addr
}

// Key is the port that the host is on.
func (h Host) Key() PortKey { return PortKey{Switch: h.Switch, Port: h.Port} }

// Compare orders by switch, port, MAC and address.
func (h Host) Compare(other Host) int {
	return cmp.Or(
		h.Key().Compare(other.Key()),
		bytes.Compare(h.MAC[:], other.MAC[:]),
		h.Addr.Compare(other.Addr),
	)
}

// String gives, for example, "0000000000000001:3 02:00:00:00:00:01 10.0.0.1".
func (h Host) String() string {
	m := h.MAC
	return fmt.Sprintf("%v %02x:%02x:%02x:%02x:%02x:%02x %v", h.Key(), m[0], m[1], m[2], m[3], m[4], m[5], h.Addr)
}
