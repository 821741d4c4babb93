package traffic

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	ringBlocks    = 128
	ringBlockSize = 16 << 10
	// retireAfter is how long the kernel keeps a block that is not full. It bounds how late a packet is seen, and with
	// ringBlocks how long the reader may be held up (1 s) before the kernel has to drop.
	retireAfter = 8 * time.Millisecond
	// ringSettle is after how long a packet that arrived is surely readable: the kernel's timer may need two rounds.
	ringSettle = 3 * retireAfter
)

// ring is a packet socket on one interface with a receive ring in shared memory (TPACKET_V3): a whole block of packets for each
// wake-up, stamped by the kernel. It sees frames that arrive for whatever address, and none that leave.
type ring struct {
	fd     int
	wake   int // an eventfd that ends a wait
	memory []byte
	next   int // the block that the kernel fills next
}

// openRing starts to capture multicast UDP on an interface.
func openRing(iface string) (*ring, error) {
	ifi, err := net.InterfaceByName(iface)
	if err != nil {
		return nil, fmt.Errorf("open packet socket on %s: %w", iface, err)
	}
	// Protocol 0 receives nothing until bind, so no packet gets in before the filter.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket on %s (needs root): %w", iface, err)
	}
	r := &ring{fd: fd, wake: -1}
	if err := r.setUp(ifi.Index); err != nil {
		r.close()
		return nil, fmt.Errorf("set up packet socket on %s: %w", iface, err)
	}
	return r, nil
}

func (r *ring) setUp(ifindex int) (err error) {
	if r.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC); err != nil {
		return fmt.Errorf("make eventfd: %w", err)
	}
	if err := r.setOptions(); err != nil {
		return err
	}
	r.memory, err = unix.Mmap(r.fd, 0, ringBlocks*ringBlockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map receive ring: %w", err)
	}
	// sll_protocol is in network order.
	protocol := uint16(unix.ETH_P_ALL>>8 | unix.ETH_P_ALL<<8&0xff00)
	if err := unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: ifindex}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	return nil
}

func (r *ring) setOptions() error {
	err := setSocketOptions(r.fd,
		socketOption{"PACKET_VERSION to TPACKET_V3", unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3},
		socketOption{"PACKET_IGNORE_OUTGOING", unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1},
		// Without it, the ring has the time when the packet was copied.
		stampReception,
	)
	if err != nil {
		return err
	}
	program := multicastUDP()
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	request := unix.TpacketReq3{
		Block_size: ringBlockSize, Block_nr: ringBlocks,
		Frame_size: ringBlockSize, Frame_nr: ringBlocks,
		Retire_blk_tov: uint32(retireAfter / time.Millisecond),
	}
	if err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request); err != nil {
		return fmt.Errorf("make receive ring: %w", err)
	}
	return nil
}

// wait blocks until a block is ready. It returns false after interrupt, or when the interface is gone.
func (r *ring) wait() bool {
	for {
		fds := []unix.PollFd{{Fd: int32(r.fd), Events: unix.POLLIN}, {Fd: int32(r.wake), Events: unix.POLLIN}}
		if r.ready() {
			fds = fds[1:] // only see whether to stop
			n, err := unix.Poll(fds, 0)
			return n == 0 || err == unix.EINTR
		}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return false
		}
		if fds[1].Revents != 0 || fds[0].Revents&(unix.POLLERR|unix.POLLNVAL) != 0 && !r.stillThere() {
			return false
		}
	}
}

// stillThere takes the pending error off the socket. A link that went down (ENETDOWN) comes back; anything else does not.
func (r *ring) stillThere() bool {
	errno, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	return err == nil && (errno == 0 || unix.Errno(errno) == unix.ENETDOWN)
}

// Offsets in the kernel's struct tpacket_block_desc and struct tpacket3_hdr (linux/if_packet.h).
const (
	blockStatus  = 8
	blockPackets = 12
	blockFirst   = 16

	packetNext    = 0
	packetSeconds = 4
	packetNanos   = 8
	packetLength  = 12
	packetStatus  = 20
	packetMAC     = 24
)

func (r *ring) block() []byte { return r.memory[r.next*ringBlockSize:][:ringBlockSize] }

// status is written by the kernel at any time, hence atomic. A block starts on a page, so the word is aligned.
func (r *ring) status() *uint32 { return (*uint32)(unsafe.Pointer(&r.block()[blockStatus])) }

func (r *ring) ready() bool { return atomic.LoadUint32(r.status())&unix.TP_STATUS_USER != 0 }

// arrivalTime is when the kernel took a frame in.
type arrivalTime struct {
	ns int64 // since 1970
	// atReception: stamped when the frame left the interface; otherwise when the socket came to copy it.
	atReception bool
}

func timeOf(packet []byte) arrivalTime {
	u32 := binary.NativeEndian.Uint32
	return arrivalTime{
		ns:          int64(u32(packet[packetSeconds:]))*int64(time.Second) + int64(u32(packet[packetNanos:])),
		atReception: u32(packet[packetStatus:])&unix.TP_STATUS_TS_SOFTWARE != 0,
	}
}

// read hands each frame of the ready block to f, with its time, and gives the block back. The frame is only valid during the call.
func (r *ring) read(f func(frame []byte, at arrivalTime)) {
	u32 := binary.NativeEndian.Uint32
	b := r.block()
	packet := b[min(u32(b[blockFirst:]), ringBlockSize):]
	for range u32(b[blockPackets:]) {
		if len(packet) < unix.SizeofTpacket3Hdr {
			break
		}
		start := int(binary.NativeEndian.Uint16(packet[packetMAC:]))
		end := start + int(u32(packet[packetLength:]))
		if end <= len(packet) {
			f(packet[start:end], timeOf(packet))
		}
		packet = packet[min(int(u32(packet[packetNext:])), len(packet)):]
	}
	atomic.StoreUint32(r.status(), unix.TP_STATUS_KERNEL)
	r.next = (r.next + 1) % ringBlocks
}

// dropped is how many packets the kernel could not put into the ring since the last call.
func (r *ring) dropped() (uint64, error) {
	stats, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, fmt.Errorf("read packet socket statistics: %w", err)
	}
	return uint64(stats.Drops), nil
}

// interrupt ends wait, now and from then on.
func (r *ring) interrupt() error {
	_, err := unix.Write(r.wake, binary.NativeEndian.AppendUint64(nil, 1))
	return err
}

func (r *ring) close() {
	if r.memory != nil {
		_ = unix.Munmap(r.memory)
	}
	if r.wake >= 0 {
		_ = unix.Close(r.wake)
	}
	_ = unix.Close(r.fd)
}
