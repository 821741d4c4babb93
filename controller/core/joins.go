package core

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/gopacket/layers"
	"github.com/google/uuid"

	"crosspoint/igmp"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// igmp takes a membership report from an edge port. What the host asks for is remembered whether it is allowed or not, so that
// being authorised later takes effect without a new report; what it gets is decided by who is listed.
func (s *State) igmp(at topology.PortRef, mac topology.MAC, payload []byte) {
	packet, err := igmp.ParsePacket(payload)
	if err != nil {
		if !errors.Is(err, igmp.ErrUnknownType) {
			s.counters.Malformed++
		}
		return
	}
	if _, query := packet.Message.(*igmp.Query); query {
		return
	}
	if packet.Src.IsValid() && !packet.Src.IsUnspecified() {
		s.sighted(mac, packet.Src, at, topology.SeenIGMP)
	}
	host := igmp.Host{Switch: uint64(at.Switch), Port: uint32(at.Port), MAC: mac, Addr: packet.Src}
	s.changed.report(host, packet.Message)
	changes, err := s.members.Report(s.now, host, packet.Message)
	if err != nil {
		s.counters.Malformed++
	}
	s.membersChanged(changes)
	for _, group := range groupsOf(packet.Message) {
		s.judgeReport(host, group)
	}
}

// groupsOf lists the groups that a report speaks of.
func groupsOf(m igmp.Message) []netip.Addr {
	switch m := m.(type) {
	case *igmp.Report:
		return []netip.Addr{m.Group}
	case *igmp.ReportV3:
		out := make([]netip.Addr, 0, len(m.Records))
		for _, r := range m.Records {
			out = append(out, r.Group)
		}
		return out
	}
	return nil
}

// membersChanged brings the flows of the groups concerned to what their receivers ask for now.
func (s *State) membersChanged(changes []igmp.Change) {
	for _, c := range changes {
		s.saveMembership(c)
		s.markMembers(c.Host, c.Group)
		if c.After.None() {
			s.counters.Leaves++
		} else {
			s.counters.Joins++
		}
		e := s.endpointAt(c.Host)
		if e == nil {
			continue
		}
		for _, f := range s.byGroup[c.Group] {
			source := s.endpoints[f.Sender].Addr
			before, after := c.Before.Wants(source), c.After.Wants(source)
			if before == after || !f.Lists(e.ID) {
				continue
			}
			s.setLeft(f, e.ID, !after && f.Forward)
			s.program(f)
		}
	}
}

// setLeft notes whether a receiver has left a flow that is forwarded to it without a join.
func (s *State) setLeft(f *flow, receiver uuid.UUID, left bool) {
	if f.left[receiver] == left {
		return
	}
	s.changed.flows.add(f.ID)
	if left {
		f.left[receiver] = true
	} else {
		delete(f.left, receiver)
	}
	s.saveFlow(f)
}

// memberTimers lets memberships run out and sends the queries that are due.
func (s *State) memberTimers() {
	if t, ok := s.members.Next(); ok && !s.now.Before(t) {
		s.membersChanged(s.members.Expire(s.now))
	}
	if t, ok := s.querier.Next(); !ok || s.now.Before(t) {
		return
	}
	for _, q := range s.querier.Due(s.now) {
		d := s.switches[topology.SwitchID(q.Key.Switch)]
		at := topology.PortRef{Switch: d.id, Port: topology.PortID(q.Key.Port)}
		port := s.port(at)
		if d.connected() && port.Usable() && s.graph.IsEdge(at) {
			frame := packetOut(port.ID, queryFrame(port.MAC, q.Packet))
			s.emit(Send{Switch: d.id, Conn: d.conn, Messages: []openflow.Message{frame}})
		}
	}
}

// queryFrame puts a general query into a frame to 01:00:5e:00:00:01 (RFC 1112 §6.4), padded to the least length.
func queryFrame(src topology.MAC, packet []byte) []byte {
	frame := make([]byte, 0, 60)
	frame = append(frame, 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01)
	frame = append(frame, src[:]...)
	frame = append(frame, byte(layers.EthernetTypeIPv4>>8), byte(layers.EthernetTypeIPv4&0xff))
	frame = append(frame, packet...)
	return append(frame, make([]byte, max(0, 60-len(frame)))...)
}

// endpointAt finds the registered endpoint that a host is: the same MAC and address, at the port where the endpoint is served. nil: none.
func (s *State) endpointAt(h igmp.Host) *endpoint {
	e := s.byAddr[h.Addr]
	if e == nil || e.bound == nil || e.host() != h {
		return nil
	}
	return e
}

// judgeReport denies a standing request for a group of which the host may have nothing.
func (s *State) judgeReport(h igmp.Host, group netip.Addr) {
	filter := s.members.Get(h, group)
	if filter.None() || group.IsLinkLocalMulticast() {
		return
	}
	e, allowed, reason := s.judge(h, group, filter)
	if len(allowed) > 0 {
		return
	}
	s.counters.DeniedJoins++
	d := Denial{
		Kind: DeniedJoin, MAC: h.MAC, Addr: h.Addr, At: topology.PortRef{Switch: topology.SwitchID(h.Switch), Port: topology.PortID(h.Port)},
		Group: group, Reason: reason, Count: 1, First: s.now, Last: s.now,
	}
	if filter.Mode == igmp.Include {
		d.Sources = filter.Sources
	}
	if e != nil {
		d.Endpoint = e.ID
	}
	s.deny(d)
}

// judge says which flows a host gets by what it asks for, and, when it gets none, why.
func (s *State) judge(h igmp.Host, group netip.Addr, filter igmp.Filter) (e *endpoint, allowed []uuid.UUID, reason string) {
	e = s.endpointAt(h)
	if e == nil {
		return s.byAddr[h.Addr], nil, s.strangerReason(h)
	}
	exists := false
	for _, f := range s.byGroup[group] {
		if !filter.Wants(s.endpoints[f.Sender].Addr) {
			continue
		}
		exists = true
		if f.Lists(e.ID) {
			allowed = append(allowed, f.ID)
		}
	}
	switch {
	case len(allowed) > 0:
		return e, allowed, ""
	case exists:
		return e, nil, "not on the flow's list of receivers"
	case len(s.byGroup[group]) > 0:
		return e, nil, "no flow to this group comes from the sources asked for"
	default:
		return e, nil, "no flow to this group is registered"
	}
}

// strangerReason says why a host is taken for no registered endpoint.
func (s *State) strangerReason(h igmp.Host) string {
	e := s.byAddr[h.Addr]
	switch {
	case e == nil:
		return "the host is no registered endpoint"
	case e.MAC != topology.MAC(h.MAC):
		return fmt.Sprintf("the address is that of an endpoint with MAC %s", e.MAC)
	case e.bound == nil:
		return "the endpoint is not served: " + e.problem
	default:
		return fmt.Sprintf("the endpoint is at port %s", s.portName(*e.bound))
	}
}
