package topology

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Bandwidth is a rate in bit/s. The zero value is none at all, never "unlimited".
type Bandwidth uint64

// The units of IS-06.
const (
	Kbit Bandwidth = 1e3
	Mbit Bandwidth = 1e6
	Gbit Bandwidth = 1e9
)

// String writes the rate as IS-06 does: the largest of kbit/s, Mbit/s and Gbit/s
// that needs no fraction, and kbit/s with a fraction where none does. By that rule
// zero is "0Gbit/s".
func (b Bandwidth) String() string {
	switch {
	case b%Gbit == 0:
		return strconv.FormatUint(uint64(b/Gbit), 10) + "Gbit/s"
	case b%Mbit == 0:
		return strconv.FormatUint(uint64(b/Mbit), 10) + "Mbit/s"
	case b%Kbit == 0:
		return strconv.FormatUint(uint64(b/Kbit), 10) + "kbit/s"
	}
	fraction := strings.TrimRight(fmt.Sprintf("%03d", uint64(b%Kbit)), "0")
	return strconv.FormatUint(uint64(b/Kbit), 10) + "." + fraction + "kbit/s"
}

// ParseBandwidth reads what IS-06 allows: ^(0|[1-9][0-9]*)(\.[0-9]+)?[kMG]bit/s$.
// It refuses a rate that is not a whole number of bit/s or does not fit 64 bits.
func ParseBandwidth(s string) (Bandwidth, error) {
	number, decimals, ok := cutUnit(s)
	if !ok {
		return 0, badBandwidth(s, "want a number followed by kbit/s, Mbit/s or Gbit/s")
	}
	whole, fraction, dotted := strings.Cut(number, ".")
	if !isDigits(whole) || (len(whole) > 1 && whole[0] == '0') || (dotted && !isDigits(fraction)) {
		return 0, badBandwidth(s, "malformed number")
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > decimals {
		return 0, badBandwidth(s, "finer than 1 bit/s")
	}
	var n uint64
	for _, c := range []byte(whole + fraction + strings.Repeat("0", decimals-len(fraction))) {
		hi, lo := bits.Mul64(n, 10)
		sum, carry := bits.Add64(lo, uint64(c-'0'), 0)
		if hi != 0 || carry != 0 {
			return 0, badBandwidth(s, "too large")
		}
		n = sum
	}
	return Bandwidth(n), nil
}

// cutUnit splits off the unit and tells how many decimal places it shifts by.
func cutUnit(s string) (number string, decimals int, ok bool) {
	if number, ok = strings.CutSuffix(s, "kbit/s"); ok {
		return number, 3, true
	}
	if number, ok = strings.CutSuffix(s, "Mbit/s"); ok {
		return number, 6, true
	}
	number, ok = strings.CutSuffix(s, "Gbit/s")
	return number, 9, ok
}

func isDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func badBandwidth(s, why string) error {
	return fmt.Errorf("parse bandwidth %q: %s", clip(s), why)
}

// MarshalText is String.
func (b Bandwidth) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText is [ParseBandwidth].
func (b *Bandwidth) UnmarshalText(text []byte) (err error) {
	*b, err = ParseBandwidth(string(text))
	return err
}
