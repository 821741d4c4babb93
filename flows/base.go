package flows

import (
	"crosspoint/openflow"
	"crosspoint/topology"
)

const (
	etherTypeIPv4 uint16 = 0x0800
	etherTypeARP  uint16 = 0x0806
	etherTypeIPv6 uint16 = 0x86dd
	etherTypeLLDP uint16 = 0x88cc
	protoIGMP     uint8  = 2
)

var (
	lldpMulticast = openflow.MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e} // IEEE 802.1AB §7.1, nearest bridge
	multicastBit  = openflow.MAC{0x01}
)

// OwnerBase owns what every switch holds whatever flows there are.
var OwnerBase = Owner{Kind: KindBase}

// Base compiles what a switch holds whatever flows there are: classification, the drops that are counted at the end of each table, what its
// ports to other switches may pass, and how much of what is for the controller may come from each edge port.
func Base(links, edges []topology.PortID) Tables { return BaseWith(links, edges, BaseOptions{}) }

// BaseOptions is what of the base entries the configuration says. The zero value has the defaults.
type BaseOptions struct {
	// Reports and ReportBurst are how many reports of memberships the controller takes in from one port, a second and at once. A switch lets a tenth
	// more pass, so that what is too much is counted there. 0: as many as by igmp.DefaultConfig.
	Reports, ReportBurst int
	// Routers are the edge ports of this switch at which IPv6 routers may advertise themselves; RoutersElsewhere says that there are such ports at all.
	Routers          []topology.PortID
	RoutersElsewhere bool
}

// membershipMeter bounds what one port says of memberships.
func (o BaseOptions) membershipMeter() Meter {
	rate, burst := uint32(rateMembership), uint32(burstMembership)
	if o.Reports > 0 {
		rate, burst = tenthMore(o.Reports), tenthMore(o.ReportBurst)
	}
	return packetMeter(rate, burst)
}

func tenthMore(n int) uint32 { return uint32(n + (n+9)/10) }

// BaseWith is Base as the configuration says.
func BaseWith(links, edges []topology.PortID, o BaseOptions) Tables {
	b := newBuilder(OwnerBase)
	b.classify()
	for _, p := range links {
		b.link(openflow.InPort(openflow.PortNo(p)), o.RoutersElsewhere || len(o.Routers) > 0)
	}
	reports := o.membershipMeter()
	b.unknownPorts(reports)
	for _, p := range edges {
		b.edge(p, reports)
	}
	for _, p := range o.Routers {
		b.entry(TableClassify, prioControlLink, advertisements.match(openflow.InPort(openflow.PortNo(p))), goTo(TableUnicast))
	}
	return b.tables
}

// classify tells packets apart by what they are, and drops or samples what nothing else matches.
func (b *builder) classify() {
	b.meter(meterLLDP, packetMeter(rateLLDP, burstLLDP))
	b.meter(meterSample, packetMeter(rateSample, burstSample))

	b.entry(TableClassify, prioLLDP, match(openflow.EthDst(lldpMulticast), openflow.EthType(etherTypeLLDP)), punt(meterLLDP)...)
	b.entry(TableClassify, prioControl, match(openflow.EthType(etherTypeIPv4), openflow.IPProto(protoIGMP)), goTo(TableMembership))
	b.entry(TableClassify, prioControl, match(openflow.EthType(etherTypeARP)), goTo(TableNeighbours))
	for _, c := range controlICMPv6 {
		b.entry(TableClassify, prioControl, c.match(), c.does...)
	}
	b.entry(TableClassify, prioLocalGroups, match(openflow.EthType(etherTypeIPv4), openflow.IPv4DstMasked(localGroups)))
	b.entry(TableClassify, prioMulticast, match(openflow.EthType(etherTypeIPv4), openflow.IPv4DstMasked(multicastIPv4)), goTo(TableGuard))
	for _, scope := range localScopes {
		b.entry(TableClassify, prioLocalGroups, match(openflow.EthType(etherTypeIPv6), openflow.IPv6DstMasked(scope)))
	}
	b.entry(TableClassify, prioMulticast, match(openflow.EthType(etherTypeIPv6), openflow.IPv6DstMasked(multicastIPv6)), goTo(TableGuard))
	b.entry(TableClassify, prioMulticastRest, match(openflow.EthDstMasked(multicastBit, multicastBit)))
	b.entry(TableClassify, prioMiss, match())
	b.entry(TableGuard, prioMiss, match(), punt(meterSample)...)
	b.entry(TableMulticast, prioMiss, match())
	b.entry(TableUnicast, prioMiss, match())
}

// link lets on what comes from another switch, but what hosts say for the controller: that was answered where it came in. An advertisement is let on
// to the one host that it is for where there are routers: only theirs were let in.
func (b *builder) link(in openflow.OXM, routers bool) {
	var advertised []openflow.Instruction
	if routers {
		advertised = []openflow.Instruction{goTo(TableUnicast)}
	}
	b.entry(TableClassify, prioControlLink, advertisements.match(in), advertised...)
	b.entry(TableClassify, prioUnicast, match(in), goTo(TableUnicast))
	b.entry(TableGuard, prioGuardLink, match(in), goTo(TableMulticast))
	b.entry(TableMembership, prioPort, match(in))
	b.entry(TableNeighbours, prioPort, match(in))
}

// edge bounds what the hosts of one port say for the controller, so that they cannot use up what those of another may.
func (b *builder) edge(p topology.PortID, reports Meter) {
	in := match(openflow.InPort(openflow.PortNo(p)))
	membership, neighbours := portMeter(firstMembershipMeter, p), portMeter(firstNeighboursMeter, p)
	b.meter(membership, reports)
	b.meter(neighbours, packetMeter(rateNeighbours, burstNeighbours))
	b.entry(TableMembership, prioPort, in, punt(membership)...)
	b.entry(TableNeighbours, prioPort, in, punt(neighbours)...)
}

// unknownPorts has ports that came up a moment ago heard as well, under one limit.
func (b *builder) unknownPorts(reports Meter) {
	b.meter(meterMembership, reports)
	b.meter(meterNeighbours, packetMeter(rateNeighbours, burstNeighbours))
	b.entry(TableMembership, prioMiss, match(), punt(meterMembership)...)
	b.entry(TableNeighbours, prioMiss, match(), punt(meterNeighbours)...)
}

// puntBytes is how much of a punted packet the controller sees: a whole frame of the usual MTU, so that an IGMPv3 report is never cut.
const puntBytes uint16 = 2048

// punt sends a packet to the controller, bounded by a meter.
func punt(m openflow.MeterID) []openflow.Instruction {
	return []openflow.Instruction{
		openflow.UseMeter{Meter: m},
		openflow.ApplyActions{Actions: []openflow.Action{openflow.Output{Port: openflow.PortController, MaxLen: puntBytes}}},
	}
}

func goTo(t openflow.TableID) openflow.Instruction { return openflow.GotoTable{Table: t} }

func match(fields ...openflow.OXM) openflow.Match { return openflow.NewMatch(fields...) }

func packetMeter(rate, burst uint32) Meter {
	return Meter{
		Flags: openflow.MeterPktps | openflow.MeterBurst,
		Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: rate, Burst: burst}},
	}
}

// builder collects the tables of one owner.
type builder struct {
	cookie uint64
	tables Tables
}

func newBuilder(o Owner) *builder { return &builder{cookie: o.Cookie()} }

func (b *builder) entry(t openflow.TableID, prio uint16, m openflow.Match, is ...openflow.Instruction) {
	put(&b.tables.Flows, EntryKey{t, prio, m}, Entry{Cookie: b.cookie, Instructions: is})
}

func (b *builder) group(id openflow.GroupID, buckets []openflow.Bucket) {
	put(&b.tables.Groups, id, Group{Type: openflow.GroupTypeAll, Buckets: buckets})
}

func (b *builder) meter(id openflow.MeterID, m Meter) { put(&b.tables.Meters, id, m) }

// put makes the map when there is something to put in: most owners have something in one or two of the three.
func put[K comparable, V any](into *map[K]V, k K, v V) {
	if *into == nil {
		*into = make(map[K]V, 1)
	}
	(*into)[k] = v
}
