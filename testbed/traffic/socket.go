package traffic

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"crosspoint/testbed"
)

const (
	// groupsPerSocket is Linux's default for net.ipv4.igmp_max_memberships.
	groupsPerSocket = 20
	// receiveBuffer holds over 100 ms at 10,000 packets a second.
	receiveBuffer = 8 << 20
)

// memberSocket is one UDP socket and the groups it holds: each at most once, so that neither a mix of "any source" and
// one source nor Linux's limit of 10 sources a group (net.ipv4.igmp_max_msf) can get in the way.
type memberSocket struct {
	conn     *net.UDPConn
	is4      bool // what it holds are IPv4 groups
	groups   map[netip.Addr]bool
	overflow uint32 // the kernel's count of packets that found the buffer full
}

// openMember opens a socket that holds groups of one IP version and receives nothing, for it is bound to no port.
func openMember(group netip.Addr) (*memberSocket, error) {
	return openSocket(group, func(int) error { return nil })
}

type socketOption struct {
	name              string
	level, opt, value int
}

func setSocketOptions(fd int, options ...socketOption) error {
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.opt, o.value); err != nil {
			return fmt.Errorf("set %s: %w", o.name, err)
		}
	}
	return nil
}

// openReceiver opens a socket that gets what is sent to one group and port, and only by its own membership.
func openReceiver(at netip.AddrPort) (*memberSocket, error) {
	onlyOwn := socketOption{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0}
	var to unix.Sockaddr = &unix.SockaddrInet4{Port: int(at.Port())}
	if at.Addr().Is4() {
		to = &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
	} else {
		onlyOwn = socketOption{"IPV6_MULTICAST_ALL", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0}
		to = &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}
	}
	return openSocket(at.Addr(), func(fd int) error {
		err := setSocketOptions(fd,
			socketOption{"SO_REUSEADDR", unix.SOL_SOCKET, unix.SO_REUSEADDR, 1},
			socketOption{"SO_RCVBUFFORCE", unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer},
			socketOption{"SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1},
			stampReception, onlyOwn,
		)
		if err != nil {
			return err
		}
		return unix.Bind(fd, to)
	})
}

// openSocket makes the socket by hand, because net.ListenUDP binds a multicast address to all addresses instead.
func openSocket(group netip.Addr, setUp func(fd int) error) (*memberSocket, error) {
	family := unix.AF_INET
	if group.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open UDP socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), "udp")
	defer func() { _ = file.Close() }() // FilePacketConn has a copy
	if err := setUp(fd); err != nil {
		return nil, fmt.Errorf("set up UDP socket: %w", err)
	}
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, fmt.Errorf("open UDP socket: %w", err)
	}
	return &memberSocket{conn: conn.(*net.UDPConn), is4: group.Is4(), groups: map[netip.Addr]bool{}}, nil
}

func (s *memberSocket) hasRoomFor(group netip.Addr) bool {
	return s.is4 == group.Is4() && len(s.groups) < groupsPerSocket && !s.groups[group]
}

func (s *memberSocket) join(m *Membership, key joinKey) error {
	if err := s.change(m, key, unix.MCAST_JOIN_GROUP, unix.MCAST_JOIN_SOURCE_GROUP); err != nil {
		return err
	}
	s.groups[key.group] = true
	return nil
}

func (s *memberSocket) leave(m *Membership, key joinKey) error {
	if err := s.change(m, key, unix.MCAST_LEAVE_GROUP, unix.MCAST_LEAVE_SOURCE_GROUP); err != nil {
		return err
	}
	delete(s.groups, key.group)
	return nil
}

// change adds or drops a membership, of either IP version (RFC 3678 §5.1.1, §5.1.2).
func (s *memberSocket) change(m *Membership, key joinKey, anySource, oneSource int) error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	level := unix.IPPROTO_IP
	if key.group.Is6() {
		level = unix.IPPROTO_IPV6
	}
	// struct group_req: interface, padding, group; struct group_source_req: the source behind it. The string is only the way to pass bytes.
	option, request := anySource, binary.NativeEndian.AppendUint64(nil, 0)
	binary.NativeEndian.PutUint32(request, uint32(m.index))
	request = appendSockaddr(request, key.group)
	if key.source.IsValid() {
		option, request = oneSource, appendSockaddr(request, key.source)
	}
	return control(raw, func(fd int) error { return unix.SetsockoptString(fd, level, option, string(request)) })
}

// appendSockaddr writes a struct sockaddr_storage: family, port, and for IPv6 the flow label before the address.
func appendSockaddr(b []byte, a netip.Addr) []byte {
	end := len(b) + unix.SizeofSockaddrAny + 16
	family, skip := uint16(unix.AF_INET), 2
	if a.Is6() {
		family, skip = unix.AF_INET6, 6
	}
	b = append(binary.NativeEndian.AppendUint16(b, family), make([]byte, skip)...)
	b = append(b, a.AsSlice()...)
	return append(b, make([]byte, end-len(b))...)
}

// setVersion makes the kernel speak the version that a join asks for.
func setVersion(iface string, j testbed.Join) error {
	if j.Group.Is4() {
		return SetIGMPVersion(iface, j.Version)
	}
	if j.Version != 1 && j.Version != 2 {
		return fmt.Errorf("set MLD version on %s: %d is not 1 or 2", iface, j.Version)
	}
	return writeVersion("/proc/sys/net/ipv6/conf/"+iface+"/force_mld_version", j.Version)
}

// SetIGMPVersion makes the kernel speak IGMP version 1, 2 or 3 on an interface from now on, whatever the querier speaks.
func SetIGMPVersion(iface string, version int) error {
	if version < 1 || version > 3 {
		return fmt.Errorf("set IGMP version on %s: %d is not 1, 2 or 3", iface, version)
	}
	return writeVersion("/proc/sys/net/ipv4/conf/"+iface+"/force_igmp_version", version)
}

func writeVersion(path string, version int) error {
	if err := os.WriteFile(path, strconv.AppendInt(nil, int64(version), 10), 0o644); err != nil {
		return fmt.Errorf("set version of group membership: %w", err)
	}
	return nil
}
