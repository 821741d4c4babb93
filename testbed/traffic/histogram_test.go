package traffic

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestHistogramEdges(t *testing.T) {
	var h histogram
	assert.Zero(t, h.quantile(0.5), "empty")
	h.add(-time.Second)
	assert.Zero(t, h.quantile(1), "a clock that went back")
	h.add(time.Hour)
	assert.Equal(t, time.Hour, h.max)
}

func TestBucketsJoinWithoutGap(t *testing.T) {
	for i := range len(histogram{}.buckets) - 1 {
		end := bucketEnd(i)
		require.Equal(t, i, bucketOf(end), "end of bucket %d", i)
		require.Equal(t, i+1, bucketOf(end+1), "start of bucket %d", i+1)
	}
	require.Equal(t, len(histogram{}.buckets)-1, bucketOf(time.Duration(1<<62)))
}

// TestQuantileAgainstSorting allows what subBuckets promises: never too low, at most 1/16 too high.
func TestQuantileAgainstSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delays := rapid.SliceOfN(rapid.Int64Range(0, int64(10*time.Second)), 1, 100).Draw(t, "delays")
		var h histogram
		for _, d := range delays {
			h.add(time.Duration(d))
		}
		slices.Sort(delays)
		for _, q := range []float64{0, 0.5, 0.99} {
			exact := delays[int(q*float64(len(delays)))]
			got := int64(h.quantile(q))
			require.GreaterOrEqual(t, got, exact)
			require.LessOrEqual(t, got, exact+exact/subBuckets+1)
		}
	})
}
