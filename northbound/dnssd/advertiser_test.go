package dnssd

import (
	"context"
	"net"
	"net/netip"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// inNamespace runs f in a network namespace of its own, where only loopback is. f may start no goroutine that opens sockets: only this
// thread is in there. The thread ends with the test.
func inNamespace(t *testing.T, f func(t *testing.T)) {
	done := make(chan struct{})
	var skip error
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread goes with its goroutine
		if skip = unix.Unshare(unix.CLONE_NEWNET); skip != nil {
			return
		}
		if skip = exec.Command("ip", "link", "set", "lo", "up").Run(); skip == nil {
			f(t)
		}
	}()
	<-done
	skipFor(t, skip)
}

// otherProgram is a program on the same machine that speaks ordinary DNS to the group, as a simple client does.
func otherProgram(t *testing.T) *net.UDPConn {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	raw, err := c.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		assert.NoError(t, unix.SetsockoptIPMreqn(int(fd), unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: 1}))
	}))
	return c
}

func exchange(t *testing.T, c *net.UDPConn, m *dns.Msg) *dns.Msg {
	data, err := m.Pack()
	require.NoError(t, err)
	_, err = c.WriteToUDPAddrPort(data, netip.AddrPortFrom(groupV4(), port))
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(500*time.Millisecond)))
	buf := make([]byte, maxMessage)
	n, err := c.Read(buf)
	if err != nil {
		return nil
	}
	answer := new(dns.Msg)
	require.NoError(t, answer.Unpack(buf[:n]))
	return answer
}

// The whole of it on sockets: found on loopback, shares the port with another responder that hears the goodbye.
func TestAdvertiserOnLoopback(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		log, hook := test.NewNullLogger()
		a, err := New(Config{Service: testService(), Listener: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8088}, Log: log})
		require.NoError(t, err)
		client := otherProgram(t)
		neighbour, err := openSocket(linkID{index: 1})
		require.NoError(t, err)
		defer func() { _ = neighbour.conn.Close() }()

		ctx, cancel := context.WithCancel(context.Background())
		answer := make(chan *dns.Msg, 1)
		go func() {
			defer cancel()
			answer <- untilAnswered(t, client)
		}()
		require.NoError(t, a.Run(ctx))

		m := <-answer
		require.NotNil(t, m)
		assert.Equal(t, instance, m.Answer[0].(*dns.PTR).Ptr)
		var srv *dns.SRV
		for _, rr := range m.Extra {
			if s, ok := rr.(*dns.SRV); ok {
				srv = s
			}
		}
		require.NotNil(t, srv)
		assert.Equal(t, uint16(8088), srv.Port, "the listener's")
		assert.Equal(t, "advertised over mDNS", hook.LastEntry().Message)
		assertGoodbye(t, neighbour)
	})
}

func untilAnswered(t *testing.T, client *net.UDPConn) *dns.Msg {
	for range 20 {
		if m := exchange(t, client, query("PTR "+servicePTR)); m != nil {
			return m
		}
	}
	return nil
}

// assertGoodbye reads all that came, which ends with it.
func assertGoodbye(t *testing.T, s *socket) {
	require.NoError(t, s.conn.SetReadDeadline(time.Now().Add(500*time.Millisecond)))
	buf, last := make([]byte, maxMessage), new(dns.Msg)
	for {
		n, _, err := s.conn.ReadFrom(buf)
		if err != nil {
			break
		}
		require.NoError(t, last.Unpack(buf[:n]))
	}
	require.NotEmpty(t, last.Answer)
	for _, rr := range last.Answer {
		assert.Zero(t, rr.Header().Ttl, "%v", rr)
	}
}

func TestNewRefuses(t *testing.T) {
	listener := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	_, err := New(Config{Service: testService(), Listener: &net.UnixAddr{Name: "x"}})
	assert.ErrorContains(t, err, "want a TCP address")
	_, err = New(Config{Service: Service{}, Listener: listener})
	assert.ErrorContains(t, err, "instance name")
	s := testService()
	s.Host = "nc1.studio"
	_, err = New(Config{Service: s, Listener: listener})
	assert.ErrorContains(t, err, "want one label")
}

// A socket hears its own link alone, though others are bound to the same group and port.
func TestSocketsKeepLinksApart(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		for _, args := range [][]string{
			{"link", "add", "other", "type", "veth", "peer", "name", "end"}, {"link", "set", "end", "up"}, {"addr", "add", "10.9.0.1/24", "dev", "other"}, {"link", "set", "other", "up"},
		} {
			out, err := exec.Command("ip", args...).CombinedOutput()
			require.NoError(t, err, "ip %v: %s", args, out)
		}
		other, err := net.InterfaceByName("other")
		require.NoError(t, err)
		var sockets []*socket
		for _, index := range []int{1, other.Index} {
			s, err := openSocket(linkID{index: index})
			require.NoError(t, err)
			t.Cleanup(func() { _ = s.conn.Close() })
			sockets = append(sockets, s)
		}
		require.NoError(t, sockets[0].send(netip.AddrPort{}, []byte("hello")))
		buf := make([]byte, 100)
		for i, s := range sockets {
			require.NoError(t, s.conn.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
			_, _, err := s.conn.ReadFrom(buf)
			assert.Equal(t, i == 0, err == nil, "socket %d: %v", i, err)
		}
	})
}
