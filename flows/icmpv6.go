package flows

import (
	"net/netip"

	"crosspoint/openflow"
)

const protoICMPv6 uint8 = 58

// ICMPv6 types that a network without IPv6 routers treats apart.
const (
	mldQuery            uint8 = 130 // RFC 2710 §3, RFC 3810 §5.1
	mldReport           uint8 = 131 // RFC 2710 §3
	mldDone             uint8 = 132 // RFC 2710 §3
	routerSolicitation  uint8 = 133 // RFC 4861 §4.1
	routerAdvertisement uint8 = 134 // RFC 4861 §4.2
	neighbourSolicit    uint8 = 135 // RFC 4861 §4.3
	neighbourAdvertise  uint8 = 136 // RFC 4861 §4.4
	redirect            uint8 = 137 // RFC 4861 §4.5
	mldReportV2         uint8 = 143 // RFC 3810 §5.2
)

var (
	multicastIPv6 = netip.MustParsePrefix("ff00::/8") // RFC 4291 §2.7
	// localScopes are the groups of one interface and of one link, which nobody forwards (RFC 4291 §2.7). Those with flags, such as ff32::/96,
	// end at the guard.
	localScopes = []netip.Prefix{netip.MustParsePrefix("ff01::/16"), netip.MustParsePrefix("ff02::/16")}
)

// icmpv6Control is what becomes of one type of ICMPv6 from an edge port. Nothing: it is dropped everywhere.
type icmpv6Control struct {
	kind uint8
	does []openflow.Instruction
}

// controlICMPv6 keeps to the edge what hosts say to routers and neighbours. The switch finds the type behind a hop-by-hop header too, where MLD has
// it (RFC 3810 §5). Nobody is a router who was not said to be, so an advertisement is a host that would draw the traffic of the others (RFC 6104): it
// reaches nobody, and a sample of it shows who it is. In fragments the type may be hidden, and hosts drop those by themselves (RFC 6980 §5).
var controlICMPv6 = []icmpv6Control{
	{mldQuery, toMembership},
	{mldReport, toMembership},
	{mldDone, toMembership},
	{mldReportV2, toMembership},
	{neighbourSolicit, toNeighbours},
	{neighbourAdvertise, toNeighbours},
	advertisements,
	solicitations,
	{redirect, nil},
}

var (
	// advertisements are of routers; see CompileInfrastructure for where there are any.
	advertisements = icmpv6Control{routerAdvertisement, punt(meterSample)}
	solicitations  = icmpv6Control{routerSolicitation, nil}
)

var (
	toMembership = []openflow.Instruction{goTo(TableMembership)}
	toNeighbours = []openflow.Instruction{goTo(TableNeighbours)}
)

// match is the type, and what else is asked for.
func (c icmpv6Control) match(also ...openflow.OXM) openflow.Match {
	return match(append(also, openflow.EthType(etherTypeIPv6), openflow.IPProto(protoICMPv6), openflow.ICMPv6Type(c.kind))...)
}
