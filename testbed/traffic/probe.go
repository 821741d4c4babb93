package traffic

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"crosspoint/testbed"
)

// By is who reports a join or leave of a Probe.
type By string

// The ways to report. Linux waits about 12 ms before it reports, which hides what a network takes; a report that is put on the wire does not.
const (
	ByV2     By = "v2"     // an IGMPv2 report or leave on the wire
	ByV3     By = "v3"     // an IGMPv3 report on the wire, for one source
	ByKernel By = "kernel" // the kernel's own join of one source
)

// ProbeRequest has a host join and leave groups in turn, and time what comes of it.
type ProbeRequest struct {
	Source netip.Addr   `json:"source"`
	Groups []netip.Addr `json:"groups"` // taken in turn, over and over
	Count  int          `json:"count"`  // of joins; at most MaxProbes
	By     By           `json:"by"`
	// Zap has the host leave one group and join the next at once: then only joins are timed.
	Zap bool `json:"zap,omitempty"`
	// Hold is how long a join lasts, Quiet without what arrivals a leave counts as done, Patience how long either is waited for.
	Hold     time.Duration `json:"hold"`
	Quiet    time.Duration `json:"quiet"`
	Patience time.Duration `json:"patience"`
}

// Probed has the times of a Probe, in order.
type Probed struct {
	Joins      []time.Duration `json:"joins"`      // from the report to the first packet
	Leaves     []time.Duration `json:"leaves"`     // from the report to the last packet; 0 when none came after it
	Unanswered int             `json:"unanswered"` // joins without a packet, and leaves that did not end them
}

// MaxProbes bounds the joins of one probe.
const MaxProbes = 10_000

// probe owns a packet socket that sends the reports and stamps what arrives.
type probe struct {
	ProbeRequest
	membership *Membership
	reports    reporter
	arrivals   *arrivalSocket
	out        Probed
}

// Probe carries out a request on an interface; when ctx ends, it ends after the join that it is at. All packets are stamped by the kernel, as is the Monitor's.
func (m *Membership) Probe(ctx context.Context, r ProbeRequest) (Probed, error) {
	if r.Count < 1 || r.Count > MaxProbes || len(r.Groups) == 0 {
		return Probed{}, fmt.Errorf("probe: %d joins of %d groups: want 1 to %d, and a group", r.Count, len(r.Groups), MaxProbes)
	}
	arrivals, err := openArrivals(m.iface, m.index)
	if err != nil {
		return Probed{}, fmt.Errorf("probe: %w", err)
	}
	defer arrivals.close()
	reports, err := newReporter(m.iface, r.By, r.Source)
	if err != nil {
		return Probed{}, fmt.Errorf("probe: %w", err)
	}
	p := &probe{ProbeRequest: r, membership: m, reports: reports, arrivals: arrivals}
	for i := range r.Count {
		err := ctx.Err()
		if err == nil {
			err = p.round(i)
		}
		if err != nil {
			return p.out, fmt.Errorf("probe %s: %w", r.Groups[i%len(r.Groups)], err)
		}
	}
	if r.Zap {
		_, err = p.change(r.Groups[(r.Count-1)%len(r.Groups)], false)
	}
	return p.out, err
}

// round is one join, and the leave that goes with it.
func (p *probe) round(i int) error {
	group := p.Groups[i%len(p.Groups)]
	if p.Zap && i > 0 {
		if _, err := p.change(p.Groups[(i-1)%len(p.Groups)], false); err != nil {
			return err
		}
	}
	asked, err := p.change(group, true)
	if err != nil {
		return err
	}
	first, ok, err := p.arrivals.next(group, asked, p.Patience)
	if err != nil {
		return err
	}
	if ok {
		p.out.Joins = append(p.out.Joins, time.Duration(first-asked))
	} else {
		p.out.Unanswered++
	}
	// Not a whole number of the stream's intervals, so that reports meet it at every phase.
	hold := p.Hold + time.Duration(i%37)*137*time.Microsecond
	if _, err := p.arrivals.last(group, hold, hold); err != nil || p.Zap {
		return err
	}
	return p.timeLeave(group)
}

func (p *probe) timeLeave(group netip.Addr) error {
	left, err := p.change(group, false)
	if err != nil {
		return err
	}
	last, err := p.arrivals.last(group, p.Quiet, p.Patience)
	if err != nil {
		return err
	}
	if time.Duration(last-left) > p.Patience-p.Quiet {
		p.out.Unanswered++
		return nil
	}
	p.out.Leaves = append(p.out.Leaves, time.Duration(max(last-left, 0)))
	return nil
}

// change joins or leaves, and says just before which moment the report went out, or the kernel was asked.
func (p *probe) change(group netip.Addr, join bool) (at int64, err error) {
	if p.By != ByKernel {
		frame := p.reports.frame(group, join)
		at = time.Now().UnixNano()
		return at, p.arrivals.send(frame)
	}
	at = time.Now().UnixNano()
	j := testbed.Join{Group: group, Source: p.Source}
	if join {
		return at, p.membership.Join(j)
	}
	return at, p.membership.Leave(j)
}

// arrivalSocket is a packet socket that is read packet by packet, unlike the Monitor's ring, so that what follows a report is seen at once.
type arrivalSocket struct {
	fd      int
	to      unix.SockaddrLinklayer
	buffer  []byte
	control []byte
}

func openArrivals(iface string, index int) (*arrivalSocket, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket on %s (needs root): %w", iface, err)
	}
	s := &arrivalSocket{
		fd: fd, buffer: make([]byte, snapLength), control: make([]byte, controlSize),
		// sll_protocol is in network order.
		to: unix.SockaddrLinklayer{Protocol: uint16(unix.ETH_P_IP>>8 | unix.ETH_P_IP<<8&0xff00), Ifindex: index},
	}
	if err := s.setUp(); err != nil {
		s.close()
		return nil, fmt.Errorf("set up packet socket on %s: %w", iface, err)
	}
	return s, nil
}

func (s *arrivalSocket) setUp() error {
	program := multicastUDP()
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	err := setSocketOptions(s.fd,
		socketOption{"PACKET_IGNORE_OUTGOING", unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1},
		socketOption{"SO_RCVBUFFORCE", unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer},
		stampReception,
	)
	if err != nil {
		return err
	}
	return unix.Bind(s.fd, &s.to)
}

func (s *arrivalSocket) close() { _ = unix.Close(s.fd) }

func (s *arrivalSocket) send(frame []byte) error { return unix.Sendto(s.fd, frame, 0, &s.to) }

// next waits for the first packet of a group that the kernel took in after a moment; false when none came in time.
func (s *arrivalSocket) next(group netip.Addr, after int64, patience time.Duration) (at int64, ok bool, err error) {
	deadline := time.Now().Add(patience)
	for {
		at, got, err := s.receive(deadline)
		switch {
		case err != nil || at == 0:
			return 0, false, err
		case got == group && at > after:
			return at, true, nil
		}
	}
}

// last reads until nothing of a group has come for a while, or patience ends, and says when the last packet came; 0 when none did.
func (s *arrivalSocket) last(group netip.Addr, quiet, patience time.Duration) (last int64, err error) {
	end := time.Now().Add(patience)
	until := time.Now().Add(quiet)
	for {
		if until.After(end) {
			until = end
		}
		at, got, err := s.receive(until)
		switch {
		case err != nil || at == 0:
			return last, err
		case got == group:
			last = at
			until = time.Unix(0, at).Add(quiet)
		}
	}
}

// receive reads one packet; at is 0 when none came by the deadline.
func (s *arrivalSocket) receive(deadline time.Time) (at int64, group netip.Addr, err error) {
	for {
		left := unix.NsecToTimespec(max(int64(time.Until(deadline)), 0))
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}
		n, err := unix.Ppoll(fds, &left, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return 0, netip.Addr{}, err
		}
		n, nc, _, _, err := unix.Recvmsg(s.fd, s.buffer, s.control, unix.MSG_DONTWAIT)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if err != nil {
			return 0, netip.Addr{}, fmt.Errorf("receive: %w", err)
		}
		if d, ok := parseFrame(s.buffer[:n]); ok {
			return parseControl(s.control[:nc]).at, d.group, nil
		}
	}
}
