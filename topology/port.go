package topology

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// PortID is a port number on one switch (OpenFlow 1.3.5 §7.2.1).
type PortID uint32

const (
	// PortMax is OFPP_MAX, the largest number of a port that carries traffic.
	// Above it are the reserved ports.
	PortMax PortID = 0xffffff00
	// PortLocal is OFPP_LOCAL, the switch's own network stack.
	PortLocal PortID = 0xfffffffe
)

// Reserved tells whether the number names one of OpenFlow's reserved ports.
func (p PortID) Reserved() bool { return p > PortMax }

// Port is what a switch says of one of its ports.
type Port struct {
	ID   PortID
	Name string // as the switch names it; unique on the switch
	MAC  MAC

	AdminUp bool // OFPPC_PORT_DOWN is not set
	LinkUp  bool // OFPPS_LINK_DOWN is not set
	// Live is OFPPS_LIVE. It goes first when a port fails, and with BFD it is the
	// only sign of a silent failure. Who fills in a port from a switch that never
	// sets the bit must set it here.
	Live bool

	Speed Bandwidth // current bit rate; zero when the switch does not tell
}

// Usable tells whether the port passes traffic as far as its switch knows.
func (p Port) Usable() bool { return p.AdminUp && p.LinkUp && p.Live }

// PortRef names one port of one switch in the network.
type PortRef struct {
	Switch SwitchID
	Port   PortID
}

// String gives the switch's 16 digits, a colon and the port number in decimal.
func (r PortRef) String() string {
	return r.Switch.String() + ":" + strconv.FormatUint(uint64(r.Port), 10)
}

// Compare orders by switch, then by port.
func (r PortRef) Compare(o PortRef) int {
	return cmp.Or(cmp.Compare(r.Switch, o.Switch), cmp.Compare(r.Port, o.Port))
}

// ParsePortRef reads what [PortRef.String] writes; the switch may be shorter than
// 16 digits.
func ParsePortRef(s string) (PortRef, error) {
	left, right, _ := strings.Cut(s, ":")
	id, err := ParseSwitchID(left)
	if err != nil {
		return PortRef{}, fmt.Errorf("parse port %q: %w", clip(s), err)
	}
	n, err := strconv.ParseUint(right, 10, 32)
	if err != nil {
		return PortRef{}, fmt.Errorf("parse port %q: want a decimal port number after ':'", clip(s))
	}
	return PortRef{Switch: id, Port: PortID(n)}, nil
}
