package flows

import (
	"net/netip"
	"slices"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// ObjectID numbers a flow or an endpoint in the switches: it is in the cookie of every entry that serves it, and it is the flow's
// group and meter id. It is kept for the object's life. 0 is no object.
type ObjectID uint32

// NetworkFlow is one <S,G> and who may receive it (IS-06 v1.0.1, network-flow).
type NetworkFlow struct {
	ID        uuid.UUID
	Group     netip.Addr  // G
	Sender    uuid.UUID   // the endpoint whose address is S
	Receivers []uuid.UUID // authorised endpoints, in the order the client gave them
	Bandwidth topology.Bandwidth
	Profile   Profile
	// Forward true: forwarded to every receiver without a join. False: reserved, and forwarded to those that join.
	Forward bool
	DSCP    DSCP
	Label   *string // nil when the client gave none

	Created, Updated TAI
}

// Lists reports whether an endpoint is an authorised receiver.
func (f *NetworkFlow) Lists(receiver uuid.UUID) bool { return slices.Contains(f.Receivers, receiver) }

// FlowPatch holds the attributes of an IS-06 network flow PATCH; nil leaves an attribute as it is.
type FlowPatch struct {
	Bandwidth *topology.Bandwidth
	Profile   *Profile
	Forward   *bool
	DSCP      *DSCP
	Label     *string
}

// DSCP is a differentiated services class by name (IS-06 network-flow.dscp; RFC 2474, 2597, 3246).
type DSCP string

// DSCPDefault is the class of a flow whose client named none.
const DSCPDefault DSCP = "CS0"

// DSCPs lists the classes that IS-06 knows, in the order of its schema.
func DSCPs() []DSCP {
	return []DSCP{
		"CS0", "CS1", "CS2", "CS3", "CS4", "CS5", "CS6", "CS7", "AF11", "AF12", "AF13", "AF21", "AF22", "AF23",
		"AF31", "AF32", "AF33", "AF41", "AF42", "AF43", "EF",
	}
}

// Value is the six-bit code point. A class that is none of DSCPs is 0, best effort.
func (d DSCP) Value() uint8 {
	switch {
	case d == "EF":
		return 46
	case len(d) == 3 && d[:2] == "CS":
		return 8 * (d[2] - '0')
	case len(d) == 4 && d[:2] == "AF":
		return 8*(d[2]-'0') + 2*(d[3]-'0')
	default:
		return 0
	}
}
