package testbed

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestHistogramEdges(t *testing.T) {
	var h Histogram
	assert.Zero(t, h.Quantile(0.5), "empty")
	assert.Zero(t, h.Count())
	assert.Zero(t, h.Max())
	h.Add(-time.Second)
	assert.Zero(t, h.Quantile(1), "a clock that went back")
	h.Add(time.Hour)
	assert.Equal(t, time.Hour, h.Max())
	assert.EqualValues(t, 2, h.Count(), "what is out of range counts")
	assert.InEpsilon(t, HistogramRange, h.Quantile(1), 0.01)
}

// TestQuantileAgainstSorting holds what HistogramDigits promises: never too low, at most 1 % too high.
func TestQuantileAgainstSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(
			rapid.Int64Range(0, 1000), rapid.Int64Range(0, int64(time.Millisecond)), rapid.Int64Range(0, int64(HistogramRange)),
		), 1, 300).Draw(t, "durations")
		var h Histogram
		for _, d := range values {
			h.Add(time.Duration(d))
		}
		slices.Sort(values)
		for _, q := range []float64{0.01, 0.5, 0.99, 0.999, 1} {
			exact := values[max(int(q*float64(len(values))+0.5), 1)-1]
			got := int64(h.Quantile(q))
			require.GreaterOrEqual(t, got, exact, "quantile %v", q)
			require.LessOrEqual(t, got, exact+exact/100+1, "quantile %v", q)
		}
		require.EqualValues(t, values[len(values)-1], h.Max())
	})
}
