package traffic

import (
	"encoding/binary"
	"net/netip"
)

const (
	ethernetHeader = 14
	etherTypeIPv4  = 0x0800
	protocolUDP    = 17
	udpHeader      = 8
)

// datagram is a UDP multicast packet as it was on the wire.
type datagram struct {
	source  netip.Addr
	group   netip.Addr
	payload []byte // a sub-slice of the frame, and perhaps only its start
}

// parseFrame takes an Ethernet frame apart; ok is false when it is anything but multicast UDP over IPv4.
func parseFrame(b []byte) (d datagram, ok bool) {
	if len(b) < ethernetHeader+20 || binary.BigEndian.Uint16(b[12:]) != etherTypeIPv4 {
		return datagram{}, false
	}
	ip := b[ethernetHeader:]
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
