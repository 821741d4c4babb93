package igmp

import "time"

// bucket lets through so many a second, and so many at once after a silence. What counts for several passes when there is one left, and what it takes
// beyond that must come back first. The zero value is full.
type bucket struct {
	tokens float64
	at     time.Time // of the last take; zero: there was none
}

// take tells whether one more, which counts for weight, may pass at now. Time that goes back fills nothing.
func (b *bucket) take(now time.Time, rate, burst, weight int) bool {
	switch {
	case b.at.IsZero():
		b.tokens = float64(burst)
		b.at = now
	case now.After(b.at):
		b.tokens = min(float64(burst), b.tokens+now.Sub(b.at).Seconds()*float64(rate))
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens -= float64(weight)
	return true
}
