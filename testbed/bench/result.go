package bench

import "math"

// Result is a row with its figures, as it stands in report.json.
type Result struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Unit   string `json:"unit"`
	Target string `json:"target,omitempty"`
	// Limit is the value at which the target is just met in this run.
	Limit *float64 `json:"limit,omitempty"`
	// Workload is what measured it.
	Workload string `json:"workload,omitempty"`
	Estimate
	// Peer is whose figure stands beside it: the floor, where there is one. PeerEstimate is all that is known of PeerValue.
	Peer         string    `json:"peer,omitempty"`
	PeerValue    *float64  `json:"peerValue,omitempty"`
	PeerEstimate *Estimate `json:"peerEstimate,omitempty"`
	Ratio        *float64  `json:"ratio,omitempty"` // value by peer value
	Met          *bool     `json:"met,omitempty"`   // absent without a target, or without a value
	// Why says of a target that was missed where the time goes, and what was tried.
	Why string `json:"why,omitempty"`
	// Others are all the other contenders that were measured.
	Others  []Other `json:"others,omitempty"`
	Usage   *Usage  `json:"usage,omitempty"`   // of the controller's process while this was measured
	Skipped string  `json:"skipped,omitempty"` // why there is no value
}

// What a verdict says of a row with a target.
const (
	verdictMet    = "yes"
	verdictMissed = "MISSED"
)

// Verdict is whether the target was met, for people: "yes", "MISSED", or "" without a target.
func (r Result) Verdict() string {
	switch {
	case r.Met == nil:
		return ""
	case *r.Met:
		return verdictMet
	default:
		return verdictMissed
	}
}

// Other is what another contender got.
type Other struct {
	Contender string `json:"contender"`
	Estimate
	Ratio float64 `json:"ratio"` // Crosspoint's value by this one
}

// results works out all rows of what was measured.
func results(rows []Row, workloads []Workload, book *Book) []Result {
	owner := map[string]string{}
	for _, w := range workloads {
		for _, s := range w.Series {
			owner[s] = w.Name
		}
	}
	why := explanations()
	out := make([]Result, 0, len(rows))
	for _, row := range rows {
		r := row.result(book)
		r.Workload = owner[row.Series]
		if r.Met != nil && !*r.Met {
			r.Why = why[row.Name]
		}
		if u, ok := book.usage[seriesKey{r.Workload, Crosspoint}]; ok && r.Skipped == "" {
			r.Usage = &u
		}
		out = append(out, r)
	}
	return out
}

func (row Row) result(book *Book) Result {
	r := Result{Name: row.Name, Title: row.Title, Unit: row.Unit, Target: row.Target.String()}
	e, ok := book.estimate(row.Series, Crosspoint, row.Stat)
	if !ok {
		if r.Skipped = book.skipped[row.Series]; r.Skipped == "" {
			r.Skipped = "not measured in this run"
		}
		return r
	}
	r.Estimate = e
	floor := math.NaN()
	if f, ok := book.estimate(row.floorSeries(), row.Floor, row.Stat); ok {
		floor = f.Value
		r.Peer, r.PeerValue, r.PeerEstimate = row.Floor, &floor, &f
		if row.FloorSeries != "" {
			r.Peer = row.FloorSeries
		}
		r.Ratio = ratio(e.Value, floor)
	}
	r.Limit = row.Target.limit(floor)
	if r.Target != "" {
		met := row.Target.met(e.Value, floor)
		r.Met = &met
	}
	for _, c := range book.contenders(row.Series) {
		if o, ok := book.estimate(row.Series, c, row.Stat); ok && c != row.Floor && c != Crosspoint {
			other := Other{Contender: c, Estimate: o}
			if q := ratio(e.Value, o.Value); q != nil {
				other.Ratio = *q
			}
			r.Others = append(r.Others, other)
		}
	}
	return r
}

func (row Row) floorSeries() string {
	if row.FloorSeries != "" {
		return row.FloorSeries
	}
	return row.Series
}

// ratio is nil when nothing can be divided by.
func ratio(value, by float64) *float64 {
	if by == 0 || math.IsNaN(by) {
		return nil
	}
	q := value / by
	return &q
}
