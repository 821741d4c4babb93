package bench

import (
	"sync"
)

// The contenders, as they are named in reports.
const (
	Crosspoint = "crosspoint"
	Raw        = "raw"          // a client that decides nothing: the floor
	Snooping   = "ovs-snooping" // Open vSwitch's own multicast snooping
	OSKen      = "os-ken"
)

// seriesKey names the samples of one contender.
type seriesKey struct{ series, contender string }

// Usage is what a contender's process took during a workload.
type Usage struct {
	CPU float64 `json:"cpu"` // seconds of processor time a second
	RSS float64 `json:"rss"` // the most memory it had resident, in MiB
}

// Book collects samples as workloads measure them. It may be used by several goroutines.
type Book struct {
	mu      sync.Mutex
	rounds  map[seriesKey][][]float64
	usage   map[seriesKey]Usage // of a workload, by its name
	skipped map[string]string   // series → why it was not measured
}

func newBook() *Book {
	return &Book{rounds: map[seriesKey][][]float64{}, usage: map[seriesKey]Usage{}, skipped: map[string]string{}}
}

// Add records the samples of one round. A round without samples is none.
func (b *Book) Add(series, contender string, samples ...float64) {
	if len(samples) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k := seriesKey{series, contender}
	b.rounds[k] = append(b.rounds[k], samples)
}

// addUsage keeps the most that was seen.
func (b *Book) addUsage(workload, contender string, u Usage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := seriesKey{workload, contender}
	old := b.usage[k]
	b.usage[k] = Usage{CPU: max(old.CPU, u.CPU), RSS: max(old.RSS, u.RSS)}
}

// skip says why series are not measured.
func (b *Book) skip(series []string, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range series {
		b.skipped[s] = why
	}
}

// estimate is the median over rounds of a statistic, and the distance between the quartiles of the rounds; ok is false without rounds.
func (b *Book) estimate(series, contender string, stat Stat) (e Estimate, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rounds := b.rounds[seriesKey{series, contender}]
	if len(rounds) == 0 {
		return Estimate{}, false
	}
	var each []float64
	for _, r := range rounds {
		each = append(each, stat.of(r))
		e.Samples += len(r)
	}
	e.Rounds, e.Value = each, Median.of(each)
	e.Spread = quantile(each, 0.75) - quantile(each, 0.25)
	return e, true
}

// Estimate is one contender's figure.
type Estimate struct {
	Value   float64   `json:"value"`
	Spread  float64   `json:"spread"`
	Samples int       `json:"samples"`
	Rounds  []float64 `json:"rounds"` // the figure of each round, in order
}
