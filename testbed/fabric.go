package testbed

import (
	"context"
	"net/netip"
	"time"
)

// Fabric is a running network of switches and hosts that dials a controller: Open vSwitch in Mininet, or the simulation.
// Calls name switches and hosts as the topology does. An error says which host or switch, and what to do about it.
type Fabric interface {
	// Kind says in a few words what is running, with its version.
	Kind() string
	// Topology is what was asked for, with hosts where they were swapped to.
	Topology() Topology
	// Send has a host send a stream until StopSend or Close.
	Send(ctx context.Context, host string, s Stream) error
	// StopSend ends a stream and returns how many packets left the host.
	StopSend(ctx context.Context, host string, stream uint32) (sent uint64, err error)
	// Join has the host's own IGMP, or MLD, join a group; on a host that is joined already it adds to its sources.
	Join(ctx context.Context, host string, j Join) error
	// Leave undoes a Join.
	Leave(ctx context.Context, host string, j Join) error
	// Receptions tells what arrived at every host's port since start, or since the last ResetReceptions: sorted by host, source, group, stream.
	Receptions(ctx context.Context) ([]Reception, error)
	// ResetReceptions sets all reception counters to zero; the next packet of each stream is its first.
	ResetReceptions(ctx context.Context) error
	// Sent tells how many packets each running stream has sent, by stream id.
	Sent(ctx context.Context) (map[uint32]uint64, error)
	// Ping sends ICMP echo requests from a host and tells how many were answered.
	Ping(ctx context.Context, from string, to netip.Addr, count int) (answered int, err error)
	// SetLink takes the link between two switches (or a switch and a host) down or up, and returns when that was done.
	SetLink(ctx context.Context, a, b string, up bool) (time.Time, error)
	// SwapHosts pulls the cables of two hosts and plugs each in where the other was. Neither is told more than that its link went down and came up.
	SwapHosts(ctx context.Context, a, b string) error
	// SetSilent has everything vanish, both ways, between two switches while their ports stay up, or ends that: nobody is told.
	SetSilent(ctx context.Context, a, b string, silent bool) error
	// WatchLinks has both ends of every link between switches send each other a packet every so often (BFD, RFC 5880), and a port lose
	// its LIVE bit when three of them are missing. It returns when all ports are live.
	WatchLinks(ctx context.Context, every time.Duration) error
	// Tables reads flows and groups from the switch itself, past the controller, one line each as ovs-ofctl prints them
	// without counters and ages, sorted.
	Tables(ctx context.Context, sw string) ([]string, error)
	// Close ends everything and leaves nothing behind. It can be called twice.
	Close() error
}

// Stream is what a host sends: UDP with a sequence number and a time stamp in each packet.
type Stream struct {
	ID    uint32
	Group netip.Addr
	Port  uint16 // UDP destination port
	Rate  int    // packets a second
	Size  int    // bytes of UDP payload; at least 24
	// Burst is how many packets are sent back to back, with a pause after them that makes the rate; 0 and 1: they are evenly spaced.
	Burst int
}

// Join is a host's request for a group.
type Join struct {
	Group  netip.Addr
	Source netip.Addr // invalid: any source
	Port   uint16     // UDP port to receive on; 0 for no socket that reads
	// Version is the IGMP version the host speaks from now on: 1, 2 or 3. 0 leaves it as it is (3). With an IPv6 group it is the MLD version: 1 or 2.
	Version int
}

// Reception is what arrived at one host's port of one stream.
type Reception struct {
	Host       string
	Source     netip.Addr
	Group      netip.Addr
	Stream     uint32
	Received   uint64
	Lost       uint64 // sequence numbers missing between the first and the last that arrived
	Duplicated uint64
	Reordered  uint64
	// Delivered counts what the kernel handed to a joined UDP socket: 0 when the host has none.
	Delivered uint64
	First     time.Time
	Last      time.Time
	// MaxGap is the longest time between two arrivals, exactly, and MaxGapAt when it ended. Half, 99 % and 99.9 % of these times were no longer than GapP50,
	// GapP99 and GapP999, to HistogramDigits.
	MaxGap                  time.Duration
	MaxGapAt                time.Time
	GapP50, GapP99, GapP999 time.Duration
	// The delay is from the sender's stamp in the packet to its arrival: DelayMax exactly, the others to HistogramDigits.
	DelayP50, DelayP99, DelayP999 time.Duration
	DelayMax                      time.Duration
	// Clock says who took the times of arrival.
	Clock Clock
}

// SetTimes fills in what histograms of the times between arrivals and of delays say.
func (r *Reception) SetTimes(gaps, delays *Histogram) {
	r.MaxGap, r.GapP50, r.GapP99, r.GapP999 = gaps.Max(), gaps.Quantile(0.50), gaps.Quantile(0.99), gaps.Quantile(0.999)
	r.DelayMax, r.DelayP50, r.DelayP99, r.DelayP999 = delays.Max(), delays.Quantile(0.50), delays.Quantile(0.99), delays.Quantile(0.999)
}

// Clock is what took the times of arrival.
type Clock string

// The clocks, the most exact first. One packet of a worse one makes all of a Reception be of that.
const (
	ClockVirtual   Clock = "virtual"        // the simulation's
	ClockReception Clock = "kernel"         // the kernel's at the reception of the packet (SO_TIMESTAMPING)
	ClockCapture   Clock = "packet capture" // the kernel's when it came to copy the packet for the measurement: microseconds later, more under load
)
