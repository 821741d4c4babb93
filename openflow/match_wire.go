package openflow

import "encoding/binary"

// matchTypeOXM is the one match type in use (OpenFlow 1.3.5 §7.2.3.1, enum ofp_match_type).
const matchTypeOXM uint16 = 1

// appendMatch writes struct ofp_match: type, length without padding, OXMs, padding to eight bytes (OpenFlow 1.3.5 §7.2.3.1).
func appendMatch(b []byte, m Match) []byte {
	n := 4 + len(m)
	pad := -n & 7
	b, s := grow(b, n+pad)
	put16(s, matchTypeOXM)
	put16(s[2:], uint16(n))
	copy(s[4:], m)
	for i := n; i < len(s); i++ {
		s[i] = 0
	}
	return b
}

// match reads struct ofp_match and gives what follows it. seen may be nil.
func (d *decoder) match(b []byte, seen *interner) (m Match, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, d.fail(b, "match", "cut short", badMatchLen)
	}
	if t := u16(b); t != matchTypeOXM {
		return "", nil, d.fail(b, "match", "type "+utoa(uint64(t))+" is not OXM", badMatchType)
	}
	n := int(u16(b[2:]))
	if n < 4 {
		return "", nil, d.fail(b, "match", "length less than its header", badMatchLen)
	}
	padded := (n + 7) &^ 7
	if padded > len(b) {
		return "", nil, d.fail(b, "match", "length "+utoa(uint64(n))+" reaches past the end", badMatchLen)
	}
	oxms := b[4:n]
	if m, ok := seen.get(oxms); ok {
		return m, b[padded:], nil
	}
	if err := d.checkOXMs(oxms); err != nil {
		return "", nil, err
	}
	m = Match(oxms)
	seen.put(m)
	return m, b[padded:], nil
}

// checkOXMs checks that b is whole OXMs and that the known ones have the length of their field.
func (d *decoder) checkOXMs(b []byte) error {
	for len(b) > 0 {
		if len(b) < oxmHeaderLen {
			return d.fail(b, "match", "field header cut short", badMatchLen)
		}
		h := OXMHeader(binary.BigEndian.Uint32(b))
		end := oxmHeaderLen + h.Len()
		if end > len(b) {
			return d.fail(b, "match", "field reaches past the end", badMatchLen)
		}
		if _, reason := checkOXMLen(h); reason != "" {
			return d.fail(b, "match", h.Field().String()+": "+reason, badMatchLen)
		}
		b = b[end:]
	}
	return nil
}
