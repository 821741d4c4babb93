package sim

import (
	"encoding/binary"

	"crosspoint/openflow"
)

const (
	etherIPv4  = 0x0800
	etherARP   = 0x0806
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	etherIPv6  = 0x86dd
	protoICMP  = 1
	protoIGMP  = 2
	protoTCP   = 6
	protoUDP   = 17
	protoICMP6 = 58
	protoSCTP  = 132
	routerAsk  = 133
	routerSays = 134
	ndSolicit  = 135
	ndAdvert   = 136

	ethHeaderLen = 14
)

// packet is a frame on its way through a switch, with its fields taken out.
type packet struct {
	frame []byte
	owned bool // frame is a copy that nobody else has seen, and may be written
	key   flowKey
	vlan  int // offset of the VLAN tag's control information, 0 for no tag
	l3    int // offset behind Ethernet and VLAN
	l4    int // offset of the transport header, 0 for none (a later fragment, or not IP)
}

// newPacket takes the fields out of a frame. A frame that is cut short leaves zero in the fields that it does not have.
func newPacket(in openflow.PortNo, frame []byte) packet {
	p := packet{frame: frame}
	binary.BigEndian.PutUint32(p.key[offInPort:], uint32(in))
	p.decode()
	return p
}

// inPort is where the packet came in.
func (p *packet) inPort() openflow.PortNo {
	return openflow.PortNo(binary.BigEndian.Uint32(p.key[offInPort:]))
}

// decode fills the key from the frame and keeps what is no header field: in_port, metadata and tunnel.
func (p *packet) decode() {
	var k flowKey
	copy(k[offInPort:offInPort+4], p.key[offInPort:])
	copy(k[offMetadata:offMetadata+8], p.key[offMetadata:])
	p.vlan, p.l3, p.l4 = 0, 0, 0
	p.key = k
	f := p.frame
	if len(f) < ethHeaderLen {
		return
	}
	copy(p.key[offEthDst:], f[:12])
	ethType := binary.BigEndian.Uint16(f[12:])
	p.l3 = ethHeaderLen
	if (ethType == etherVLAN || ethType == etherQinQ) && len(f) >= ethHeaderLen+4 {
		p.vlan = ethHeaderLen
		tci := binary.BigEndian.Uint16(f[p.vlan:])
		binary.BigEndian.PutUint16(p.key[offVLANVID:], tci&0xfff|vlanPresent)
		p.key[offVLANPCP] = byte(tci >> 13)
		ethType = binary.BigEndian.Uint16(f[p.vlan+2:])
		p.l3 += 4
	}
	binary.BigEndian.PutUint16(p.key[offEthType:], ethType)
	switch ethType {
	case etherIPv4:
		p.decodeIPv4()
	case etherIPv6:
		p.decodeIPv6()
	case etherARP:
		p.decodeARP()
	}
}

func (p *packet) decodeIPv4() {
	b := p.frame[p.l3:]
	if len(b) < 20 {
		return
	}
	header := int(b[0]&0xf) * 4
	if b[0]>>4 != 4 || header < 20 || header > len(b) {
		return
	}
	p.decodeTOS(b[1])
	p.key[offProto] = b[9]
	copy(p.key[offIPSrc:], b[12:20])
	if binary.BigEndian.Uint16(b[6:])&0x1fff == 0 {
		p.l4 = p.l3 + header
		p.decodeTransport(b[9])
	}
}

// decodeIPv6 walks the extension headers to the transport (RFC 8200 §4).
func (p *packet) decodeIPv6() {
	b := p.frame[p.l3:]
	if len(b) < 40 || b[0]>>4 != 6 {
		return
	}
	p.decodeTOS(b[0]<<4 | b[1]>>4)
	copy(p.key[offIP6Src:], b[8:40])
	binary.BigEndian.PutUint32(p.key[offFlowLab:], binary.BigEndian.Uint32(b)&0xfffff)
	proto, at := b[6], 40
	for range 8 {
		if proto != 0 && proto != 43 && proto != 44 && proto != 60 || len(b) < at+8 {
			break
		}
		size := (int(b[at+1]) + 1) * 8
		if proto == 44 {
			if binary.BigEndian.Uint16(b[at+2:])&0xfff8 != 0 {
				p.key[offProto] = b[at]
				return
			}
			size = 8
		}
		proto, at = b[at], at+size
	}
	p.key[offProto] = proto
	if at <= len(b) {
		p.l4 = p.l3 + at
		p.decodeTransport(proto)
	}
}

func (p *packet) decodeTOS(tos byte) {
	p.key[offDSCP], p.key[offECN] = tos>>2, tos&3
}

func (p *packet) decodeTransport(proto byte) {
	b := p.frame[p.l4:]
	if len(b) < 4 {
		return
	}
	switch proto {
	case protoTCP:
		copy(p.key[offTCPSrc:], b[:4])
	case protoUDP:
		copy(p.key[offUDPSrc:], b[:4])
	case protoSCTP:
		copy(p.key[offSCTPSrc:], b[:4])
	case protoICMP:
		copy(p.key[offICMPType:], b[:2])
	case protoICMP6:
		copy(p.key[offICMP6Typ:], b[:2])
		p.decodeND(b)
	}
}

// decodeND takes the target and the link-layer options out of neighbour solicitations and advertisements (RFC 4861 §4.3, §4.4).
func (p *packet) decodeND(b []byte) {
	if (b[0] != ndSolicit && b[0] != ndAdvert) || len(b) < 24 {
		return
	}
	copy(p.key[offNDTarget:], b[8:24])
	for o := b[24:]; len(o) >= 8 && o[1] != 0 && int(o[1])*8 <= len(o); o = o[int(o[1])*8:] {
		switch {
		case o[0] == 1 && b[0] == ndSolicit:
			copy(p.key[offNDSLL:], o[2:8])
		case o[0] == 2 && b[0] == ndAdvert:
			copy(p.key[offNDTLL:], o[2:8])
		}
	}
}

func (p *packet) decodeARP() {
	b := p.frame[p.l3:]
	if len(b) < 28 {
		return
	}
	copy(p.key[offARPOp:], b[6:8])
	copy(p.key[offARPSHA:], b[8:14])
	copy(p.key[offARPSPA:], b[14:18])
	copy(p.key[offARPTHA:], b[18:24])
	copy(p.key[offARPTPA:], b[24:28])
}
