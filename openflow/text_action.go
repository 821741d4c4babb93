package openflow

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// FormatActions writes actions as ovs-ofctl does, as in "set_field:46->ip_dscp,group:7,output:3"; "drop" for none. Actions that are not
// known are written as "raw:" with type and content in hexadecimal. ParseActions reads it back.
func FormatActions(list []Action) string { return string(appendActionsText(nil, list)) }

func appendActionsText(b []byte, list []Action) []byte {
	if len(list) == 0 {
		return append(b, "drop"...)
	}
	for i, a := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, actionText(a)...)
	}
	return b
}

func actionText(a Action) string {
	switch a := a.(type) {
	case Output:
		return outputText(a)
	case ApplyGroup:
		return "group:" + utoa(uint64(a.Group))
	case SetField:
		name, value := a.Field.setFieldText()
		return "set_field:" + value + "->" + name
	case SetQueue:
		return "set_queue:" + utoa(uint64(a.Queue))
	case SetMPLSTTL:
		return fmt.Sprintf("set_mpls_ttl(%d)", a.TTL)
	case DecMPLSTTL:
		return "dec_mpls_ttl"
	case SetIPTTL:
		return "mod_nw_ttl:" + utoa(uint64(a.TTL))
	case DecIPTTL:
		return "dec_ttl"
	case CopyTTLOut:
		return "copy_ttl_out"
	case CopyTTLIn:
		return "copy_ttl_in"
	case PushVLAN:
		return fmt.Sprintf("push_vlan:0x%04x", a.EtherType)
	case PopVLAN:
		return "pop_vlan"
	case PushMPLS:
		return fmt.Sprintf("push_mpls:0x%04x", a.EtherType)
	case PopMPLS:
		return fmt.Sprintf("pop_mpls:0x%04x", a.EtherType)
	case PushPBB:
		return fmt.Sprintf("push_pbb:0x%04x", a.EtherType)
	case PopPBB:
		return "pop_pbb"
	case RawAction:
		return fmt.Sprintf("raw:0x%04x:%x", a.Kind, a.Data)
	default:
		return fmt.Sprintf("unknown:%T", a)
	}
}

func outputText(a Output) string {
	switch {
	case a.Port == PortController:
		return "CONTROLLER:" + utoa(uint64(a.MaxLen))
	case a.Port >= PortInPort:
		return a.Port.String()
	default:
		return "output:" + a.Port.String()
	}
}

// ParseActions reads what FormatActions writes. A bare number or port name is an output.
func ParseActions(s string) ([]Action, error) {
	var list []Action
	for _, word := range splitTop(s) {
		if word == "drop" {
			continue
		}
		a, err := parseAction(word)
		if err != nil {
			return nil, fmt.Errorf("parse action %q: %w", word, err)
		}
		list = append(list, a)
	}
	return list, nil
}

// splitTop splits at commas and spaces that are not in parentheses, and leaves empty words out.
func splitTop(s string) []string {
	var words []string
	depth, from := 0, 0
	flush := func(to int) {
		if w := strings.TrimSpace(s[from:to]); w != "" {
			words = append(words, w)
		}
		from = to + 1
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && isSeparator(rune(c)):
			flush(i)
		}
	}
	flush(len(s))
	return words
}

// call splits "name:argument" and "name(argument)".
func call(word string) (name, arg string) {
	i := strings.IndexAny(word, ":(")
	if i < 0 {
		return word, ""
	}
	if word[i] == '(' {
		return word[:i], strings.TrimSuffix(word[i+1:], ")")
	}
	return word[:i], word[i+1:]
}

func parseAction(word string) (Action, error) {
	name, arg := call(word)
	switch name {
	case "output":
		p, err := ParsePortNo(arg)
		return Output{Port: p}, err
	case "CONTROLLER", "controller":
		return parseController(arg)
	case "set_field":
		return parseSetField(arg)
	case "dec_mpls_ttl":
		return DecMPLSTTL{}, nil
	case "dec_ttl":
		return DecIPTTL{}, nil
	case "copy_ttl_out":
		return CopyTTLOut{}, nil
	case "copy_ttl_in":
		return CopyTTLIn{}, nil
	case "pop_vlan", "strip_vlan":
		return PopVLAN{}, nil
	case "pop_pbb":
		return PopPBB{}, nil
	case "raw":
		kind, data, err := parseRawWords(arg)
		return RawAction{Kind: kind, Data: data}, err
	}
	if a, ok, err := parseNumberAction(name, arg); ok {
		return a, err
	}
	p, err := ParsePortNo(word)
	if err != nil {
		return nil, errors.New("not known")
	}
	return Output{Port: p}, nil
}

// parseNumberAction reads the actions whose argument is one number; ok is false for others.
func parseNumberAction(name, arg string) (_ Action, ok bool, _ error) {
	switch name {
	case "group":
		v, err := parseUint(arg, 32)
		return ApplyGroup{GroupID(v)}, true, err
	case "set_queue":
		v, err := parseUint(arg, 32)
		return SetQueue{uint32(v)}, true, err
	case "set_mpls_ttl":
		v, err := parseUint(arg, 8)
		return SetMPLSTTL{uint8(v)}, true, err
	case "mod_nw_ttl":
		v, err := parseUint(arg, 8)
		return SetIPTTL{uint8(v)}, true, err
	}
	v, err := parseUint(arg, 16)
	switch name {
	case "push_vlan":
		return PushVLAN{uint16(v)}, true, err
	case "push_mpls":
		return PushMPLS{uint16(v)}, true, err
	case "pop_mpls":
		return PopMPLS{uint16(v)}, true, err
	case "push_pbb":
		return PushPBB{uint16(v)}, true, err
	default:
		return nil, false, nil
	}
}

// parseController reads the number of bytes to send; none means all.
func parseController(arg string) (Action, error) {
	if arg == "" {
		return Output{PortController, CMLNoBuffer}, nil
	}
	v, err := parseUint(arg, 16)
	return Output{PortController, uint16(v)}, err
}

// parseSetField reads "value->field".
func parseSetField(arg string) (Action, error) {
	value, name, ok := strings.Cut(arg, "->")
	if !ok {
		return nil, errors.New("want value->field")
	}
	if raw, ok := strings.CutPrefix(name, rawPrefix); ok {
		o, err := parseRaw(raw, value)
		return SetField{o}, err
	}
	f, ok := fieldByName(name)
	if !ok {
		return nil, fmt.Errorf("no field is called %q", name)
	}
	o, err := fields[f].parseValue(f, value)
	return SetField{o}, err
}

// parseRawWords reads "0x0019:hexadecimal".
func parseRawWords(arg string) (kind uint16, data []byte, err error) {
	k, d, _ := strings.Cut(arg, ":")
	v, err := parseUint(k, 16)
	if err != nil {
		return 0, nil, err
	}
	if data, err = hex.DecodeString(d); err != nil {
		return 0, nil, fmt.Errorf("content %q: want hexadecimal digits", d)
	}
	return uint16(v), clone(data), nil
}
