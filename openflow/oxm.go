package openflow

import "encoding/binary"

// OXM classes (OpenFlow 1.3.5 §7.2.3.3, enum ofp_oxm_class).
const (
	ClassNXM0         uint16 = 0x0000
	ClassNXM1         uint16 = 0x0001
	ClassBasic        uint16 = 0x8000
	ClassExperimenter uint16 = 0xffff
)

// oxmHeaderLen is the length in bytes of the header in front of each OXM payload.
const oxmHeaderLen = 4

// OXMHeader is the header of an OXM TLV: class, field, has-mask bit and payload length (OpenFlow 1.3.5 §7.2.3.2).
type OXMHeader uint32

// NewOXMHeader puts a header together. payloadLen counts the mask too; only its low eight bits and the low seven bits of field fit.
func NewOXMHeader(class uint16, field Field, hasMask bool, payloadLen int) OXMHeader {
	h := OXMHeader(class)<<16 | OXMHeader(field&0x7f)<<9 | OXMHeader(uint8(payloadLen))
	if hasMask {
		h |= 1 << 8
	}
	return h
}

// Class is the OXM class; ClassBasic for the fields of the standard.
func (h OXMHeader) Class() uint16 { return uint16(h >> 16) }

// Field is the number of the field within its class, 0 to 127.
func (h OXMHeader) Field() Field { return Field(h>>9) & 0x7f }

// HasMask tells whether the second half of the payload is a mask.
func (h OXMHeader) HasMask() bool { return h&(1<<8) != 0 }

// Len is the length of the payload in bytes, mask included.
func (h OXMHeader) Len() int { return int(uint8(h)) }

// known gives the table's entry of a field of the basic class; nil and false for others.
func (h OXMHeader) known() (*fieldInfo, bool) {
	if h.Class() != ClassBasic || int(h.Field()) >= len(fields) {
		return nil, false
	}
	return &fields[h.Field()], true
}

// Value is the value in wire form, without the mask.
func (o OXM) Value() string {
	if o.Header.HasMask() {
		return o.Payload[:len(o.Payload)/2]
	}
	return o.Payload
}

// Mask is the mask in wire form; "" when there is none.
func (o OXM) Mask() string {
	if o.Header.HasMask() {
		return o.Payload[len(o.Payload)/2:]
	}
	return ""
}

// Uint64 is the value as a number; 0 when it is longer than eight bytes.
func (o OXM) Uint64() uint64 { return beUint(o.Value()) }

// check tells whether header and payload fit together, and the length fits the field when it is a known one.
func (o OXM) check() (ErrorCode, string) {
	n := o.Header.Len()
	if n != len(o.Payload) {
		return CodeBadMatchLen, "payload is not as long as its header says"
	}
	return checkOXMLen(o.Header)
}

// checkOXMLen tells whether the length in a header fits the field; the reason is "" when it does or the field is not known.
func checkOXMLen(h OXMHeader) (ErrorCode, string) {
	info, ok := h.known()
	if !ok {
		if h.Class() == ClassExperimenter && h.Len() < 4 {
			return CodeBadMatchLen, "experimenter field without experimenter id"
		}
		return 0, ""
	}
	want := info.bytes()
	if h.HasMask() {
		want *= 2
	}
	if h.Len() != want {
		return CodeBadMatchLen, "wrong length for this field"
	}
	return 0, ""
}

// appendOXM writes header and payload, without padding.
func appendOXM(b []byte, o OXM) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(o.Header))
	return append(b, o.Payload...)
}

// beUint reads up to eight bytes as a big-endian number; longer strings give 0.
func beUint(s string) uint64 {
	if len(s) > 8 {
		return 0
	}
	var v uint64
	for i := 0; i < len(s); i++ {
		v = v<<8 | uint64(s[i])
	}
	return v
}
