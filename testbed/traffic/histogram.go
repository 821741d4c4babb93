package traffic

import (
	"math/bits"
	"time"
)

const (
	subBuckets    = 16 // for each power of two, so a quantile is at most 1/16 too high
	histogramBits = 36 // up to 68 s; longer counts as 68 s in quantiles
)

// histogram counts delays in buckets that grow with the delay. The zero value is empty.
type histogram struct {
	count   uint64
	max     time.Duration
	buckets [(histogramBits - 3) * subBuckets]uint32
}

// add counts one delay. A negative one, from a clock that was set back, counts as zero.
func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.count++
	h.max = max(h.max, d)
	h.buckets[bucketOf(d)]++
}

// quantile is the delay that the share q (0 to 1) of all packets did not exceed; 0 when there are none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := uint64(q * float64(h.count))
	var below uint64
	for i, n := range h.buckets {
		if below += uint64(n); below > rank {
			return min(bucketEnd(i), h.max)
		}
	}
	return h.max
}

// bucketOf splits each power of two above 16 ns into subBuckets equal parts.
func bucketOf(d time.Duration) int {
	v := min(uint64(d), 1<<histogramBits-1)
	if v < subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - 5
	return (shift+1)*subBuckets + int(v>>shift) - subBuckets
}

// bucketEnd is the longest delay in a bucket.
func bucketEnd(i int) time.Duration {
	if i < subBuckets {
		return time.Duration(i)
	}
	shift := i/subBuckets - 1
	return time.Duration((uint64(i%subBuckets+subBuckets)+1)<<shift - 1)
}
