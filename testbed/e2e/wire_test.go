package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"crosspoint/igmp"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// wire is a switch's port to a host: what the host says by IGMP and MLD is read there, and what the switch says to it, and queries are put on it.
type wire struct {
	t    *testing.T
	fd   int
	to   unix.SockaddrLinklayer
	sent [][]byte // IP packets of the switch
}

// everyProtocol is ETH_P_ALL in network order.
const everyProtocol = unix.ETH_P_ALL << 8

// tap opens a port, for IGMP and for what may be MLD: IPv6 with a hop-by-hop header.
func tap(t *testing.T, port string) *wire {
	nic, err := net.InterfaceByName(port)
	require.NoError(t, err)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	filter := membershipFilter()
	require.NoError(t, unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}))
	w := &wire{t: t, fd: fd, to: unix.SockaddrLinklayer{Protocol: everyProtocol, Ifindex: nic.Index}}
	require.NoError(t, unix.Bind(fd, &w.to))
	return w
}

// membershipFilter passes IGMP, and IPv6 with a hop-by-hop header.
func membershipFilter() []unix.SockFilter {
	const (
		load16, load8 = unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, unix.BPF_LD | unix.BPF_B | unix.BPF_ABS
		equal, end    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	)
	return []unix.SockFilter{
		{Code: load16, K: 12}, // EtherType
		{Code: equal, K: unix.ETH_P_IP, Jf: 2},
		{Code: load8, K: 23}, // protocol of IPv4
		{Code: equal, K: unix.IPPROTO_IGMP, Jt: 3, Jf: 4},
		{Code: equal, K: unix.ETH_P_IPV6, Jf: 3},
		{Code: load8, K: 20}, // next header of IPv6
		{Code: equal, K: unix.IPPROTO_HOPOPTS, Jf: 1},
		{Code: end, K: 65535},
		{Code: end},
	}
}

// said gives the IP packets that the host has sent since the last call.
func (w *wire) said() (packets [][]byte) {
	buffer := make([]byte, 65536)
	for {
		n, from, err := unix.Recvfrom(w.fd, buffer, unix.MSG_DONTWAIT)
		switch {
		case err == unix.EAGAIN:
			return packets
		case err == unix.ENETDOWN:
			continue // it was down, and is told once
		}
		require.NoError(w.t, err)
		if from.(*unix.SockaddrLinklayer).Pkttype == unix.PACKET_OUTGOING {
			w.sent = append(w.sent, bytes.Clone(buffer[14:n]))
		} else {
			packets = append(packets, bytes.Clone(buffer[14:n]))
		}
	}
}

// asked gives the queries of the switch so far, without the padding of short frames.
func (w *wire) asked() (packets [][]byte) {
	w.said()
	for _, p := range w.sent {
		length := int(binary.BigEndian.Uint16(p[2:]))
		if p[0]>>4 == 6 {
			length = 40 + int(binary.BigEndian.Uint16(p[4:]))
		}
		packets = append(packets, p[:length])
	}
	return packets
}

// ask puts a query on the wire as a querier would that is a neighbour of the host.
func (w *wire) ask(q *igmp.Query) {
	w.t.Helper()
	write, kind, src := igmp.AppendPacket, uint16(unix.ETH_P_IP), netip.MustParseAddr("10.0.0.250")
	if q.Version.MLD() {
		write, kind, src = igmp.AppendMLDPacket, unix.ETH_P_IPV6, netip.MustParseAddr("fe80::250")
	}
	to := igmp.MulticastMAC(igmp.Destination(q))
	frame := append(to[:], 2, 0, 0, 0, 2, 0x50)
	frame, err := write(binary.BigEndian.AppendUint16(frame, kind), igmp.Packet{Src: src, Message: q})
	require.NoError(w.t, err)
	require.NoError(w.t, unix.Sendto(w.fd, frame, 0, &w.to))
}

// reads gives what a packet says.
func reads(t *testing.T, packet []byte) igmp.Message { return parsed(t, packet).Message }

// kindOf is the version and the type of a message.
func kindOf(m igmp.Message) string { return strings.Join(strings.Fields(m.String())[:2], " ") }

// readsLinux gives what a packet says, and holds that it is written again as it was: Linux and Crosspoint fill in all headers alike.
func readsLinux(t *testing.T, packet []byte) igmp.Message {
	p, write := parsed(t, packet), igmp.AppendPacket
	if packet[0]>>4 == 6 {
		write = igmp.AppendMLDPacket
	}
	again, err := write(nil, p)
	require.NoError(t, err, p.Message)
	assert.Equal(t, packet, again, p.Message)
	return p.Message
}

func parsed(t *testing.T, packet []byte) igmp.Packet {
	parse := igmp.ParsePacket
	if packet[0]>>4 == 6 {
		parse = igmp.ParseMLDPacket
	}
	p, err := parse(packet)
	require.NoError(t, err, "% x", packet)
	return p
}

// wiresharkAgrees holds that tshark finds nothing wrong with packets, and in each the groups and sources that we find.
func wiresharkAgrees(t *testing.T, packets [][]byte) {
	var want []string
	for _, p := range packets {
		want = append(want, fieldsOf(reads(t, p)))
	}
	have, ok := dissected(t, packets, "igmp.type", "igmp.maddr", "igmp.saddr",
		"icmpv6.type", "icmpv6.mld.multicast_address", "icmpv6.mldr.mar.multicast_address", "icmpv6.mldr.mar.source_address")
	if ok {
		assert.Equal(t, want, have)
	}
}

// dissected holds that tshark finds nothing wrong with packets, and gives the fields that it finds in each, with a bar between; false where it is not installed.
func dissected(t *testing.T, packets [][]byte, fields ...string) (lines []string, ok bool) {
	if _, err := exec.LookPath("tshark"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "tshark is not installed")
		t.Log("NOT COMPARED WITH WIRESHARK: tshark is not installed")
		return nil, false
	}
	file := filepath.Join(t.TempDir(), "said.pcap")
	var capture bytes.Buffer
	for _, n := range []uint32{0xa1b2c3d4, 2<<16 | 4, 0, 0, 65535, 101} { // LINKTYPE_RAW
		require.NoError(t, binary.Write(&capture, binary.BigEndian, n))
	}
	for _, p := range packets {
		for _, n := range []uint32{0, 0, uint32(len(p)), uint32(len(p))} {
			require.NoError(t, binary.Write(&capture, binary.BigEndian, n))
		}
		capture.Write(p)
	}
	require.NoError(t, os.WriteFile(file, capture.Bytes(), 0o600))
	tshark := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), "tshark", append([]string{"-n", "-r", file, "-o", "ip.check_checksum:TRUE"}, args...)...).Output()
		require.NoError(t, err)
		return string(out)
	}
	assert.Empty(t, tshark("-Y", "_ws.malformed || _ws.expert.severity >= warning || icmpv6.checksum.status == bad || igmp.checksum.status == bad"))
	args := []string{"-T", "fields", "-E", "separator=|", "-E", "occurrence=a"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	return strings.Split(strings.TrimSuffix(tshark(args...), "\n"), "\n"), true
}

// fieldsOf are a message's type, groups and sources as tshark prints them.
func fieldsOf(m igmp.Message) string {
	var groups, sources []string
	kind, mld := "", false
	switch m := m.(type) {
	case *igmp.Query:
		kind, mld = "0x11", m.Version.MLD()
		if mld {
			kind = "130"
		}
		groups = []string{m.Group.String()}
		for _, s := range m.Sources {
			sources = append(sources, s.String())
		}
	case *igmp.Report:
		kind, mld = map[igmp.Version]string{igmp.V1: "0x12", igmp.V2: "0x16", igmp.MLDv1: "131"}[m.Version], m.Version.MLD()
		groups = []string{m.Group.String()}
	case *igmp.Leave:
		kind, mld = "0x17", m.Group.Is6()
		if mld {
			kind = "132"
		}
		groups = []string{m.Group.String()}
	case *igmp.ReportV3:
		kind, mld = "0x22", m.MLD
		for _, r := range m.Records {
			groups = append(groups, r.Group.String())
			for _, s := range r.Sources {
				sources = append(sources, s.String())
			}
		}
	}
	all, from := strings.Join(groups, ","), strings.Join(sources, ",")
	switch _, records := m.(*igmp.ReportV3); {
	case !mld:
		return fmt.Sprintf("%s|%s|%s||||", kind, all, from)
	case records:
		return fmt.Sprintf("|||143||%s|%s", all, from)
	default:
		return fmt.Sprintf("|||%s|%s||", kind, all)
	}
}

func macOf(h testbed.Host) string { return topology.MAC(h.MAC).String() }
