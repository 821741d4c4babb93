package openflow

import (
	"fmt"
	"strings"
)

// defaultPriority is the priority that ovs-ofctl leaves out.
const defaultPriority uint16 = 32768

// textOrder is the order in which ovs-ofctl writes fields. EtherType and IP protocol stand where they go when no short name
// such as "udp" says them; VLAN id and priority are written as one. Never written.
var textOrder = [...]Field{
	FieldTunnelID, FieldMetadata, FieldInPort, FieldInPhyPort, FieldVLANVID, FieldVLANPCP, FieldEthSrc, FieldEthDst, FieldEthType, FieldPBBISID,
	FieldIPv6Src, FieldIPv6Dst, FieldIPv6FLabel, FieldIPv6ExtHdr, FieldARPSPA, FieldARPTPA, FieldIPv4Src, FieldIPv4Dst, FieldIPProto, FieldARPOp,
	FieldARPSHA, FieldARPTHA, FieldIPDSCP, FieldIPECN, FieldMPLSLabel, FieldMPLSTC, FieldMPLSBOS,
	FieldICMPv4Type, FieldICMPv4Code, FieldICMPv6Type, FieldICMPv6Code, FieldIPv6NDTarget, FieldIPv6NDSLL, FieldIPv6NDTLL,
	FieldTCPSrc, FieldTCPDst, FieldUDPSrc, FieldUDPDst, FieldSCTPSrc, FieldSCTPDst,
}

// shorthand is a name for an EtherType, and an IP protocol if proto is not -1.
type shorthand struct {
	name     string
	eth      uint16
	proto    int
	readOnly bool // read, but never written
}

// shorthands has the names with a protocol first, so that the first that fits is the longest. Never written.
var shorthands = [...]shorthand{
	{name: "icmp", eth: EtherTypeIPv4, proto: int(IPProtoICMP)},
	{name: "igmp", eth: EtherTypeIPv4, proto: int(IPProtoIGMP), readOnly: true},
	{name: "tcp", eth: EtherTypeIPv4, proto: int(IPProtoTCP)},
	{name: "udp", eth: EtherTypeIPv4, proto: int(IPProtoUDP)},
	{name: "sctp", eth: EtherTypeIPv4, proto: int(IPProtoSCTP)},
	{name: "icmp6", eth: EtherTypeIPv6, proto: int(IPProtoICMPv6)},
	{name: "tcp6", eth: EtherTypeIPv6, proto: int(IPProtoTCP)},
	{name: "udp6", eth: EtherTypeIPv6, proto: int(IPProtoUDP)},
	{name: "sctp6", eth: EtherTypeIPv6, proto: int(IPProtoSCTP)},
	{name: "ip", eth: EtherTypeIPv4, proto: -1},
	{name: "ipv6", eth: EtherTypeIPv6, proto: -1},
	{name: "arp", eth: EtherTypeARP, proto: -1},
	{name: "rarp", eth: EtherTypeRARP, proto: -1},
	{name: "mpls", eth: EtherTypeMPLS, proto: -1},
	{name: "mplsm", eth: EtherTypeMPLSMC, proto: -1},
}

// String writes the match as ovs-ofctl does, as in "udp,in_port=3,nw_dst=239.1.1.1"; "" for a match of everything. The match is made
// canonical first. Fields not known are written as "oxm_0x" with header and payload in hexadecimal. ParseMatch reads it back.
func (m Match) String() string { return string(m.appendText(nil, defaultPriority)) }

// appendText writes priority, unless it is the default, and match, with commas between them.
func (m Match) appendText(b []byte, priority uint16) []byte {
	m = m.Canonical()
	w := matchWriter{m: m, b: b, start: len(b)}
	if priority != defaultPriority {
		w.put("priority", utoa(uint64(priority)))
	}
	w.shorthand()
	for _, f := range textOrder {
		w.field(f)
	}
	for o := range m.Fields() {
		if _, ok := o.plain(); !ok {
			w.put(o.rawText())
		}
	}
	return w.b
}

// matchWriter writes one match.
type matchWriter struct {
	m                 Match
	b                 []byte
	start             int
	skipEth, skipProt bool // said by the shorthand
}

func (w *matchWriter) comma() {
	if len(w.b) > w.start {
		w.b = append(w.b, ',')
	}
}

func (w *matchWriter) put(name, value string) {
	w.comma()
	w.b = append(append(append(w.b, name...), '='), value...)
}

// shorthand writes EtherType and protocol as one word where there is one.
func (w *matchWriter) shorthand() {
	eth, ok := w.m.EthType()
	if !ok {
		return
	}
	proto, hasProto := w.m.IPProto()
	for _, s := range shorthands {
		if !s.readOnly && s.eth == eth && (s.proto < 0 || hasProto && s.proto == int(proto)) {
			w.comma()
			w.b = append(w.b, s.name...)
			w.skipEth, w.skipProt = true, s.proto >= 0
			return
		}
	}
}

// field writes one field, if the match has it and it can be written by name.
func (w *matchWriter) field(f Field) {
	o, ok := w.m.Get(f)
	if !ok {
		return
	}
	info, plain := o.plain()
	switch {
	case !plain, f == FieldEthType && w.skipEth, f == FieldIPProto && w.skipProt:
	case f == FieldVLANVID && o.Uint64()&^0x1fff == 0:
		w.vlan(o)
	case f == FieldVLANPCP && w.vlanWithPCP():
	case f == FieldIPDSCP && !o.Header.HasMask():
		w.put("nw_tos", utoa(o.Uint64()<<2))
	case info.needs.met(w.m):
		w.put(info.ovs, info.format(o))
	default: // the short names would not tell TCP from UDP here
		w.put(info.name, info.format(o))
	}
}

// vlanWithPCP tells whether vlan writes the priority too.
func (w *matchWriter) vlanWithPCP() bool {
	o, ok := w.m.Get(FieldVLANVID)
	_, plain := o.plain()
	return ok && plain && o.Uint64()&^0x1fff == 0
}

// vlan writes id and priority together, as dl_vlan and dl_vlan_pcp where the packet must have a tag and the rest is
// all or nothing, else as vlan_tci.
func (w *matchWriter) vlan(o OXM) {
	tci, mask := uint16(o.Uint64()), uint16(0x1fff)
	if o.Header.HasMask() {
		mask = uint16(beUint(o.Mask())) & 0x1fff
	}
	if pcp, ok := w.m.VLANPCP(); ok {
		tci, mask = tci|uint16(pcp)<<13, mask|0xe000
	}
	vidMask, pcpMask := mask&0x0fff, mask&0xe000
	switch {
	case tci&mask&VLANPresent != 0 && (vidMask == 0 || vidMask == 0x0fff) && mask != VLANPresent:
		if vidMask != 0 {
			w.put("dl_vlan", utoa(uint64(tci&0x0fff)))
		}
		if pcpMask != 0 {
			w.put("dl_vlan_pcp", utoa(uint64(tci>>13)))
		}
	case mask == 0xffff:
		w.put("vlan_tci", fmt.Sprintf("0x%04x", tci))
	default:
		w.put("vlan_tci", fmt.Sprintf("0x%04x/0x%04x", tci, mask))
	}
}

// ParseMatch reads what Match.String writes, with the field names of ovs-ofctl or of the standard. Prerequisites are not checked, save
// that a name such as tp_src needs the protocol that tells which field it is.
func ParseMatch(s string) (Match, error) {
	var p matchParser
	for word := range strings.FieldsFuncSeq(s, isSeparator) {
		if err := p.word(word); err != nil {
			return "", fmt.Errorf("parse match %q: %w", s, err)
		}
	}
	m, err := p.match()
	if err != nil {
		return "", fmt.Errorf("parse match %q: %w", s, err)
	}
	return m, nil
}

// isSeparator splits the words of a flow.
func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// matchParser gathers fields. Names whose meaning hangs on the protocol wait in later until all words are read.
type matchParser struct {
	oxms  []OXM
	later []namedValue
}

type namedValue struct{ name, value string }

// word reads one shorthand or name=value.
func (p *matchParser) word(w string) error {
	name, value, ok := strings.Cut(w, "=")
	if !ok {
		return p.shorthand(name)
	}
	switch name {
	case "tp_src", "tp_dst", "icmp_type", "icmp_code":
		p.later = append(p.later, namedValue{name, value})
		return nil
	case "vlan_tci":
		return p.vlanTCI(value)
	case "dl_vlan":
		return p.dlVLAN(value)
	case "nw_tos":
		return p.tos(value)
	case "ip_src":
		name = "nw_src"
	case "ip_dst":
		name = "nw_dst"
	}
	if raw, ok := strings.CutPrefix(name, rawPrefix); ok {
		o, err := parseRaw(raw, value)
		p.oxms = append(p.oxms, o)
		return err
	}
	f, ok := fieldByName(name)
	if !ok {
		return fmt.Errorf("no field is called %q", name)
	}
	if name == "dl_vlan_pcp" {
		p.later = append(p.later, namedValue{name, value})
	}
	return p.add(f, value)
}

func (p *matchParser) add(f Field, value string) error {
	o, err := fields[f].parseValue(f, value)
	p.oxms = append(p.oxms, o)
	return err
}

func (p *matchParser) shorthand(name string) error {
	for _, s := range shorthands {
		if s.name != name {
			continue
		}
		p.oxms = append(p.oxms, EthType(s.eth))
		if s.proto >= 0 {
			p.oxms = append(p.oxms, IPProto(uint8(s.proto)))
		}
		return nil
	}
	return fmt.Errorf("%q is neither a protocol nor name=value", name)
}

// vlanTCI reads tag id, presence and priority in one number of 16 bits.
func (p *matchParser) vlanTCI(s string) error {
	value, maskText, masked := strings.Cut(s, "/")
	tci, err := parseUint(value, 16)
	mask := uint64(0xffff)
	if err == nil && masked {
		mask, err = parseUint(maskText, 16)
	}
	if err != nil {
		return fmt.Errorf("vlan_tci: %w", err)
	}
	if mask&0x1fff != 0 {
		p.oxms = append(p.oxms, basic(FieldVLANVID, be16(uint16(tci&0x1fff)), be16(uint16(mask&0x1fff))))
	}
	switch mask & 0xe000 {
	case 0:
	case 0xe000:
		p.oxms = append(p.oxms, VLANPCP(uint8(tci>>13)))
	default:
		return fmt.Errorf("vlan_tci: mask %#x cuts the priority apart", mask)
	}
	return nil
}

// dlVLAN reads a VLAN id; 0xffff means that there is no tag.
func (p *matchParser) dlVLAN(s string) error {
	v, err := parseUint(s, 16)
	switch {
	case err != nil:
		return fmt.Errorf("dl_vlan: %w", err)
	case v == 0xffff:
		p.oxms = append(p.oxms, NoVLAN())
	case v > 0x0fff:
		return fmt.Errorf("dl_vlan: %d is more than 4095", v)
	default:
		p.oxms = append(p.oxms, VLANVID(uint16(v)))
	}
	return nil
}

// tos reads the byte of which the upper six bits are the code point.
func (p *matchParser) tos(s string) error {
	v, err := parseUint(s, 10)
	if err != nil || v&3 != 0 {
		return fmt.Errorf("nw_tos: %q is not a multiple of 4 below 1024", s)
	}
	p.oxms = append(p.oxms, IPDSCP(uint8(v>>2)))
	return nil
}

// match resolves what waited, and puts the fields together.
func (p *matchParser) match() (Match, error) {
	m := NewMatch(p.oxms...)
	for _, nv := range p.later {
		if nv.name == "dl_vlan_pcp" {
			if _, ok := m.Get(FieldVLANVID); !ok {
				p.oxms = append(p.oxms, AnyVLAN())
			}
			continue
		}
		f, ok := resolve(m, nv.name)
		if !ok {
			return "", fmt.Errorf("%s: the protocol does not say which field that is", nv.name)
		}
		if err := p.add(f, nv.value); err != nil {
			return "", err
		}
	}
	return NewMatch(p.oxms...).Canonical(), nil
}

// resolve finds the field that a name shared by several protocols means in m.
func resolve(m Match, ovsName string) (Field, bool) {
	for i, f := range fields {
		if f.ovs == ovsName && f.needs.met(m) {
			return Field(i), true
		}
	}
	return 0, false
}
