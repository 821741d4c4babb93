package bench

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"html"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// Flame is a flame graph: where a workload's processor time in the controller went.
type Flame struct {
	Workload string        `json:"workload"`
	File     string        `json:"file"` // beside report.json; the profile itself is there too, ending in .prof
	Busy     float64       `json:"busy"` // processors in use
	SVG      template.HTML `json:"-"`    // made here, of escaped names
	merged   *profile.Profile
}

// hottest is how many workloads have a flame graph.
const hottest = 2

// flames draws the workloads that took most processor time a second.
func flames(profiles map[string][]*profile.Profile) (out []Flame, err error) {
	for name, all := range profiles {
		p, err := profile.Merge(all)
		if err != nil {
			return nil, fmt.Errorf("merge profiles of %s: %w", name, err)
		}
		root := stacks(p)
		if root.nanos == 0 || p.DurationNanos == 0 {
			continue
		}
		title := fmt.Sprintf("%s: %v of processor time in %v", name, time.Duration(root.nanos).Round(time.Millisecond), time.Duration(p.DurationNanos).Round(time.Millisecond))
		out = append(out, Flame{
			Workload: name, File: "flame-" + name + ".svg", Busy: float64(root.nanos) / float64(p.DurationNanos), SVG: template.HTML(root.svg(title)), merged: p,
		})
	}
	slices.SortFunc(out, func(a, b Flame) int { return cmp.Or(cmp.Compare(b.Busy, a.Busy), cmp.Compare(a.Workload, b.Workload)) })
	return out[:min(len(out), hottest)], nil
}

// WriteFlames writes the flame graphs, and the profiles that they are drawn from, into a folder.
func (r *Report) WriteFlames(folder string) error {
	for _, f := range r.Flames {
		if err := os.WriteFile(filepath.Join(folder, f.File), []byte(f.SVG), 0o644); err != nil {
			return err
		}
		file, err := os.Create(filepath.Join(folder, strings.TrimSuffix(f.File, ".svg")+".prof"))
		if err != nil {
			return err
		}
		if err := f.merged.Write(file); err != nil {
			return fmt.Errorf("write profile: %w", err)
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// call is a function in a tree of calls, with all that it calls.
type call struct {
	name  string
	nanos int64
	calls map[string]*call
}

// stacks makes a tree of a CPU profile, whose samples have a count and nanoseconds.
func stacks(p *profile.Profile) *call {
	root := &call{name: "all"}
	for _, s := range p.Sample {
		nanos := s.Value[len(s.Value)-1]
		at := root
		at.nanos += nanos
		for _, l := range slices.Backward(s.Location) { // the caller comes last
			for _, line := range slices.Backward(l.Line) { // and so does what others are inlined into
				at = at.into(line.Function.Name)
				at.nanos += nanos
			}
		}
	}
	return root
}

func (c *call) into(name string) *call {
	if c.calls == nil {
		c.calls = map[string]*call{}
	}
	if c.calls[name] == nil {
		c.calls[name] = &call{name: name}
	}
	return c.calls[name]
}

// The drawing, in pixels.
const (
	flameWidth  = 1180.0
	flameRow    = 17
	flameHead   = 26
	flameLetter = 6.6 // of the font
	flameLeast  = 0.4 // what is narrower is left out
)

// flameStyle has colours for light and for dark surroundings.
const flameStyle = `<style>.flame{background:#fff}.flame text{font:11px ui-monospace,monospace;fill:#1c1a17;pointer-events:none}.flame rect{stroke:#fff;stroke-width:.5}` +
	`.flame rect:hover{stroke:#000}.flame .title{font-weight:600}@media(prefers-color-scheme:dark){.flame{background:#14181d}.flame .title{fill:#e6e9ec}.flame rect{stroke:#14181d}.flame rect:hover{stroke:#fff}}</style>`

// svg draws the tree, callers above what they call: self-contained, with the full name and share of each function where the pointer rests.
func (c *call) svg(title string) string {
	var b strings.Builder
	height := flameHead + c.depth(flameLeast/flameWidth*float64(c.nanos))*flameRow
	_, _ = fmt.Fprintf(&b, `<svg class="flame" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" width="100%%" role="img">%s<text class="title" x="4" y="17">%s</text>`,
		flameWidth, height, flameStyle, html.EscapeString(title))
	c.draw(&b, 0, 0, flameWidth/float64(c.nanos), c.nanos)
	b.WriteString("</svg>\n")
	return b.String()
}

// depth is how many rows have something that took so long at least.
func (c *call) depth(least float64) (rows int) {
	if float64(c.nanos) < least {
		return 0
	}
	for _, below := range c.calls {
		rows = max(rows, below.depth(least))
	}
	return rows + 1
}

// draw adds a function at a row, and what it calls below it.
func (c *call) draw(b *strings.Builder, x float64, row int, scale float64, all int64) {
	width := float64(c.nanos) * scale
	if width < flameLeast {
		return
	}
	y := flameHead + row*flameRow
	short, _, _ := strings.Cut(c.name, "[") // without type arguments
	short = short[strings.LastIndexByte(short, '/')+1:]
	_, _ = fmt.Fprintf(b, `<g><title>%s: %.1f %%, %v</title><rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`,
		html.EscapeString(c.name), 100*float64(c.nanos)/float64(all), time.Duration(c.nanos), x, y, width, flameRow-1, flameColour(short))
	if letters := int((width - 6) / flameLetter); letters >= 3 {
		text := short
		if len(text) > letters {
			text = text[:letters-1] + "…"
		}
		_, _ = fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`, x+3, y+12, html.EscapeString(text))
	}
	b.WriteString("</g>")
	below := slices.SortedFunc(func(yield func(*call) bool) {
		for _, n := range c.calls {
			if !yield(n) {
				return
			}
		}
	}, func(a, b *call) int { return cmp.Or(cmp.Compare(b.nanos, a.nanos), cmp.Compare(a.name, b.name)) })
	for _, n := range below {
		n.draw(b, x, row+1, scale, all)
		x += float64(n.nanos) * scale
	}
}

// flameColour is the same for all functions of a package, warm for what is ours and cool for what is not.
func flameColour(short string) string {
	pkg, _, _ := strings.Cut(short, ".")
	h := fnv.New32a()
	_, _ = h.Write([]byte(pkg))
	shade := int(h.Sum32() % 40)
	if pkg == "runtime" || pkg == "syscall" || pkg == "poll" || pkg == "net" || pkg == "os" {
		return fmt.Sprintf("hsl(%d 30%% 78%%)", 200+shade)
	}
	return fmt.Sprintf("hsl(%d 80%% 70%%)", 15+shade)
}
