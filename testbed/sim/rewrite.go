package sim

import (
	"encoding/binary"
	"slices"
)

// own makes the frame writable: whoever saw it before keeps what it saw.
func (p *packet) own() {
	if !p.owned {
		p.frame = slices.Clone(p.frame)
		p.owned = true
	}
}

// setField writes one header field and mends the checksums (OpenFlow 1.3.5 §5.12). A packet without that header stays as it is.
func (p *packet) setField(number int, value string) {
	ethType := binary.BigEndian.Uint16(p.key[offEthType:])
	proto := p.key[offProto]
	switch {
	case len(p.frame) < ethHeaderLen:
		return
	case number == oxmEthDst:
		p.write(0, value)
	case number == oxmEthSrc:
		p.write(6, value)
	case (number == oxmVLANVID || number == oxmVLANPCP) && p.vlan > 0:
		p.setVLAN(number, value)
	case (number == oxmDSCP || number == oxmECN) && ethType == etherIPv4 && p.has(p.l3, 20):
		p.setTOS(number, value[0])
	case (number == oxmDSCP || number == oxmECN) && ethType == etherIPv6 && p.has(p.l3, 40):
		p.setTrafficClass(number, value[0])
	case (number == oxmIPSrc || number == oxmIPDst) && ethType == etherIPv4 && p.has(p.l3, 20):
		p.setIPv4(p.l3+12+4*(number-oxmIPSrc), value)
	case (number == oxmTCPSrc || number == oxmTCPDst) && proto == protoTCP && p.has(p.l4, 20):
		p.setChecked(p.l4+2*(number-oxmTCPSrc), value, p.l4+16)
	case (number == oxmUDPSrc || number == oxmUDPDst) && proto == protoUDP && p.has(p.l4, 8):
		p.setChecked(p.l4+2*(number-oxmUDPSrc), value, p.udpChecksum())
	case number >= oxmARPOp && number <= oxmARPTHA && ethType == etherARP && p.has(p.l3, 28):
		p.write(p.l3+[...]int{6, 14, 24, 8, 18}[number-oxmARPOp], value)
	}
	p.decode()
}

// has tells whether n bytes of a header are there.
func (p *packet) has(at, n int) bool { return at > 0 && at+n <= len(p.frame) }

func (p *packet) write(at int, value string) {
	p.own()
	copy(p.frame[at:], value)
}

func (p *packet) setVLAN(number int, value string) {
	p.own()
	tci := binary.BigEndian.Uint16(p.frame[p.vlan:])
	if number == oxmVLANVID {
		tci = tci&0xf000 | (uint16(value[0])<<8|uint16(value[1]))&0xfff
	} else {
		tci = tci&0x1fff | uint16(value[0])<<13
	}
	binary.BigEndian.PutUint16(p.frame[p.vlan:], tci)
}

func (p *packet) setTOS(number int, value byte) {
	tos := p.frame[p.l3+1]
	if number == oxmDSCP {
		tos = tos&3 | value<<2
	} else {
		tos = tos&^3 | value
	}
	p.setChecked(p.l3, string([]byte{p.frame[p.l3], tos}), p.l3+10)
}

func (p *packet) setTrafficClass(number int, value byte) {
	class := p.frame[p.l3]<<4 | p.frame[p.l3+1]>>4
	if number == oxmDSCP {
		class = class&3 | value<<2
	} else {
		class = class&^3 | value
	}
	p.own()
	p.frame[p.l3] = p.frame[p.l3]&0xf0 | class>>4
	p.frame[p.l3+1] = p.frame[p.l3+1]&0xf | class<<4
}

// setIPv4 writes an address and mends the header's checksum and the transport's, which covers the addresses.
func (p *packet) setIPv4(at int, value string) {
	old := string(p.frame[at : at+4])
	p.setChecked(at, value, p.l3+10)
	switch proto := p.key[offProto]; {
	case proto == protoUDP && p.has(p.l4, 8):
		p.mend(old, value, p.udpChecksum())
	case proto == protoTCP && p.has(p.l4, 20):
		p.mend(old, value, p.l4+16)
	}
}

// udpChecksum is where the checksum is, or 0 when the sender sent none.
func (p *packet) udpChecksum() int {
	if p.frame[p.l4+6] == 0 && p.frame[p.l4+7] == 0 {
		return 0
	}
	return p.l4 + 6
}

// setChecked writes whole 16-bit words that the checksum at sum covers.
func (p *packet) setChecked(at int, value string, sum int) {
	old := string(p.frame[at : at+len(value)])
	p.write(at, value)
	p.mend(old, value, sum)
}

// mend corrects a checksum for words that changed (RFC 1624 §3, equation 3).
func (p *packet) mend(old, value string, sum int) {
	if sum == 0 {
		return
	}
	p.own()
	acc := uint32(^binary.BigEndian.Uint16(p.frame[sum:]))
	for i := 0; i+1 < len(value); i += 2 {
		acc += uint32(^(uint16(old[i])<<8 | uint16(old[i+1])))
		acc += uint32(value[i])<<8 | uint32(value[i+1])
	}
	for acc>>16 != 0 {
		acc = acc&0xffff + acc>>16
	}
	binary.BigEndian.PutUint16(p.frame[sum:], ^uint16(acc))
}

// pushVLAN adds a tag that copies the tag below, or is zero (OpenFlow 1.3.5 §5.12.1). A second tag is not supported: the packet
// stays as it is.
func (p *packet) pushVLAN(ethType uint16) {
	if p.vlan > 0 || len(p.frame) < ethHeaderLen {
		return
	}
	f := make([]byte, 0, len(p.frame)+4)
	f = append(f, p.frame[:12]...)
	f = binary.BigEndian.AppendUint16(f, ethType)
	f = append(f, 0, 0)
	p.frame, p.owned = append(f, p.frame[12:]...), true
	p.decode()
}

func (p *packet) popVLAN() {
	if p.vlan == 0 {
		return
	}
	f := make([]byte, 0, len(p.frame)-4)
	f = append(f, p.frame[:12]...)
	p.frame, p.owned = append(f, p.frame[16:]...), true
	p.decode()
}

// ttl gives the place of the TTL or hop limit, 0 when there is none.
func (p *packet) ttl() int {
	switch ethType := binary.BigEndian.Uint16(p.key[offEthType:]); {
	case ethType == etherIPv4 && p.has(p.l3, 20):
		return p.l3 + 8
	case ethType == etherIPv6 && p.has(p.l3, 40):
		return p.l3 + 7
	}
	return 0
}

func (p *packet) setTTL(ttl byte) {
	at := p.ttl()
	if at == 0 {
		return
	}
	if at == p.l3+7 {
		p.write(at, string([]byte{ttl}))
		return
	}
	p.setChecked(at, string([]byte{ttl, p.frame[at+1]}), p.l3+10)
}

// decTTL lowers the TTL; false when the packet may not go on (OpenFlow 1.3.5 §5.12).
func (p *packet) decTTL() bool {
	at := p.ttl()
	if at == 0 {
		return true
	}
	if p.frame[at] <= 1 {
		return false
	}
	p.setTTL(p.frame[at] - 1)
	return true
}
