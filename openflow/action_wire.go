package openflow

import (
	"errors"
	"fmt"
)

// Action types (OpenFlow 1.3.5 §7.2.5, enum ofp_action_type).
const (
	actionOutput     uint16 = 0
	actionCopyTTLOut uint16 = 11
	actionCopyTTLIn  uint16 = 12
	actionSetMPLSTTL uint16 = 15
	actionDecMPLSTTL uint16 = 16
	actionPushVLAN   uint16 = 17
	actionPopVLAN    uint16 = 18
	actionPushMPLS   uint16 = 19
	actionPopMPLS    uint16 = 20
	actionSetQueue   uint16 = 21
	actionGroup      uint16 = 22
	actionSetIPTTL   uint16 = 23
	actionDecIPTTL   uint16 = 24
	actionSetField   uint16 = 25
	actionPushPBB    uint16 = 26
	actionPopPBB     uint16 = 27
)

// actionSizes has the length in bytes of each action of fixed length; 0 for the others. It is indexed by type and never written.
var actionSizes = [...]uint8{
	actionOutput: 16, actionCopyTTLOut: 8, actionCopyTTLIn: 8, actionSetMPLSTTL: 8, actionDecMPLSTTL: 8, actionPushVLAN: 8,
	actionPopVLAN: 8, actionPushMPLS: 8, actionPopMPLS: 8, actionSetQueue: 8, actionGroup: 8, actionSetIPTTL: 8, actionDecIPTTL: 8,
	actionPushPBB: 8, actionPopPBB: 8,
}

// appendActions writes a list of actions.
func appendActions(b []byte, list []Action) (_ []byte, err error) {
	for _, a := range list {
		if o, ok := a.(Output); ok { // the most frequent by far, so it is spared the indirect call
			b = appendOutput(b, o)
			continue
		}
		if a == nil {
			return b, fmt.Errorf("action: %w", errNil)
		}
		if b, err = a.appendAction(b); err != nil {
			return b, err
		}
	}
	return b, nil
}

func appendOutput(b []byte, a Output) []byte {
	b, s := grow(b, 16)
	_ = s[15]
	put64(s, uint64(actionOutput)<<48|16<<32|uint64(a.Port))
	put64(s[8:], uint64(a.MaxLen)<<48)
	return b
}

// appendAction8 writes an action of eight bytes whose argument is the 32 bits behind type and length.
func appendAction8(b []byte, kind uint16, arg uint32) ([]byte, error) {
	b, s := grow(b, 8)
	put64(s, uint64(kind)<<48|8<<32|uint64(arg))
	return b, nil
}

func (a Output) appendAction(b []byte) ([]byte, error) { return appendOutput(b, a), nil }

func (a ApplyGroup) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionGroup, uint32(a.Group))
}

func (a SetField) appendAction(b []byte) ([]byte, error) {
	if _, reason := a.Field.check(); reason != "" {
		return b, fmt.Errorf("set-field %s: %s", a.Field.Header.Field(), reason)
	}
	size := (4 + oxmHeaderLen + len(a.Field.Payload) + 7) &^ 7
	start := len(b)
	b, s := grow(b, 4)
	put32(s, uint32(actionSetField)<<16|uint32(size))
	return pad8(appendOXM(b, a.Field), start), nil
}

func (a SetQueue) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionSetQueue, a.Queue)
}

func (a SetMPLSTTL) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionSetMPLSTTL, uint32(a.TTL)<<24)
}

func (DecMPLSTTL) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionDecMPLSTTL, 0)
}

func (a SetIPTTL) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionSetIPTTL, uint32(a.TTL)<<24)
}

func (DecIPTTL) appendAction(b []byte) ([]byte, error) { return appendAction8(b, actionDecIPTTL, 0) }

func (CopyTTLOut) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionCopyTTLOut, 0)
}

func (CopyTTLIn) appendAction(b []byte) ([]byte, error) { return appendAction8(b, actionCopyTTLIn, 0) }

func (a PushVLAN) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionPushVLAN, uint32(a.EtherType)<<16)
}

func (PopVLAN) appendAction(b []byte) ([]byte, error) { return appendAction8(b, actionPopVLAN, 0) }

func (a PushMPLS) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionPushMPLS, uint32(a.EtherType)<<16)
}

func (a PopMPLS) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionPopMPLS, uint32(a.EtherType)<<16)
}

func (a PushPBB) appendAction(b []byte) ([]byte, error) {
	return appendAction8(b, actionPushPBB, uint32(a.EtherType)<<16)
}

func (PopPBB) appendAction(b []byte) ([]byte, error) { return appendAction8(b, actionPopPBB, 0) }

func (a RawAction) appendAction(b []byte) ([]byte, error) {
	size := 4 + len(a.Data)
	if size%8 != 0 || size > MaxMessageLen {
		return b, errors.New("raw action: length is not a multiple of 8, or too long")
	}
	b, s := grow(b, 4)
	put32(s, uint32(a.Kind)<<16|uint32(size))
	return append(b, a.Data...), nil
}

// actions reads a list of actions that fills b.
func (d *decoder) actions(b []byte) ([]Action, error) {
	n, err := d.countActions(b)
	if err != nil || n == 0 {
		return nil, err
	}
	list := take(&d.actionRoom, n)
	for len(b) > 0 {
		size := int(u16(b[2:]))
		a, err := d.action(b[:size])
		if err != nil {
			return nil, err
		}
		list, b = append(list, a), b[size:]
	}
	return list, nil
}

// countActions checks the lengths of all actions, so that the list can be made in one piece.
func (d *decoder) countActions(b []byte) (n int, err error) {
	for len(b) > 0 {
		if len(b) < 8 {
			return 0, d.fail(b, "action", "cut short", badActionLen)
		}
		if _, b, err = d.element(b, int(u16(b[2:])), 8, true, "action", badActionLen); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// action reads one action, all of b.
func (d *decoder) action(b []byte) (Action, error) {
	kind := u16(b)
	if int(kind) < len(actionSizes) && actionSizes[kind] != 0 && len(b) != int(actionSizes[kind]) {
		return nil, d.fail(b, "action", "type "+utoa(uint64(kind))+" with length "+utoa(uint64(len(b))), badActionLen)
	}
	switch kind {
	case actionOutput:
		return Output{PortNo(u32(b[4:])), u16(b[8:])}, nil
	case actionGroup:
		return ApplyGroup{GroupID(u32(b[4:]))}, nil
	case actionSetField:
		return d.setField(b)
	case actionSetQueue:
		return SetQueue{u32(b[4:])}, nil
	case actionSetMPLSTTL:
		return SetMPLSTTL{b[4]}, nil
	case actionDecMPLSTTL:
		return DecMPLSTTL{}, nil
	case actionSetIPTTL:
		return SetIPTTL{b[4]}, nil
	case actionDecIPTTL:
		return DecIPTTL{}, nil
	case actionCopyTTLOut:
		return CopyTTLOut{}, nil
	case actionCopyTTLIn:
		return CopyTTLIn{}, nil
	case actionPushVLAN:
		return PushVLAN{u16(b[4:])}, nil
	case actionPopVLAN:
		return PopVLAN{}, nil
	case actionPushMPLS:
		return PushMPLS{u16(b[4:])}, nil
	case actionPopMPLS:
		return PopMPLS{u16(b[4:])}, nil
	case actionPushPBB:
		return PushPBB{u16(b[4:])}, nil
	case actionPopPBB:
		return PopPBB{}, nil
	default:
		return RawAction{Kind: kind, Data: clone(b[4:])}, nil
	}
}

// setField reads the one OXM of a set-field action; the padding behind it must be as short as it can be (OpenFlow 1.3.5 §7.2.5).
func (d *decoder) setField(b []byte) (Action, error) {
	h := OXMHeader(u32(b[4:]))
	end := 8 + h.Len()
	if (end+7)&^7 != len(b) {
		return nil, d.fail(b, "set-field", "field does not fill the action", badActionSetLen)
	}
	if _, reason := checkOXMLen(h); reason != "" {
		return nil, d.fail(b, "set-field", h.Field().String()+": "+reason, badActionSetLen)
	}
	return SetField{OXM{h, string(b[8:end])}}, nil
}
