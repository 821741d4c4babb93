package e2e

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// kernelSocket is a UDP socket in a host's network namespace, by which its kernel joins a group (RFC 3678 §5).
type kernelSocket struct {
	t     *testing.T
	fd    int
	nic   int
	level int
	group netip.Addr
}

// msfilter is MCAST_MSFILTER of linux/in.h.
const msfilter = 48

// socketIn opens a socket in the namespace of a process.
func socketIn(t *testing.T, pid int, nic string, group netip.Addr) *kernelSocket {
	t.Helper()
	s := &kernelSocket{t: t, fd: -1, level: unix.IPPROTO_IP, group: group}
	family := unix.AF_INET
	if group.Is6() {
		family, s.level = unix.AF_INET6, unix.IPPROTO_IPV6
	}
	require.NoError(t, s.open(pid, nic, family))
	t.Cleanup(s.close)
	return s
}

// open makes the socket, in the namespace.
func (s *kernelSocket) open(pid int, nic string, family int) error {
	return visit(pid, func() error {
		i, err := net.InterfaceByName(nic)
		if err != nil {
			return err
		}
		s.nic = i.Index
		s.fd, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	})
}

// visit has this thread do something in the network namespace of a process. It comes back and lives on: a controller that it started would end with it.
func visit(pid int, do func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer func() { _ = home.Close() }()
	there, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return err
	}
	defer func() { _ = there.Close() }()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	err = do()
	if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
		return back
	}
	runtime.UnlockOSThread()
	return err
}

func (s *kernelSocket) close() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd)
	}
	s.fd = -1
}

// set sets an option about the group, and about a source where there is one.
func (s *kernelSocket) set(option int, source ...netip.Addr) {
	s.t.Helper()
	request := binary.NativeEndian.AppendUint64(nil, uint64(s.nic))
	request = appendSockaddr(request, s.group)
	for _, a := range source {
		request = appendSockaddr(request, a)
	}
	require.NoError(s.t, unix.SetsockoptString(s.fd, s.level, option, string(request)))
}

// filter sets the mode, unix.MCAST_INCLUDE or MCAST_EXCLUDE, and all sources at once.
func (s *kernelSocket) filter(mode uint32, sources ...netip.Addr) {
	s.t.Helper()
	request := binary.NativeEndian.AppendUint64(nil, uint64(s.nic))
	request = appendSockaddr(request, s.group)
	request = binary.NativeEndian.AppendUint32(request, mode)
	request = binary.NativeEndian.AppendUint32(request, uint32(len(sources)))
	for _, a := range sources {
		request = appendSockaddr(request, a)
	}
	require.NoError(s.t, unix.SetsockoptString(s.fd, s.level, msfilter, string(request)))
}

// appendSockaddr writes a struct sockaddr_storage.
func appendSockaddr(b []byte, a netip.Addr) []byte {
	var storage [128]byte
	if a.Is4() {
		binary.NativeEndian.PutUint16(storage[:], unix.AF_INET)
		copy(storage[4:], a.AsSlice())
	} else {
		binary.NativeEndian.PutUint16(storage[:], unix.AF_INET6)
		copy(storage[8:], a.AsSlice())
	}
	return append(b, storage[:]...)
}
