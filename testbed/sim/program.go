package sim

import (
	"crosspoint/openflow"
)

// program is what the instructions of an entry do, in the order in which they are carried out (OpenFlow 1.3.5 §5.9).
type program struct {
	meter    openflow.MeterID // 0 for none
	apply    []openflow.Action
	clear    bool
	write    []openflow.Action
	metadata uint64
	mask     uint64 // 0: metadata is not written
	jump     bool
	next     openflow.TableID
}

// compile checks instructions against the switch as it is now.
func (s *Switch) compile(table openflow.TableID, r *rule, list []openflow.Instruction) (program, *openflow.ErrorMsg) {
	var p program
	var seen [6]bool
	once := func(kind int) bool {
		first := !seen[kind]
		seen[kind] = true
		return first
	}
	for _, in := range list {
		ok := true
		var refused *openflow.ErrorMsg
		switch in := in.(type) {
		case openflow.UseMeter:
			ok, p.meter = once(0), in.Meter
			refused = s.checkMeter(in.Meter)
		case openflow.ApplyActions:
			ok, p.apply = once(1), in.Actions
			refused = s.checkActions(r, in.Actions)
		case openflow.ClearActions:
			ok, p.clear = once(2), true
		case openflow.WriteActions:
			ok, p.write = once(3), in.Actions
			refused = s.checkActions(r, in.Actions)
		case openflow.WriteMetadata:
			ok, p.metadata, p.mask = once(4), in.Metadata&in.Mask, in.Mask
		case openflow.GotoTable:
			ok, p.jump, p.next = once(5), true, in.Table
			if in.Table <= table || int(in.Table) >= len(s.tables) {
				refused = refuse(openflow.ErrBadInstruction, openflow.CodeBadInstructionTableID)
			}
		default:
			refused = refuse(openflow.ErrBadInstruction, openflow.CodeBadInstructionUnknown)
		}
		if refused != nil {
			return p, refused
		}
		if !ok {
			return p, refuse(openflow.ErrBadInstruction, codeInstructionTwice)
		}
	}
	return p, nil
}

// checkActions refuses what cannot be carried out. r is the match of the entry: a field may be set only where the match says
// that the packet has it; nil for packet-outs and buckets, which Open vSwitch does not hold to that.
func (s *Switch) checkActions(r *rule, list []openflow.Action) *openflow.ErrorMsg {
	for _, a := range list {
		var refused *openflow.ErrorMsg
		switch a := a.(type) {
		case openflow.Output:
			refused = checkOutput(a.Port)
		case openflow.ApplyGroup:
			if s.groups[a.Group] == nil {
				refused = refuse(openflow.ErrBadAction, openflow.CodeBadActionOutGroup)
			}
		case openflow.SetField:
			refused = checkSetField(r, a.Field)
		case openflow.PushVLAN:
			if a.EtherType != etherVLAN && a.EtherType != etherQinQ {
				refused = refuse(openflow.ErrBadAction, openflow.CodeBadActionArgument)
			}
		case openflow.PopVLAN, openflow.SetQueue, openflow.SetIPTTL, openflow.DecIPTTL:
		default:
			refused = refuse(openflow.ErrBadAction, openflow.CodeBadActionType)
		}
		if refused != nil {
			return refused
		}
	}
	return nil
}

// maxPhysical is the first port number that Open vSwitch takes for no port in an output.
const maxPhysical = 0xff00

func checkOutput(p openflow.PortNo) *openflow.ErrorMsg {
	switch p {
	case openflow.PortInPort, openflow.PortTable, openflow.PortFlood, openflow.PortAll, openflow.PortController, openflow.PortLocal:
		return nil
	}
	if p == 0 || p >= maxPhysical {
		return refuse(openflow.ErrBadAction, openflow.CodeBadActionOutPort)
	}
	return nil
}

func checkSetField(r *rule, x openflow.OXM) *openflow.ErrorMsg {
	class, number, hasMask := splitHeader(x.Header)
	f, known := lookupField(number)
	switch {
	case class != oxmBasic || !known:
		return refuse(openflow.ErrBadAction, openflow.CodeBadActionSetType)
	case len(x.Payload) != f.size && !hasMask:
		return refuse(openflow.ErrBadAction, openflow.CodeBadActionSetLen)
	case hasMask || !f.writable || !fits(x.Payload, f.bits):
		return refuse(openflow.ErrBadAction, openflow.CodeBadActionSetArgument)
	case number == oxmVLANVID && x.Payload[0]&(vlanPresent>>8) == 0:
		return refuse(openflow.ErrBadAction, openflow.CodeBadActionSetArgument)
	case r != nil && !r.has(f.pre) && f.pre != preVLAN:
		return refuse(openflow.ErrBadAction, openflow.CodeBadActionMatchInconsistent)
	}
	return nil
}

// splitHeader takes an OXM header apart (OpenFlow 1.3.5 §7.2.3.2).
func splitHeader(h openflow.OXMHeader) (class uint16, number int, hasMask bool) {
	return uint16(h >> 16), int(h >> 9 & 0x7f), h>>8&1 != 0
}

// instructions gives the program back in the order in which Open vSwitch dumps it.
func (p *program) instructions() []openflow.Instruction {
	var out []openflow.Instruction
	if p.meter != 0 {
		out = append(out, openflow.UseMeter{Meter: p.meter})
	}
	if len(p.apply) > 0 {
		out = append(out, openflow.ApplyActions{Actions: p.apply})
	}
	if p.clear {
		out = append(out, openflow.ClearActions{})
	}
	if len(p.write) > 0 {
		out = append(out, openflow.WriteActions{Actions: p.write})
	}
	if p.mask != 0 {
		out = append(out, openflow.WriteMetadata{Metadata: p.metadata, Mask: p.mask})
	}
	if p.jump {
		out = append(out, openflow.GotoTable{Table: p.next})
	}
	return out
}

// outputs tells whether the entry sends to a port; groups are not looked into (OpenFlow 1.3.5 §6.4).
func (p *program) outputs(port openflow.PortNo) bool {
	return p.any(func(a openflow.Action) bool { o, ok := a.(openflow.Output); return ok && o.Port == port })
}

// uses tells whether the entry sends to a group.
func (p *program) uses(group openflow.GroupID) bool {
	return p.any(func(a openflow.Action) bool { g, ok := a.(openflow.ApplyGroup); return ok && g.Group == group })
}

func (p *program) any(is func(openflow.Action) bool) bool {
	for _, list := range [][]openflow.Action{p.apply, p.write} {
		for _, a := range list {
			if is(a) {
				return true
			}
		}
	}
	return false
}
