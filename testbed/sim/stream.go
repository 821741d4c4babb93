package sim

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"crosspoint/testbed"
)

// A stream's payload starts with 24 bytes: a mark, the stream's id, the sequence number, and when it was sent in nanoseconds
// since the start of the world.
const (
	streamMark   = 0x58707374
	streamHeader = 24
	maxPayload   = 1472
	maxRate      = 1_000_000
	streamTTL    = 64
	streamPort   = 49152 // UDP source port
)

// stream is a sender at work.
type stream struct {
	host    *host
	spec    testbed.Stream
	frame   []byte // pattern
	start   time.Duration
	sent    uint64
	stopped bool
}

// Send has a host send a stream, the first packet now, until StopSend. Group must be a multicast address of an IP version that the host has; the id must not be in use.
func (w *World) Send(hostName string, s testbed.Stream) error {
	h, err := w.host(hostName)
	if err != nil {
		return err
	}
	switch {
	case w.streams[s.ID] != nil:
		return fmt.Errorf("send stream %d from %s: the id is in use", s.ID, hostName)
	case !s.Group.IsMulticast() || !h.addrFor(s.Group).IsValid():
		return fmt.Errorf("send stream %d from %s: %s is no multicast address of an IP version that the host has", s.ID, hostName, s.Group)
	case s.Rate < 1 || s.Rate > maxRate:
		return fmt.Errorf("send stream %d from %s: rate %d is not between 1 and %d", s.ID, hostName, s.Rate, maxRate)
	case s.Burst < 0:
		return fmt.Errorf("send stream %d from %s: burst %d is less than 0", s.ID, hostName, s.Burst)
	case s.Size < streamHeader || s.Size > maxPayload || s.Group.Is6() && s.Size > maxPayload-20:
		return fmt.Errorf("send stream %d from %s: size %d is not between %d and %d", s.ID, hostName, s.Size, streamHeader, maxPayload)
	}
	st := &stream{host: h, spec: s, start: w.now, frame: streamFrame(h, s)}
	w.streams[s.ID] = st
	w.after(0, st)
	return nil
}

// StopSend ends a stream and tells how many packets left the host.
func (w *World) StopSend(hostName string, id uint32) (sent uint64, err error) {
	st := w.streams[id]
	if st == nil || st.host.name != hostName {
		return 0, fmt.Errorf("stop stream %d: host %s does not send it", id, hostName)
	}
	st.stopped = true
	delete(w.streams, id)
	return st.sent, nil
}

// Sent tells how many packets each running stream has sent, by id.
func (w *World) Sent() map[uint32]uint64 {
	out := make(map[uint32]uint64, len(w.streams))
	for id, st := range w.streams {
		out[id] = st.sent
	}
	return out
}

// run sends one packet and schedules the next. Moments are computed from the start, so that the rate does not drift.
func (st *stream) run(w *World) {
	if st.stopped {
		return
	}
	frame := append([]byte(nil), st.frame...)
	udp := frame[len(frame)-8-st.spec.Size:]
	binary.BigEndian.PutUint64(udp[16:], st.sent)
	binary.BigEndian.PutUint64(udp[24:], uint64(w.now))
	if st.spec.Group.Is6() { // RFC 8200 §8.1: never without a checksum
		binary.BigEndian.PutUint16(udp[6:], checksumIPv6(st.host.addr6, st.spec.Group, protoUDP, udp))
	}
	w.transmit(&st.host.end, frame, nil, w.oracle.begin(st.spec.ID, st.sent))
	st.sent++
	rate := uint64(st.spec.Rate)
	burst := uint64(max(st.spec.Burst, 1))
	at := st.sent / burst * burst
	due := st.start + time.Duration(at/rate)*time.Second + time.Duration(at%rate*uint64(time.Second)/rate)
	w.after(due-w.now, st)
}

func streamFrame(h *host, s testbed.Stream) []byte {
	udp := make([]byte, 8, 8+s.Size)
	binary.BigEndian.PutUint16(udp, streamPort)
	binary.BigEndian.PutUint16(udp[2:], s.Port)
	binary.BigEndian.PutUint16(udp[4:], uint16(8+s.Size))
	udp = binary.BigEndian.AppendUint32(udp, streamMark)
	udp = binary.BigEndian.AppendUint32(udp, s.ID)
	udp = udp[:8+s.Size]
	if s.Group.Is6() {
		return ipv6Frame(ipv6Header{dstMAC: groupMAC(s.Group), srcMAC: h.mac, src: h.addr6, dst: s.Group, next: protoUDP, hopLimit: streamTTL}, udp)
	}
	return ipv4Frame(ipv4Header{dstMAC: groupMAC(s.Group), srcMAC: h.mac, src: h.addr, dst: s.Group, proto: protoUDP, ttl: streamTTL}, udp)
}

// groupMAC is the Ethernet address of a group (RFC 1112 §6.4, RFC 2464 §7).
func groupMAC(g netip.Addr) [6]byte {
	if g.Is6() {
		b := g.As16()
		return [6]byte{0x33, 0x33, b[12], b[13], b[14], b[15]}
	}
	b := g.As4()
	return [6]byte{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
}

// receiveStream counts a UDP packet to a group.
func (h *host) receiveStream(p ipPacket) {
	flow := Flow{Source: p.src, Group: p.dst}
	h.w.oracle.reach(h, flow)
	if len(p.payload) < 8+streamHeader || binary.BigEndian.Uint32(p.payload[8:]) != streamMark {
		return
	}
	b := p.payload[8:]
	k := receptionKey{host: h.index, source: p.src, group: p.dst, stream: binary.BigEndian.Uint32(b[4:])}
	r := h.w.oracle.receptions[k]
	if r == nil {
		r = &reception{}
		h.w.oracle.receptions[k] = r
	}
	sentAt := time.Duration(binary.BigEndian.Uint64(b[16:]))
	port := binary.BigEndian.Uint16(p.payload[2:])
	r.arrive(h.w.now, binary.BigEndian.Uint64(b[8:]), h.w.now-sentAt, h.memberships(p.dst).delivers(p.dst, p.src, port))
}
