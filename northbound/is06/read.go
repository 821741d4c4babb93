package is06

import (
	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/northbound"
)

// readEndpoint takes the body of an endpoint's PUT (endpoint.json), with IS-06's defaults.
func readEndpoint(id uuid.UUID) func(*northbound.Form) flows.Endpoint {
	return func(f *northbound.Form) flows.Endpoint {
		return flows.Endpoint{
			ID:           sameID(f, id),
			ChassisID:    northbound.Required(f, "chassis_id", asChassisID),
			MAC:          northbound.Required(f, "port_id", asMAC),
			Addr:         northbound.Required(f, "ip_address", asHostAddr),
			Attached:     northbound.Optional(f, "attached_network_device", asAttachment),
			MaxBandwidth: northbound.Optional(f, "max_bandwidth", asBandwidth),
			Role:         or(northbound.Optional(f, "role", named[flows.Role]), flows.RoleBoth),
			Label:        northbound.Optional(f, "label", asLabel),
		}
	}
}

// readEndpointPatch takes the body of an endpoint's PATCH (endpoint-patch.json).
func readEndpointPatch(f *northbound.Form) flows.EndpointPatch {
	return flows.EndpointPatch{
		Addr:         northbound.Optional(f, "ip_address", asHostAddr),
		Attached:     northbound.Optional(f, "attached_network_device", asAttachment),
		MaxBandwidth: northbound.Optional(f, "max_bandwidth", asBandwidth),
		Role:         northbound.Optional(f, "role", named[flows.Role]),
		Label:        northbound.Optional(f, "label", asLabel),
	}
}

// readFlow takes the body of a flow's PUT (network-flow.json), with IS-06's defaults.
func readFlow(id uuid.UUID) func(*northbound.Form) flows.NetworkFlow {
	return func(f *northbound.Form) flows.NetworkFlow {
		return flows.NetworkFlow{
			ID:        sameID(f, id),
			Group:     northbound.Required(f, "multicast_address", asGroup),
			Sender:    northbound.Required(f, "sender_endpoint_id", asUUID),
			Receivers: northbound.Required(f, "receiver_endpoint_ids", asReceivers),
			Bandwidth: northbound.Required(f, "bandwidth", asBandwidth),
			Profile:   or(northbound.Optional(f, "profile", named[flows.Profile]), flows.ProfileConstant),
			Forward:   or(northbound.Optional(f, "forward_flow", asBool), true),
			DSCP:      or(northbound.Optional(f, "dscp", named[flows.DSCP]), flows.DSCPDefault),
			Label:     northbound.Optional(f, "label", asLabel),
		}
	}
}

// readFlowPatch takes the body of a flow's PATCH (network-flow-patch.json).
func readFlowPatch(f *northbound.Form) flows.FlowPatch {
	return flows.FlowPatch{
		Bandwidth: northbound.Optional(f, "bandwidth", asBandwidth),
		Profile:   northbound.Optional(f, "profile", named[flows.Profile]),
		Forward:   northbound.Optional(f, "forward_flow", asBool),
		DSCP:      northbound.Optional(f, "dscp", named[flows.DSCP]),
		Label:     northbound.Optional(f, "label", asLabel),
	}
}

// readReceivers takes the body of the POST of receivers (network-flow-receivers.json).
func readReceivers(f *northbound.Form) []uuid.UUID {
	return northbound.Required(f, "receiver_endpoint_ids", asReceivers)
}

// sameID reads the id of a PUT, which stands in the path too.
func sameID(f *northbound.Form, path uuid.UUID) uuid.UUID {
	id := northbound.Required(f, "id", asUUID)
	if id != path && id != uuid.Nil {
		f.Fault("id", "%s is not the id in the path, %s", id, path)
	}
	return id
}

// or gives what was read, or the default.
func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}
