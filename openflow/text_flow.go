package openflow

import (
	"errors"
	"fmt"
	"strings"
)

// flagNames are the names of FlowFlags from bit 0 on, as ovs-ofctl has them. Never written.
var flagNames = [...]string{"send_flow_rem", "check_overlap", "reset_counts", "no_packet_counts", "no_byte_counts"}

// String writes the entry as "ovs-ofctl dump-flows" does, on one line and without the leading space:
//
//	cookie=0x1f, duration=2.500s, table=1, n_packets=3, n_bytes=180, priority=5,udp,in_port=3 actions=group:7
func (f FlowStats) String() string { return f.text(true) }

// Text writes the entry without counters and duration, as "ovs-ofctl --no-stats dump-flows" does: table 0, cookie 0 and the default priority
// 32768 are left out. Entries that do the same have the same text, so it is what golden files hold.
func (f FlowStats) Text() string { return f.text(false) }

func (f FlowStats) text(stats bool) string {
	var b []byte
	if stats || f.Cookie != 0 {
		b = fmt.Appendf(b, "cookie=0x%x, ", f.Cookie)
	}
	if stats {
		b = append(appendDuration(append(b, "duration="...), f.DurationSec, f.DurationNsec), ", "...)
	}
	if stats || f.Table != 0 {
		b = fmt.Appendf(b, "table=%d, ", f.Table)
	}
	if stats {
		b = fmt.Appendf(b, "n_packets=%d, n_bytes=%d, ", f.PacketCount, f.ByteCount)
	}
	if f.IdleTimeout != 0 {
		b = fmt.Appendf(b, "idle_timeout=%d, ", f.IdleTimeout)
	}
	if f.HardTimeout != 0 {
		b = fmt.Appendf(b, "hard_timeout=%d, ", f.HardTimeout)
	}
	b = f.Flags.appendText(b)
	before := len(b)
	b = f.Match.appendText(b, f.Priority)
	if len(b) > before {
		b = append(b, ' ')
	}
	b = append(b, "actions="...)
	return string(append(b, FormatInstructions(f.Instructions)...))
}

// appendText writes each flag with a space behind it.
func (f FlowFlags) appendText(b []byte) []byte {
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			b = append(append(b, name...), ' ')
		}
	}
	if rest := f >> len(flagNames) << len(flagNames); rest != 0 {
		b = fmt.Appendf(b, "flags=0x%x ", uint16(rest))
	}
	return b
}

// String has the flags' names with spaces between them; "" for none.
func (f FlowFlags) String() string { return strings.TrimSpace(string(f.appendText(nil))) }

// appendDuration writes seconds, with milliseconds when there is no less behind the point, else with as many digits as needed.
func appendDuration(b []byte, sec, nsec uint32) []byte {
	b = append(b, utoa(uint64(sec))...)
	switch {
	case nsec == 0:
	case nsec%1_000_000 == 0:
		b = fmt.Appendf(b, ".%03d", nsec/1_000_000)
	default:
		b = append(b, strings.TrimRight(fmt.Sprintf(".%09d", nsec), "0")...)
	}
	return append(b, 's')
}

// Entry is the flow entry that adding m makes, with counters at zero.
func (m *FlowMod) Entry() FlowStats {
	return FlowStats{
		Table:        m.Table,
		Priority:     m.Priority,
		IdleTimeout:  m.IdleTimeout,
		HardTimeout:  m.HardTimeout,
		Flags:        m.Flags,
		Cookie:       m.Cookie,
		Match:        m.Match,
		Instructions: m.Instructions,
	}
}

// Text writes the entry that m adds, as FlowStats.Text does. Command, buffer and filters are not in it.
func (m *FlowMod) Text() string { return m.Entry().Text() }

// ParseFlow reads a flow as FlowStats.String and FlowStats.Text write it, and much of what "ovs-ofctl add-flow" takes. The result adds the
// entry: no buffer, PortAny and GroupAny as filters, priority 32768 unless the text says another. Counters and durations are skipped.
func ParseFlow(s string) (FlowMod, error) {
	m := FlowMod{Priority: defaultPriority, BufferID: NoBuffer, OutPort: PortAny, OutGroup: GroupAny}
	head, actions, ok := strings.Cut(s, "actions=")
	if !ok {
		return FlowMod{}, fmt.Errorf("parse flow %q: %w", s, errors.New("no actions="))
	}
	var p matchParser
	for word := range strings.FieldsFuncSeq(head, isSeparator) {
		if err := m.parseWord(&p, word); err != nil {
			return FlowMod{}, fmt.Errorf("parse flow %q: %w", s, err)
		}
	}
	var err error
	if m.Match, err = p.match(); err != nil {
		return FlowMod{}, fmt.Errorf("parse flow %q: %w", s, err)
	}
	if m.Instructions, err = ParseInstructions(actions); err != nil {
		return FlowMod{}, fmt.Errorf("parse flow %q: %w", s, err)
	}
	return m, nil
}

// parseWord reads one word in front of the actions: an attribute of the entry, or else a part of the match.
func (m *FlowMod) parseWord(p *matchParser, word string) error {
	for i, name := range flagNames {
		if word == name {
			m.Flags |= 1 << i
			return nil
		}
	}
	name, value, _ := strings.Cut(word, "=")
	ok, err := m.parseAttribute(name, value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if ok {
		return nil
	}
	return p.word(word)
}

// parseAttribute reads what is not part of the match; ok is false when it is.
func (m *FlowMod) parseAttribute(name, value string) (ok bool, err error) {
	var v uint64
	switch name {
	case "duration", "n_packets", "n_bytes", "idle_age", "hard_age":
	case "cookie":
		m.Cookie, err = parseUint(value, 64)
	case "priority":
		v, err = parseUint(value, 16)
		m.Priority = uint16(v)
	case "table":
		v, err = parseUint(value, 8)
		m.Table = TableID(v)
	case "idle_timeout":
		v, err = parseUint(value, 16)
		m.IdleTimeout = uint16(v)
	case "hard_timeout":
		v, err = parseUint(value, 16)
		m.HardTimeout = uint16(v)
	case "flags":
		v, err = parseUint(value, 16)
		m.Flags |= FlowFlags(v)
	case "out_port":
		m.OutPort, err = ParsePortNo(value)
	case "out_group":
		v, err = parseUint(value, 32)
		m.OutGroup = GroupID(v)
	default:
		return false, nil
	}
	return true, err
}
