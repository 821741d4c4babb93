package sim

import (
	"encoding/binary"

	"crosspoint/openflow"
)

// vlanPresent is the bit of VLAN_VID that says that there is a tag (OpenFlow 1.3.5 §7.2.3.7, OFPVID_PRESENT).
const vlanPresent = 0x1000

// rule is a match that was checked and made ready: a packet matches when its key, masked, equals value.
type rule struct {
	value, mask flowKey
}

// oxm is one TLV taken apart.
type oxm struct {
	class   uint16
	number  int
	hasMask bool
	payload string
}

// nextOXM takes the first TLV off a match.
func nextOXM(m openflow.Match) (t oxm, rest openflow.Match, ok bool) {
	if len(m) < 4 {
		return oxm{}, "", false
	}
	end := 4 + int(m[3])
	if end > len(m) {
		return oxm{}, "", false
	}
	t = oxm{
		class:   uint16(m[0])<<8 | uint16(m[1]),
		number:  int(m[2] >> 1),
		hasMask: m[2]&1 != 0,
		payload: string(m[4:end]),
	}
	return t, m[end:], true
}

// compileMatch checks a match as Open vSwitch does: what a field needs must stand before it (OpenFlow 1.3.5 §7.2.3.8).
func compileMatch(m openflow.Match) (rule, *openflow.ErrorMsg) {
	var r rule
	var seen [len(fieldTable)]bool
	for len(m) > 0 {
		t, rest, ok := nextOXM(m)
		if !ok {
			return r, refuse(openflow.ErrBadMatch, openflow.CodeBadMatchLen)
		}
		m = rest
		f, known := lookupField(t.number)
		if t.class != oxmBasic || !known {
			return r, refuse(openflow.ErrBadMatch, openflow.CodeBadMatchField)
		}
		if seen[t.number] {
			return r, refuse(openflow.ErrBadMatch, openflow.CodeBadMatchDupField)
		}
		seen[t.number] = true
		if refused := r.add(f, t); refused != nil {
			return r, refused
		}
	}
	return r, nil
}

// add puts one field into the rule.
func (r *rule) add(f field, t oxm) *openflow.ErrorMsg {
	want := f.size
	if t.hasMask {
		want *= 2
	}
	if len(t.payload) != want {
		return refuse(openflow.ErrBadMatch, openflow.CodeBadMatchLen)
	}
	if !r.has(f.pre) {
		return refuse(openflow.ErrBadMatch, openflow.CodeBadMatchPrereq)
	}
	value := t.payload[:f.size]
	if !fits(value, f.bits) {
		return refuse(openflow.ErrBadMatch, openflow.CodeBadMatchValue)
	}
	copy(r.value[f.off:], value)
	if !t.hasMask {
		setOnes(r.mask[f.off:f.off+f.size], f.bits)
		return nil
	}
	if !f.maskable {
		return refuse(openflow.ErrBadMatch, openflow.CodeBadMatchMask)
	}
	mask := t.payload[f.size:]
	for i := range f.size {
		if value[i]&^mask[i] != 0 {
			return refuse(openflow.ErrBadMatch, openflow.CodeBadMatchWildcards)
		}
	}
	copy(r.mask[f.off:], mask)
	for i, one := range ones(f) {
		r.mask[f.off+i] &= one
	}
	return nil
}

// has tells whether the rule, so far, pins down what a field needs.
func (r *rule) has(p prereq) bool {
	ethType := binary.BigEndian.Uint16(r.value[offEthType:])
	proto := func(n byte) bool { return r.mask[offProto] == 0xff && r.value[offProto] == n }
	ip := ethType == etherIPv4 || ethType == etherIPv6
	neighbour := func(lo, hi byte) bool {
		t := r.value[offICMP6Typ]
		return ethType == etherIPv6 && proto(protoICMP6) && r.mask[offICMP6Typ] == 0xff && t >= lo && t <= hi
	}
	switch p {
	case preNone:
		return true
	case preVLAN:
		return r.value[offVLANVID]&(vlanPresent>>8) != 0 && r.mask[offVLANVID]&(vlanPresent>>8) != 0
	case preIP:
		return ip
	case preIPv4:
		return ethType == etherIPv4
	case preIPv6:
		return ethType == etherIPv6
	case preARP:
		return ethType == etherARP
	case preTCP:
		return ip && proto(protoTCP)
	case preUDP:
		return ip && proto(protoUDP)
	case preSCTP:
		return ip && proto(protoSCTP)
	case preICMP:
		return ethType == etherIPv4 && proto(protoICMP)
	case preICMP6:
		return ethType == etherIPv6 && proto(protoICMP6)
	case preNS:
		return neighbour(ndSolicit, ndSolicit)
	case preNA:
		return neighbour(ndAdvert, ndAdvert)
	case preND:
		return neighbour(ndSolicit, ndAdvert)
	}
	return false
}

// match writes the rule as Open vSwitch dumps it: fields in ascending order, a full mask left out, an empty field left out.
func (r *rule) match() openflow.Match {
	var b []byte
	for n := range fieldTable {
		f, ok := lookupField(n)
		if !ok {
			continue
		}
		value, mask := r.value[f.off:f.off+f.size], r.mask[f.off:f.off+f.size]
		if allZero(mask) {
			continue
		}
		full := string(mask) == string(ones(f))
		b = binary.BigEndian.AppendUint16(b, oxmBasic)
		if full {
			b = append(b, byte(n<<1), byte(f.size))
			b = append(b, value...)
			continue
		}
		b = append(b, byte(n<<1|1), byte(2*f.size))
		b = append(append(b, value...), mask...)
	}
	return openflow.Match(b)
}

// covers tells whether every packet of o is one of r: what a non-strict modify or delete asks (OpenFlow 1.3.5 §6.4).
func (r *rule) covers(o *rule) bool {
	for i, m := range r.mask {
		if o.mask[i]&m != m || o.value[i]&m != r.value[i] {
			return false
		}
	}
	return true
}

// overlaps tells whether one packet can match both (OpenFlow 1.3.5 §6.4, OFPFF_CHECK_OVERLAP).
func (r *rule) overlaps(o *rule) bool {
	for i := range r.mask {
		if (r.value[i]^o.value[i])&r.mask[i]&o.mask[i] != 0 {
			return false
		}
	}
	return true
}

// words gives the key in the form for comparing.
func (k *flowKey) words() words {
	var w words
	for i := range w {
		w[i] = binary.BigEndian.Uint64(k[8*i:])
	}
	return w
}

// ones is the full mask of a field.
func ones(f field) []byte {
	b := make([]byte, f.size)
	setOnes(b, f.bits)
	return b
}

// setOnes sets the lowest bits of a field.
func setOnes(b []byte, bits int) {
	for i := len(b) - 1; i >= 0; i-- {
		n := min(bits, 8)
		b[i] = byte(1<<n - 1)
		bits -= n
	}
}

func fits(value string, bits int) bool {
	for i := len(value) - 1; i >= 0; i-- {
		n := min(bits, 8)
		if value[i]&^byte(1<<n-1) != 0 {
			return false
		}
		bits -= n
	}
	return true
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
