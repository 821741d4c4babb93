package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"strings"
)

//go:embed report.tmpl
var page string

// WriteHTML writes report.html: one file, no script, nothing to load.
func (r *Report) WriteHTML(path string) error {
	page, err := r.html()
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(page), 0o644)
}

func (r *Report) html() (string, error) {
	t, err := template.New("report").Funcs(template.FuncMap{"number": number, "plot": newPlot, "notes": Result.unanswered, "join": strings.Join, "paragraphs": paragraphs}).Parse(page)
	if err != nil {
		return "", fmt.Errorf("read page template: %w", err)
	}
	var out strings.Builder
	if err := t.Execute(&out, r); err != nil {
		return "", fmt.Errorf("write page: %w", err)
	}
	return out.String(), nil
}

// paragraphs are what blank lines separate in a text.
func paragraphs(text string) []string { return strings.Split(text, "\n\n") }

// group is the rows of one workload.
type group struct {
	Name, About string
	Usage       *Usage
	Rows        []Result
}

// Groups are the rows that were measured, by workload, in their order.
func (r *Report) Groups() (out []group) {
	at := map[string]int{}
	for _, row := range r.Rows {
		if row.Skipped != "" {
			continue
		}
		i, known := at[row.Workload]
		if !known {
			i = len(out)
			at[row.Workload] = i
			out = append(out, group{Name: row.Workload, About: r.Workloads[row.Workload], Usage: row.Usage})
		}
		out[i].Rows = append(out[i].Rows, row)
	}
	return out
}

// Missing are the rows that could not be measured.
func (r *Report) Missing() (out []Result) {
	for _, row := range r.Rows {
		if row.Skipped != "" && row.Skipped != notChosen {
			out = append(out, row)
		}
	}
	return out
}

// NotChosen names the rows that were not asked for.
func (r *Report) NotChosen() (names []string) {
	for _, row := range r.Rows {
		if row.Skipped == notChosen {
			names = append(names, row.Name)
		}
	}
	return names
}

// Tally counts rows by how they fared.
func (r *Report) Tally() (t struct{ Measured, Met, Missed, Skipped int }) {
	for _, row := range r.Rows {
		switch {
		case row.Skipped == notChosen:
		case row.Skipped != "":
			t.Skipped++
		default:
			t.Measured++
		}
		switch row.Verdict() {
		case verdictMet:
			t.Met++
		case verdictMissed:
			t.Missed++
		}
	}
	return t
}

// plot is the drawing of a row, in pixels.
type plot struct {
	Height int
	Bars   []bar
	// Limit is where the target is, beside what it is called; drawn when Target is not "".
	Limit  float64
	Target string
}

// bar is one contender of a plot: a bar from 0 to its value, a line between its bounds, and a dot a round.
type bar struct {
	Name   string
	Text   string
	Y      int // of its top
	Width  float64
	Low    float64 // where the bounds are
	High   float64
	Rounds []float64 // where the rounds are
	Own    bool
}

const (
	plotWidth = 330 // for the longest bar
	barHeight = 24
)

// newPlot lays out a row.
func newPlot(r Result) plot {
	bars := []bar{{Name: Crosspoint, Own: true}}
	all := []Estimate{r.Estimate}
	if r.PeerEstimate != nil {
		bars, all = append(bars, bar{Name: r.Peer}), append(all, *r.PeerEstimate)
	}
	for _, o := range r.Others {
		bars, all = append(bars, bar{Name: o.Contender}), append(all, o.Estimate)
	}
	longest := 0.0
	for _, e := range all {
		longest = max(longest, e.Value, e.High)
		for _, v := range e.Rounds {
			longest = max(longest, v)
		}
	}
	if r.Limit != nil {
		longest = max(longest, *r.Limit)
	}
	if longest <= 0 {
		longest = 1
	}
	at := func(v float64) float64 { return max(0, v) / longest * plotWidth }
	for i, e := range all {
		b := &bars[i]
		b.Text, b.Y, b.Width = number(e.Value)+" "+r.Unit, i*barHeight, at(e.Value)
		b.Low, b.High = at(e.Low), at(e.High)
		for _, v := range e.Rounds {
			b.Rounds = append(b.Rounds, at(v))
		}
	}
	p := plot{Height: len(bars)*barHeight + 4, Bars: bars}
	if r.Limit != nil {
		p.Limit, p.Target = at(*r.Limit), r.Target
		p.Height += 14
	}
	return p
}
