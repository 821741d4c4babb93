package ovs

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
)

var _ testbed.Fabric = (*Fabric)(nil)

// Fabric is a running network of Open vSwitch switches in Mininet. Its methods can be called from many goroutines.
type Fabric struct {
	mu       sync.Mutex // of topology: hosts are swapped while others look where they are
	topology testbed.Topology
	kind     string
	log      logrus.FieldLogger
	lab      *lab
	shells   map[string]int // process id of each host's shell
	agents   map[string]*agent

	close    sync.Once
	closeErr error // after close
}

// Start brings a topology up: switches, links, hosts and an agent for each. It takes about a second for 20 nodes. When it fails
// or ctx ends before, nothing is left behind. Leftovers of an earlier lab that was killed are removed first.
func Start(ctx context.Context, t testbed.Topology, o Options) (*Fabric, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := Available(); err != nil {
		return nil, err
	}
	s, err := newSpec(t, o)
	if err != nil {
		return nil, err
	}
	log, start := o.log().WithField("topology", t.Name), time.Now()
	l, ready, err := startLab(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("start open vswitch fabric: %w", err)
	}
	f := &Fabric{
		topology: t, log: log, lab: l, shells: ready.Hosts,
		kind: fmt.Sprintf("Open vSwitch %s (userspace datapath) in Mininet %s", ready.OpenVSwitch, ready.Mininet),
	}
	if f.agents, err = startAgents(ctx, t, o.AgentCommand, ready.Hosts); err != nil {
		return nil, fmt.Errorf("start open vswitch fabric: %w", errors.Join(err, f.Close()))
	}
	log.WithField("took", time.Since(start).Round(time.Millisecond)).Info("fabric is up")
	return f, nil
}

// Kind gives the versions of Open vSwitch and Mininet.
func (f *Fabric) Kind() string { return f.kind }

// Topology is what was asked for, with hosts where they were swapped to.
func (f *Fabric) Topology() testbed.Topology {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.topology
}

// HostPID is a process in a host's network namespace, for nsenter or mnexec -a; 0 for an unknown host.
func (f *Fabric) HostPID(host string) int { return f.shells[host] }

func (f *Fabric) agent(host string) (*agent, error) {
	if a := f.agents[host]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("host %s: not in topology %s", host, f.Topology().Name)
}

// Send has a host send a stream.
func (f *Fabric) Send(ctx context.Context, host string, s testbed.Stream) error {
	a, err := f.agent(host)
	if err != nil {
		return err
	}
	return a.explain(a.Send(ctx, s))
}

// StopSend ends a stream and returns how many packets left the host.
func (f *Fabric) StopSend(ctx context.Context, host string, stream uint32) (uint64, error) {
	a, err := f.agent(host)
	if err != nil {
		return 0, err
	}
	sent, err := a.StopSend(ctx, stream)
	return sent, a.explain(err)
}

// Join has the host's kernel join a group. Joining twice changes nothing.
func (f *Fabric) Join(ctx context.Context, host string, j testbed.Join) error {
	a, err := f.agent(host)
	if err != nil {
		return err
	}
	return a.explain(a.Join(ctx, j))
}

// Leave undoes a Join; port 0 stands for whatever port it had. Leaving what is not joined is an error.
func (f *Fabric) Leave(ctx context.Context, host string, j testbed.Join) error {
	a, err := f.agent(host)
	if err != nil {
		return err
	}
	return a.explain(a.Leave(ctx, j))
}

// SetIGMPVersion has a host speak IGMP version 1, 2 or 3 from now on.
func (f *Fabric) SetIGMPVersion(ctx context.Context, host string, version int) error {
	a, err := f.agent(host)
	if err != nil {
		return err
	}
	return a.explain(a.SetIGMPVersion(ctx, version))
}

// Receptions tells what arrived at every host. When a host's own sockets lost packets, there is an error beside the receptions: what
// they count as lost may then not have been lost by the network.
func (f *Fabric) Receptions(ctx context.Context) ([]testbed.Reception, error) {
	var mu sync.Mutex // of all: the hosts answer at the same time
	all := []testbed.Reception{}
	err := each(f.agents, func(a *agent) error {
		rs, dropped, err := a.Receptions(ctx)
		for i := range rs {
			rs[i].Host = a.host
		}
		mu.Lock()
		all = append(all, rs...)
		mu.Unlock()
		if err == nil && dropped > 0 {
			err = fmt.Errorf("the measurement itself lost %d packets: use a lower rate, or fewer hosts", dropped)
		}
		return a.explain(err)
	})
	traffic.SortReceptions(all)
	return all, err
}

// ResetReceptions sets all reception counters to zero.
func (f *Fabric) ResetReceptions(ctx context.Context) error {
	return each(f.agents, func(a *agent) error { return a.explain(a.Reset(ctx)) })
}

// Sent tells how many packets each running stream has sent. A stream id that several hosts use is added up.
func (f *Fabric) Sent(ctx context.Context) (map[uint32]uint64, error) {
	var mu sync.Mutex // of sent
	sent := map[uint32]uint64{}
	err := each(f.agents, func(a *agent) error {
		running, err := a.Sent(ctx)
		mu.Lock()
		defer mu.Unlock()
		for id, n := range running {
			sent[id] += n
		}
		return a.explain(err)
	})
	return sent, err
}

// Ping sends ICMP echo requests from a host.
func (f *Fabric) Ping(ctx context.Context, from string, to netip.Addr, count int) (int, error) {
	a, err := f.agent(from)
	if err != nil {
		return 0, err
	}
	answered, err := a.Ping(ctx, to, count)
	return answered, a.explain(err)
}

// Probe times joins and leaves of a host.
func (f *Fabric) Probe(ctx context.Context, host string, r traffic.ProbeRequest) (traffic.Probed, error) {
	a, err := f.agent(host)
	if err != nil {
		return traffic.Probed{}, err
	}
	p, err := a.Probe(ctx, r)
	return p, a.explain(err)
}

// Flood has a host flood IGMP reports and tells how many left it.
func (f *Fabric) Flood(ctx context.Context, host string, r traffic.FloodRequest) (sent uint64, err error) {
	a, err := f.agent(host)
	if err != nil {
		return 0, err
	}
	sent, err = a.Flood(ctx, r)
	return sent, a.explain(err)
}

// Close takes everything down, looks whether anything is left, and returns an error that names it. It can be called from
// everywhere and again; all calls wait for the first and return the same.
func (f *Fabric) Close() error {
	f.close.Do(func() {
		start := time.Now()
		err := errors.Join(each(f.agents, (*agent).close), f.lab.close(), f.leftovers())
		if err != nil {
			f.closeErr = fmt.Errorf("close open vswitch fabric: %w", err)
		}
		f.log.WithField("took", time.Since(start).Round(time.Millisecond)).Info("fabric is down")
	})
	return f.closeErr
}
