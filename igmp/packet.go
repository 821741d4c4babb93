package igmp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// The IPv4 header around a message (RFC 791 §3.1, RFC 3376 §4).
const (
	ipHeaderLen    = 20
	maxTotalLen    = 65535
	ipVersion4     = 4
	ipProtocol     = 2    // IGMP
	ipTTL          = 1    // it never leaves the link
	ipTOS          = 0xc0 // Internetwork Control
	ipDontFragment = 0x4000
	ipFragmentMask = 0x3fff // More Fragments and the offset
)

// IPv4 options (RFC 791 §3.1, RFC 2113 §2.1).
const (
	optionEnd         = 0
	optionNop         = 1
	optionRouterAlert = 0x94
	routerAlertLen    = 4
)

// Packet is an IPv4 packet that carries an IGMP message, or an IPv6 packet that carries an MLD message.
type Packet struct {
	Src, Dst netip.Addr
	// TTL, the hop limit of IPv6, is always 1 in a packet that was parsed. AppendPacket does not read it.
	TTL uint8
	// RouterAlert tells whether the packet that was parsed has the option of RFC 2113. Versions 2 and 3
	// send it always, version 1 knows nothing of it. Its absence is not an error, but a packet of version
	// 2 or 3 without it may be forged from afar (RFC 3376 §9). MLD without it is refused. AppendPacket does
	// not read this field.
	RouterAlert bool
	Message     Message
}

// ParsePacket reads an IPv4 packet with an IGMP message in it. Bytes behind the packet, such as Ethernet
// padding, are ignored. Refused are: a wrong header checksum, lengths that do not fit, a fragment, an option
// other than Router Alert, a protocol other than IGMP, and a TTL other than 1 (RFC 3376 §4).
//
// Any source and destination are taken: reports come from 0.0.0.0 while a host has no address yet
// (§4.2.13), and any of the receiver's addresses is a good destination (§4.1.12, §4.2.14).
//
// Errors are those of [Parse]; the offset of a *[ParseError] counts from the start of the packet.
func ParsePacket(ip []byte) (Packet, error) {
	headerLen, err := checkIPHeader(ip)
	if err != nil {
		return Packet{}, err
	}
	alert, err := findRouterAlert(ip[:headerLen])
	if err != nil {
		return Packet{}, err
	}
	p := Packet{Src: addrAt(ip, 12, addrLen), Dst: addrAt(ip, 16, addrLen), TTL: ip[8], RouterAlert: alert}
	total := int(binary.BigEndian.Uint16(ip[2:]))
	if p.Message, err = Parse(ip[headerLen:total]); err != nil {
		return Packet{}, moved(err, headerLen)
	}
	return p, nil
}

// checkIPHeader checks all of the header but its options and gives its length. After it, ip holds at least
// as many bytes as the packet's total length says.
func checkIPHeader(ip []byte) (int, error) {
	if len(ip) < ipHeaderLen {
		return 0, parseErr("IPv4 header", 0, "%d bytes, need %d", len(ip), ipHeaderLen)
	}
	if v := ip[0] >> 4; v != ipVersion4 {
		return 0, parseErr("IPv4 header", 0, "IP version %d", v)
	}
	headerLen := int(ip[0]&0x0f) * 4
	total := int(binary.BigEndian.Uint16(ip[2:]))
	if headerLen < ipHeaderLen || headerLen > total {
		return 0, parseErr("IPv4 header", 0, "header of %d bytes in a packet of %d", headerLen, total)
	}
	if total > len(ip) {
		return 0, parseErr("IPv4 header", 2, "total length %d, have %d", total, len(ip))
	}
	if checksum(ip[:headerLen]) != 0 {
		return 0, parseErr("IPv4 header", 10, "checksum 0x%04x is wrong", binary.BigEndian.Uint16(ip[10:]))
	}
	if f := binary.BigEndian.Uint16(ip[6:]); f&ipFragmentMask != 0 {
		return 0, parseErr("IPv4 header", 6, "a fragment")
	}
	if ip[8] != ipTTL {
		return 0, parseErr("IPv4 header", 8, "TTL %d, need %d", ip[8], ipTTL)
	}
	if ip[9] != ipProtocol {
		return 0, parseErr("IPv4 header", 9, "protocol %d is not IGMP", ip[9])
	}
	return headerLen, nil
}

// findRouterAlert looks through the options behind the fixed part of header.
func findRouterAlert(header []byte) (bool, error) {
	found := false
	for at := ipHeaderLen; at < len(header); {
		switch header[at] {
		case optionEnd:
			return found, nil
		case optionNop:
			at++
			continue
		}
		if at+1 >= len(header) || header[at+1] < 2 || at+int(header[at+1]) > len(header) {
			return false, parseErr("IPv4 option", at, "its length does not fit the header")
		}
		length := int(header[at+1])
		if header[at] != optionRouterAlert || length != routerAlertLen {
			return false, parseErr("IPv4 option", at, "option %d of %d bytes has no place before IGMP", header[at], length)
		}
		// RFC 2113 §2.1: only the value 0 asks routers to look.
		found = found || binary.BigEndian.Uint16(header[at+2:]) == 0
		at += length
	}
	return found, nil
}

// AppendPacket writes an IPv4 packet with p's addresses and message to the end of b. The rest of the header
// is as RFC 3376 §4 wants it, whatever p says: TTL 1, Internetwork Control, Router Alert. A zero Src is
// 0.0.0.0; a zero Dst is [Destination] of the message. Errors are those of [Append], with b as it was.
func AppendPacket(b []byte, p Packet) ([]byte, error) {
	start := len(b)
	src, dst := p.Src, p.Dst
	if !src.IsValid() {
		src = netip.IPv4Unspecified()
	}
	if !dst.IsValid() {
		dst = Destination(p.Message)
	}
	if !src.Is4() || !dst.Is4() {
		return b, fmt.Errorf("append packet: from %v to %v is not IPv4", p.Src, p.Dst)
	}
	const headerLen = ipHeaderLen + routerAlertLen
	out := append(b, ipVersion4<<4|headerLen/4, ipTOS, 0, 0)
	out = append(out, 0, 0) // RFC 6864 §4.1: a packet that is never fragmented needs no identification
	out = binary.BigEndian.AppendUint16(out, ipDontFragment)
	out = append(out, ipTTL, ipProtocol, 0, 0)
	out = append(out, src.AsSlice()...)
	out = append(out, dst.AsSlice()...)
	out = append(out, optionRouterAlert, routerAlertLen, 0, 0)
	out, err := Append(out, p.Message)
	if err != nil {
		return b, fmt.Errorf("append packet: %w", err)
	}
	header := out[start : start+headerLen]
	binary.BigEndian.PutUint16(header[2:], uint16(len(out)-start))
	binary.BigEndian.PutUint16(header[10:], checksum(header))
	return out, nil
}
