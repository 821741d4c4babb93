package flows

import (
	"net/netip"

	"crosspoint/openflow"
)

// Version tells the two trees apart that a flow may have in the switches while it moves from one to the other: 0 or 1. Every packet carries
// its version in its destination address from the guard at the sender to the last switch, so it goes down one tree alone, whatever
// the switches hold of the other: never lost, never doubled, never in a circle. A flow stays in the version that it moved to.
type Version uint8

// Other is the version that a flow moves to.
func (v Version) Other() Version { return 1 - v }

// destination is the Ethernet destination of a flow's packets between switches. In version 0 it is that of the group; in version 1 a locally
// administered group address made of the flow's object id, which nobody else uses.
func (v Version) destination(s Stream) openflow.MAC {
	if v == 0 {
		return groupMAC(s.Group)
	}
	return openflow.MAC{0x03, 0xc9, 0x05, byte(s.Object >> 16), byte(s.Object >> 8), byte(s.Object)}
}

// groupMAC is the Ethernet address of a multicast group (RFC 1112 §6.4, RFC 2464 §7).
func groupMAC(group netip.Addr) openflow.MAC {
	if group.Is4() {
		b := group.As4()
		return openflow.MAC{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
	}
	b := group.As16()
	return openflow.MAC{0x33, 0x33, b[12], b[13], b[14], b[15]}
}

// GuardVersion reads from the entries of a guard which version it lets the flow out in; false when there is none.
func GuardVersion(t Tables) (Version, bool) {
	for k, e := range t.Flows {
		if k.Table != TableGuard || OwnerOf(e.Cookie).Slot != SlotGuard {
			continue
		}
		for _, in := range e.Instructions {
			if apply, ok := in.(openflow.ApplyActions); ok && setsDestination(apply.Actions) {
				return 1, true
			}
		}
		return 0, true
	}
	return 0, false
}

func setsDestination(actions []openflow.Action) bool {
	for _, a := range actions {
		if set, ok := a.(openflow.SetField); ok && set.Field.Header.Field() == openflow.FieldEthDst {
			return true
		}
	}
	return false
}
