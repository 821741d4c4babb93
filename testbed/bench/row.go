package bench

import (
	"fmt"
	"math"
	"slices"
)

// Stat is what a row takes from the samples of all rounds.
type Stat int

// The statistics. The first two are of all samples of all rounds together, so that a slow one counts as often as it comes.
const (
	Median Stat = iota
	P99
	Max // the median over the rounds of the largest sample of each
	Sum // of everything: what must not happen is counted, however often it was tried
)

// of gives the statistic of samples, which must not be empty. Quantiles are the smallest sample that so many do not exceed.
func (s Stat) of(samples []float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	switch s {
	case P99:
		return sorted[min(len(sorted)-1, int(math.Ceil(0.99*float64(len(sorted))))-1)]
	case Max:
		return sorted[len(sorted)-1]
	case Sum:
		total := 0.0
		for _, v := range sorted {
			total += v
		}
		return total
	default:
		return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
	}
}

// Target is what a row is to reach. Zero fields ask for nothing; all that is asked for must hold.
type Target struct {
	AtMost  *float64 // of the value
	AtLeast *float64 // of the value
	Ratio   float64  // the most that the value may be of the floor's; for what is better when higher, the least is its inverse
	Over    float64  // the most that the value may be above the floor's
}

func atMost(v float64) Target  { return Target{AtMost: &v} }
func atLeast(v float64) Target { return Target{AtLeast: &v} }
func within(ratio float64) Target {
	return Target{Ratio: ratio}
}

// String is the target in words; "" when nothing is asked for.
func (t Target) String() string {
	out := ""
	add := func(format string, v float64) {
		if out != "" {
			out += ", "
		}
		out += fmt.Sprintf(format, number(v))
	}
	if t.AtMost != nil {
		add("≤ %s", *t.AtMost)
	}
	if t.AtLeast != nil {
		add("≥ %s", *t.AtLeast)
	}
	if t.Ratio != 0 {
		add("≤ %s × floor", t.Ratio)
	}
	if t.Over != 0 {
		add("≤ floor + %s", t.Over)
	}
	return out
}

// met judges a value beside the floor's; floor is NaN when there is none. What is asked of a floor that is missing is not met.
func (t Target) met(value, floor float64) bool {
	switch {
	case t.AtMost != nil && value > *t.AtMost, t.AtLeast != nil && value < *t.AtLeast:
		return false
	case t.Ratio != 0 && !(value <= t.Ratio*floor), t.Over != 0 && !(value <= floor+t.Over):
		return false
	}
	return true
}

// limit is the value at which the target is just met; nil when nothing is asked for, or it takes a floor that is missing.
func (t Target) limit(floor float64) *float64 {
	var v float64
	switch {
	case t.AtMost != nil:
		v = *t.AtMost
	case t.AtLeast != nil:
		v = *t.AtLeast
	case t.Ratio != 0:
		v = t.Ratio * floor
	case t.Over != 0:
		v = floor + t.Over
	default:
		return nil
	}
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

// Row declares one figure of the report.
type Row struct {
	Name   string // unique, dotted: "join.report.p50"
	Title  string // what it is, for people
	Unit   string
	Series string // the samples it is taken from; a workload measures them
	Stat   Stat
	Target Target
	// Floor is whose figure of the same series stands beside it: Raw, or none. FloorSeries takes it from another series.
	Floor       string
	FloorSeries string
	// HigherIsBetter is for rates.
	HigherIsBetter bool
}
