package capture

import (
	"net"
	"net/netip"
	"time"
)

// kind is what happened on a connection.
type kind uint8

const (
	opened kind = iota
	received
	sent
	closed
)

// minEvent is what an event costs in memory beside its payload, in bytes; it bounds the number of those that wait.
const minEvent = 128

// event is one thing to write.
type event struct {
	at   time.Time
	ends ends
	kind kind
	seq  sequence // before it
	data []byte
}

// ends are the two ends of a connection.
type ends struct{ local, remote netip.AddrPort }

// sequence numbers the next byte in either direction (RFC 9293 §3.4). 32 bits wrap around, as in TCP.
type sequence struct{ local, remote uint32 }

// stream is one connection. Capture.mu guards seq and over.
type stream struct {
	capture *Capture
	ends    ends
	seq     sequence
	over    bool // closed: a reader that is late is not heard any more
}

// Received takes what the other end sent.
func (s *stream) Received(b []byte) { s.put(received, b) }

// Sent takes what this end sends.
func (s *stream) Sent(b []byte) { s.put(sent, b) }

// Close ends the connection.
func (s *stream) Close() { s.put(closed, nil) }

func (s *stream) put(k kind, b []byte) {
	s.capture.mu.Lock()
	defer s.capture.mu.Unlock()
	if s.over {
		return
	}
	s.over = k == closed
	s.capture.putLocked(s, k, b)
}

// advance moves on, also past what is left out. SYN counts as one byte.
func (s *stream) advance(k kind, n int) {
	switch k {
	case opened:
		s.seq.local++
		s.seq.remote++
	case received:
		s.seq.remote += uint32(n)
	case sent:
		s.seq.local += uint32(n)
	}
}

// openFlowPort is where a controller listens (OpenFlow 1.3.5 §6.3.3).
const openFlowPort = 6653

// firstMadePort is the first port of connections that have none.
const firstMadePort = 49152

// endsLocked gives the addresses of a connection, made up where it has none.
func (c *Capture) endsLocked(local, remote net.Addr) ends {
	e := ends{addrPort(local), addrPort(remote)}
	if e.local.IsValid() && e.remote.IsValid() && e.local.Addr().Is4() == e.remote.Addr().Is4() {
		return e
	}
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	port := firstMadePort + c.made%(1<<16-firstMadePort)
	c.made++
	return ends{netip.AddrPortFrom(loopback, openFlowPort), netip.AddrPortFrom(loopback, port)}
}

func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}
