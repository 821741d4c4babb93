package flows

import (
	"net/netip"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// Endpoint is one network interface that sends or receives flows (IS-06 v1.0.1, endpoint). A host with several addresses is several endpoints.
type Endpoint struct {
	ID uuid.UUID
	// ChassisID is the host's LLDP chassis id; "" when the host sends none (null in IS-06).
	ChassisID string
	// MAC is the interface's address: the port_id of IS-06.
	MAC topology.MAC
	// Addr is where flows come from or go to; unique in the network.
	Addr netip.Addr
	// Attached is the switch port as the client gave it or as the controller found it; nil while nobody knows.
	Attached *Attachment
	// MaxBandwidth bounds the sum of what the endpoint sends; nil for no bound.
	MaxBandwidth *topology.Bandwidth
	Role         Role
	// Label is free text; nil when the client gave none.
	Label *string

	Created, Updated TAI
}

// Attachment names a switch port as LLDP does.
type Attachment struct {
	ChassisID string
	PortID    string
}

// Role says whether an endpoint may be a flow's sender, its receiver, or both (IS-06 endpoint.role).
type Role string

// Roles of an endpoint.
const (
	RoleSender   Role = "sender"
	RoleReceiver Role = "receiver"
	RoleBoth     Role = "both" // the default of IS-06
)

// MaySend reports whether the role allows being a flow's sender.
func (r Role) MaySend() bool { return r != RoleReceiver }

// MayReceive reports whether the role allows being a flow's receiver.
func (r Role) MayReceive() bool { return r != RoleSender }

// EndpointPatch holds the attributes of an IS-06 endpoint PATCH; nil leaves an attribute as it is.
type EndpointPatch struct {
	Addr         *netip.Addr
	Attached     *Attachment
	MaxBandwidth *topology.Bandwidth
	Role         *Role
	Label        *string
}
