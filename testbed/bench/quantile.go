package bench

import (
	"fmt"
	"math"
	"slices"
)

// quantile interpolates between the two nearest values, which must not be empty.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// number prints three digits that count, and no exponent.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a == 0 || math.IsNaN(v):
		return fmt.Sprintf("%.0f", v)
	case a >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}
