package openflow

import "bytes"

// helloVersionBitmap is the one hello element there is (OpenFlow 1.3.5 §7.5.1, enum ofp_hello_elem_type).
const helloVersionBitmap uint16 = 1

// helloHeaderLen is the length in bytes of an element's type and length.
const helloHeaderLen = 4

// appendBody writes the version bitmap, when there are versions, and the elements not known; or Elements.
func (m *Hello) appendBody(b []byte) ([]byte, error) {
	if len(m.Elements) > 0 {
		return append(b, m.Elements...), nil
	}
	return m.appendElements(b), nil
}

func (m *Hello) appendElements(b []byte) []byte {
	if len(m.Versions) > 0 {
		var highest uint8
		for _, v := range m.Versions {
			highest = max(highest, v)
		}
		size := helloHeaderLen + 4*(int(highest)/32+1)
		var s []byte
		b, s = growZero(b, (size+7)&^7)
		put16(s, helloVersionBitmap)
		put16(s[2:], uint16(size))
		for _, v := range m.Versions {
			word := s[helloHeaderLen+4*(v/32):]
			put32(word, u32(word)|1<<(v%32))
		}
	}
	return append(b, m.Unknown...)
}

// hello reads the elements. Versions before 1.3 define none and let the body hold anything (OpenFlow 1.0 §5.5.1), so it is not read then.
func (d *decoder) hello(version uint8, b []byte) (*Hello, error) {
	m := &Hello{}
	if version < Version {
		return m, nil
	}
	whole := b
	var seen [256]bool
	for len(b) > 0 {
		if err := d.atLeast(b, helloHeaderLen, "hello element"); err != nil {
			return nil, err
		}
		size := int(u16(b[2:]))
		elem, _, err := d.element(b, size, helloHeaderLen, false, "hello element", badRequestLen)
		if err != nil {
			return nil, err
		}
		padded := min((size+7)&^7, len(b)) // the last one may come without its padding
		if u16(elem) == helloVersionBitmap {
			markVersions(&seen, elem[helloHeaderLen:])
		} else {
			m.Unknown = append(m.Unknown, b[:padded]...)
		}
		b = b[padded:]
	}
	for v, ok := range seen {
		if ok {
			m.Versions = append(m.Versions, uint8(v))
		}
	}
	if !bytes.Equal(m.appendElements(nil), whole) {
		m.Elements = clone(whole)
	}
	return m, nil
}

// markVersions reads a bitmap. Bits past 255 stand for versions that no header can carry and are left out.
func markVersions(seen *[256]bool, bitmap []byte) {
	for v := range seen {
		word := v / 32 * 4
		if word+4 > len(bitmap) {
			return
		}
		if u32(bitmap[word:])&(1<<(v%32)) != 0 {
			seen[v] = true
		}
	}
}
