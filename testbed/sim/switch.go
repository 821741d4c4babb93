package sim

import (
	"time"

	"crosspoint/openflow"
)

const (
	// tableCount is how many tables a controller may use: Open vSwitch keeps the last for itself.
	tableCount = 254
	// maxFlows, maxGroups, maxMeters and maxBuckets bound what a switch holds.
	maxFlows   = 1 << 20
	maxGroups  = 1 << 17
	maxMeters  = 1 << 16
	maxBuckets = 1 << 12
	// maxDepth bounds how deep groups use groups and packet-outs use tables.
	maxDepth = 16
	// defaultMissSendLen is what a new connection starts with (OpenFlow 1.3.5 §7.3.2).
	defaultMissSendLen = 128
)

// Switch is an OpenFlow 1.3 switch without goroutine or clock: time is a parameter, and the same calls give the same answers.
// It serves one controller. It is not safe for use by several goroutines.
type Switch struct {
	dpid   openflow.DatapathID
	name   string
	ports  map[openflow.PortNo]*port
	order  []openflow.PortNo // of ports, ascending
	tables [tableCount]flowTable
	groups map[openflow.GroupID]*group
	meters map[openflow.MeterID]*meter

	users users
	flows int    // over all tables
	timed int    // of those, how many have a time-out
	seq   uint64 // of the last entry

	config     openflow.SwitchConfig
	role       openflow.Role
	generation uint64
	generated  bool // a generation id was given
}

// port is one port with its counters.
type port struct {
	desc  openflow.Port
	stats openflow.PortStats
	since time.Time
}

func (p *port) live() bool { return p.desc.State&openflow.PortLinkDown == 0 }

// Outgoing is a message for the controller. XID is that of the request it answers, or 0 for a message nobody asked for.
type Outgoing struct {
	XID uint32
	Msg openflow.Message
}

// Emission is a frame that leaves the switch by a port. The frame must not be written.
type Emission struct {
	Port  openflow.PortNo
	Frame []byte
}

// NewSwitch makes a switch without entries whose ports are up. Each port needs its number and name.
func NewSwitch(dpid openflow.DatapathID, name string, ports []openflow.Port) *Switch {
	s := &Switch{
		dpid:   dpid,
		name:   name,
		ports:  make(map[openflow.PortNo]*port, len(ports)),
		groups: map[openflow.GroupID]*group{},
		meters: map[openflow.MeterID]*meter{},
		users:  users{groups: map[openflow.GroupID]int{}, meters: map[openflow.MeterID]int{}},
	}
	for _, p := range ports {
		p.State = p.State&^openflow.PortLinkDown | openflow.PortLive
		s.ports[p.No] = &port{desc: p, stats: openflow.PortStats{Port: p.No}}
	}
	s.order = sortedKeys(s.ports)
	s.Connect()
	return s
}

// Connect starts a new connection of the controller: its role, and how much of a packet it is sent, are as at first.
// Entries, groups and meters stay, as in Open vSwitch with fail_mode secure.
func (s *Switch) Connect() {
	s.config = openflow.SwitchConfig{MissSendLen: defaultMissSendLen}
	s.role = openflow.RoleEqual
}

// DPID is the switch's datapath id.
func (s *Switch) DPID() openflow.DatapathID { return s.dpid }

// Receive has the switch treat a frame that came in by a port. The frame must not be written afterwards.
func (s *Switch) Receive(now time.Time, in openflow.PortNo, frame []byte) (out []Emission, ctrl []openflow.Message) {
	p := s.ports[in]
	if p == nil || !p.live() {
		return nil, nil
	}
	if len(frame) < ethHeaderLen {
		p.stats.RxErrors++
		return nil, nil
	}
	p.stats.RxPackets++
	p.stats.RxBytes += uint64(len(frame))
	r := run{s: s, now: now}
	pkt := newPacket(in, frame)
	r.pipeline(&pkt)
	return r.out, r.ctrl
}

// SetPort takes a port's link up or down and gives what the controller is told. A link that goes down is told twice, as Open
// vSwitch does: first that the port is no longer live, then that its link is down.
func (s *Switch) SetPort(now time.Time, no openflow.PortNo, up bool) []openflow.Message {
	p := s.ports[no]
	if p == nil || p.live() == up {
		return nil
	}
	if up {
		p.desc.State = p.desc.State&^openflow.PortLinkDown | openflow.PortLive
		return []openflow.Message{portStatus(p)}
	}
	p.desc.State &^= openflow.PortLive
	first := portStatus(p)
	p.desc.State |= openflow.PortLinkDown
	return []openflow.Message{first, portStatus(p)}
}

// SetLive sets or clears a port's LIVE bit while its link stays up, and gives what the controller is told.
func (s *Switch) SetLive(no openflow.PortNo, live bool) []openflow.Message {
	p := s.ports[no]
	if p == nil || !p.live() || (p.desc.State&openflow.PortLive != 0) == live {
		return nil
	}
	p.desc.State ^= openflow.PortLive
	return []openflow.Message{portStatus(p)}
}

func portStatus(p *port) *openflow.PortStatus {
	return &openflow.PortStatus{Reason: openflow.PortModified, Port: p.desc}
}
