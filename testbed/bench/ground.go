package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/traffic"
)

// ground is a network with hosts to measure on: an ovs.Fabric, or what a peer brings. Its methods are those of testbed.Fabric.
type ground interface {
	Send(ctx context.Context, host string, s testbed.Stream) error
	Join(ctx context.Context, host string, j testbed.Join) error
	Probe(ctx context.Context, host string, r traffic.ProbeRequest) (traffic.Probed, error)
	Receptions(ctx context.Context) ([]testbed.Reception, error)
	ResetReceptions(ctx context.Context) error
	SetLink(ctx context.Context, a, b string, up bool) (time.Time, error)
}

// stations are the hosts of a network that a peer brings, by name, each with an agent in a namespace of its own.
type stations map[string]*namespace

// addStation makes a host whose interface is plugged into a port of a machine; it does nothing yet.
func (s stations) addStation(ctx context.Context, h testbed.Host, m *machine, port string) error {
	n, err := newNamespace()
	if err != nil {
		return err
	}
	s[h.Name] = n
	return connect(ctx, m.pid(), port, n.pid(), "xp0")
}

// startAgents gives all hosts their addresses and starts their agents.
func (s stations) startAgents(ctx context.Context, command []string, hosts []testbed.Host) error {
	for _, h := range hosts {
		if err := s[h.Name].startAgent(ctx, command, h.Addr); err != nil {
			return fmt.Errorf("host %s: %w", h.Name, err)
		}
	}
	return nil
}

func (s stations) closeAll() {
	var all sync.WaitGroup
	for _, n := range s {
		all.Go(n.close)
	}
	all.Wait()
}

// Send has a host send a stream.
func (s stations) Send(ctx context.Context, host string, stream testbed.Stream) error {
	return s[host].client.Send(ctx, stream)
}

// Join has a host's kernel join a group.
func (s stations) Join(ctx context.Context, host string, j testbed.Join) error {
	return s[host].client.Join(ctx, j)
}

// Probe times joins and leaves of a host.
func (s stations) Probe(ctx context.Context, host string, r traffic.ProbeRequest) (traffic.Probed, error) {
	return s[host].client.Probe(ctx, r)
}

// Receptions tells what arrived at every host.
func (s stations) Receptions(ctx context.Context) (all []testbed.Reception, err error) {
	for name, n := range s {
		rs, dropped, broken := n.client.Receptions(ctx)
		if broken == nil && dropped > 0 {
			broken = fmt.Errorf("host %s: the measurement itself lost %d packets", name, dropped)
		}
		for i := range rs {
			rs[i].Host = name
		}
		all, err = append(all, rs...), errors.Join(err, broken)
	}
	traffic.SortReceptions(all)
	return all, err
}

// ResetReceptions sets all reception counters to zero.
func (s stations) ResetReceptions(ctx context.Context) (err error) {
	for _, n := range s {
		err = errors.Join(err, n.client.Reset(ctx))
	}
	return err
}

// ownNetwork is a peer that controls no switch of ours, and so brings a network of its own.
type ownNetwork interface {
	name() string
	// version is what the peer says of itself; errNotHere when it is not installed.
	version() (string, error)
	// up builds the network of a job, and brings its flows up as far as hosts need not ask for them.
	up(ctx context.Context, agent []string, j job) (builtNetwork, error)
}

// builtNetwork is a network of a peer, until it is closed.
type builtNetwork interface {
	ground
	close() error
}

// player is a contender or a peer with a network of its own, and how it comes to a ground to be measured on.
type player struct {
	named
	perform func(ctx context.Context, j job, do func(g ground) error) error
	// control is the contender that runs the ground; nil for a peer with a network of its own.
	control contender
	peer    bool
}

// players puts contenders and the peers that can be had side by side.
func (s *Stand) players(contenders []contender, peers ...ownNetwork) (all []player) {
	for _, c := range contenders {
		perform := func(ctx context.Context, j job, do func(g ground) error) error {
			return s.onFabric(ctx, c, j, func(f *ovs.Fabric) error { return do(f) })
		}
		_, isPeer := c.(peer)
		all = append(all, player{named: c, perform: perform, control: c, peer: isPeer})
	}
	for _, p := range peers {
		if !s.isHere(p) {
			continue
		}
		all = append(all, player{named: p, peer: true, perform: func(ctx context.Context, j job, do func(g ground) error) (err error) {
			n, err := p.up(ctx, s.Agent, j)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, n.close()) }()
			return do(n)
		}})
	}
	return all
}

// byTurns is inTurn for players. A peer that fails costs its own figures alone, and the report says so beside its version.
func (s *Stand) byTurns(ctx context.Context, rounds int, all func() []player, j job, do func(p player, g ground) error) error {
	for round := range rounds {
		for _, p := range all() {
			err := p.perform(ctx, j, func(g ground) error { return do(p, g) })
			if err = s.excuse(ctx, p, p.peer, round, err); err != nil {
				return err
			}
		}
		s.say("        %-12s round %d of %d", s.now.Name, round+1, rounds)
	}
	return nil
}

// excuse says loudly what a peer failed at, here and in the report; what anyone else fails at is an error.
func (s *Stand) excuse(ctx context.Context, who named, isPeer bool, round int, err error) error {
	if err == nil {
		return nil
	}
	if !isPeer || ctx.Err() != nil {
		return fmt.Errorf("%s, round %d: %w", who.name(), round+1, err)
	}
	s.say("        %-12s %s FAILED in round %d: %v", s.now.Name, who.name(), round+1, err)
	s.Absent[who.name()+" in "+s.now.Name] = fmt.Sprintf("failed in round %d, %v", round+1, err)
	return nil
}

// inSubnets gives every host a subnet of its own, as routers need: hN has 10.0.N.2, and its router 10.0.N.1.
func inSubnets(t testbed.Topology) testbed.Topology {
	for i := range t.Hosts {
		t.Hosts[i].Addr = netip.AddrFrom4([4]byte{10, 0, byte(i + 1), 2})
	}
	return t
}
