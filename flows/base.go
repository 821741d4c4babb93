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

// Base compiles what a switch holds whatever flows there are: classification, the drops that are counted at the end of each table,
// what its link ports may pass, and the meters towards the controller.
func Base(linkPorts []topology.PortID) Tables {
	b := newBuilder(OwnerBase)
	b.meter(meterLLDP, packetMeter(rateLLDP, burstLLDP))
	b.meter(meterIGMP, packetMeter(rateIGMP, burstIGMP))
	b.meter(meterARP, packetMeter(rateARP, burstARP))
	b.meter(meterSample, packetMeter(rateSample, burstSample))
	b.meter(meterMLD, packetMeter(rateMLD, burstMLD))
	b.meter(meterND, packetMeter(rateND, burstND))

	b.entry(TableClassify, prioLLDP, match(openflow.EthDst(lldpMulticast), openflow.EthType(etherTypeLLDP)), punt(meterLLDP)...)
	b.entry(TableClassify, prioControlEdge, match(openflow.EthType(etherTypeIPv4), openflow.IPProto(protoIGMP)), punt(meterIGMP)...)
	b.entry(TableClassify, prioControlEdge, match(openflow.EthType(etherTypeARP)), punt(meterARP)...)
	for _, c := range controlICMPv6 {
		b.entry(TableClassify, prioControlEdge, c.match(), c.does...)
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

	for _, p := range linkPorts {
		in := openflow.InPort(openflow.PortNo(p))
		b.entry(TableClassify, prioControlLink, match(in, openflow.EthType(etherTypeIPv4), openflow.IPProto(protoIGMP)))
		b.entry(TableClassify, prioControlLink, match(in, openflow.EthType(etherTypeARP)))
		for _, c := range controlICMPv6 {
			if len(c.does) > 0 {
				b.entry(TableClassify, prioControlLink, c.match(in))
			}
		}
		b.entry(TableClassify, prioUnicast, match(in), goTo(TableUnicast))
		b.entry(TableGuard, prioGuardLink, match(in), goTo(TableMulticast))
	}
	return b.tables
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
