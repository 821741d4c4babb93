package core

import (
	"cmp"

	"github.com/google/uuid"

	"crosspoint/flows"
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

// Account is one direction of a port: what it carries, how much of that may be reserved and is, and by which flows.
type Account struct {
	Capacity topology.Bandwidth
	Limit    topology.Bandwidth // the most that may be reserved
	Reserved topology.Bandwidth // the sum of Shares
	Shares   []Share            // in the order of the flows' object ids
}

// Share is what one flow has reserved.
type Share struct {
	Flow   uuid.UUID
	Amount topology.Bandwidth
}

// account shows one channel of the ledger.
func (s *State) account(c topology.Channel) Account {
	a := Account{Capacity: s.ledger.Capacity(c), Limit: s.ledger.Limit(c), Reserved: s.ledger.Reserved(c)}
	for _, h := range s.ledger.Holders(c) {
		if f := s.byObject[flows.ObjectID(h)]; f != nil {
			a.Shares = append(a.Shares, Share{Flow: f.ID, Amount: s.ledger.HeldOn(h, c)})
		}
	}
	return a
}
