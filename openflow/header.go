package openflow

import (
	"encoding/binary"
	"strconv"
)

// utoa writes a number in decimal.
func utoa(v uint64) string { return strconv.FormatUint(v, 10) }

// ParseHeader reads the first HeaderLen bytes of a message. It accepts every version and type, and fails with a *ParseError when b is
// shorter or when the length in the header is less than HeaderLen, after which a byte stream cannot be followed any more.
func ParseHeader(b []byte) (Header, error) {
	if len(b) < HeaderLen {
		return Header{}, &ParseError{Field: "header", Offset: len(b), Reason: "cut short", answer: badRequestLen}
	}
	h := Header{Version: b[0], Type: Type(b[1]), Length: binary.BigEndian.Uint16(b[2:]), XID: binary.BigEndian.Uint32(b[4:])}
	if h.Length < HeaderLen {
		return h, &ParseError{Type: h.Type, Field: "length", Offset: 2, Reason: "less than a header", answer: badRequestLen}
	}
	return h, nil
}
