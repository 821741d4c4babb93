package flows

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
	"crosspoint/topology"
)

func TestDefaultReservations(t *testing.T) {
	for profile, want := range map[Profile]topology.Bandwidth{
		ProfileConstant: 108_000_000,
		ProfileNarrow:   112_500_000, // in 1080 of 1125 lines
		ProfileWide:     118_800_000, // β = 1.10
		ProfileUnknown:  135_000_000,
	} {
		assert.Equal(t, want, DefaultPeaks().Reservation(profile, 108_000_000), "%s", profile)
	}
	require.NoError(t, DefaultPeaks().Validate())
}

func TestReservationRoundsUpAndNeverWraps(t *testing.T) {
	p := DefaultPeaks()
	assert.Equal(t, topology.Bandwidth(2), p.Reservation(ProfileNarrow, 1))
	assert.Zero(t, p.Reservation(ProfileNarrow, 0))
	assert.Equal(t, topology.Bandwidth(math.MaxUint64), p.Reservation(ProfileWide, math.MaxUint64))
	assert.Equal(t, topology.Bandwidth(math.MaxUint64), p.Reservation(ProfileConstant, math.MaxUint64))
}

func TestParsePeak(t *testing.T) {
	for text, want := range map[string]Peak{"1": {1, 1}, "1.05": {21, 20}, "10": {10, 1}} {
		got, err := ParsePeak(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "0", "0.99", "10.01", "-2", "x", "1e99", "1e-99", "NaN", "1.0000000000000000000001"} {
		_, err := ParsePeak(text)
		assert.Error(t, err, text)
	}
	p := DefaultPeaks()
	p.Wide = Peak{}
	assert.ErrorContains(t, p.Validate(), "SMPTE-2110-21-wide")
}

// TestPolicer holds the meters to what a sender of each profile may do: C_MAX of ST 2110-21 in the burst, and the reservation as the rate.
func TestPolicer(t *testing.T) {
	const uhd = 12_000_000_000 // a million packets of 1,500 bytes a second
	for _, c := range []struct {
		profile     Profile
		rate        topology.Bandwidth
		kbps, burst uint32
	}{
		{ProfileConstant, 20_000_000, 20_000, 1_048},
		{ProfileConstant, 1, 1, 64}, // never 0: a meter without a rate is refused by switches
		{ProfileConstant, 1_500_001, 1_501, 124},
		{ProfileUnknown, 18_000_000_000_000, math.MaxUint32, math.MaxUint32}, // beyond what a meter can say: as much as it can
		{ProfileNarrow, uhd, 12_000_000, 24*12 + 600_000},
		{ProfileWide, uhd, 12_000_000, 46*12 + 600_000},
		{ProfileUnknown, 20_000_000, 20_000, 64*12 + 10_000},
	} {
		m := policer(c.rate, c.profile)
		require.Len(t, m.Bands, 1)
		assert.Equal(t, openflow.MeterKbps|openflow.MeterBurst, m.Flags)
		got := m.Bands[0]
		assert.Equal(t, openflow.BandDrop, got.Type)
		assert.Equal(t, c.kbps, got.Rate, "%s %s", c.profile, c.rate)
		assert.InDelta(t, c.burst, got.Burst, max(1, 0.001*float64(c.burst)), "%s %s", c.profile, c.rate)
	}
}
