package bench

import (
	"encoding/binary"
	"net/netip"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// strangeReports are IGMP reports of h3 for groups that nobody allowed, and then the leaves.
func (f *fakeSwitch) strangeReports() (out []openflow.Message) {
	for i := range 2 * strangeGroups {
		out = append(out, f.report("h3", groupAt(10_000+i%strangeGroups), i < strangeGroups))
	}
	return out
}

// strangePackets are what else a switch may bring to a controller, all from h3's port and each with another sender: ARP requests, neighbour
// solicitations, LLDP that nobody signed, packets of streams that nobody allowed, and rubbish.
func (f *fakeSwitch) strangePackets() (out []openflow.Message) {
	port := openflow.PortNo(f.job.port(f.job.host("h3").Switch, "h3"))
	for i := range strangeGroups {
		mac := topology.MAC{2, 0xbd, 0, 0, byte(i >> 8), byte(i)}
		addr := netip.AddrFrom4([4]byte{10, 77, byte(i >> 8), byte(i)})
		for _, frame := range [][]byte{
			arpRequest(mac, addr), neighbourSolicitation(mac, i), unsignedLLDP(mac), strayDatagram(mac, addr, groupAt(20_000+i)), rubbish(mac),
		} {
			out = append(out, packetIn(port, frame))
		}
	}
	return out
}

// ethernet is the head of a frame.
func ethernet(to, from topology.MAC, kind uint16) []byte {
	b := append(append([]byte{}, to[:]...), from[:]...)
	return binary.BigEndian.AppendUint16(b, kind)
}

// arpRequest asks for the host with address 10.0.0.1 (RFC 826).
func arpRequest(mac topology.MAC, addr netip.Addr) []byte {
	a := addr.As4()
	b := append(ethernet(topology.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, mac, 0x0806), 0, 1, 8, 0, 6, 4, 0, 1)
	b = append(append(b, mac[:]...), a[:]...)
	return append(b, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1)
}

// neighbourSolicitation has a checksum that is wrong (RFC 4861 §4.3): also that has to be found out.
func neighbourSolicitation(mac topology.MAC, i int) []byte {
	b := append(ethernet(topology.MAC{0x33, 0x33, 0xff, 0, 0, 1}, mac, 0x86dd), 0x60, 0, 0, 0, 0, 24, 58, 255)
	b = append(b, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, byte(i>>8), byte(i))
	b = append(b, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1)
	b = append(b, 135, 0, 0, 0, 0, 0, 0, 0)
	return append(b, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
}

// unsignedLLDP has the three TLVs that must be there and the end (IEEE 802.1AB §8.4).
func unsignedLLDP(mac topology.MAC) []byte {
	b := append(ethernet(topology.MAC{1, 0x80, 0xc2, 0, 0, 0x0e}, mac, 0x88cc), 2, 7, 4)
	b = append(b, mac[:]...)
	b = append(b, 4, 7, 3)
	b = append(b, mac[:]...)
	return append(b, 6, 2, 0, 120, 0, 0)
}

// strayDatagram is UDP to a group.
func strayDatagram(mac topology.MAC, addr, group netip.Addr) []byte {
	from, to := addr.As4(), group.As4()
	b := append(ethernet(topology.MAC{1, 0, 0x5e, to[1] & 0x7f, to[2], to[3]}, mac, 0x0800), 0x45, 0, 0, 28, 0, 0, 0, 0, 16, 17, 0, 0)
	b = append(append(b, from[:]...), to[:]...)
	return append(b, 0x13, 0x8c, 0x13, 0x8c, 0, 8, 0, 0)
}

// rubbish says that it is IPv4 and ends.
func rubbish(mac topology.MAC) []byte {
	return append(ethernet(topology.MAC{1, 0, 0x5e, 0, 0, 1}, mac, 0x0800), 0x4f, 0xff)
}
