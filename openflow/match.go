package openflow

import (
	"cmp"
	"iter"
	"slices"
)

// Match is a set of OXM TLVs in wire form, without padding (OpenFlow 1.3.5 §7.2.3). It is a string of bytes so that it can be
// compared, be a map's key and never change under its holder. "" matches every packet. Fields that this package does not know
// survive byte for byte. Build one with NewMatch; Canonical makes equal matches equal bytes.
type Match string

// OXM is one TLV of a match, or the value that a set-field action writes (OpenFlow 1.3.5 §7.2.3.2).
type OXM struct {
	Header OXMHeader
	// Payload is the value and, when the header says so, the mask behind it.
	Payload string
}

// usualFields is how many fields a match mostly has at most. It costs no more than memory of the stack to have more.
const usualFields = 8

// NewMatch puts fields together, sorted by class and field number, so that prerequisites come first as OpenFlow 1.3.5 §7.2.3.6
// wants. Of two fields with the same number the last wins. It does not check prerequisites; Validate does.
func NewMatch(oxms ...OXM) Match {
	var fields [usualFields]OXM
	sorted := append(fields[:0], oxms...)
	slices.SortStableFunc(sorted, compareOXM)
	var wire [usualFields * 16]byte
	b := wire[:0]
	for i, o := range sorted {
		if i+1 < len(sorted) && compareOXM(o, sorted[i+1]) == 0 {
			continue
		}
		b = appendOXM(b, o)
	}
	return Match(b)
}

// compareOXM orders by class, experimenter and field number. Equal means the same field.
func compareOXM(a, b OXM) int {
	if c := cmp.Compare(a.Header.Class(), b.Header.Class()); c != 0 {
		return c
	}
	if a.Header.Class() == ClassExperimenter {
		if c := cmp.Compare(experimenterID(a), experimenterID(b)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Header.Field(), b.Header.Field())
}

// experimenterID is the start of the payload of a field of ClassExperimenter.
func experimenterID(o OXM) string { return o.Payload[:min(4, len(o.Payload))] }

// next splits the first field off; ok is false at the end and where the bytes are no OXM.
func (m Match) next() (o OXM, rest Match, ok bool) {
	if len(m) < oxmHeaderLen {
		return OXM{}, "", false
	}
	h := OXMHeader(uint32(m[0])<<24 | uint32(m[1])<<16 | uint32(m[2])<<8 | uint32(m[3]))
	end := oxmHeaderLen + h.Len()
	if len(m) < end {
		return OXM{}, "", false
	}
	return OXM{h, string(m[oxmHeaderLen:end])}, m[end:], true
}

// Fields walks the fields in the order in which they stand. It stops where the bytes are no OXM; Validate tells about that.
func (m Match) Fields() iter.Seq[OXM] {
	return func(yield func(OXM) bool) {
		for o, rest, ok := m.next(); ok; o, rest, ok = rest.next() {
			if !yield(o) {
				return
			}
		}
	}
}

// Get finds a field of the basic class; the first, if there are several.
func (m Match) Get(f Field) (OXM, bool) {
	for o, rest, ok := m.next(); ok; o, rest, ok = rest.next() {
		if o.Header.Class() == ClassBasic && o.Header.Field() == f {
			return o, true
		}
	}
	return OXM{}, false
}

// wellFormed tells whether the whole of m is OXMs.
func (m Match) wellFormed() bool {
	for len(m) > 0 {
		_, rest, ok := m.next()
		if !ok {
			return false
		}
		m = rest
	}
	return true
}

// Canonical makes matches that mean the same the same bytes: fields are sorted, a mask is cut to the width of its field and a value to
// its mask, a mask of all ones goes, and a field with a mask of zeros goes too. Only fields of the basic class that this package knows
// are changed. A match that is not well formed is returned as it is.
func (m Match) Canonical() Match {
	if !m.wellFormed() {
		return m
	}
	var list []OXM
	for o := range m.Fields() {
		if o, keep := canonicalOXM(o); keep {
			list = append(list, o)
		}
	}
	return NewMatch(list...)
}

// canonicalOXM normalises one field; keep is false when it matches everything.
func canonicalOXM(o OXM) (_ OXM, keep bool) {
	info, known := o.Header.known()
	if _, bad := o.check(); !known || !o.Header.HasMask() || bad != "" {
		return o, true
	}
	value, mask := []byte(o.Value()), []byte(o.Mask())
	full, empty := true, true
	for i := range value {
		width := info.widthMask(i)
		mask[i] &= width
		value[i] &= mask[i]
		full = full && mask[i] == width
		empty = empty && mask[i] == 0
	}
	switch {
	case empty:
		return OXM{}, false
	case full:
		return basic(o.Header.Field(), string(value), ""), true
	default:
		return basic(o.Header.Field(), string(value), string(mask)), true
	}
}

// widthMask has the bits of byte i, counted from the left, that the field uses.
func (f *fieldInfo) widthMask(i int) byte {
	unused := 8*f.bytes() - int(f.bits) - 8*i
	return byte(0xff >> min(max(unused, 0), 8))
}

// Covers tells whether every packet that other matches is matched by m too. It compares bytes, so both should be canonical and well
// formed; fields that are not known must be equal.
func (m Match) Covers(other Match) bool {
	for o := range m.Fields() {
		if !o.coversIn(other) {
			return false
		}
	}
	return true
}

// coversIn tells whether other is at least as narrow as o in o's field.
func (o OXM) coversIn(other Match) bool {
	for p := range other.Fields() {
		if compareOXM(o, p) == 0 {
			return o.covers(p)
		}
	}
	return false
}

func (o OXM) covers(p OXM) bool {
	value, mask, pvalue, pmask := o.Value(), o.Mask(), p.Value(), p.Mask()
	if _, known := o.Header.known(); !known || len(value) != len(pvalue) {
		return o == p
	}
	for i := range len(value) {
		bits, pbits := byte(0xff), byte(0xff)
		if mask != "" {
			bits = mask[i]
		}
		if pmask != "" {
			pbits = pmask[i]
		}
		if bits&^pbits != 0 || (value[i]^pvalue[i])&bits != 0 {
			return false
		}
	}
	return true
}
