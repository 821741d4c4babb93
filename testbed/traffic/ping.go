package traffic

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

const (
	// MaxPings is the highest count of one Ping.
	MaxPings = 1000

	pingInterval = 20 * time.Millisecond
	// pingPatience is how long after the last request answers still count; a host asks for its neighbour once a second.
	pingPatience = 1500 * time.Millisecond

	echoHeader = 8
)

// echo is how echo messages are said in one IP version.
type echo struct {
	network        string
	request, reply byte
}

// echoFor goes by whom to ask (RFC 792, page 14; RFC 4443 §4.1 and §4.2).
func echoFor(to netip.Addr) echo {
	if to.Is4() {
		return echo{network: "ip4:icmp", request: 8, reply: 0}
	}
	return echo{network: "ip6:ipv6-icmp", request: 128, reply: 129}
}

// Ping sends count ICMP echo requests, one each 20 ms, and returns how many of them were answered. It ends as soon as all are.
func Ping(ctx context.Context, to netip.Addr, count int) (answered int, err error) {
	if !to.IsValid() || count < 1 || count > MaxPings {
		return 0, fmt.Errorf("ping %s: need an address and a count of 1 to %d", to, MaxPings)
	}
	kind := echoFor(to)
	conn, err := net.DialIP(kind.network, nil, &net.IPAddr{IP: to.AsSlice()})
	if err != nil {
		return 0, fmt.Errorf("ping %s: %w", to, err)
	}
	deadline := time.Now().Add(time.Duration(count)*pingInterval + pingPatience)
	if err := conn.SetDeadline(deadline); err != nil {
		_ = conn.Close()
		return 0, fmt.Errorf("ping %s: %w", to, err)
	}
	id := uint16(os.Getpid()) ^ uint16(time.Now().UnixNano())
	replies := make(chan int, 1)
	go func() { replies <- kind.countReplies(conn, id, count) }()
	err = kind.send(ctx, conn, id, count)
	if err == nil {
		err = waitFor(ctx, replies, &answered)
	}
	_ = conn.Close() // ends countReplies
	if err != nil {
		return 0, fmt.Errorf("ping %s: %w", to, err)
	}
	return answered, nil
}

func waitFor(ctx context.Context, replies <-chan int, answered *int) error {
	select {
	case *answered = <-replies:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e echo) send(ctx context.Context, conn *net.IPConn, id uint16, count int) error {
	tick := time.NewTicker(pingInterval)
	defer tick.Stop()
	for seq := range count {
		if seq > 0 {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		// A host that is not found answers with EHOSTUNREACH: not answered, which is what is to be found out.
		_, _ = conn.Write(e.message(id, uint16(seq)))
	}
	return nil
}

// message makes an echo request of 8 bytes header and no data. Of ICMPv6 the kernel makes the checksum anew (RFC 3542 §3.1).
func (e echo) message(id, seq uint16) []byte {
	b := []byte{e.request, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, id)
	b = binary.BigEndian.AppendUint16(b, seq)
	sum := uint32(e.request)<<8 + uint32(id) + uint32(seq)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum))
	return b
}

// countReplies reads until all are answered, the deadline, or the connection is closed.
func (e echo) countReplies(conn *net.IPConn, id uint16, count int) int {
	answered := map[uint16]bool{}
	buffer := make([]byte, 256)
	for len(answered) < count {
		n, _, err := conn.ReadFromIP(buffer) // unlike Read, without the IP header
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
			break
		}
		if err != nil {
			continue // the kernel's word on an earlier request, such as EHOSTUNREACH
		}
		if n < echoHeader || buffer[0] != e.reply || binary.BigEndian.Uint16(buffer[4:]) != id {
			continue
		}
		if seq := binary.BigEndian.Uint16(buffer[6:]); int(seq) < count {
			answered[seq] = true
		}
	}
	return len(answered)
}
