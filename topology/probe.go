package topology

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// Probe is what our LLDP frame says of the port that sends it.
type Probe struct {
	Switch   SwitchID
	Port     PortID
	PortName string // at most 255 octets; empty: the port's number stands in the frame
	SrcMAC   MAC
	// Stamp is carried and authenticated but means nothing here. A caller that puts the
	// time of sending in it can refuse old probes and measure a link's delay.
	Stamp uint64
}

// The layout of the value of our organizationally specific TLV (IEEE 802.1AB §8.6):
// OUI, subtype, datapath id, port number, stamp, tag.
const (
	orgSwitchAt = 4
	orgPortAt   = orgSwitchAt + 8
	orgStampAt  = orgPortAt + 4
	orgTagAt    = orgStampAt + 8
	orgTagLen   = 16
	orgLen      = orgTagAt + orgTagLen

	maxNameLen = 255
)

// lldpMulticast is the nearest-bridge group address, which no bridge passes on
// (IEEE 802.1AB §7.1), so that a probe tells of one cable and not of a path.
func lldpMulticast() MAC { return MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e} }

// orgPrefix is an identifier and a subtype. The identifier is locally administered, so
// it is nobody's assigned OUI.
func orgPrefix() [4]byte { return [4]byte{0x02, 'X', 'P', 0x01} }

// AppendProbe appends the frame that the port should send. It has 75 octets or more, so
// it never needs padding to the 60 of IEEE 802.3. ttl is rounded up to seconds, from 1 to
// 65535. Whoever has the key can write probes; one of 32 random octets is good.
//
// The tag is over the source address and everything from the chassis ID up to the tag,
// so that no part of the probe can be exchanged.
func AppendProbe(b []byte, p Probe, ttl time.Duration, key []byte) []byte {
	start := len(b)
	dst, chassis, org := lldpMulticast(), p.Switch.chassisMAC(), orgPrefix()
	b = append(b, dst[:]...)
	b = append(b, p.SrcMAC[:]...)
	b = binary.BigEndian.AppendUint16(b, etherTypeLLDP)

	b = appendTLVHeader(b, tlvChassisID, 1+len(chassis))
	b = append(b, chassisMAC)
	b = append(b, chassis[:]...)

	subtype, name := portIDOf(p)
	b = appendTLVHeader(b, tlvPortID, 1+len(name))
	b = append(b, subtype)
	b = append(b, name...)

	b = appendTLVHeader(b, tlvTTL, 2)
	b = binary.BigEndian.AppendUint16(b, ttlSeconds(ttl))

	b = appendTLVHeader(b, tlvOrg, orgLen)
	b = append(b, org[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Switch))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Port))
	b = binary.BigEndian.AppendUint64(b, p.Stamp)
	b = append(b, probeTag(b[start:], key)...)

	return appendTLVHeader(b, tlvEnd, 0)
}

func appendTLVHeader(b []byte, kind uint8, length int) []byte {
	return binary.BigEndian.AppendUint16(b, uint16(kind)<<9|uint16(length))
}

// portIDOf is the interface's name, cut to what the TLV holds. A port ID has at least
// one octet, so a port without a name goes by its number.
func portIDOf(p Probe) (subtype uint8, id string) {
	if p.PortName == "" {
		return portLocal, strconv.FormatUint(uint64(p.Port), 10)
	}
	return portIfName, p.PortName[:min(len(p.PortName), maxNameLen)]
}

// ttlSeconds never gives 0, which would say that the sender is going (IEEE 802.1AB
// §8.5.4.1).
func ttlSeconds(ttl time.Duration) uint16 {
	seconds := ttl / time.Second
	if ttl%time.Second > 0 {
		seconds++
	}
	return uint16(min(max(seconds, 1), 0xffff))
}

// probeTag is the truncated HMAC over a frame that ends where the tag goes, without its
// destination address and EtherType (RFC 2104 §5).
func probeTag(frame, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(frame[6:12])
	mac.Write(frame[etherHeaderLen:])
	return mac.Sum(nil)[:orgTagLen]
}

// isProbeTLV tells whether a TLV claims to be ours.
func isProbeTLV(t tlv) bool {
	org := orgPrefix()
	return t.kind == tlvOrg && bytes.HasPrefix(t.value, org[:])
}

// parseProbe reads a frame that has our TLV. In a probe it is the fourth, after the three
// mandatory ones, and the End TLV the fifth, so that the tag covers all there is.
func parseProbe(frame []byte, tlvs []tlv, key []byte) (*Probe, error) {
	if len(tlvs) < 5 || tlvs[4].kind != tlvEnd || len(tlvs[4].value) != 0 {
		return nil, fmt.Errorf("%w: unexpected TLVs", ErrForged)
	}
	t := tlvs[3]
	if len(t.value) != orgLen {
		return nil, fmt.Errorf("%w: %d octets", ErrForged, len(t.value))
	}
	tagAt := t.at + 2 + orgTagAt
	if !hmac.Equal(probeTag(frame[:tagAt], key), t.value[orgTagAt:]) {
		return nil, fmt.Errorf("%w: wrong tag", ErrForged)
	}
	p := &Probe{
		Switch: SwitchID(binary.BigEndian.Uint64(t.value[orgSwitchAt:])),
		Port:   PortID(binary.BigEndian.Uint32(t.value[orgPortAt:])),
		SrcMAC: MAC(frame[6:12]),
		Stamp:  binary.BigEndian.Uint64(t.value[orgStampAt:]),
	}
	if port := tlvs[1].value; port[0] == portIfName {
		p.PortName = string(port[1:])
	}
	return p, nil
}
