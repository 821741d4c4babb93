package is06

import (
	"net/netip"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// What a filter can name: each attribute of each resource. A test takes the documents apart and holds that none is missing.

func flowAttributes() attributes[networkFlow] {
	return attributes[networkFlow]{
		"id":                    idAttribute(func(f *networkFlow) uuid.UUID { return f.ID }),
		"multicast_address":     addrAttribute(func(f *networkFlow) netip.Addr { return f.Group }),
		"sender_endpoint_id":    idAttribute(func(f *networkFlow) uuid.UUID { return f.Sender }),
		"receiver_endpoint_ids": oneOf(uuid.Parse, uuid.UUID.String, func(f *networkFlow) []uuid.UUID { return f.Receivers }),
		"bandwidth":             rateAttribute(func(f *networkFlow) topology.Bandwidth { return f.Bandwidth }),
		"profile":               textAttribute(func(f *networkFlow) string { return string(f.Profile) }),
		"forward_flow":          boolAttribute(func(f *networkFlow) bool { return f.Forward }),
		"dscp":                  textAttribute(func(f *networkFlow) string { return string(f.DSCP) }),
		"label":                 optionalAttribute(func(f *networkFlow) *string { return f.Label }),
	}
}

func endpointAttributes() attributes[endpoint] {
	return attributes[endpoint]{
		"id":         idAttribute(func(e *endpoint) uuid.UUID { return e.ID }),
		"chassis_id": textAttribute(chassisText),
		"port_id":    textAttribute(func(e *endpoint) string { return e.PortID }),
		"ip_address": addrAttribute(func(e *endpoint) netip.Addr { return e.IPAddress }),
		"attached_network_device.chassis_id": optionalAttribute(func(e *endpoint) *string {
			if e.Attached == nil {
				return nil
			}
			return &e.Attached.ChassisID
		}),
		"attached_network_device.port_id": optionalAttribute(func(e *endpoint) *string {
			if e.Attached == nil {
				return nil
			}
			return &e.Attached.PortID
		}),
		"max_bandwidth": oneOf(topology.ParseBandwidth, topology.Bandwidth.String, func(e *endpoint) []topology.Bandwidth {
			if e.MaxBandwidth == nil {
				return nil
			}
			return []topology.Bandwidth{*e.MaxBandwidth}
		}),
		"role":  textAttribute(func(e *endpoint) string { return string(e.Role) }),
		"label": optionalAttribute(func(e *endpoint) *string { return e.Label }),
	}
}

// chassisText is null where there is none: the schema has it so.
func chassisText(e *endpoint) string {
	if e.ChassisID == nil {
		return "null"
	}
	return *e.ChassisID
}

func deviceAttributes() attributes[device] {
	ports := func(d *device) []portOnDevice { return d.Interfaces }
	return attributes[device]{
		"id":                      idAttribute(func(d *device) uuid.UUID { return d.ID }),
		"chassis_id":              textAttribute(func(d *device) string { return d.ChassisID }),
		"mgmt_ip":                 addrAttribute(func(d *device) netip.Addr { return d.MgmtIP }),
		"mtu":                     numberAttribute(func(d *device) int { return d.MTU }),
		"label":                   textAttribute(func(d *device) string { return d.Label }),
		"interfaces.port_id":      textsAttribute(ports, func(p *portOnDevice) string { return p.PortID }),
		"interfaces.admin_status": textsAttribute(ports, func(p *portOnDevice) status { return p.AdminStatus }),
		"interfaces.oper_status":  textsAttribute(ports, func(p *portOnDevice) status { return p.OperStatus }),
		"interfaces.speed":        textsAttribute(ports, func(p *portOnDevice) string { return p.Speed.String() }),
	}
}

func linkAttributes() attributes[networkLink] {
	peers := func(l *networkLink) []peer { return l.Peers[:] }
	return attributes[networkLink]{
		"id":              idAttribute(func(l *networkLink) uuid.UUID { return l.ID }),
		"speed":           rateAttribute(func(l *networkLink) topology.Bandwidth { return l.Speed }),
		"peers.device_id": textsAttribute(peers, func(p *peer) string { return p.DeviceID.String() }),
		"peers.port_id":   textsAttribute(peers, func(p *peer) string { return p.PortID }),
	}
}
