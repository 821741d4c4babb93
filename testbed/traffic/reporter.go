package traffic

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
)

// reporter makes the frames by which a host reports. It shares nothing with the controller's own encoder.
type reporter struct {
	mac    net.HardwareAddr
	addr   netip.Addr
	by     By
	source netip.Addr
}

func newReporter(iface string, by By, source netip.Addr) (reporter, error) {
	if by != ByV2 && by != ByV3 && by != ByKernel {
		return reporter{}, fmt.Errorf("report by %q: want %s, %s or %s", by, ByV2, ByV3, ByKernel)
	}
	if by == ByV3 && !source.Is4() {
		return reporter{}, fmt.Errorf("report for source %s: want an IPv4 address", source)
	}
	ifi, err := net.InterfaceByName(iface)
	if err != nil {
		return reporter{}, fmt.Errorf("find interface %s: %w", iface, err)
	}
	addr, _, err := interfaceAddr(iface, netip.IPv4Unspecified())
	if err != nil {
		return reporter{}, err
	}
	return reporter{mac: ifi.HardwareAddr, addr: addr, by: by, source: source}, nil
}

// ReportFrame is the Ethernet frame by which a host with that address reports a join or leave of a group; of one source by ByV3.
func ReportFrame(by By, mac [6]byte, addr, source, group netip.Addr, join bool) []byte {
	return reporter{mac: mac[:], addr: addr, by: by, source: source}.frame(group, join)
}

// IGMP types (RFC 2236 §2.1, RFC 3376 §4) and group record types (RFC 3376 §4.2.12).
const (
	igmpReportV2, igmpLeave, igmpReportV3 = 0x16, 0x17, 0x22
	allowNewSources, blockOldSources      = 5, 6
)

// frame is an Ethernet frame with a report or a leave.
func (r reporter) frame(group netip.Addr, join bool) []byte {
	if r.by == ByV2 {
		if join {
			return r.wrap(group, shortMessage(igmpReportV2, group))
		}
		return r.wrap(netip.AddrFrom4([4]byte{224, 0, 0, 2}), shortMessage(igmpLeave, group))
	}
	record := byte(blockOldSources)
	if join {
		record = allowNewSources
	}
	g, s := group.As4(), r.source.As4()
	m := []byte{igmpReportV3, 0, 0, 0, 0, 0, 0, 1, record, 0, 0, 1}
	m = append(append(m, g[:]...), s[:]...)
	return r.wrap(netip.AddrFrom4([4]byte{224, 0, 0, 22}), m)
}

func shortMessage(kind byte, group netip.Addr) []byte {
	g := group.As4()
	return append([]byte{kind, 0, 0, 0}, g[:]...)
}

// wrap puts an IGMP message into IPv4 with the router alert option (RFC 2113), and that into Ethernet (RFC 1112 §6.4).
func (r reporter) wrap(to netip.Addr, message []byte) []byte {
	binary.BigEndian.PutUint16(message[2:], internetChecksum(message))
	ip := []byte{0x46, 0xc0, 0, 0, 0, 0, 0x40, 0, 1, 2, 0, 0}
	binary.BigEndian.PutUint16(ip[2:], uint16(24+len(message)))
	src, dst := r.addr.As4(), to.As4()
	ip = append(append(ip, src[:]...), dst[:]...)
	ip = append(ip, 0x94, 4, 0, 0)
	binary.BigEndian.PutUint16(ip[10:], internetChecksum(ip))
	frame := []byte{0x01, 0x00, 0x5e, dst[1] & 0x7f, dst[2], dst[3]}
	frame = append(frame, r.mac...)
	frame = binary.BigEndian.AppendUint16(frame, etherTypeIPv4)
	return append(append(frame, ip...), message...)
}

// internetChecksum is RFC 1071's, over an even number of bytes.
func internetChecksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
