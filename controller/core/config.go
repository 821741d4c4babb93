package core

import (
	"fmt"
	"time"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// Config sets the machine's times and bounds. Start from DefaultConfig.
type Config struct {
	// LLDPInterval is the time between two probes of every port.
	LLDPInterval time.Duration
	// LinkTTL is how long a link lives without a probe.
	LinkTTL time.Duration
	// LLDPKey authenticates our probes, so that a host cannot forge a link.
	LLDPKey []byte
	// ReserveLimit is the share of a link's capacity that may be reserved, 0 to 1.
	ReserveLimit float64
	// UnicastShare is the share of a link's capacity that is kept for unicast: multicast may reserve at most the rest, and at most ReserveLimit.
	UnicastShare float64
	// Peaks are the factors from a flow's bandwidth to what is reserved for it, by profile.
	Peaks flows.Peaks
	// DefaultSpeed is the capacity of a port that does not tell its speed.
	DefaultSpeed topology.Bandwidth
	// Speeds are capacities given by configuration; they win over what the port reports.
	Speeds map[PortName]topology.Bandwidth
	// Infrastructure are the groups that go to every host over one tree (PTP, mDNS), and the packets a second that one edge port may send to
	// them; without groups there is no such tree.
	Infrastructure flows.Infrastructure
	// InfrastructurePorts are the edge ports that take part; nil for all.
	InfrastructurePorts map[PortName]struct{}
	// RouterPorts are the edge ports at which IPv6 routers may advertise themselves; elsewhere advertisements reach nobody.
	RouterPorts map[PortName]struct{}
	// Flapping says when a port that goes up and down is held down, and for how long.
	Flapping Flapping
	// Deadline is how long an intent may wait for the switches before it is undone.
	Deadline time.Duration
	// AuditInterval is the time between two readings of every switch's tables.
	AuditInterval time.Duration
	// CounterInterval is the time between two readings of the counters of unauthorised senders.
	CounterInterval time.Duration
	// Querier times the queries, and with them how long a membership lives.
	Querier igmp.QuerierConfig
	// QuerierPorts are how single ports are asked, where that is not as Querier says.
	QuerierPorts map[PortName]igmp.PortConfig

	MaxHosts          int // hosts located
	MaxHostsPerPort   int // of those, at one port
	MaxEndpoints      int
	MaxFlows          int
	MaxDenials        int // denials remembered; the one not seen for longest goes first
	MaxIntruders      int // drop entries for unauthorised senders, a switch
	MaxWaitingIntents int // intents that wait for another on the same resource
	// HostTTL is after how long without a word a host's place is forgotten. Registered endpoints stay where they were found.
	HostTTL time.Duration
	// HostHold is how long a host that was heard of stays at its port against sightings elsewhere; longer than the query interval.
	HostHold time.Duration
	// RetryFirst and RetryMax are the shortest and the longest time before a refused item is tried again; it doubles in between.
	RetryFirst, RetryMax time.Duration
}

// DefaultConfig returns the settings for a real network; LLDPKey must be set by the caller.
func DefaultConfig() Config {
	return Config{
		LLDPInterval: time.Second, LinkTTL: 3500 * time.Millisecond,
		ReserveLimit: 0.9, UnicastShare: 0.05, Peaks: flows.DefaultPeaks(),
		Flapping:     Flapping{Losses: 5, Window: 10 * time.Second, Hold: 10 * time.Second, MaxHold: 5 * time.Minute},
		DefaultSpeed: 10_000_000_000,
		Deadline:     2 * time.Second, AuditInterval: 30 * time.Second, CounterInterval: time.Second,
		Querier:  igmp.DefaultQuerierConfig(),
		MaxHosts: 65536, MaxHostsPerPort: 256, HostTTL: time.Hour, MaxEndpoints: 65536, MaxFlows: 65536, MaxDenials: 4096, MaxIntruders: 256, MaxWaitingIntents: 1024,
		HostHold: 5 * time.Minute, RetryFirst: time.Second, RetryMax: 30 * time.Second,
	}
}

// infrastructure is what needs the tree that spans all switches.
func (c Config) infrastructure() flows.Infrastructure {
	i := c.Infrastructure
	i.Routers = len(c.RouterPorts) > 0
	return i
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	switch {
	case c.LLDPInterval <= 0 || c.LinkTTL <= c.LLDPInterval:
		return fmt.Errorf("LLDP interval %v and link life %v: the life must be longer than the interval, and both positive", c.LLDPInterval, c.LinkTTL)
	case !(c.ReserveLimit > 0 && c.ReserveLimit <= 1):
		return fmt.Errorf("reservation limit %v: want a share above 0, at most 1", c.ReserveLimit)
	case !c.Flapping.valid():
		return fmt.Errorf("flapping %+v: all must be positive, and the longest hold no shorter than the first", c.Flapping)
	case !(c.UnicastShare >= 0 && c.UnicastShare < 1):
		return fmt.Errorf("unicast share %v: want a share from 0, below 1", c.UnicastShare)
	case c.Deadline <= 0 || c.AuditInterval <= 0 || c.CounterInterval <= 0 || c.RetryFirst <= 0 || c.RetryMax < c.RetryFirst:
		return fmt.Errorf("deadline %v, audit %v, counters %v, retry %v to %v: all must be positive", c.Deadline, c.AuditInterval, c.CounterInterval, c.RetryFirst, c.RetryMax)
	case c.MaxFlows <= 0 || c.MaxEndpoints <= 0 || c.MaxHosts <= 0 || c.MaxHostsPerPort <= 0 || c.HostTTL <= 0 || c.MaxDenials <= 0 || c.MaxIntruders <= 0 || c.MaxWaitingIntents <= 0:
		return fmt.Errorf("every limit must be positive")
	}
	for name, port := range c.QuerierPorts {
		if err := port.Validate(); err != nil {
			return fmt.Errorf("querier at switch %s, port %s: %w", name.Switch, name.Port, err)
		}
	}
	if err := c.infrastructure().Validate(); err != nil {
		return err
	}
	if err := c.Peaks.Validate(); err != nil {
		return err
	}
	return c.Querier.Validate()
}
