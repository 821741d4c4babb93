package openflow

import (
	"fmt"
	"math"
	"strings"
)

// Places of instructions in the order of execution (OpenFlow 1.3.5 §5.9).
const (
	rankMeter = iota
	rankApply
	rankClear
	rankWrite
	rankMetadata
	rankGoto
	rankRaw
	ranks
)

// FormatInstructions writes instructions as ovs-ofctl does behind "actions=": in the order in which a switch carries them out, whatever their
// order in the list (OpenFlow 1.3.5 §5.9). "drop" for none. ParseInstructions reads it back.
func FormatInstructions(list []Instruction) string {
	var parts [ranks]string
	for _, i := range list {
		rank, text := instructionText(i)
		if parts[rank] != "" && text != "" {
			text = parts[rank] + "," + text
		}
		parts[rank] = text
	}
	var words []string
	for _, p := range parts {
		if p != "" {
			words = append(words, p)
		}
	}
	if len(words) == 0 {
		return "drop"
	}
	return strings.Join(words, ",")
}

// instructionText gives the text of one instruction and its place in the order of execution.
func instructionText(i Instruction) (rank int, text string) {
	switch i := i.(type) {
	case UseMeter:
		return rankMeter, "meter:" + utoa(uint64(i.Meter))
	case ApplyActions:
		if len(i.Actions) == 0 {
			return rankApply, ""
		}
		return rankApply, FormatActions(i.Actions)
	case ClearActions:
		return rankClear, "clear_actions"
	case WriteActions:
		if len(i.Actions) == 0 {
			return rankWrite, ""
		}
		return rankWrite, "write_actions(" + FormatActions(i.Actions) + ")"
	case WriteMetadata:
		if i.Mask == math.MaxUint64 {
			return rankMetadata, fmt.Sprintf("write_metadata:0x%x", i.Metadata)
		}
		return rankMetadata, fmt.Sprintf("write_metadata:0x%x/0x%x", i.Metadata, i.Mask)
	case GotoTable:
		return rankGoto, "goto_table:" + utoa(uint64(i.Table))
	case RawInstruction:
		return rankRaw, fmt.Sprintf("raw_instruction:0x%04x:%x", i.Kind, i.Data)
	default:
		return rankRaw, fmt.Sprintf("unknown:%T", i)
	}
}

// ParseInstructions reads what FormatInstructions writes; loose actions are gathered into one ApplyActions. The list comes in the order of
// execution. "drop" gives none.
func ParseInstructions(s string) ([]Instruction, error) {
	var byRank [ranks][]Instruction
	var apply []Action
	for _, word := range splitTop(s) {
		i, ok, err := parseInstruction(word)
		if err != nil {
			return nil, fmt.Errorf("parse instruction %q: %w", word, err)
		}
		if ok {
			rank, _ := instructionText(i)
			byRank[rank] = append(byRank[rank], i)
			continue
		}
		actions, err := ParseActions(word)
		if err != nil {
			return nil, err
		}
		apply = append(apply, actions...)
	}
	if len(apply) > 0 {
		byRank[rankApply] = []Instruction{ApplyActions{apply}}
	}
	var list []Instruction
	for _, r := range byRank {
		list = append(list, r...)
	}
	return list, nil
}

// parseInstruction reads one word; ok is false when it is an action.
func parseInstruction(word string) (_ Instruction, ok bool, err error) {
	name, arg := call(word)
	switch name {
	case "meter":
		v, err := parseUint(arg, 32)
		return UseMeter{MeterID(v)}, true, err
	case "clear_actions":
		return ClearActions{}, true, nil
	case "write_actions":
		list, err := ParseActions(arg)
		return WriteActions{list}, true, err
	case "goto_table":
		v, err := parseUint(arg, 8)
		return GotoTable{TableID(v)}, true, err
	case "write_metadata":
		w, err := parseWriteMetadata(arg)
		return w, true, err
	case "raw_instruction":
		kind, data, err := parseRawWords(arg)
		return RawInstruction{Kind: kind, Data: data}, true, err
	default:
		return nil, false, nil
	}
}

func parseWriteMetadata(arg string) (Instruction, error) {
	value, maskText, masked := strings.Cut(arg, "/")
	v, err := parseUint(value, 64)
	mask := uint64(math.MaxUint64)
	if err == nil && masked {
		mask, err = parseUint(maskText, 64)
	}
	return WriteMetadata{v, mask}, err
}
