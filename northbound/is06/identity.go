package is06

import (
	"github.com/google/uuid"

	"crosspoint/topology"
)

// The ids of switches and links are derived, so that they outlive a restart and a lost store (RFC 9562 §5.5). The prefixes are part of
// every id: never change them.
const (
	devicePrefix = "urn:crosspoint:is-06:network-device:"
	linkPrefix   = "urn:crosspoint:is-06:network-link:"
)

func deviceID(id topology.SwitchID) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(devicePrefix+id.ChassisID()))
}

// linkID gives the same id whichever end comes first. A chassis id has no blank and a fixed length, so no two pairs of ends give one text.
func linkID(a, b end) uuid.UUID {
	first, second := a.chassisID+" "+a.portID, b.chassisID+" "+b.portID
	if second < first {
		first, second = second, first
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(linkPrefix+first+"\n"+second))
}

// end names a switch port as our LLDP frames do.
type end struct{ chassisID, portID string }
