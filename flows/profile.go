package flows

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"

	"crosspoint/topology"
)

// Profile says how far a flow bursts above its average (IS-06 network-flow.profile).
type Profile string

// Transmission profiles.
const (
	ProfileConstant Profile = "constant-rate" // the default of IS-06
	ProfileNarrow   Profile = "SMPTE-2110-21-narrow"
	ProfileWide     Profile = "SMPTE-2110-21-wide"
	ProfileUnknown  Profile = "unknown"
)

// Profiles lists the profiles that IS-06 knows.
func Profiles() []Profile {
	return []Profile{ProfileConstant, ProfileNarrow, ProfileWide, ProfileUnknown}
}

// Peak is the ratio of the rate that admission counts for a flow to its average rate. The zero value is no ratio.
type Peak struct{ Num, Den uint64 }

// mostPeak bounds a peak, so that no reservation overflows.
const mostPeak = 10

// ParsePeak reads a decimal number from 1 to 10.
func ParsePeak(s string) (Peak, error) {
	r, ok := new(big.Rat).SetString(s)
	if len(s) > 16 || !ok || r.Cmp(big.NewRat(1, 1)) < 0 || r.Cmp(big.NewRat(mostPeak, 1)) > 0 || !r.Denom().IsUint64() {
		return Peak{}, fmt.Errorf("peak factor %.20q: want a number from 1 to %d, like 1.05", s, mostPeak)
	}
	return Peak{r.Num().Uint64(), r.Denom().Uint64()}, nil
}

// valid reports whether the ratio is from 1 to 10.
func (p Peak) valid() bool { return p.Den > 0 && p.Num >= p.Den && p.Num/p.Den <= mostPeak }

// Peaks are the factors by profile.
type Peaks struct{ Constant, Narrow, Wide, Unknown Peak }

// DefaultPeaks derives the factors from the sender model of ST 2110-21, whose network compatibility test is a leaky bucket:
//
//   - constant-rate: packets are evenly spaced; the peak is the average.
//   - narrow: the read schedule is gapped (type N) or linear (type NL). A gapped sender sends a frame's packets in the active part of the
//     frame time only, R_ACTIVE = 1080/1125 of it, so its peak is 1125/1080 of the average, 1.042; a linear one is below that.
//   - wide: the bucket drains at β = 1.10 times the average (T_DRAIN = T_FRAME / N_PACKETS / β) and holds C_MAX packets: what a wide sender
//     may send in any time t is 1.10 times the average in t, and a burst of C_MAX, which the switches' queues take.
//   - unknown: nobody promised anything; 5/4 covers any of the above with room.
func DefaultPeaks() Peaks {
	return Peaks{Constant: Peak{1, 1}, Narrow: Peak{1125, 1080}, Wide: Peak{11, 10}, Unknown: Peak{5, 4}}
}

// Validate says which factor is out of bounds.
func (p Peaks) Validate() error {
	for _, profile := range Profiles() {
		if peak := p.Of(profile); !peak.valid() {
			return fmt.Errorf("peak factor of profile %q is %d/%d: want 1 to %d", profile, peak.Num, peak.Den, mostPeak)
		}
	}
	return nil
}

// Of is the factor of a profile; one that is none of Profiles counts as constant-rate.
func (p Peaks) Of(profile Profile) Peak {
	switch profile {
	case ProfileNarrow:
		return p.Narrow
	case ProfileWide:
		return p.Wide
	case ProfileUnknown:
		return p.Unknown
	default:
		return p.Constant
	}
}

// Reservation is the bandwidth that admission counts for a flow of an average rate, rounded up; at most what a Bandwidth holds.
func (p Peaks) Reservation(profile Profile, average topology.Bandwidth) topology.Bandwidth {
	peak := p.Of(profile)
	hi, lo := bits.Mul64(uint64(average), peak.Num)
	lo, carry := bits.Add64(lo, peak.Den-1, 0)
	if hi += carry; hi >= peak.Den {
		return math.MaxUint64
	}
	sum, _ := bits.Div64(hi, lo, peak.Den)
	return topology.Bandwidth(sum)
}

// packetBits is a packet of the usual MTU.
const packetBits = 1500 * 8

// Burst is how many bits above its rate a sender may be at any moment, for the meter that guards it: C_MAX packets of 1,500 bytes, and what
// comes at once when the sender's or the switch's software was held up for a moment. ST 2110-21 §6.6.1 gives, with N_PACKETS / T_FRAME = the
// packet rate,
//
//	type N and NL:  C_MAX = max(4, packet rate / (43200 × R_ACTIVE))
//	type W:         C_MAX = max(16, packet rate / 21600)
//
// A constant-rate sender is held to type N. An unknown one may send a whole picture at once, as streaming software does: half a second.
func (p Profile) Burst(rate topology.Bandwidth) uint64 {
	packets := uint64(rate) / packetBits
	var most, heldUp uint64
	switch p {
	case ProfileWide:
		most, heldUp = max(16, packets/21600), uint64(rate)/20
	case ProfileUnknown:
		most, heldUp = 64, uint64(rate)/2
	default:
		most, heldUp = max(4, packets*1125/1080/43200), uint64(rate)/20
	}
	return max(most*packetBits+heldUp, leastBurst)
}

// leastBurst is a burst that a slow sender has in any case: five packets and a bit.
const leastBurst = 64_000
