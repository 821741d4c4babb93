package core

import (
	"cmp"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// PortName names a port in the configuration: the switch by its name or its id, the port by its name or its number.
type PortName struct{ Switch, Port string }

// MulticastShare is the part of every channel's capacity that flows may reserve: the limit, or what the unicast share leaves when that is less.
// The unicast share is no queue: it is bandwidth that admission never gives away, so that unicast finds room beside the flows.
func (c Config) MulticastShare() float64 { return min(c.ReserveLimit, 1-c.UnicastShare) }

// setCapacity tells the ledger what a port carries, each way: what the configuration says, or else what the switch reports, or else the default.
func (s *State) setCapacity(ref topology.PortRef, p topology.Port) {
	speed, given := s.configuredSpeed(ref.Switch, p)
	if !given {
		speed = cmp.Or(p.Speed, s.cfg.DefaultSpeed)
	}
	s.ledger.SetCapacity(topology.Channel{PortRef: ref}, speed)
	s.ledger.SetCapacity(topology.Channel{PortRef: ref, Ingress: true}, speed)
}

func (s *State) configuredSpeed(sw topology.SwitchID, p topology.Port) (topology.Bandwidth, bool) {
	if len(s.cfg.Speeds) == 0 {
		return 0, false
	}
	for _, name := range s.portNames(sw, p) {
		if speed, given := s.cfg.Speeds[name]; given {
			return speed, true
		}
	}
	return 0, false
}

// Reservation is what admission counts for the flow on every channel.
func (f *flow) Reservation() topology.Bandwidth { return f.peaks.Reservation(f.Profile, f.Bandwidth) }

// Account is one direction of a port: what it carries, and how much of that may be reserved and is. By whom, Snapshot.Shares tells.
type Account struct {
	Capacity topology.Bandwidth
	Limit    topology.Bandwidth // the most that may be reserved
	Reserved topology.Bandwidth
}

// Share is what one flow has reserved.
type Share struct {
	Flow   uuid.UUID
	Amount topology.Bandwidth
}

// account shows one channel of the ledger.
func (s *State) account(c topology.Channel) Account {
	return Account{Capacity: s.ledger.Capacity(c), Limit: s.ledger.Limit(c), Reserved: s.ledger.Reserved(c)}
}

// Shares tells who has reserved how much of each channel, by flow id. What a flow that is moving still holds of its old place is in no share.
func (s *Snapshot) Shares() map[topology.Channel][]Share {
	out := map[topology.Channel][]Share{}
	for _, f := range s.Flows {
		for _, c := range f.Channels {
			out[c] = append(out[c], Share{f.ID, f.Reserved})
		}
	}
	return out
}
