package bench

import (
	"math"
	"slices"
)

// Estimate is one contender's figure.
type Estimate struct {
	Value float64 `json:"value"`
	// Low and High are the bounds between which the figure lies with 95 % confidence, whatever the distribution is: two runs agree where
	// theirs overlap. Spread is the distance between them.
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Spread  float64 `json:"spread"`
	Samples int     `json:"samples"`
	// Single says that there is one sample alone, so that nothing bounds the figure: Low and High are itself.
	Single bool `json:"single,omitempty"`
	// Unanswered is how many of the samples had no answer: they count as long as it was waited for one.
	Unanswered int       `json:"unanswered,omitempty"`
	Rounds     []float64 `json:"rounds"` // the statistic of each round, in order
}

// newEstimate works out a statistic of rounds, of which there must be one, and none empty.
func newEstimate(rounds [][]float64, stat Stat) Estimate {
	e := Estimate{Rounds: make([]float64, len(rounds))}
	for i, r := range rounds {
		e.Rounds[i] = stat.of(r)
		e.Samples += len(r)
	}
	e.Value = stat.over(rounds)
	e.Low, e.High = stat.bounds(rounds, e.Rounds, e.Value)
	e.Spread, e.Single = e.High-e.Low, e.Samples == 1 && stat != Sum
	return e
}

// over gives the statistic of all rounds.
func (s Stat) over(rounds [][]float64) float64 {
	if s != Max {
		return s.of(slices.Concat(rounds...))
	}
	var each []float64
	for _, r := range rounds {
		each = append(each, s.of(r))
	}
	return Median.of(each)
}

// bounds are those of an estimate. What a machine does meanwhile hits a whole round, so all are bounded by the rounds, each of which counts as one
// observation. The slowest 1 % are few in a round, so all samples bound them as well; these alone are not enough, as of less than 368 samples the
// largest bounds nothing.
func (s Stat) bounds(rounds [][]float64, each []float64, value float64) (low, high float64) {
	switch {
	case s == Sum:
		return value, value
	case s == P99:
		low, high = quantileBounds(slices.Concat(rounds...), 0.99)
		l, h := roundBounds(each)
		low, high = min(low, l), max(high, h)
	case len(rounds) == 1 && s == Median:
		low, high = quantileBounds(rounds[0], 0.5)
	default:
		low, high = roundBounds(each)
	}
	return min(low, value), max(high, value)
}

// student has Student's t for 95 % confidence by the number of rounds, where the order of the rounds alone cannot give that much.
var student = [...]float64{2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}

// roundBounds are those of the middle of rounds: by their order, which takes six of them, or else as if they were distributed normally, but never
// closer than the lowest and the highest. A single round bounds nothing but itself.
func roundBounds(each []float64) (low, high float64) {
	low, high = quantileBounds(each, 0.5)
	n := len(each)
	if n < 2 || n >= len(student) {
		return low, high
	}
	mean, squares := Sum.of(each)/float64(n), 0.0
	for _, v := range each {
		squares += (v - mean) * (v - mean)
	}
	off := student[n] * math.Sqrt(squares/float64(n-1)/float64(n))
	if low >= 0 {
		return max(0, min(low, mean-off)), max(high, mean+off) // what is never negative is not expected to be
	}
	return min(low, mean-off), max(high, mean+off)
}

// confidence is how sure bounds are, divided among their two sides.
const confidence = 0.95

// quantileBounds gives the two samples between which a quantile of what they are drawn from lies; the smallest or the largest where there are
// too few to be sure: below 6 for a median, below 368 for the slowest 1 %.
func quantileBounds(samples []float64, q float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(samples))
	first, last := boundRanks(len(sorted), q)
	return sorted[first], sorted[last]
}

// boundRanks gives the indexes of the two samples, of n that are sorted. The number of samples below the quantile is binomial.
func boundRanks(n int, q float64) (first, last int) {
	const side = (1 - confidence) / 2
	last = n - 1
	below := 0.0 // the chance that at most so many samples lie below
	for k := range n {
		below += binomial(n, k, q)
		if below <= side {
			first = k
		}
		if below >= 1-side {
			return first, k
		}
	}
	return first, last
}

// binomial is the chance of k hits in n tries of chance q.
func binomial(n, k int, q float64) float64 {
	log := func(v int) float64 { l, _ := math.Lgamma(float64(v + 1)); return l }
	return math.Exp(log(n) - log(k) - log(n-k) + float64(k)*math.Log(q) + float64(n-k)*math.Log1p(-q))
}
