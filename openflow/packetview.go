package openflow

import "slices"

// packetView is what can be said of a packet while actions are applied to it: the match of its entry, as changed by the actions so far.
// Rules are applied where it is certain that they are broken.
type packetView struct {
	known    Match // fields that the packet is known to have
	anything bool  // nothing is known: the packet may be any
	maybeTag bool  // a tag was taken off, and another may be below
	later    bool  // actions are carried out behind other tables, which may have added headers
	toTables bool  // packet-out: PortTable is a port
}

// learn notes a field that the packet has from now on.
func (v *packetView) learn(o OXM) {
	v.known = NewMatch(append(slices.Collect(v.known.Fields()), o)...)
}

// forget drops a field.
func (v *packetView) forget(f Field) {
	var kept []OXM
	for o := range v.known.Fields() {
		if o.Header.Class() != ClassBasic || o.Header.Field() != f {
			kept = append(kept, o)
		}
	}
	v.known = NewMatch(kept...)
}

// has tells whether the packet may have a field: its prerequisites, and theirs, hold (OpenFlow 1.3.5 §7.2.3.6).
func (v *packetView) has(f Field) bool {
	return v.holds(fields[f].needs)
}

// holds tells whether a prerequisite may hold.
func (v *packetView) holds(p prereq) bool {
	switch {
	case v.anything || p.kind == needNothing:
		return true
	case p.field == FieldVLANVID && v.maybeTag:
		return true
	}
	return p.met(v.known) && v.has(p.field)
}

// tagged tells whether the packet may have a VLAN tag.
func (v *packetView) tagged() bool { return v.holds(fields[FieldVLANPCP].needs) }

// pushTag notes a new VLAN tag.
func (v *packetView) pushTag() { v.learn(VLANVID(0)) }

// popTag notes that a VLAN tag went.
func (v *packetView) popTag() {
	v.forget(FieldVLANVID)
	v.forget(FieldVLANPCP)
	v.maybeTag = true
}

// becomes notes the EtherType that a packet has by a push or pop, under which other headers are.
func (v *packetView) becomes(etherType uint16) { v.learn(EthType(etherType)) }
