package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"text/tabwriter"
)

// Verdicts of a comparison.
const (
	same    = "same"
	floored = "the floor moved alike" // the machine is another, or did something else
	single  = "one figure, with no bounds"
	differs = "DIFFERS"
	missing = "only in the first"
)

// ReadReport reads what WriteJSON wrote.
func ReadReport(path string) (*Report, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	r := &Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, err)
	}
	return r, nil
}

// Compare prints what differs between two runs by more than their bounds allow, and tells how many rows do. Where the floor moved by the same
// factor, it was the machine.
func Compare(w io.Writer, before, after *Report) (differ int, err error) {
	now := map[string]Result{}
	for _, r := range after.Rows {
		now[r.Name] = r
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ROW\tBEFORE\tBOUNDS\tAFTER\tBOUNDS\tUNIT\tVERDICT")
	both := 0
	for _, a := range before.Rows {
		if a.Skipped != "" {
			continue
		}
		b, verdict := now[a.Name], missing
		if len(b.Rounds) > 0 {
			both++
			verdict = judge(a, b)
		}
		if verdict == differs {
			differ++
		}
		if verdict != same {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Name, number(a.Value), a.bounds(), number(b.Value), b.bounds(), a.Unit, verdict)
		}
	}
	if err := t.Flush(); err != nil {
		return differ, err
	}
	_, err = fmt.Fprintf(w, "\n%d rows in both runs, %d differ by more than their bounds\n", both, differ)
	return differ, err
}

// judge compares a row of two runs: the figures, and where they differ, their ratios to the floor.
func judge(a, b Result) string {
	switch {
	case overlap(a.Estimate, b.Estimate):
		return same
	case a.Single || b.Single:
		return single
	case a.PeerEstimate != nil && b.PeerEstimate != nil && overlap(byFloor(a), byFloor(b)):
		return floored
	default:
		return differs
	}
}

func overlap(a, b Estimate) bool { return a.Low <= b.High && b.Low <= a.High }

// byFloor has the bounds of a ratio to the floor.
func byFloor(r Result) Estimate {
	e := Estimate{High: math.Inf(1)}
	if high := r.PeerEstimate.High; high > 0 {
		e.Low = r.Low / high
	}
	if low := r.PeerEstimate.Low; low > 0 {
		e.High = r.High / low
	}
	return e
}

// bounds prints those of an estimate.
func (e Estimate) bounds() string {
	if len(e.Rounds) == 0 || e.Single {
		return ""
	}
	return number(e.Low) + "–" + number(e.High)
}
