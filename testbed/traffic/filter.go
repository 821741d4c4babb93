package traffic

import "golang.org/x/sys/unix"

// snapLength is how much of each frame the kernel copies: Ethernet, the longest IPv4 header, UDP and ours.
const snapLength = ethernetHeader + 60 + udpHeader + HeaderSize

// multicastUDP is a classic BPF program that keeps multicast UDP over IP, and of a fragmented IPv4 packet the first fragment.
// Run in the kernel, it saves the monitor from ARP, IGMP and all unicast.
func multicastUDP() []unix.SockFilter {
	load := func(size uint16, offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | size | unix.BPF_ABS, K: offset}
	}
	// jump compares the accumulator; yes and no say how many instructions to skip.
	jump := func(op uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, K: k, Jt: yes, Jf: no}
	}
	return []unix.SockFilter{
		load(unix.BPF_H, 12),
		jump(unix.BPF_JEQ, etherTypeIPv4, 0, 7),
		load(unix.BPF_B, ethernetHeader+9),
		jump(unix.BPF_JEQ, protocolUDP, 0, 11),
		load(unix.BPF_H, ethernetHeader+6),
		jump(unix.BPF_JSET, 0x1fff, 9, 0),
		load(unix.BPF_B, ethernetHeader+16),
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0xf0},
		jump(unix.BPF_JEQ, 0xe0, 5, 6),
		jump(unix.BPF_JEQ, etherTypeIPv6, 0, 5),
		load(unix.BPF_B, ethernetHeader+6),
		jump(unix.BPF_JEQ, protocolUDP, 0, 3),
		load(unix.BPF_B, ethernetHeader+24),
		jump(unix.BPF_JEQ, 0xff, 0, 1),
		{Code: unix.BPF_RET | unix.BPF_K, K: snapLength},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
}
