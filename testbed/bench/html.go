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
	height := func(r Result) int { return len(bars(r)) * barHeight }
	t, err := template.New("report").Funcs(template.FuncMap{"number": number, "bars": bars, "plotHeight": height}).Parse(page)
	if err != nil {
		return "", fmt.Errorf("read page template: %w", err)
	}
	var out strings.Builder
	if err := t.Execute(&out, r); err != nil {
		return "", fmt.Errorf("write page: %w", err)
	}
	return out.String(), nil
}

// Bar is one contender of a plot: a bar from 0 to its value, the quartiles of its rounds, and a dot a round.
type Bar struct {
	Name   string
	Text   string
	Y      int     // of its top, in pixels
	Width  float64 // of the bar, in pixels
	Low    float64 // where the spread begins and ends
	High   float64
	Rounds []float64 // where the rounds are
}

const (
	plotWidth = 460 // pixels for the longest bar
	barHeight = 22
)

// bars lays out the plot of a row.
func bars(r Result) []Bar {
	type entry struct {
		name string
		e    Estimate
	}
	entries := []entry{{Crosspoint, r.Estimate}}
	if r.PeerValue != nil {
		entries = append(entries, entry{r.Peer, Estimate{Value: *r.PeerValue}})
	}
	for _, o := range r.Others {
		entries = append(entries, entry{o.Contender, o.Estimate})
	}
	longest := 0.0
	for _, e := range entries {
		longest = max(longest, e.e.Value)
		for _, v := range e.e.Rounds {
			longest = max(longest, v)
		}
	}
	if longest <= 0 {
		longest = 1
	}
	at := func(v float64) float64 { return v / longest * plotWidth }
	var out []Bar
	for i, e := range entries {
		b := Bar{Name: e.name, Text: number(e.e.Value) + " " + r.Unit, Y: i * barHeight, Width: at(e.e.Value)}
		if len(e.e.Rounds) > 1 {
			b.Low, b.High = at(e.e.Low), at(e.e.High)
		}
		for _, v := range e.e.Rounds {
			b.Rounds = append(b.Rounds, at(v))
		}
		out = append(out, b)
	}
	return out
}
