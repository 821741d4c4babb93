package bench

import (
	"fmt"
	"math"
)

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
