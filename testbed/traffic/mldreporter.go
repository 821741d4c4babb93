package traffic

import (
	"encoding/binary"
	"net"
	"net/netip"
)

// mldReporter makes the frames by which a host reports in MLDv2. It shares nothing with the controller's own encoder.
type mldReporter struct {
	mac    net.HardwareAddr
	source netip.Addr
}

// Offsets in a frame: Ethernet, IPv6, a hop-by-hop header with router alert (RFC 2711), ICMPv6.
const (
	hopByHopAt, hopByHopLen = ethernetHeader + ipv6Header, 8
	mldAt                   = hopByHopAt + hopByHopLen
	mldReportType           = 143 // RFC 3810 §5.2
	protocolICMPv6          = 58
)

// frame is an Ethernet frame with a report of one record: ALLOW or BLOCK of one source (RFC 3810 §5.2.12).
func (r mldReporter) frame(group netip.Addr, join bool) []byte {
	record := byte(blockOldSources)
	if join {
		record = allowNewSources
	}
	m := []byte{mldReportType, 0, 0, 0, 0, 0, 0, 1, record, 0, 0, 1}
	m = append(append(m, group.AsSlice()...), r.source.AsSlice()...)
	f := append([]byte{0x33, 0x33, 0, 0, 0, 0x16}, r.mac...)
	f = binary.BigEndian.AppendUint16(f, etherTypeIPv6)
	f = append(f, 0x60, 0, 0, 0)
	f = binary.BigEndian.AppendUint16(f, uint16(hopByHopLen+len(m)))
	f = append(f, 0, 1) // a hop-by-hop header follows; hop limit 1
	f = append(f, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, r.mac[0]^2, r.mac[1], r.mac[2], 0xff, 0xfe, r.mac[3], r.mac[4], r.mac[5])
	f = append(f, 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16)
	f = append(f, protocolICMPv6, 0, 5, 2, 0, 0, 1, 0)
	f = append(f, m...)
	binary.BigEndian.PutUint16(f[mldAt+2:], icmpv6Sum(f[ethernetHeader+8:hopByHopAt], f[mldAt:]))
	return f
}

// icmpv6Sum is the checksum of a message between two addresses, source before destination (RFC 8200 §8.1).
func icmpv6Sum(addresses, m []byte) uint16 {
	sum := uint32(len(m) + protocolICMPv6)
	for _, b := range [][]byte{addresses, m} {
		for i := 0; i < len(b); i += 2 {
			sum += uint32(b[i])<<8 | uint32(b[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
