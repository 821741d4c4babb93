package topology

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
	"unicode"
	"unicode/utf8"
)

// LLDP is what a frame of IEEE 802.1AB says of its sender.
type LLDP struct {
	SrcMAC MAC
	// ChassisID and PortID are in the text form of IS-06: a MAC address with dashes, a
	// network address as usual, and other text as it is; what cannot be printed is in
	// hexadecimal pairs with dashes.
	ChassisID, PortID string
	SystemName        string        // empty if the frame has none
	TTL               time.Duration // 0: the sender is about to go
	// Probe is set only if the frame is ours and its tag verifies.
	Probe *Probe
}

var (
	// ErrNotLLDP means that the frame is too short for an Ethernet header or has
	// another EtherType.
	ErrNotLLDP = errors.New("not an LLDP frame")
	// ErrMalformed means that the frame breaks the rules of IEEE 802.1AB §8 and §9.2.7.
	ErrMalformed = errors.New("malformed LLDP frame")
	// ErrForged means that the frame claims to be our probe and is not.
	ErrForged = errors.New("forged LLDP probe")
)

const (
	etherHeaderLen = 14
	etherTypeLLDP  = 0x88cc
)

// The types of TLV that are looked at (IEEE 802.1AB §8.4.1, table 8-1).
const (
	tlvEnd        = 0
	tlvChassisID  = 1
	tlvPortID     = 2
	tlvTTL        = 3
	tlvSystemName = 5
	tlvOrg        = 127
)

// Subtypes of the chassis ID and of the port ID (IEEE 802.1AB §8.5.2.2, §8.5.3.2).
const (
	chassisMAC     = 4
	chassisNetwork = 5
	portMAC        = 3
	portNetwork    = 4
	portIfName     = 5
	portLocal      = 7
)

// tlv is one type-length-value. at is the offset of its header in the frame.
type tlv struct {
	kind  uint8
	at    int
	value []byte
}

// ParseLLDP reads any LLDP frame, from its Ethernet header on; it must be untagged. If
// the frame carries our own organizationally specific TLV it must be a probe exactly as
// [AppendProbe] writes it, tagged with the key; else the error is [ErrForged]. Other
// errors wrap [ErrNotLLDP] or [ErrMalformed]. The result does not refer to frame.
func ParseLLDP(frame []byte, key []byte) (LLDP, error) {
	if len(frame) < etherHeaderLen || binary.BigEndian.Uint16(frame[12:]) != etherTypeLLDP {
		return LLDP{}, ErrNotLLDP
	}
	tlvs, err := parseTLVs(frame)
	if err != nil {
		return LLDP{}, err
	}
	info, err := parseMandatory(tlvs)
	if err != nil {
		return LLDP{}, err
	}
	info.SrcMAC = MAC(frame[6:12])
	for _, t := range tlvs {
		switch {
		case t.kind == tlvSystemName && info.SystemName == "":
			info.SystemName = printable(t.value)
		case isProbeTLV(t):
			if info.Probe, err = parseProbe(frame, tlvs, key); err != nil {
				return LLDP{}, err
			}
		}
	}
	return info, nil
}

// parseTLVs splits the frame up to and including the End TLV. A frame may end without
// one, but not within a TLV (IEEE 802.1AB §8.4, §8.5.1).
func parseTLVs(frame []byte) ([]tlv, error) {
	var tlvs []tlv
	for at := etherHeaderLen; at < len(frame); {
		if len(frame)-at < 2 {
			return nil, malformed(at, "cut off in a TLV header")
		}
		// IEEE 802.1AB §8.4: seven bits of type, nine of length.
		header := binary.BigEndian.Uint16(frame[at:])
		kind, end := uint8(header>>9), at+2+int(header&0x1ff)
		if end > len(frame) {
			return nil, malformed(at, "TLV longer than the frame")
		}
		t := tlv{kind: kind, at: at, value: frame[at+2 : end]}
		tlvs = append(tlvs, t)
		if kind == tlvEnd {
			break
		}
		at = end
	}
	return tlvs, nil
}

// parseMandatory reads the three TLVs that every frame begins with, in this order, and
// that no frame has twice (IEEE 802.1AB §8.2, §9.2.7.7).
func parseMandatory(tlvs []tlv) (LLDP, error) {
	for i, t := range tlvs {
		mandatory := t.kind >= tlvChassisID && t.kind <= tlvTTL
		if (i < 3) != mandatory || (i < 3 && int(t.kind) != i+1) {
			return LLDP{}, malformed(t.at, "want chassis ID, port ID and TTL first, once each")
		}
	}
	if len(tlvs) < 3 {
		return LLDP{}, malformed(etherHeaderLen, "want chassis ID, port ID and TTL")
	}
	chassis, port, ttl := tlvs[0], tlvs[1], tlvs[2]
	switch {
	case len(chassis.value) < 2 || len(chassis.value) > 256:
		return LLDP{}, malformed(chassis.at, "chassis ID of %d octets", len(chassis.value))
	case len(port.value) < 2 || len(port.value) > 256:
		return LLDP{}, malformed(port.at, "port ID of %d octets", len(port.value))
	case len(ttl.value) < 2:
		return LLDP{}, malformed(ttl.at, "TTL of %d octets", len(ttl.value))
	}
	return LLDP{
		ChassisID: idText(chassis.value, chassisMAC, chassisNetwork),
		PortID:    idText(port.value, portMAC, portNetwork),
		TTL:       time.Duration(binary.BigEndian.Uint16(ttl.value)) * time.Second,
	}, nil
}

// idText gives a chassis ID or port ID, subtype first, as text.
func idText(value []byte, mac, network uint8) string {
	subtype, id := value[0], value[1:]
	switch {
	case subtype == mac:
		return hexBytes(id, '-')
	case subtype == network:
		// The IANA address family comes first: 1 is IPv4, 2 is IPv6.
		addr, ok := netip.AddrFromSlice(id[1:])
		if ok && ((id[0] == 1 && addr.Is4()) || (id[0] == 2 && addr.Is6())) {
			return addr.String()
		}
		return hexBytes(id, '-')
	}
	return printable(id)
}

// printable gives text as it is if all of it can be shown, and otherwise its bytes.
func printable(b []byte) string {
	for rest := b; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if (r == utf8.RuneError && n == 1) || !unicode.IsPrint(r) {
			return hexBytes(b, '-')
		}
		rest = rest[n:]
	}
	return string(b)
}

func malformed(at int, format string, args ...any) error {
	return fmt.Errorf("%w: offset %d: %s", ErrMalformed, at, fmt.Sprintf(format, args...))
}
