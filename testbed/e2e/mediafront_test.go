package e2e

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// front is what a broadcast receiver has between the network and its decoder: it makes one stream of the legs of a picture (SMPTE ST 2022-7: the copy that
// comes first counts, by its RTP sequence number), and goes over from a picture to the next one at the border of two frames.
// What both legs have lost is missing in what the decoder gets.
type front struct {
	mu       sync.Mutex // between those who read the legs and the test
	pictures []*assembly
	showing  int // -1: nothing yet
	arrived  []arrivedFrame
	out      rtpOut
}

// arrivedFrame is a frame of which the last packet came, and is named by its sequence number.
type arrivedFrame struct {
	picture int
	last    uint16
	whole   bool
	shown   bool
}

// leg is where one copy of a picture is sent to.
type leg struct {
	picture int
	to      netip.AddrPort
}

// openFront has a host's kernel join the groups of all legs; what comes goes to a decoder, as RTP on a port of the host's own, or nowhere when that is 0.
func openFront(t *testing.T, pid int, nic string, legs []leg, decoder int) *front {
	t.Helper()
	f := &front{showing: -1}
	var conns []net.Conn
	require.NoError(t, visit(pid, func() error {
		i, err := net.InterfaceByName(nic)
		if err != nil {
			return err
		}
		for _, l := range legs {
			conn, err := net.ListenMulticastUDP("udp4", i, net.UDPAddrFromAddrPort(l.to))
			if err != nil {
				return err
			}
			conns = append(conns, conn)
			if err := roomFor(conn, 8<<20); err != nil {
				return err
			}
		}
		if decoder == 0 {
			return nil
		}
		f.out.conn, err = net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: decoder})
		return err
	}))
	var readers sync.WaitGroup
	for i, l := range legs {
		for len(f.pictures) <= l.picture {
			f.pictures = append(f.pictures, &assembly{})
		}
		readers.Go(func() { f.read(conns[i], l.picture) })
	}
	t.Cleanup(func() {
		for _, c := range conns {
			_ = c.Close()
		}
		readers.Wait()
		if f.out.conn != nil {
			_ = f.out.conn.Close()
		}
	})
	return f
}

// roomFor gives a socket so many bytes of buffer, whatever the machine grants to those who only ask (socket(7), SO_RCVBUFFORCE): seconds of a picture.
func roomFor(conn *net.UDPConn, bytes int) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var forced error
	err = raw.Control(func(fd uintptr) { forced = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) })
	return errors.Join(err, forced)
}

func (f *front) read(conn net.Conn, picture int) {
	buffer := make([]byte, 2048)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if n >= rtpHeader {
			f.take(picture, append(rtpPacket(nil), buffer[:n]...))
		}
	}
}

// take files a packet, and shows the frames that it completes.
func (f *front) take(picture int, p rtpPacket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, frame := range f.pictures[picture].add(p) {
		last := frame.packets[len(frame.packets)-1]
		if frame.whole && picture > f.showing {
			f.showing = picture
		}
		shown := picture == f.showing
		f.arrived = append(f.arrived, arrivedFrame{picture, last.sequence(), frame.whole, shown})
		if shown {
			f.out.send(frame.packets)
		}
	}
}

// tally is how the packets of a picture came, over all legs together.
type tally struct {
	lost, copies, late int
	held               int // behind one that is missing, of which it is not known yet whether it is late or lost
}

func (t tally) String() string {
	return fmt.Sprintf("%d lost, %d came twice, %d late, %d behind one that is missing", t.lost, t.copies, t.late, t.held)
}

// tally counts those of a picture so far.
func (f *front) tally(picture int) tally {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.pictures[picture]
	return tally{a.lost, a.copies, a.late, len(a.held)}
}

// frames tells what came so far.
func (f *front) frames() []arrivedFrame {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]arrivedFrame(nil), f.arrived...)
}

const (
	rtpHeader = 12
	// mpegHeader is that of MPEG-1 and MPEG-2 video in RTP (RFC 2250 §3.4).
	mpegHeader = 4
)

// rtpPacket is a packet of MPEG-2 video without header extension or list of contributors (RFC 3550 §5.1).
type rtpPacket []byte

func (p rtpPacket) sequence() uint16 { return binary.BigEndian.Uint16(p[2:]) }

// endsFrame is the marker (RFC 2250 §3.1).
func (p rtpPacket) endsFrame() bool { return p[1]&0x80 != 0 }

// beginsFrame is the bit S, "sequence header present": every frame of what is sent here has one.
func (p rtpPacket) beginsFrame() bool {
	return len(p) >= rtpHeader+mpegHeader && p[rtpHeader+2]&0x20 != 0
}

// heldPackets is how many packets wait for one that is missing before it counts as lost on all legs: more than come on one leg while the other is late.
const heldPackets = 256

// assembly makes frames of the packets of all legs of a picture.
type assembly struct {
	begun bool
	next  uint16
	held  map[uint16]rtpPacket // behind one that is missing
	frame frame
	// What came twice, what came after one behind it, and what never came on any leg.
	copies, late, lost int
}

// frame is the packets of a picture's frame, in order.
type frame struct {
	packets []rtpPacket
	whole   bool // from its first packet to its last
}

// add takes a packet of any leg and gives the frames that end with it. Before the first beginning of a frame, nothing counts.
func (a *assembly) add(p rtpPacket) (done []frame) {
	if !a.begun {
		if !p.beginsFrame() {
			return nil
		}
		a.begun, a.next, a.held = true, p.sequence(), map[uint16]rtpPacket{}
	}
	if behind := int16(p.sequence() - a.next); behind < 0 {
		a.copies++
		return nil
	}
	if a.held[p.sequence()] != nil {
		a.copies++
	} else if p.sequence() == a.next && len(a.held) > 0 {
		a.late++
	}
	a.held[p.sequence()] = p
	if len(a.held) > heldPackets {
		a.skip()
	}
	for {
		p, there := a.held[a.next]
		if !there {
			return done
		}
		delete(a.held, a.next)
		a.next++
		if p.beginsFrame() {
			a.frame = frame{whole: true}
		}
		a.frame.packets = append(a.frame.packets, p)
		if p.endsFrame() {
			done = append(done, a.frame)
			a.frame = frame{}
		}
	}
}

// skip gives up what is missing.
func (a *assembly) skip() {
	a.frame.whole = false
	for a.held[a.next] == nil {
		a.next++
		a.lost++
	}
}

// rtpOut numbers the frames for the decoder as one stream.
type rtpOut struct {
	conn     net.Conn // nil: nobody looks
	sequence uint16
	frames   uint32
	lossy    bool // the middle packet of the next frame does not go out
}

// lose has a packet get lost on the way to the decoder.
func (f *front) lose() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out.lossy = true
}

func (o *rtpOut) send(packets []rtpPacket) {
	if o.conn == nil {
		return
	}
	o.frames++
	for i, p := range packets {
		binary.BigEndian.PutUint16(p[2:], o.sequence)
		binary.BigEndian.PutUint32(p[4:], o.frames*90_000/frameRate)
		binary.BigEndian.PutUint32(p[8:], 1)
		o.sequence++
		if o.lossy && i == len(packets)/2 {
			o.lossy = false
			continue
		}
		_, _ = o.conn.Write(p) // what the decoder does not get, it misses
	}
}

// packetsOf are the packets of a frame: how many, from a sequence number on.
func packetsOf(first uint16, n int) (packets []rtpPacket) {
	for i := range n {
		p := make(rtpPacket, rtpHeader+mpegHeader)
		binary.BigEndian.PutUint16(p[2:], first+uint16(i))
		if i == 0 {
			p[rtpHeader+2] = 0x20
		}
		if i == n-1 {
			p[1] = 0x80
		}
		packets = append(packets, p)
	}
	return packets
}

// TestFront has legs lose packets, each for itself and both, and a second picture begin in the middle of a frame.
func TestFront(t *testing.T) {
	f := &front{showing: -1, pictures: []*assembly{{}, {}, {}}}
	give := func(picture int, packets ...rtpPacket) {
		for _, p := range packets {
			f.take(picture, p)
		}
	}
	a, b, c := packetsOf(65534, 3), packetsOf(1, 3), packetsOf(4, 3)
	give(0, b[1], b[2])       // the end of a frame
	give(0, a[0], a[2])       // one leg lost a packet
	give(0, a[0], a[1], a[2]) // the other did not, and is late
	give(0, b[0], b[1], b[2], b[0], b[1], b[2])
	require.Equal(t, []arrivedFrame{{0, 0, true, true}, {0, 3, true, true}}, f.frames())

	for range heldPackets + 1 {
		give(0, b[0])
	}
	give(0, c...)
	require.Equal(t, []arrivedFrame{{0, 6, true, true}}, f.frames()[2:], "copies take no room")
	require.Equal(t, 5+heldPackets+1, f.pictures[0].copies)

	give(1, packetsOf(101, 6)[1:]...)
	give(1, packetsOf(107, 2)...)
	give(0, packetsOf(7, 1)...)
	require.Equal(t, []arrivedFrame{{1, 108, true, true}, {0, 7, true, false}}, f.frames()[3:], "half a frame does not switch over")

	give(1, packetsOf(109, 4)[2:]...) // two packets are lost on both legs
	give(1, packetsOf(113, heldPackets)...)
	assert.Equal(t, []arrivedFrame{{1, 112, false, true}, {1, 112 + heldPackets, true, true}}, f.frames()[5:], "what is left of it, the decoder gets")

	broken := packetsOf(1, 3)
	give(2, broken[0], broken[2])
	give(2, packetsOf(4, heldPackets)...)
	assert.Equal(t, []arrivedFrame{{2, 3, false, false}, {2, 3 + heldPackets, true, true}}, f.frames()[7:], "a broken frame does not switch over")
}
