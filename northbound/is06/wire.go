package is06

import (
	"net/netip"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// endpoint is an answer's endpoint (endpoint.json).
type endpoint struct {
	ID           uuid.UUID           `json:"id"`
	ChassisID    *string             `json:"chassis_id"`
	PortID       string              `json:"port_id"`
	IPAddress    netip.Addr          `json:"ip_address"`
	Attached     *attachment         `json:"attached_network_device,omitempty"`
	MaxBandwidth *topology.Bandwidth `json:"max_bandwidth,omitempty"`
	Role         flows.Role          `json:"role"`
	Label        *string             `json:"label,omitempty"`
}

// attachment names a switch port as LLDP does.
type attachment struct {
	ChassisID string `json:"chassis_id"`
	PortID    string `json:"port_id"`
}

func wireEndpoint(e *flows.Endpoint) endpoint {
	out := endpoint{
		ID: e.ID, PortID: e.MAC.Dashed(), IPAddress: e.Addr, MaxBandwidth: e.MaxBandwidth, Role: e.Role, Label: e.Label,
	}
	if e.ChassisID != "" {
		out.ChassisID = &e.ChassisID
	}
	if e.Attached != nil {
		out.Attached = &attachment{e.Attached.ChassisID, e.Attached.PortID}
	}
	return out
}

// networkFlow is an answer's network flow (network-flow.json).
type networkFlow struct {
	ID        uuid.UUID          `json:"id"`
	Group     netip.Addr         `json:"multicast_address"`
	Sender    uuid.UUID          `json:"sender_endpoint_id"`
	Receivers []uuid.UUID        `json:"receiver_endpoint_ids"` // never nil: the schema knows no null
	Bandwidth topology.Bandwidth `json:"bandwidth"`
	Profile   flows.Profile      `json:"profile"`
	Forward   bool               `json:"forward_flow"`
	DSCP      flows.DSCP         `json:"dscp"`
	Label     *string            `json:"label,omitempty"`
}

func wireFlow(f *flows.NetworkFlow) networkFlow {
	out := networkFlow{
		ID: f.ID, Group: f.Group, Sender: f.Sender, Receivers: f.Receivers, Bandwidth: f.Bandwidth,
		Profile: f.Profile, Forward: f.Forward, DSCP: f.DSCP, Label: f.Label,
	}
	if out.Receivers == nil {
		out.Receivers = []uuid.UUID{}
	}
	return out
}

// device is a switch (network-device.json).
type device struct {
	ID         uuid.UUID      `json:"id"`
	ChassisID  string         `json:"chassis_id"`
	MgmtIP     netip.Addr     `json:"mgmt_ip"`
	MTU        int            `json:"mtu"`
	Interfaces []portOnDevice `json:"interfaces"` // never nil
	Label      string         `json:"label"`
}

// portOnDevice is one interface of a switch.
type portOnDevice struct {
	PortID      string             `json:"port_id"`
	AdminStatus status             `json:"admin_status"`
	OperStatus  status             `json:"oper_status"`
	Speed       topology.Bandwidth `json:"speed"` // one of the speeds that IS-06 lists
}

// status is "up" or "down".
type status string

func statusOf(up bool) status {
	if up {
		return "up"
	}
	return "down"
}

// networkLink is both directions of a link between switches (network-link.json).
type networkLink struct {
	ID    uuid.UUID          `json:"id"`
	Peers [2]peer            `json:"peers"`
	Speed topology.Bandwidth `json:"speed"`
}

// peer is one end of a link.
type peer struct {
	DeviceID uuid.UUID `json:"device_id"`
	PortID   string    `json:"port_id"`
}
