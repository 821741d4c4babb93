package topology

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// MAC is an Ethernet address. The zero value means that none is known.
type MAC [6]byte

// String gives the address with colons in lower case: "aa:bb:cc:dd:ee:ff".
func (m MAC) String() string { return hexBytes(m[:], ':') }

// Dashed gives the address as IS-06 writes it: "aa-bb-cc-dd-ee-ff".
func (m MAC) Dashed() string { return hexBytes(m[:], '-') }

// IsZero tells whether no address is known.
func (m MAC) IsZero() bool { return m == MAC{} }

// IsMulticast tells whether the group bit is set; broadcast is multicast too.
func (m MAC) IsMulticast() bool { return m[0]&1 != 0 }

// Compare orders addresses as big-endian numbers.
func (m MAC) Compare(o MAC) int { return bytes.Compare(m[:], o[:]) }

// ParseMAC reads six pairs of hexadecimal digits, in either case, with colons or
// dashes between them but not both.
func ParseMAC(s string) (MAC, error) {
	var m MAC
	if len(s) != 17 || (s[2] != ':' && s[2] != '-') {
		return MAC{}, badMAC(s)
	}
	for i := range m {
		if i > 0 && s[3*i-1] != s[2] {
			return MAC{}, badMAC(s)
		}
		if _, err := hex.Decode(m[i:i+1], []byte(s[3*i:3*i+2])); err != nil {
			return MAC{}, badMAC(s)
		}
	}
	return m, nil
}

func badMAC(s string) error {
	return fmt.Errorf("parse MAC address %q: want six pairs of hexadecimal digits with ':' or '-' between", clip(s))
}

// MarshalText is String.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText is [ParseMAC].
func (m *MAC) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMAC(string(text))
	return err
}

// hexBytes writes pairs of lower-case digits with sep between them.
func hexBytes(b []byte, sep byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			out = append(out, sep)
		}
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}
