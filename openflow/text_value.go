package openflow

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// rawPrefix starts the name of a field that has no other: the header follows in hexadecimal, the value is the payload.
const rawPrefix = "oxm_0x"

// String writes the field as set_field does: value, mask if any, and name, as in "ip_dscp=46".
func (o OXM) String() string {
	name, value := o.setFieldText()
	return name + "=" + value
}

// plain tells whether the field can be written by name: it is known, has its length, and a notation for its mask.
func (o OXM) plain() (*fieldInfo, bool) {
	info, ok := o.Header.known()
	if _, bad := o.check(); !ok || bad != "" {
		return info, false
	}
	return info, !o.Header.HasMask() || info.maskable || info.text == asDec
}

// rawText writes a field that cannot be written by name.
func (o OXM) rawText() (name, value string) {
	return fmt.Sprintf("%s%08x", rawPrefix, uint32(o.Header)), "0x" + hex.EncodeToString([]byte(o.Payload))
}

// setFieldText gives name and value in the notation of the set_field action.
func (o OXM) setFieldText() (name, value string) {
	info, ok := o.plain()
	if !ok {
		return o.rawText()
	}
	name = info.ovsSet
	if name == "" {
		name = info.name
	}
	if info.text == asHex5 && !o.Header.HasMask() {
		return name, "0x" + strconv.FormatUint(o.Uint64(), 16)
	}
	return name, info.format(o)
}

// format writes value and mask of a field of the right length.
func (f *fieldInfo) format(o OXM) string {
	value, mask := o.Value(), o.Mask()
	switch f.text {
	case asMAC, asIPv6, asIPv4:
		return formatAddress(f.text, o)
	case asPort:
		return PortNo(beUint(value)).String()
	}
	v, m := beUint(value), beUint(mask)
	switch {
	case f.text == asHex5 && mask != "":
		return fmt.Sprintf("0x%05x/0x%05x", v, m)
	case f.text == asHex5:
		return fmt.Sprintf("0x%05x", v)
	case f.text == asHex4:
		return fmt.Sprintf("0x%04x", v)
	case mask != "":
		return fmt.Sprintf("0x%x/0x%x", v, m)
	case f.text == asHex:
		return "0x" + strconv.FormatUint(v, 16)
	default:
		return utoa(v)
	}
}

// formatAddress writes a MAC or IP address, with a prefix length where the mask is a network mask.
func formatAddress(as notation, o OXM) string {
	value, mask := o.Value(), o.Mask()
	if as == asMAC {
		if mask == "" {
			return MAC([]byte(value)).String()
		}
		return MAC([]byte(value)).String() + "/" + MAC([]byte(mask)).String()
	}
	text := ipText(value)
	if mask == "" {
		return text
	}
	if n, ok := o.prefixLen(); ok {
		return text + "/" + strconv.Itoa(n)
	}
	return text + "/" + ipText(mask)
}

// ipText writes an address as ovs-ofctl does; of IPv4 mapped into IPv6 both it and netip show the dotted form.
func ipText(b string) string { return toAddr(b).String() }

// parseValue reads what format writes, and any number notation.
func (f *fieldInfo) parseValue(field Field, s string) (OXM, error) {
	value, mask, masked := strings.Cut(s, "/")
	v, err := f.parseOne(value)
	if err != nil {
		return OXM{}, fmt.Errorf("%s: %w", f.name, err)
	}
	if !masked {
		return basic(field, v, ""), nil
	}
	m, err := f.parseMask(mask)
	if err != nil {
		return OXM{}, fmt.Errorf("%s: mask: %w", f.name, err)
	}
	return basic(field, v, m), nil
}

// parseMask reads a mask; behind an IP address also a prefix length.
func (f *fieldInfo) parseMask(s string) (string, error) {
	if f.text == asIPv4 || f.text == asIPv6 {
		if n, err := strconv.Atoi(s); err == nil {
			if n < 0 || n > 8*f.bytes() {
				return "", fmt.Errorf("prefix length %d out of range", n)
			}
			return prefixMask(n, f.bytes()), nil
		}
	}
	return f.parseOne(s)
}

// parseOne reads one value without a mask into wire form.
func (f *fieldInfo) parseOne(s string) (string, error) {
	switch f.text {
	case asMAC:
		a, err := net.ParseMAC(s)
		if err != nil || len(a) != 6 {
			return "", fmt.Errorf("address %q: want six bytes in hexadecimal", s)
		}
		return string(a), nil
	case asIPv4, asIPv6:
		return f.parseIP(s)
	case asPort:
		p, err := ParsePortNo(s)
		return be32(uint32(p)), err
	}
	n := f.bytes()
	v, err := parseUint(s, 8*n)
	if err != nil {
		return "", err
	}
	return be64(v)[8-n:], nil
}

func (f *fieldInfo) parseIP(s string) (string, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || a.BitLen() != 8*f.bytes() {
		return "", fmt.Errorf("address %q: not of this field's family", s)
	}
	if a.Is4() {
		return addr4(a), nil
	}
	return addr6(a), nil
}

// parseRaw reads what rawText writes; name is without rawPrefix.
func parseRaw(name, value string) (OXM, error) {
	h, err := strconv.ParseUint(name, 16, 32)
	if err != nil {
		return OXM{}, fmt.Errorf("field header %q: want eight hexadecimal digits", name)
	}
	payload, err := hex.DecodeString(strings.TrimPrefix(value, "0x"))
	if err != nil || len(payload) != OXMHeader(h).Len() {
		return OXM{}, fmt.Errorf("field payload %q: want as many bytes in hexadecimal as the header says", value)
	}
	return OXM{OXMHeader(h), string(payload)}, nil
}

// fieldByName finds a field by any of its names.
func fieldByName(name string) (Field, bool) {
	for i, f := range fields {
		if name == f.name || name == f.ovs || name == f.ovsSet || name == f.oxm {
			return Field(i), true
		}
	}
	return 0, false
}
