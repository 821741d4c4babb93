package igmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// The IPv6 header around an MLD message, and the Hop-by-Hop Options header in between (RFC 8200 §3, §4.3).
const (
	ip6HeaderLen       = 40
	ipVersion6         = 6
	ipProtocolHopByHop = 0
	ipProtocolFragment = 44
	ipProtocolICMPv6   = 58
	hopByHopLen        = 8 // with a Router Alert and two bytes of padding
)

// Options of the Hop-by-Hop Options header (RFC 8200 §4.2, RFC 2711 §2.1).
const (
	optionPad1         = 0
	optionPadN         = 1
	optionRouterAlert6 = 5
	routerAlert6Len    = 2
	routerAlertMLD     = 0 // its value: the packet holds an MLD message
)

// ParseMLDPacket reads an IPv6 packet with an MLD message in it. Bytes behind the packet, such as Ethernet
// padding, are ignored. Refused are, as RFC 3810 §6.2 and §7.4 want: a hop limit other than 1, a packet without
// the Router Alert option of MLD in a Hop-by-Hop Options header, and a source that is not link-local. A report or
// Done may come from ::, as from a host that has no address yet (§5.2.13, RFC 3590 §4): it is for the caller to
// take no notice of it, as a router must not. Refused too is what no host has a reason to send: other options,
// other extension headers, a fragment.
//
// Errors are those of [ParseMLD]; the offset of a *[ParseError] counts from the start of the packet.
func ParseMLDPacket(ip []byte) (Packet, error) {
	payload, err := checkIPv6Header(ip)
	if err != nil {
		return Packet{}, err
	}
	at, err := checkHopByHop(payload)
	if err != nil {
		return Packet{}, moved(err, ip6HeaderLen)
	}
	p := Packet{Src: addrAt(ip, 8, addr6Len), Dst: addrAt(ip, 24, addr6Len), TTL: ip[7], RouterAlert: true}
	if p.Message, err = ParseMLD(payload[at:], p.Src, p.Dst); err != nil {
		return Packet{}, moved(err, ip6HeaderLen+at)
	}
	_, query := p.Message.(*Query)
	if !p.Src.IsLinkLocalUnicast() && (query || !p.Src.IsUnspecified()) {
		return Packet{}, parseErr("IPv6 header", 8, "source %v is not link-local", p.Src)
	}
	return p, nil
}

// moved adds what lies in front of the bytes that an error is about to its offset.
func moved(err error, by int) error {
	if bad := (*ParseError)(nil); errors.As(err, &bad) {
		bad.Offset += by
	}
	return err
}

// checkIPv6Header checks the fixed header and gives what the packet holds behind it.
func checkIPv6Header(ip []byte) (payload []byte, err error) {
	if len(ip) < ip6HeaderLen {
		return nil, parseErr("IPv6 header", 0, "%d bytes, need %d", len(ip), ip6HeaderLen)
	}
	if v := ip[0] >> 4; v != ipVersion6 {
		return nil, parseErr("IPv6 header", 0, "IP version %d", v)
	}
	length := int(binary.BigEndian.Uint16(ip[4:]))
	if have := len(ip) - ip6HeaderLen; length > have {
		return nil, parseErr("IPv6 header", 4, "payload length %d, have %d", length, have)
	}
	if err := wantNext(ip[6], ipProtocolHopByHop, 6); err != nil {
		return nil, err
	}
	if ip[7] != ipTTL {
		return nil, parseErr("IPv6 header", 7, "hop limit %d, need %d", ip[7], ipTTL)
	}
	return ip[ip6HeaderLen : ip6HeaderLen+length], nil
}

// wantNext says what is wrong with a next header, at an offset, that is not the one it should be.
func wantNext(have, want uint8, at int) error {
	switch have {
	case want:
		return nil
	case ipProtocolFragment:
		return parseErr("next header", at, "a fragment")
	case ipProtocolICMPv6:
		return parseErr("next header", at, "no hop-by-hop options, so no router alert")
	}
	return parseErr("next header", at, "header %d, need %d", have, want)
}

// checkHopByHop checks the Hop-by-Hop Options header, of which b and nothing before it is the start, and gives its
// length.
func checkHopByHop(b []byte) (int, error) {
	const what = "hop-by-hop options"
	if len(b) < hopByHopLen {
		return 0, parseErr(what, 0, "%d bytes, need %d", len(b), hopByHopLen)
	}
	length := (int(b[1]) + 1) * 8
	if length > len(b) {
		return 0, parseErr(what, 1, "%d bytes in a payload of %d", length, len(b))
	}
	if err := wantNext(b[0], ipProtocolICMPv6, 0); err != nil {
		return 0, err
	}
	alert, err := findRouterAlert6(b[:length])
	if err == nil && !alert {
		err = parseErr(what, 2, "no router alert for MLD")
	}
	return length, err
}

// findRouterAlert6 looks through the options of a Hop-by-Hop Options header (RFC 8200 §4.2, RFC 2711 §2.1).
func findRouterAlert6(header []byte) (found bool, err error) {
	for at := 2; at < len(header); {
		if header[at] == optionPad1 {
			at++
			continue
		}
		if at+1 >= len(header) || at+2+int(header[at+1]) > len(header) {
			return false, parseErr("IPv6 option", at, "its length does not fit the header")
		}
		length := int(header[at+1])
		switch {
		case header[at] == optionPadN:
		case header[at] == optionRouterAlert6 && length == routerAlert6Len && !found &&
			binary.BigEndian.Uint16(header[at+2:]) == routerAlertMLD:
			found = true
		default:
			return false, parseErr("IPv6 option", at, "option %d of %d bytes has no place before MLD", header[at], length)
		}
		at += 2 + length
	}
	return found, nil
}

// AppendMLDPacket writes an IPv6 packet with p's addresses and message to the end of b. The rest of the headers is
// as RFC 3810 §5 wants it, whatever p says: hop limit 1 and Router Alert. A zero Src is ::; a zero Dst is
// [Destination] of the message. A query needs a link-local source (§5.1.14), a report that or ::. Errors are those
// of [AppendMLD], with b as it was.
func AppendMLDPacket(b []byte, p Packet) ([]byte, error) {
	start := len(b)
	src, dst := p.Src, p.Dst
	if !src.IsValid() {
		src = netip.IPv6Unspecified()
	}
	if !dst.IsValid() {
		dst = Destination(p.Message)
	}
	if !src.Is6() || !dst.Is6() {
		return b, fmt.Errorf("append packet: from %v to %v is not IPv6", p.Src, p.Dst)
	}
	_, query := p.Message.(*Query)
	if !src.IsLinkLocalUnicast() && (query || !src.IsUnspecified()) {
		return b, fmt.Errorf("append packet: source %v is not link-local", p.Src)
	}
	out := append(b, ipVersion6<<4, 0, 0, 0, 0, 0, ipProtocolHopByHop, ipTTL)
	from, to := src.As16(), dst.As16()
	out = append(append(out, from[:]...), to[:]...)
	out = append(out, ipProtocolICMPv6, 0, optionRouterAlert6, routerAlert6Len, 0, routerAlertMLD, optionPadN, 0)
	out, err := AppendMLD(out, p.Message, src, dst)
	if err != nil {
		return b, fmt.Errorf("append packet: %w", err)
	}
	binary.BigEndian.PutUint16(out[start+4:], uint16(len(out)-start-ip6HeaderLen))
	return out, nil
}
