package openflow

// experimenterKind is the type of experimenter actions and instructions (OpenFlow 1.3.5 §7.2.4 and §7.2.5).
const experimenterKind uint16 = 0xffff

// etherTypeServiceVLAN is the other EtherType of VLAN tags beside EtherTypeVLAN (OpenFlow 1.3.5 §5.12).
const etherTypeServiceVLAN uint16 = 0x88a8

// maxQueue is the highest queue; above it is QueueAll.
const maxQueue = QueueAll - 1

// Answers to wrong actions (OpenFlow 1.3.5 §6.4 and §7.5.4.3).
var (
	badActionType     = errorAnswer{ErrBadAction, CodeBadActionType}
	badOutPort        = errorAnswer{ErrBadAction, CodeBadActionOutPort}
	badActionArgument = errorAnswer{ErrBadAction, CodeBadActionArgument}
	badOutGroup       = errorAnswer{ErrBadAction, CodeBadActionOutGroup}
	badQueue          = errorAnswer{ErrBadAction, CodeBadActionQueue}
	inconsistent      = errorAnswer{ErrBadAction, CodeBadActionMatchInconsistent}
	badSetType        = errorAnswer{ErrBadAction, CodeBadActionSetType}
	badSetArgument    = errorAnswer{ErrBadAction, CodeBadActionSetArgument}
	badSetMask        = errorAnswer{ErrExperimenter, CodeSetMask}
)

// apply checks actions in the order of the list and carries them out on what is known of the packet (OpenFlow 1.3.5 §5.11).
func (v *packetView) apply(list []Action) *ValidationError {
	for i, a := range list {
		if e := v.action(a); e != nil {
			return e.inElement("actions", i)
		}
	}
	return nil
}

// applySet checks actions that are written to the action set. When it is carried out tags go and come before fields are set (OpenFlow 1.3.5
// §5.10), and later tables may have changed the packet: so a field may be set when its prerequisites hold with the tags of
// the set or without, and headers to work on are not asked for.
func (v *packetView) applySet(list []Action) *ValidationError {
	plain, tagged := *v, *v
	plain.later, tagged.later = true, true
	for i, a := range list {
		if !isTag(a) {
			continue
		}
		if e := tagged.tag(a); e != nil {
			return e.inElement("actions", i)
		}
	}
	for i, a := range list {
		if isTag(a) {
			continue
		}
		if e := plain.action(a); e != nil && tagged.action(a) != nil {
			return e.inElement("actions", i)
		}
	}
	return nil
}

// isTag tells whether an action adds or removes a header.
func isTag(a Action) bool {
	switch a.(type) {
	case PushVLAN, PushMPLS, PushPBB, PopVLAN, PopMPLS, PopPBB:
		return true
	}
	return false
}

// action checks one action and carries it out on what is known of the packet.
func (v *packetView) action(a Action) *ValidationError {
	switch a := a.(type) {
	case Output:
		return v.output(a)
	case ApplyGroup:
		if a.Group > GroupMax {
			return broken("group", "7.2.5", badOutGroup, "%#x is no group that an action can use", uint32(a.Group))
		}
		return nil
	case SetQueue:
		if a.Queue > maxQueue {
			return broken("queue", "7.2.5", badQueue, "all queues, of which a packet takes one")
		}
		return nil
	case SetField:
		return v.setField(a.Field)
	case SetIPTTL, DecIPTTL:
		return v.needs(anyIP, "the IP TTL")
	case SetMPLSTTL, DecMPLSTTL:
		return v.needs(isMPLS, "the MPLS TTL")
	case CopyTTLIn, CopyTTLOut:
		if v.holds(anyIP) {
			return nil
		}
		return v.needs(isMPLS, "a TTL")
	case PushVLAN, PushMPLS, PushPBB, PopVLAN, PopMPLS, PopPBB:
		return v.tag(a)
	case RawAction:
		if a.Kind != experimenterKind {
			return broken("", "7.5.4.3", badActionType, "type %d is not known", a.Kind)
		}
		v.anything = true // for all that is known here
		return nil
	}
	return broken("", "7.2.5", badActionType, "no action")
}

// needs checks that the packet can have the header that an action works on (OpenFlow 1.3.5 §5.12).
func (v *packetView) needs(p prereq, what string) *ValidationError {
	if v.later || v.holds(p) {
		return nil
	}
	return broken("", "5.12", inconsistent, "works on %s, and the match does not say by %s that there is one", what, p.field)
}

// output checks the port of an output action (OpenFlow 1.3.5 §7.2.1 and §7.2.5).
func (v *packetView) output(a Output) *ValidationError {
	switch {
	case a.Port == 0, a.Port == PortAny, a.Port > PortMax && a.Port < PortInPort:
		return broken("port", "7.2.1", badOutPort, "%s is no port to send to", a.Port)
	case a.Port == PortTable && !v.toTables:
		return broken("port", "7.2.1", badOutPort, "TABLE, which only a packet-out can send to")
	case a.Port == PortController && a.MaxLen > CMLMax && a.MaxLen != CMLNoBuffer:
		return broken("max_len", "7.2.5", badActionArgument, "%#x is reserved", a.MaxLen)
	}
	return nil
}

// tag checks an action that adds or removes a header, and notes what the packet then is (OpenFlow 1.3.5 §5.12 and §7.2.5).
func (v *packetView) tag(a Action) *ValidationError {
	switch a := a.(type) {
	case PushVLAN:
		v.pushTag()
		return etherTypeIs(a.EtherType, EtherTypeVLAN, etherTypeServiceVLAN)
	case PushMPLS:
		v.becomes(a.EtherType)
		return etherTypeIs(a.EtherType, EtherTypeMPLS, EtherTypeMPLSMC)
	case PushPBB:
		v.becomes(a.EtherType)
		return etherTypeIs(a.EtherType, EtherTypePBB, EtherTypePBB)
	case PopVLAN:
		if !v.later && !v.tagged() {
			return broken("", "5.12", inconsistent, "pops a VLAN tag, and the match does not say by vlan_vid that there is one")
		}
		v.popTag()
	case PopMPLS:
		if e := v.needs(isMPLS, "an MPLS label"); e != nil {
			return e
		}
		v.becomes(a.EtherType)
	case PopPBB:
		if e := v.needs(fields[FieldPBBISID].needs, "a PBB tag"); e != nil {
			return e
		}
		v.anything = true // the packet inside can be any
	}
	return nil
}

// etherTypeIs checks the EtherType of a push action.
func etherTypeIs(have, a, b uint16) *ValidationError {
	if have == a || have == b {
		return nil
	}
	return broken("ethertype", "7.2.5", badActionArgument, "%#x is not that of the header to push", have)
}

// setField checks the field that a set-field action writes (OpenFlow 1.3.5 §7.2.5).
func (v *packetView) setField(o OXM) *ValidationError {
	const number = "7.2.5"
	f := o.Header.Field()
	if _, reason := o.check(); reason != "" {
		return broken("field."+f.String(), number, badActionSetLen, "%s", reason)
	}
	info, known := o.Header.known()
	switch {
	case !known && o.Header.Class() == ClassBasic:
		return broken("field."+f.String(), number, badSetType, "is not known")
	case !known: // another's, of which nothing can be said
		return nil
	case f == FieldInPort, f == FieldInPhyPort, f == FieldMetadata:
		return broken("field."+info.name, number, badSetType, "is no header field")
	case o.Header.HasMask():
		return broken("field."+info.name, number, badSetMask, "has a mask")
	case !info.fits(o.Value()):
		return broken("field."+info.name, number, badSetArgument, "value wider than the field")
	case f == FieldVLANVID && o.Uint64()&uint64(VLANPresent) == 0:
		return broken("field."+info.name, number, badSetArgument, "value without the bit VLANPresent")
	case !v.has(f):
		return broken("field."+info.name, "7.2.3.6", inconsistent, "the match lacks its prerequisite %s", info.needs.field)
	}
	if f != FieldVLANVID { // writing an id makes no tag
		v.learn(o)
	}
	return nil
}
