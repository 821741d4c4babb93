package scenario

import (
	"net/netip"

	"github.com/google/uuid"
)

// The ids that plans give: always the same for the same name (RFC 9562 §5.5), so that runs can be compared.

// EndpointID is the id under which a host is registered with its IPv4 address.
func EndpointID(host string) uuid.UUID { return identity("endpoint " + host) }

// EndpointID6 is the id under which a host is registered with its IPv6 address.
func EndpointID6(host string) uuid.UUID { return identity("endpoint " + host + " over IPv6") }

// endpointFor is the id of a host's endpoint of the IP version of an address.
func endpointFor(peer netip.Addr, host string) uuid.UUID {
	if peer.Is6() {
		return EndpointID6(host)
	}
	return EndpointID(host)
}

// FlowID is the id of a flow.
func FlowID(name string) uuid.UUID { return identity("flow " + name) }

func identity(name string) uuid.UUID {
	plans := uuid.MustParse("9f6c1a52-0d0b-5a8e-8d0c-5b6d3c2f7a10")
	return uuid.NewSHA1(plans, []byte(name))
}

func flowPath(name string) string { return "network-flows/" + FlowID(name).String() }
