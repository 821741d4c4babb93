package core

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/google/uuid"

	"crosspoint/igmp"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// igmp takes an IPv4 packet with a message of IGMP from an edge port.
func (s *State) igmp(at topology.PortRef, mac topology.MAC, payload []byte) {
	packet, err := igmp.ParsePacket(payload)
	s.membership(at, mac, packet, err)
}

// mld takes an IPv6 packet with a message of MLD from an edge port.
func (s *State) mld(at topology.PortRef, mac topology.MAC, payload []byte) {
	packet, err := igmp.ParseMLDPacket(payload)
	s.membership(at, mac, packet, err)
}

// membership takes a packet of IGMP or MLD as it was parsed. What a host asks for is remembered whether it is allowed or
// not, so that being authorised later takes effect without a new report; what it gets is decided by who is listed.
func (s *State) membership(at topology.PortRef, mac topology.MAC, packet igmp.Packet, err error) {
	switch {
	case errors.Is(err, igmp.ErrUnknownType):
		return
	case err != nil:
		s.counters.Malformed++
		return
	case !s.graph.IsEdge(at):
		return
	}
	host := igmp.Host{Switch: uint64(at.Switch), Port: uint32(at.Port), MAC: mac, Addr: packet.Src}
	if query, is := packet.Message.(*igmp.Query); is {
		s.foreignQuery(at, host, query)
		return
	}
	if !packet.Src.IsUnspecified() && !s.sighted(mac, packet.Src, at, topology.SeenIGMP) {
		s.counters.SpoofedIGMP++ // nothing of it is remembered: it would be another's membership
		return
	}
	changes, err := s.members.Report(s.now, host, packet.Message)
	s.membersChanged(changes)
	s.later(func() { s.noteReport(host, packet.Message, err) })
}

// noteReport counts a report, and denies what of it its host may not have.
func (s *State) noteReport(host igmp.Host, m igmp.Message, err error) {
	s.changed.report(host, m)
	counted := s.members.Counters()
	s.counters.DroppedReports, s.counters.IgnoredReports = counted.Dropped(), counted.Ignored()
	if s.denyExcess(host, err) {
		return
	}
	for _, group := range groupsOf(m) {
		s.judgeReport(host, group, m)
	}
}

// denyExcess records that a host, or its port, asks for more than is taken in, and reports whether nothing of the report was. Of a port's hosts,
// which may be made up, it names none.
func (s *State) denyExcess(h igmp.Host, err error) (whole bool) {
	d := Denial{Kind: DeniedReport, MAC: h.MAC, Addr: h.Addr, At: refOf(h.Key()), Count: 1, First: s.now, Last: s.now}
	var limit *igmp.LimitError
	switch {
	case errors.Is(err, igmp.ErrPortRate):
		d.MAC, d.Addr = topology.MAC{}, netip.Addr{}
		d.Reason = "more reports come by this port than are taken in; see --port-report-rate"
	case errors.Is(err, igmp.ErrHostRate):
		d.Reason = "more reports come from this host than are taken in; see --host-report-rate"
	case errors.As(err, &limit):
		d.Count = uint64(len(limit.Refused))
		d.Reason = fmt.Sprintf("the limit of %s is reached; see --membership-limits", strings.ReplaceAll(limit.Refused[0].Reason.String(), "_", " "))
		if r := limit.Refused[0].Reason; r == igmp.ReasonSourcesPerGroup {
			d.Group = limit.Refused[0].Group
		} else if r == igmp.ReasonHostsPerPort || r == igmp.ReasonHosts {
			d.MAC, d.Addr = topology.MAC{}, netip.Addr{} // it may be made up as well
		}
	default:
		return false
	}
	s.deny(d)
	return limit == nil
}

// foreignQuery takes a query that a host sends as if it were the querier.
func (s *State) foreignQuery(at topology.PortRef, from igmp.Host, query *igmp.Query) {
	s.counters.ForeignQueries++
	if !s.members.Allow(s.now, portKey(at)) {
		return
	}
	other, isNew := s.querier.Heard(s.now, portKey(at), query, from.Addr)
	s.members.Heard(s.now, query, other)
	s.changed.groups.add(query.Group) // what is asked about may run out sooner
	if !other.Obeyed {
		s.deny(Denial{
			Kind: DeniedQuery, MAC: from.MAC, Addr: from.Addr, At: at, Count: 1, First: s.now, Last: s.now,
			Reason: "another querier asks hosts on this port; it is ignored",
		})
		return
	}
	if isNew {
		s.note(true, true, "another querier was elected; this port is not asked while it is heard",
			"port", s.portName(at), "mac", topology.MAC(from.MAC).String(), "address", from.Addr.String(), "version", query.Version.String())
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
	save := saveVainAfter
	for _, c := range changes {
		for _, e := range s.endpointsAt(c.Host) {
			save = min(save, s.memberChanged(e, c))
		}
	}
	if len(changes) > 0 {
		s.later(func() { s.noteChanges(changes, save) })
	}
}

// noteChanges counts changes of memberships, and has them kept and shown.
func (s *State) noteChanges(changes []igmp.Change, save time.Duration) {
	for _, c := range changes {
		s.saveMembershipWithin(save, memberKey{c.Host, c.Group})
		s.markMembers(c.Host, c.Group)
		if c.After.None() {
			s.counters.Leaves++
		} else {
			s.counters.Joins++
		}
	}
}

// memberChanged brings the flows to a group to what an endpoint asks for now, and tells how soon that is to be saved.
func (s *State) memberChanged(e *endpoint, c igmp.Change) (save time.Duration) {
	save = saveVainAfter
	for f := range s.flowsTo(c.Group) {
		source := f.sender.Addr
		if c.Before.Wants(source) == c.After.Wants(source) || !f.authorises(e) {
			continue
		}
		if c.After.Wants(source) {
			save = min(save, saveJoinsAfter)
		} else {
			save = saveLeavesAfter
		}
		s.setLeft(f, e.ID, f.Forward && !s.joined(f, e))
		s.reactivate(f, e)
	}
	return save
}

// setLeft notes whether a receiver has left a flow that is forwarded to it without a join.
func (s *State) setLeft(f *flow, receiver uuid.UUID, left bool) {
	if f.hasLeft(receiver) == left {
		return
	}
	s.changed.flows.add(f.ID)
	if left {
		f.leave(receiver)
	} else {
		delete(f.left, receiver)
	}
	s.saveFlow(f)
}

// memberTimers lets memberships run out and sends the queries that are due.
func (s *State) memberTimers() {
	if t, ok := s.members.Next(); ok && !s.now.Before(t) {
		s.membersChanged(s.members.Expire(s.now))
		for _, a := range s.members.Asks(s.now) {
			s.changed.groups.add(a.Group)
			for _, q := range s.querier.Specific(s.now, a) {
				s.sendQuery(q)
			}
		}
	}
	if t, ok := s.querier.Next(); !ok || s.now.Before(t) {
		return
	}
	for _, q := range s.querier.Due(s.now) {
		at := refOf(q.Key)
		s.members.SetTiming(q.Key, s.querierAt(at).Timing) // of another querier that was obeyed nothing is left
		s.sendQuery(q)
	}
}

// sendQuery has a query sent out of its port, if that is there and no other switch is behind it.
func (s *State) sendQuery(q igmp.PortQuery) {
	at := refOf(q.Key)
	d, port := s.switches[at.Switch], s.port(at)
	if d.connected() && port.Usable() && s.graph.IsEdge(at) {
		frame := packetOut(port.ID, queryFrame(port.MAC, q))
		s.tell(Send{Switch: d.id, Conn: d.conn, Messages: []openflow.Message{frame}})
	}
}

// refOf is the port that a key of the membership table names.
func refOf(key igmp.PortKey) topology.PortRef {
	return topology.PortRef{Switch: topology.SwitchID(key.Switch), Port: topology.PortID(key.Port)}
}

// askPort has the querier ask a port, now and from now on, if it is there and no other switch is behind it.
func (s *State) askPort(at topology.PortRef) {
	if !s.graph.IsEdge(at) || !s.port(at).Usable() || !s.switches[at.Switch].connected() {
		return
	}
	config := s.querierAt(at)
	s.members.SetTiming(portKey(at), config.Timing)
	s.members.SetAsking(portKey(at), config.Asking)
	s.querier.AddPort(s.now, portKey(at), s.port(at).MAC, config)
	s.querier.Now(s.now, portKey(at))
}

// querierAt is how a port is asked.
func (s *State) querierAt(at topology.PortRef) igmp.PortConfig {
	if len(s.cfg.QuerierPorts) > 0 {
		for _, name := range s.portNames(at.Switch, s.port(at)) {
			if config, own := s.cfg.QuerierPorts[name]; own {
				return config
			}
		}
	}
	return s.cfg.Querier.Port()
}

// queryFrame puts a query into a frame to the Ethernet address of its destination, padded to the least length.
func queryFrame(src topology.MAC, q igmp.PortQuery) []byte {
	dst, kind := igmp.MulticastMAC(q.Dst), layers.EthernetTypeIPv4
	if q.Dst.Is6() {
		kind = layers.EthernetTypeIPv6
	}
	frame := make([]byte, 0, 14+max(len(q.Packet), 46))
	frame = append(append(frame, dst[:]...), src[:]...)
	frame = append(frame, byte(kind>>8), byte(kind&0xff))
	frame = append(frame, q.Packet...)
	return append(frame, make([]byte, max(0, 60-len(frame)))...)
}

// endpointsAt finds the registered endpoints that a host is, at the port where they are served. One of IPv4 has the
// same MAC and address. A host of MLD speaks from a link-local address for its whole interface: that is every endpoint
// with its MAC and an IPv6 address.
func (s *State) endpointsAt(h igmp.Host) []*endpoint {
	if h.Addr.Is4() {
		if e := s.byAddr[h.Addr]; e != nil && e.bound != nil && e.host() == h {
			return []*endpoint{e}
		}
		return nil
	}
	return slices.DeleteFunc(s.endpointsOf(h.MAC), func(e *endpoint) bool {
		return !e.Addr.Is6() || e.bound == nil || portKey(*e.bound) != h.Key()
	})
}

// claimed is the registered endpoint that a host seems to be, wherever that is. nil: none.
func (s *State) claimed(h igmp.Host) *endpoint {
	if h.Addr.Is4() {
		return s.byAddr[h.Addr]
	}
	of := s.endpointsOf(h.MAC)
	if i := slices.IndexFunc(of, func(e *endpoint) bool { return e.Addr.Is6() }); i >= 0 {
		return of[i]
	}
	return nil
}

// judgeReport denies a standing request for a group of which the host may have nothing, and one that counts for nothing.
func (s *State) judgeReport(h igmp.Host, group netip.Addr, m igmp.Message) {
	filter := s.members.Get(h, group)
	if s.isInfrastructure(group) {
		return
	}
	if filter.None() {
		if igmp.SourceSpecific(group) && wantsAnySource(m, group) {
			s.denyJoin(h, group, filter, s.claimed(h), "a join without sources of a source-specific group counts for nothing (RFC 4604)")
		}
		return
	}
	e, allowed, reason := s.judge(h, group, filter)
	if len(allowed) == 0 {
		s.denyJoin(h, group, filter, e, reason)
	}
}

// wantsAnySource tells whether a report asks for a group whatever the source.
func wantsAnySource(m igmp.Message, group netip.Addr) bool {
	switch m := m.(type) {
	case *igmp.Report:
		return true
	case *igmp.ReportV3:
		return slices.ContainsFunc(m.Records, func(r igmp.Record) bool {
			return r.Group == group && (r.Type == igmp.ModeIsExclude || r.Type == igmp.ChangeToExclude)
		})
	}
	return false
}

// denyJoin records a request of a host that it gets nothing by.
func (s *State) denyJoin(h igmp.Host, group netip.Addr, filter igmp.Filter, e *endpoint, reason string) {
	s.counters.DeniedJoins++
	d := Denial{
		Kind: DeniedJoin, MAC: h.MAC, Addr: h.Addr, At: refOf(h.Key()),
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
	are := s.endpointsAt(h)
	if len(are) == 0 {
		return s.claimed(h), nil, s.strangerReason(h)
	}
	exists := false
	for f := range s.flowsTo(group) {
		if !filter.Wants(f.sender.Addr) {
			continue
		}
		exists = true
		if slices.ContainsFunc(are, func(e *endpoint) bool { return f.authorises(e) }) {
			allowed = append(allowed, f.ID)
		}
	}
	switch {
	case len(allowed) > 0:
		return are[0], allowed, ""
	case exists:
		return are[0], nil, "not on the flow's list of receivers"
	case s.byGroup[group] != nil:
		return are[0], nil, "no flow to this group comes from the sources asked for"
	default:
		return are[0], nil, "no flow to this group is registered"
	}
}

// strangerReason says why a host is taken for no registered endpoint.
func (s *State) strangerReason(h igmp.Host) string {
	e := s.claimed(h)
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
