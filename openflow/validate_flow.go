package openflow

// knownFlowFlags are the flags that 1.3 defines.
const knownFlowFlags = FlagSendFlowRem | FlagCheckOverlap | FlagResetCounts | FlagNoPktCounts | FlagNoByteCounts

// validate checks a flow modification (OpenFlow 1.3.5 §6.4).
func (m *FlowMod) validate() *ValidationError {
	deletes := m.Command == FlowDelete || m.Command == FlowDeleteStrict
	switch {
	case m.Command > FlowDeleteStrict:
		return broken("command", "6.4", errorAnswer{ErrFlowModFailed, CodeFlowModCommand}, "%d is not known", m.Command)
	case m.Flags&^knownFlowFlags != 0:
		return broken("flags", "6.4", errorAnswer{ErrFlowModFailed, CodeFlowModFlags}, "%#x are not known", uint16(m.Flags&^knownFlowFlags))
	case m.Table == TableAll && !deletes:
		return broken("table", "7.3.4.1", errorAnswer{ErrFlowModFailed, CodeFlowModTableID}, "all tables, which only a deletion can mean")
	}
	if e := validateMatch(m.Match); e != nil {
		return e
	}
	if deletes { // instructions have no meaning then
		return nil
	}
	return validateInstructions(m.Instructions, m.Table, m.Match)
}

// validateInstructions checks the instructions of an entry in a table (OpenFlow 1.3.5 §5.9 and §7.2.4).
func validateInstructions(list []Instruction, table TableID, match Match) *ValidationError {
	var seen [instructionMeter + 1]bool
	packet := packetView{known: match}
	for i, one := range list {
		kind, e := validateInstruction(one, table)
		if e == nil && int(kind) < len(seen) {
			if seen[kind] {
				e = broken("", "5.9", errorAnswer{ErrExperimenter, CodeDupInstruction}, "a second instruction of type %d", kind)
			}
			seen[kind] = true
		}
		if apply, ok := one.(ApplyActions); ok && e == nil {
			e = packet.apply(apply.Actions)
		}
		if e != nil {
			return e.inElement("instructions", i)
		}
	}
	// The action set is carried out when all is applied, whatever the order of the list.
	for i, one := range list {
		if write, ok := one.(WriteActions); ok {
			if e := packet.applySet(write.Actions); e != nil {
				return e.inElement("instructions", i)
			}
		}
	}
	return nil
}

// validateInstruction checks one instruction by itself and gives its type.
func validateInstruction(i Instruction, table TableID) (kind uint16, e *ValidationError) {
	switch i := i.(type) {
	case GotoTable:
		if i.Table == TableAll || i.Table <= table {
			e = broken("table", "5.9", errorAnswer{ErrBadInstruction, CodeBadInstructionTableID}, "%d does not lie behind table %d", i.Table, table)
		}
		return instructionGoto, e
	case WriteMetadata:
		return instructionWriteMetadata, nil
	case WriteActions:
		return instructionWriteActions, nil
	case ApplyActions:
		return instructionApplyActions, nil
	case ClearActions:
		return instructionClearActions, nil
	case UseMeter:
		if i.Meter == 0 || i.Meter > MeterMax {
			e = broken("meter", "7.3.4.4", errorAnswer{ErrMeterModFailed, CodeMeterModInvalidMeter}, "%#x is no meter that an entry can use", uint32(i.Meter))
		}
		return instructionMeter, e
	case RawInstruction:
		if i.Kind != experimenterKind {
			e = broken("", "7.5.4.4", errorAnswer{ErrBadInstruction, CodeBadInstructionUnknown}, "type %d is not known", i.Kind)
		}
		return i.Kind, e
	}
	return 0, broken("", "7.2.4", errorAnswer{ErrBadInstruction, CodeBadInstructionUnknown}, "no instruction")
}

// validateFlowStats checks an entry that a switch reports.
func validateFlowStats(f *FlowStats) *ValidationError {
	if e := validateMatch(f.Match); e != nil {
		return e
	}
	return validateInstructions(f.Instructions, f.Table, f.Match)
}
