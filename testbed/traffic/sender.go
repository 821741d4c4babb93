package traffic

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"crosspoint/testbed"
)

const (
	// multicastTTL lets a stream cross routers too, unlike the default of 1 (RFC 1112 §6.1).
	multicastTTL = 16
	// MaxRate is the highest packet rate of one stream.
	MaxRate = 200_000
	// MaxBurst is the most packets that one stream sends back to back.
	MaxBurst = 1000
)

// Sender sends one stream at a steady rate, packet by packet as they are due.
type Sender struct {
	stream testbed.Stream
	conn   *net.UDPConn
	first  uint64
	sent   atomic.Uint64 // read while the sender runs
	timing *departures
	stop   chan struct{}
	once   sync.Once
	done   chan struct{}
	err    error // why the last write failed; valid after done
}

// StartSender starts a stream on an interface. The first packet has the sequence number first.
func StartSender(iface string, stream testbed.Stream, first uint64) (*Sender, error) {
	if err := checkStream(stream); err != nil {
		return nil, err
	}
	conn, err := dialMulticast(iface, netip.AddrPortFrom(stream.Group, stream.Port))
	if err != nil {
		return nil, fmt.Errorf("send stream %d: %w", stream.ID, err)
	}
	s := &Sender{stream: stream, conn: conn, first: first, timing: newDepartures(conn), stop: make(chan struct{}), done: make(chan struct{})}
	go s.run()
	return s, nil
}

func checkStream(s testbed.Stream) error {
	most := MaxPayload
	if s.Group.Is6() {
		most -= 20
	}
	switch {
	case !s.Group.IsMulticast():
		return fmt.Errorf("send stream %d: %s is no multicast group", s.ID, s.Group)
	case s.Port == 0:
		return fmt.Errorf("send stream %d: needs a UDP port", s.ID)
	case s.Rate < 1 || s.Rate > MaxRate:
		return fmt.Errorf("send stream %d: rate %d is not in 1 to %d packets a second", s.ID, s.Rate, MaxRate)
	case s.Burst < 0 || s.Burst > MaxBurst:
		return fmt.Errorf("send stream %d: burst %d is not in 0 to %d packets", s.ID, s.Burst, MaxBurst)
	case s.Size < HeaderSize || s.Size > most:
		return fmt.Errorf("send stream %d: size %d is not in %d to %d bytes", s.ID, s.Size, HeaderSize, most)
	}
	return nil
}

func (s *Sender) run() {
	defer close(s.done)
	sleep := newSleeper()
	pace := pacer{rate: s.stream.Rate, burst: int64(max(s.stream.Burst, 1)), start: time.Now()}
	payload := make([]byte, s.stream.Size)
	for {
		for range pace.due(time.Now()) {
			s.sendOne(payload)
		}
		if !sleep.until(pace.next(), s.stop) {
			return
		}
	}
}

// sendOne sends the next packet. One that the kernel refuses keeps its number for the next try: it never left, so nobody can miss it.
func (s *Sender) sendOne(payload []byte) {
	request := s.timing.request(time.Now())
	header := Packet{Stream: s.stream.ID, Sequence: s.Next(), SentAt: time.Now().UnixNano()}
	header.Append(payload[:0])
	if _, _, err := s.conn.WriteMsgUDP(payload, request, nil); err != nil {
		s.err = err
		return
	}
	if request != nil {
		s.timing.sent(header.SentAt)
	}
	s.sent.Add(1)
}

// Sent is how many packets left the host so far.
func (s *Sender) Sent() uint64 { return s.sent.Load() }

// Next is the sequence number of the next packet.
func (s *Sender) Next() uint64 { return s.first + s.Sent() }

// Timing tells how promptly packets leave the host.
func (s *Sender) Timing() SendTiming { return s.timing.report() }

// Stop ends the stream and returns how many packets left. The error is the kernel's when not a single one did. It can be called twice.
func (s *Sender) Stop() (uint64, error) {
	s.once.Do(func() { close(s.stop) })
	<-s.done
	_ = s.conn.Close()
	if s.Sent() == 0 && s.err != nil {
		return 0, fmt.Errorf("send stream %d: nothing could be sent: %w", s.stream.ID, s.err)
	}
	return s.Sent(), nil
}

// dialMulticast makes a UDP socket that sends to a group out of one interface and never back to its own host.
func dialMulticast(iface string, to netip.AddrPort) (*net.UDPConn, error) {
	from, index, err := interfaceAddr(iface, to.Addr())
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{
		LocalAddr: &net.UDPAddr{IP: from.AsSlice()},
		Control: func(_, _ string, c syscall.RawConn) error {
			return control(c, func(fd int) error { return setMulticastOut(fd, index, to.Addr()) })
		},
	}
	conn, err := dialer.Dial("udp", to.String())
	if err != nil {
		return nil, fmt.Errorf("open UDP socket on %s: %w", iface, err)
	}
	return conn.(*net.UDPConn), nil
}

func setMulticastOut(fd, ifindex int, group netip.Addr) error {
	if group.Is6() {
		return setMulticastOut6(fd, ifindex)
	}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(ifindex)}); err != nil {
		return fmt.Errorf("set IP_MULTICAST_IF: %w", err)
	}
	return setSocketOptions(fd,
		socketOption{"IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, multicastTTL},
		socketOption{"IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
	)
}

func setMulticastOut6(fd, ifindex int) error {
	return setSocketOptions(fd,
		socketOption{"IPV6_MULTICAST_IF", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, ifindex},
		socketOption{"IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, multicastTTL},
		socketOption{"IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0},
	)
}

// control runs f on the file descriptor of a connection and returns f's error.
func control(c syscall.RawConn, f func(fd int) error) error {
	var inner error
	if err := c.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// interfaceAddr is the first address of an interface of the IP version of a peer, and its index. One of the link alone does not count.
func interfaceAddr(iface string, peer netip.Addr) (netip.Addr, int, error) {
	ifi, err := net.InterfaceByName(iface)
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("find interface %s: %w", iface, err)
	}
	addrs, err := ifi.Addrs()
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("read addresses of %s: %w", iface, err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() == peer.Is4() && !p.Addr().IsLinkLocalUnicast() {
			return p.Addr(), ifi.Index, nil
		}
	}
	return netip.Addr{}, 0, fmt.Errorf("find address of %s: it has none of the IP version of %s", iface, peer)
}
