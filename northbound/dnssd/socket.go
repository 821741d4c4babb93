package dnssd

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// port and groups of mDNS (RFC 6762 §3).
const port = 5353

func groupV4() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 251}) }

func groupV6() netip.Addr { return netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 0xfb}) }

// socket sends and receives on one link.
type socket struct {
	conn  net.PacketConn
	group netip.AddrPort
}

// openSocket joins the group on one link. It is bound to the group and shares the port, so that other responders on the machine live on.
func openSocket(id linkID) (*socket, error) {
	setUp, family := setUpV4, unix.AF_INET
	group := netip.AddrPortFrom(groupV4(), port)
	if id.v6 {
		setUp, family = setUpV6, unix.AF_INET6
		group = netip.AddrPortFrom(groupV6().WithZone(strconv.Itoa(id.index)), port)
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open mDNS socket: %w", err)
	}
	f := os.NewFile(uintptr(fd), "mdns")
	defer func() { _ = f.Close() }() // FilePacketConn has a copy
	if err := setUp(fd, id.index); err != nil {
		return nil, err
	}
	conn, err := net.FilePacketConn(f)
	if err != nil {
		return nil, fmt.Errorf("open mDNS socket: %w", err)
	}
	return &socket{conn, group}, nil
}

// option is one socket option of an integer.
type option struct{ level, name, value int }

func setOptions(fd int, options []option) error {
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return fmt.Errorf("set option %d of mDNS socket: %w", o.name, err)
		}
	}
	return nil
}

func setUpV4(fd, index int) error {
	err := setOptions(fd, []option{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1},
		{unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0}, // what others joined on other links is not for this one
		{unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, 255},
		{unix.IPPROTO_IP, unix.IP_TTL, 255},
		{unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 1}, // clients on this machine hear it too
	})
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: groupV4().As4()}); err != nil {
		return fmt.Errorf("bind mDNS port %d: %w", port, err)
	}
	member := &unix.IPMreqn{Multiaddr: groupV4().As4(), Ifindex: int32(index)}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, member); err != nil {
		return fmt.Errorf("join %v: %w", groupV4(), err)
	}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(index)}); err != nil {
		return fmt.Errorf("choose interface for %v: %w", groupV4(), err)
	}
	return nil
}

func setUpV6(fd, index int) error {
	err := setOptions(fd, []option{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1},
		{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1},
		{unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 255},
		{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, 255},
		{unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 1},
		{unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, index},
	})
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet6{Port: port, Addr: groupV6().As16(), ZoneId: uint32(index)}); err != nil {
		return fmt.Errorf("bind mDNS port %d: %w", port, err)
	}
	member := &unix.IPv6Mreq{Multiaddr: groupV6().As16(), Interface: uint32(index)}
	if err := unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, member); err != nil {
		return fmt.Errorf("join %v: %w", groupV6(), err)
	}
	return nil
}

// send writes one message, to the group when to is the zero value.
func (s *socket) send(to netip.AddrPort, data []byte) error {
	if !to.IsValid() {
		to = s.group
	}
	_, err := s.conn.WriteTo(data, net.UDPAddrFromAddrPort(to))
	return err
}
