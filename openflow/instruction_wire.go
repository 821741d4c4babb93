package openflow

import (
	"errors"
	"fmt"
)

// Instruction types (OpenFlow 1.3.5 §7.2.4, enum ofp_instruction_type).
const (
	instructionGoto          uint16 = 1
	instructionWriteMetadata uint16 = 2
	instructionWriteActions  uint16 = 3
	instructionApplyActions  uint16 = 4
	instructionClearActions  uint16 = 5
	instructionMeter         uint16 = 6
)

// instructionSizes has the length in bytes of each instruction of fixed length; 0 for the others. Indexed by type, never written.
var instructionSizes = [...]uint8{instructionGoto: 8, instructionWriteMetadata: 24, instructionClearActions: 8, instructionMeter: 8}

func appendInstructions(b []byte, list []Instruction) (_ []byte, err error) {
	for _, i := range list {
		if i == nil {
			return b, fmt.Errorf("instruction: %w", errNil)
		}
		if b, err = i.appendInstruction(b); err != nil {
			return b, err
		}
	}
	return b, nil
}

func appendInstruction8(b []byte, kind uint16, arg uint32) ([]byte, error) {
	b, s := grow(b, 8)
	put64(s, uint64(kind)<<48|8<<32|uint64(arg))
	return b, nil
}

func (i GotoTable) appendInstruction(b []byte) ([]byte, error) {
	return appendInstruction8(b, instructionGoto, uint32(i.Table)<<24)
}

func (i WriteMetadata) appendInstruction(b []byte) ([]byte, error) {
	b, s := grow(b, 24)
	put64(s, uint64(instructionWriteMetadata)<<48|24<<32)
	put64(s[8:], i.Metadata)
	put64(s[16:], i.Mask)
	return b, nil
}

func (i WriteActions) appendInstruction(b []byte) ([]byte, error) {
	return appendActionInstruction(b, instructionWriteActions, i.Actions)
}

func (i ApplyActions) appendInstruction(b []byte) ([]byte, error) {
	return appendActionInstruction(b, instructionApplyActions, i.Actions)
}

// appendActionInstruction writes an instruction that holds actions; its length is known when they are written.
func appendActionInstruction(b []byte, kind uint16, list []Action) ([]byte, error) {
	start := len(b)
	b, s := grow(b, 8)
	put64(s, uint64(kind)<<48)
	b, err := appendActions(b, list)
	if err != nil {
		return b, err
	}
	put16(b[start+2:], uint16(len(b)-start))
	return b, nil
}

func (ClearActions) appendInstruction(b []byte) ([]byte, error) {
	return appendInstruction8(b, instructionClearActions, 0)
}

func (i UseMeter) appendInstruction(b []byte) ([]byte, error) {
	return appendInstruction8(b, instructionMeter, uint32(i.Meter))
}

func (i RawInstruction) appendInstruction(b []byte) ([]byte, error) {
	size := 4 + len(i.Data)
	if size%8 != 0 || size > MaxMessageLen {
		return b, errors.New("raw instruction: length is not a multiple of 8, or too long")
	}
	b, s := grow(b, 4)
	put32(s, uint32(i.Kind)<<16|uint32(size))
	return append(b, i.Data...), nil
}

// instructions reads a list of instructions that fills b.
func (d *decoder) instructions(b []byte) ([]Instruction, error) {
	n, err := d.countInstructions(b)
	if err != nil || n == 0 {
		return nil, err
	}
	list := take(&d.instructionRoom, n)
	for len(b) > 0 {
		size := int(u16(b[2:]))
		i, err := d.instruction(b[:size])
		if err != nil {
			return nil, err
		}
		list, b = append(list, i), b[size:]
	}
	return list, nil
}

// countInstructions checks the lengths of all instructions, so that the list can be made in one piece.
func (d *decoder) countInstructions(b []byte) (n int, err error) {
	for len(b) > 0 {
		if len(b) < 8 {
			return 0, d.fail(b, "instruction", "cut short", badInstructionLen)
		}
		if _, b, err = d.element(b, int(u16(b[2:])), 8, true, "instruction", badInstructionLen); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// instruction reads one instruction, all of b.
func (d *decoder) instruction(b []byte) (Instruction, error) {
	kind := u16(b)
	if int(kind) < len(instructionSizes) && instructionSizes[kind] != 0 && len(b) != int(instructionSizes[kind]) {
		return nil, d.fail(b, "instruction", "type "+utoa(uint64(kind))+" with length "+utoa(uint64(len(b))), badInstructionLen)
	}
	switch kind {
	case instructionGoto:
		return GotoTable{TableID(b[4])}, nil
	case instructionWriteMetadata:
		return WriteMetadata{u64(b[8:]), u64(b[16:])}, nil
	case instructionWriteActions:
		list, err := d.actions(b[8:])
		return WriteActions{list}, err
	case instructionApplyActions:
		list, err := d.actions(b[8:])
		return ApplyActions{list}, err
	case instructionClearActions:
		return ClearActions{}, nil
	case instructionMeter:
		return UseMeter{MeterID(u32(b[4:]))}, nil
	default:
		return RawInstruction{Kind: kind, Data: clone(b[4:])}, nil
	}
}
