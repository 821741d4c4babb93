package traffic

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// groupsPerSocket is Linux's default for net.ipv4.igmp_max_memberships.
	groupsPerSocket = 20
	// receiveBuffer holds over 100 ms at 10,000 packets a second.
	receiveBuffer = 8 << 20
	// controlSize has room for a time stamp and a drop counter.
	controlSize = 128
)

// memberSocket is one UDP socket and the groups it holds: each at most once, so that neither a mix of "any source" and
// one source nor Linux's limit of 10 sources a group (net.ipv4.igmp_max_msf) can get in the way.
type memberSocket struct {
	conn     *net.UDPConn
	groups   map[netip.Addr]bool
	overflow uint32 // the kernel's count of packets that found the buffer full
}

// openMember opens a socket that holds groups and receives nothing, for it is bound to no port.
func openMember() (*memberSocket, error) { return openSocket(func(int) error { return nil }) }

// openReceiver opens a socket that gets what is sent to one group and port, and only by its own membership.
func openReceiver(at netip.AddrPort) (*memberSocket, error) {
	return openSocket(func(fd int) error {
		for _, o := range []struct {
			name              string
			level, opt, value int
		}{
			{"SO_REUSEADDR", unix.SOL_SOCKET, unix.SO_REUSEADDR, 1},
			{"SO_RCVBUFFORCE", unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer},
			{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
			{"SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1},
			{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0},
		} {
			if err := unix.SetsockoptInt(fd, o.level, o.opt, o.value); err != nil {
				return fmt.Errorf("set %s: %w", o.name, err)
			}
		}
		return unix.Bind(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()})
	})
}

// openSocket makes the socket by hand, because net.ListenUDP binds a multicast address to all addresses instead.
func openSocket(setUp func(fd int) error) (*memberSocket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
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
	return &memberSocket{conn: conn.(*net.UDPConn), groups: map[netip.Addr]bool{}}, nil
}

func (s *memberSocket) hasRoomFor(group netip.Addr) bool {
	return len(s.groups) < groupsPerSocket && !s.groups[group]
}

func (s *memberSocket) join(m *Membership, key joinKey) error {
	if err := s.change(m, key, unix.IP_ADD_MEMBERSHIP, unix.IP_ADD_SOURCE_MEMBERSHIP); err != nil {
		return err
	}
	s.groups[key.group] = true
	return nil
}

func (s *memberSocket) leave(m *Membership, key joinKey) error {
	if err := s.change(m, key, unix.IP_DROP_MEMBERSHIP, unix.IP_DROP_SOURCE_MEMBERSHIP); err != nil {
		return err
	}
	delete(s.groups, key.group)
	return nil
}

// change adds or drops a membership: RFC 1112 §7.1 for any source, RFC 3678 §4.1.2 for one source.
func (s *memberSocket) change(m *Membership, key joinKey, anySource, oneSource int) error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	return control(raw, func(fd int) error {
		if !key.source.IsValid() {
			return unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, anySource,
				&unix.IPMreqn{Multiaddr: key.group.As4(), Ifindex: int32(m.index)})
		}
		// struct ip_mreq_source: group, interface, source. The string is only the way to pass bytes.
		var request []byte
		for _, a := range []netip.Addr{key.group, m.addr, key.source} {
			request = append(request, a.AsSlice()...)
		}
		return unix.SetsockoptString(fd, unix.IPPROTO_IP, oneSource, string(request))
	})
}

// controlInfo is what the kernel says beside a packet.
type controlInfo struct {
	at       int64 // when it was taken in; 0 when the kernel does not say
	overflow uint32
}

func parseControl(b []byte) (c controlInfo) {
	messages, err := unix.ParseSocketControlMessage(b)
	if err != nil {
		return c
	}
	for _, m := range messages {
		switch {
		case m.Header.Level != unix.SOL_SOCKET:
		case m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16:
			seconds := int64(binary.NativeEndian.Uint64(m.Data))
			c.at = seconds*int64(time.Second) + int64(binary.NativeEndian.Uint64(m.Data[8:]))
		case m.Header.Type == unix.SO_RXQ_OVFL && len(m.Data) >= 4:
			c.overflow = binary.NativeEndian.Uint32(m.Data)
		}
	}
	return c
}

// SetIGMPVersion makes the kernel speak IGMP version 2 or 3 on an interface from now on, whatever the querier speaks.
func SetIGMPVersion(iface string, version int) error {
	if version != 2 && version != 3 {
		return fmt.Errorf("set IGMP version on %s: %d is not 2 or 3", iface, version)
	}
	path := "/proc/sys/net/ipv4/conf/" + iface + "/force_igmp_version"
	if err := os.WriteFile(path, strconv.AppendInt(nil, int64(version), 10), 0o644); err != nil {
		return fmt.Errorf("set IGMP version on %s: %w", iface, err)
	}
	return nil
}
