package bench

import (
	"slices"
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
	late    map[seriesKey]int   // how many of the samples are no more than the time for which an answer was waited in vain
	usage   map[seriesKey]Usage // of a workload, by its name
	skipped map[string]string   // series → why it was not measured
}

func newBook() *Book {
	return &Book{rounds: map[seriesKey][][]float64{}, late: map[seriesKey]int{}, usage: map[seriesKey]Usage{}, skipped: map[string]string{}}
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

// AddAnswered records one round of samples and what was never answered: each of that is a sample of the time for which it was waited,
// so that it shows in the slowest ones, and it is counted.
func (b *Book) AddAnswered(series, contender string, unanswered int, patience float64, samples ...float64) {
	for range unanswered {
		samples = append(samples, patience)
	}
	b.Add(series, contender, samples...)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late[seriesKey{series, contender}] += unanswered
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

// contenders are those with samples of a series, sorted.
func (b *Book) contenders(series string) (names []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k := range b.rounds {
		if k.series == series {
			names = append(names, k.contender)
		}
	}
	slices.Sort(names)
	return names
}

// estimate is a statistic over all rounds, and how far it can be relied on; ok is false without rounds.
func (b *Book) estimate(series, contender string, stat Stat) (e Estimate, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := seriesKey{series, contender}
	if len(b.rounds[k]) == 0 {
		return Estimate{}, false
	}
	e = newEstimate(b.rounds[k], stat)
	e.Unanswered = b.late[k]
	return e, true
}
