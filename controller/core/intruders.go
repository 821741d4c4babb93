package core

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"crosspoint/flows"
	"crosspoint/topology"
)

// intruder is an unauthorised sender for which a switch holds an entry that drops and counts.
type intruder struct {
	flows.Intruder
	object  flows.ObjectID // unique on its switch
	packets uint64         // dropped by the entry, as last read
	idle    int            // readings without a new packet
}

// intruderIdle is after how many readings without a packet an entry is taken away; the denial stays on record.
const intruderIdle = 30

func intruderOwner(object flows.ObjectID) flows.Owner {
	return flows.Owner{Kind: flows.KindDenied, Object: object}
}

// unguarded takes a sample of what no guard let through: somebody sends what nobody registered. From now on the switch drops and
// counts that by itself; a switch that holds enough such entries goes on with samples, which a meter bounds.
func (s *State) unguarded(d *device, at topology.PortRef, eth layers.Ethernet) {
	src, group, ok := addressesOf(eth)
	if !ok || !group.IsMulticast() {
		s.counters.Malformed++
		return
	}
	if group.IsLinkLocalMulticast() || group.IsInterfaceLocalMulticast() || s.isInfrastructure(group) {
		return // mDNS and the like: every host sends some, and no router forwards it
	}
	who := flows.Intruder{Port: at.Port, MAC: topology.MAC(eth.SrcMAC), Source: src, Group: group}
	if s.guarded(d.id, who) {
		return // its guard came while the sample was on its way
	}
	s.counters.DeniedSenders++
	s.denySender(d, who, 1)
	if _, held := d.intruders[who]; held || len(d.intruders) >= s.cfg.MaxIntruders {
		return
	}
	s.holdIntruder(d, who, d.freeIntruder())
}

// addressesOf reads from where to where an IPv4 or IPv6 packet goes; false when it is none, or cut short.
func addressesOf(eth layers.Ethernet) (src, dst netip.Addr, ok bool) {
	switch eth.EthernetType {
	case layers.EthernetTypeIPv4:
		var ip layers.IPv4
		if err := ip.DecodeFromBytes(eth.Payload, gopacket.NilDecodeFeedback); err != nil {
			return src, dst, false
		}
		return netip.AddrFrom4([4]byte(ip.SrcIP)), netip.AddrFrom4([4]byte(ip.DstIP)), true
	case layers.EthernetTypeIPv6:
		b := eth.Payload
		if len(b) < ipv6HeaderLen || b[0]>>4 != 6 {
			return src, dst, false
		}
		return netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40])), true
	default:
		return src, dst, false
	}
}

// guarded reports whether an intruder is by now the sender of a flow.
func (s *State) guarded(sw topology.SwitchID, who flows.Intruder) bool {
	at := topology.PortRef{Switch: sw, Port: who.Port}
	for f := range s.flowsTo(who.Group) {
		if by := f.sender; by.Addr == who.Source && by.MAC == who.MAC && by.bound != nil && *by.bound == at {
			return true
		}
	}
	return false
}

func (d *device) freeIntruder() flows.ObjectID {
	used := map[flows.ObjectID]bool{}
	for _, i := range d.intruders {
		used[i.object] = true
	}
	id := flows.ObjectID(1)
	for used[id] {
		id++
	}
	return id
}

func (s *State) holdIntruder(d *device, who flows.Intruder, object flows.ObjectID) {
	d.intruders[who] = &intruder{Intruder: who, object: object}
	s.set(d, intruderOwner(object), flows.CompileDrop(object, who))
}

// denySender records packets of an unauthorised sender.
func (s *State) denySender(d *device, who flows.Intruder, packets uint64) {
	at := topology.PortRef{Switch: d.id, Port: who.Port}
	denial := Denial{
		Kind: DeniedSend, MAC: who.MAC, Addr: who.Source, At: at, Group: who.Group, Reason: s.intruderReason(at, who),
		Count: packets, First: s.now, Last: s.now,
	}
	if e := s.byAddr[who.Source]; e != nil {
		denial.Endpoint = e.ID
	}
	s.deny(denial)
}

func (s *State) intruderReason(at topology.PortRef, who flows.Intruder) string {
	e := s.byAddr[who.Source]
	switch {
	case e == nil:
		return "the sender is no registered endpoint"
	case e.MAC != who.MAC:
		return fmt.Sprintf("the address is that of an endpoint with MAC %s", e.MAC)
	case e.bound == nil || *e.bound != at:
		return "the endpoint is not at this port"
	default:
		return "no flow from this sender to this group is registered"
	}
}

// adoptIntruders takes over the drop entries that a switch still holds from before a restart.
func (s *State) adoptIntruders(d *device, have flows.Tables) {
	for key, e := range have.Flows {
		owner := flows.OwnerOf(e.Cookie)
		who, ok := flows.ParseDrop(key)
		if owner.Kind != flows.KindDenied || !ok {
			continue
		}
		if _, held := d.intruders[who]; !held && len(d.intruders) < s.cfg.MaxIntruders && !d.tracker.Serves(owner) {
			s.holdIntruder(d, who, owner.Object)
		}
	}
}

// readIntruders asks for the counters of the entries, where there are any.
func (s *State) readIntruders() {
	for _, d := range s.sortedSwitches() {
		if d.connected() && len(d.intruders) > 0 {
			s.tell(ReadCounters{
				Switch: d.id, Conn: d.conn, Cookie: intruderOwner(0).Cookie(), Mask: flows.CookieMaskKind,
			})
		}
	}
}

// countersRead adds what the entries dropped since the last reading, and takes away those that have nothing to drop any more.
func (s *State) countersRead(ev CountersRead) {
	d, ok := s.current(ev.Switch, ev.Conn)
	if !ok {
		return
	}
	packets := map[flows.ObjectID]uint64{}
	for _, c := range ev.Counters {
		packets[flows.OwnerOf(c.Cookie).Object] = c.Packets
	}
	for _, i := range d.sortedIntruders() {
		now, found := packets[i.object]
		switch {
		case !found:
			continue
		case s.guarded(d.id, i.Intruder):
			s.dropIntruder(d, i)
		case now > i.packets:
			s.denySender(d, i.Intruder, now-i.packets)
			i.packets, i.idle = now, 0
		default:
			i.packets = now
			if i.idle++; i.idle >= intruderIdle {
				s.dropIntruder(d, i)
			}
		}
	}
}

func (d *device) sortedIntruders() []*intruder {
	out := make([]*intruder, 0, len(d.intruders))
	for _, i := range d.intruders {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b *intruder) int { return a.Compare(b.Intruder) })
	return out
}

func (s *State) dropIntruder(d *device, i *intruder) {
	delete(d.intruders, i.Intruder)
	s.set(d, intruderOwner(i.object), flows.Tables{})
}
