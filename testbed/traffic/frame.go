package traffic

import (
	"encoding/binary"
	"net/netip"
)

const (
	ethernetHeader = 14
	etherTypeIPv4  = 0x0800
	etherTypeIPv6  = 0x86dd
	ipv6Header     = 40
	protocolUDP    = 17
	udpHeader      = 8
)

// datagram is a UDP multicast packet as it was on the wire.
type datagram struct {
	source  netip.Addr
	group   netip.Addr
	payload []byte // a sub-slice of the frame, and perhaps only its start
}

// parseFrame takes an Ethernet frame apart; ok is false when it is anything but multicast UDP over IP.
func parseFrame(b []byte) (d datagram, ok bool) {
	if len(b) < ethernetHeader+20 {
		return datagram{}, false
	}
	ip := b[ethernetHeader:]
	switch binary.BigEndian.Uint16(b[12:]) {
	case etherTypeIPv4:
		return parseIPv4(ip)
	case etherTypeIPv6:
		return parseIPv6(ip)
	}
	return datagram{}, false
}

// parseIPv4 needs 20 bytes or more.
func parseIPv4(ip []byte) (d datagram, ok bool) {
	header := int(ip[0]&0x0f) * 4
	if ip[0]>>4 != 4 || header < 20 || ip[9] != protocolUDP || len(ip) < header+udpHeader {
		return datagram{}, false
	}
	d = datagram{
		source:  netip.AddrFrom4([4]byte(ip[12:16])),
		group:   netip.AddrFrom4([4]byte(ip[16:20])),
		payload: ip[header+udpHeader:],
	}
	return d, d.group.IsMulticast()
}

// parseIPv6 takes UDP without extension headers, which is how hosts send it.
func parseIPv6(ip []byte) (d datagram, ok bool) {
	if ip[0]>>4 != 6 || ip[6] != protocolUDP || len(ip) < ipv6Header+udpHeader {
		return datagram{}, false
	}
	d = datagram{
		source:  netip.AddrFrom16([16]byte(ip[8:24])),
		group:   netip.AddrFrom16([16]byte(ip[24:40])),
		payload: ip[ipv6Header+udpHeader:],
	}
	return d, d.group.IsMulticast()
}
