package sim

import (
	"encoding/binary"
	"time"

	"crosspoint/openflow"
)

// run is the treatment of one packet: what left the switch and what the controller is told.
type run struct {
	s     *Switch
	now   time.Time
	out   []Emission
	ctrl  []openflow.Message
	depth int
	// packetOut is set while a packet of the controller is treated: only then has output to TABLE a meaning.
	packetOut bool
	origin    origin
}

// origin is what a PACKET_IN tells of the entry that sent it.
type origin struct {
	table  openflow.TableID
	cookie uint64
	miss   bool
}

// pipeline takes a packet through the tables (OpenFlow 1.3.5 §5.1). Without an entry it is dropped (§5.4).
func (r *run) pipeline(p *packet) {
	var set actionSet
	for id := openflow.TableID(0); ; {
		t := &r.s.tables[id]
		t.lookups++
		e := t.lookup(p.key.words())
		if e == nil {
			return
		}
		t.matched++
		e.count.add(len(p.frame))
		e.used = r.now
		r.origin = origin{table: id, cookie: e.cookie, miss: e.priority == 0 && e.match == ""}
		do := &e.do
		if do.meter != 0 && !r.s.meters[do.meter].pass(r.now, len(p.frame)) {
			return
		}
		if !r.apply(p, do.apply) {
			return
		}
		if do.clear {
			set = actionSet{}
		}
		set.merge(do.write)
		if do.mask != 0 {
			p.setMetadata(do.metadata, do.mask)
		}
		if !do.jump {
			break
		}
		id = do.next
	}
	r.execute(p, &set)
}

func (p *packet) setMetadata(value, mask uint64) {
	b := p.key[offMetadata:]
	binary.BigEndian.PutUint64(b, binary.BigEndian.Uint64(b)&^mask|value)
}

// apply carries out actions in their order; false when one of them ended the packet.
func (r *run) apply(p *packet, list []openflow.Action) bool {
	for _, a := range list {
		if !r.act(p, a) {
			return false
		}
	}
	return true
}

// act carries out one action; false when the packet ends here.
func (r *run) act(p *packet, a openflow.Action) bool {
	switch a := a.(type) {
	case openflow.Output:
		r.output(p, a)
	case openflow.ApplyGroup:
		r.group(p, a.Group)
	case openflow.SetField:
		p.setField(int(a.Field.Header.Field()), a.Field.Payload)
	case openflow.PushVLAN:
		p.pushVLAN(a.EtherType)
	case openflow.PopVLAN:
		p.popVLAN()
	case openflow.SetIPTTL:
		p.setTTL(a.TTL)
	case openflow.DecIPTTL:
		if !p.decTTL() {
			r.toController(p, r.s.config.MissSendLen, openflow.ReasonInvalidTTL)
			return false
		}
	}
	return true
}

// output sends the packet to a port (OpenFlow 1.3.5 §4.5). It never goes back to where it came from unless IN_PORT says so.
func (r *run) output(p *packet, a openflow.Output) {
	in := p.inPort()
	switch a.Port {
	case openflow.PortInPort:
		r.emit(p, in)
	case openflow.PortAll, openflow.PortFlood:
		for _, no := range r.s.order {
			if no != in {
				r.emit(p, no)
			}
		}
	case openflow.PortController:
		reason := openflow.ReasonAction
		if r.origin.miss {
			reason = openflow.ReasonNoMatch
		}
		r.toController(p, a.MaxLen, reason)
	case openflow.PortTable:
		if r.packetOut && r.depth == 0 {
			r.depth++
			again := *p
			again.owned = false
			r.pipeline(&again)
			p.owned = false
			r.depth--
		}
	default:
		if a.Port != in {
			r.emit(p, a.Port)
		}
	}
}

// emit hands the frame out; from now on it is shared.
func (r *run) emit(p *packet, no openflow.PortNo) {
	to := r.s.ports[no]
	if to == nil {
		return
	}
	if !to.live() {
		to.stats.TxDropped++
		return
	}
	to.stats.TxPackets++
	to.stats.TxBytes += uint64(len(p.frame))
	p.owned = false
	r.out = append(r.out, Emission{Port: no, Frame: p.frame})
}

// toController makes a PACKET_IN with at most max bytes of the packet (OpenFlow 1.3.5 §7.4.1). A slave gets none (§6.3.6).
func (r *run) toController(p *packet, limit uint16, reason openflow.PacketInReason) {
	if r.s.role == openflow.RoleSlave {
		return
	}
	data := p.frame
	if limit != openflow.CMLNoBuffer && int(limit) < len(data) {
		data = data[:limit:limit]
	}
	p.owned = false
	fields := []openflow.OXM{openflow.InPort(p.inPort())}
	if metadata := binary.BigEndian.Uint64(p.key[offMetadata:]); metadata != 0 {
		fields = append(fields, openflow.Metadata(metadata))
	}
	r.ctrl = append(r.ctrl, &openflow.PacketIn{
		BufferID: openflow.NoBuffer,
		TotalLen: uint16(len(p.frame)),
		Reason:   reason,
		Table:    r.origin.table,
		Cookie:   r.origin.cookie,
		Match:    openflow.NewMatch(fields...),
		Data:     data,
	})
}
