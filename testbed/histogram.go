package testbed

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// HistogramDigits is how many decimal digits of a quantile count: it is at most 1 % too high, and never too low.
	HistogramDigits = 2
	// HistogramRange is the longest duration told apart: longer ones count as it in quantiles, but Max has them.
	HistogramRange = time.Minute
)

// Histogram counts durations from a nanosecond to HistogramRange with HistogramDigits (High Dynamic Range). It needs memory only for durations that
// occurred: 32 KiB at most. The zero value is empty.
type Histogram struct {
	counts *hdrhistogram.PackedHistogram
	max    time.Duration
}

// Add counts one duration. A negative one, from a clock that was set back, counts as zero.
func (h *Histogram) Add(d time.Duration) {
	if h.counts == nil {
		h.counts = hdrhistogram.NewPacked(1, int64(HistogramRange), HistogramDigits)
	}
	d = max(d, 0)
	h.max = max(h.max, d)
	_ = h.counts.RecordValue(int64(min(d, HistogramRange))) // it fails on what is out of range
}

// Count is how many durations were added.
func (h *Histogram) Count() uint64 {
	if h.counts == nil {
		return 0
	}
	return uint64(h.counts.TotalCount())
}

// Max is the longest duration, exactly; 0 when there are none.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile is the duration that the share q (0 to 1) of all did not exceed; 0 when there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.counts == nil {
		return 0
	}
	return min(time.Duration(h.counts.ValueAtPercentile(100*q)), h.max)
}
