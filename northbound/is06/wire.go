package is06

import (
	"net/netip"
	"slices"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// times are when a resource was created and last changed.
type times struct{ created, updated flows.TAI }

func (t times) stamps() times { return t }

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
	times
}

// attachment names a switch port as LLDP does.
type attachment struct {
	ChassisID string `json:"chassis_id"`
	PortID    string `json:"port_id"`
}

func (e endpoint) key() uuid.UUID { return e.ID }

func (e endpoint) equal(o endpoint) bool {
	same := e.ID == o.ID && e.PortID == o.PortID && e.IPAddress == o.IPAddress && e.Role == o.Role && e.times == o.times
	return same && equalTo(e.ChassisID, o.ChassisID) && equalTo(e.Attached, o.Attached) &&
		equalTo(e.MaxBandwidth, o.MaxBandwidth) && equalTo(e.Label, o.Label)
}

// equalTo compares what is pointed at; nil equals nil.
func equalTo[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func wireEndpoint(e *flows.Endpoint) endpoint {
	out := endpoint{
		ID: e.ID, PortID: e.MAC.Dashed(), IPAddress: e.Addr, MaxBandwidth: e.MaxBandwidth, Role: e.Role, Label: e.Label,
		times: times{e.Created, e.Updated},
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
	times
}

func (f networkFlow) key() uuid.UUID { return f.ID }

func (f networkFlow) equal(o networkFlow) bool {
	same := f.ID == o.ID && f.Group == o.Group && f.Sender == o.Sender && f.Bandwidth == o.Bandwidth && f.Profile == o.Profile
	return same && f.Forward == o.Forward && f.DSCP == o.DSCP && f.times == o.times && equalTo(f.Label, o.Label) &&
		slices.Equal(f.Receivers, o.Receivers)
}

func wireFlow(f *flows.NetworkFlow) networkFlow {
	out := networkFlow{
		ID: f.ID, Group: f.Group, Sender: f.Sender, Receivers: f.Receivers, Bandwidth: f.Bandwidth,
		Profile: f.Profile, Forward: f.Forward, DSCP: f.DSCP, Label: f.Label,
		times: times{f.Created, f.Updated},
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
	times
}

func (d device) key() uuid.UUID { return d.ID }

func (d device) equal(o device) bool {
	same := d.ID == o.ID && d.ChassisID == o.ChassisID && d.MgmtIP == o.MgmtIP && d.MTU == o.MTU && d.Label == o.Label
	return same && d.times == o.times && slices.Equal(d.Interfaces, o.Interfaces)
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
	times
}

func (l networkLink) key() uuid.UUID { return l.ID }

func (l networkLink) equal(o networkLink) bool { return l == o }

// peer is one end of a link.
type peer struct {
	DeviceID uuid.UUID `json:"device_id"`
	PortID   string    `json:"port_id"`
}
