package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is all of one run, as it is written to report.json.
type Report struct {
	At       time.Time         `json:"at"`
	Took     string            `json:"took"`
	Full     bool              `json:"full"`
	Machine  string            `json:"machine"`
	Versions map[string]string `json:"versions"`
	// Absent says of peers why they were not measured, or not in all rounds.
	Absent map[string]string `json:"absent,omitempty"`
	Rows   []Result          `json:"rows"`
	// Workloads says what each of those that measured something does.
	Workloads map[string]string `json:"workloads"`
	// Flames show where the processor time of the hottest workloads went; only where that was asked for.
	Flames []Flame `json:"flames,omitempty"`
	micro  string  // what "go test -bench" printed
}

func newReport(s *Stand, workloads []Workload, began time.Time) (*Report, error) {
	s.Versions["go"] = runtime.Version()
	drawn, err := flames(s.profiles)
	about := map[string]string{}
	for _, w := range workloads {
		about[w.Name] = w.About
	}
	return &Report{
		At: began.UTC().Truncate(time.Second), Took: time.Since(began).Round(time.Second).String(), Full: s.Full,
		Machine: fmt.Sprintf("%d × %s, %s", runtime.NumCPU(), processor(), kernel()), Versions: s.Versions, Absent: s.Absent,
		Rows: results(Rows(), workloads, s.Book), Workloads: about, Flames: drawn, micro: s.micro.String(),
	}, err
}

// processor is what the first processor calls itself.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	return "Linux " + strings.TrimSpace(string(b))
}

// WriteJSON writes report.json.
func (r *Report) WriteJSON(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// WriteMicro writes what "go test -bench" printed, as benchstat reads it; nothing when that was not run.
func (r *Report) WriteMicro(path string) error {
	if r.micro == "" {
		return nil
	}
	return os.WriteFile(path, []byte(r.micro), 0o644)
}

// WriteTable prints the rows for people. What was not chosen is left out; what could not be measured says why, and so does what missed its target.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ROW\tVALUE\tBOUNDS\tUNIT\tTARGET\tPEER\tPEER VALUE\tBOUNDS\tRATIO\tMET\tCPU\tMEMORY")
	for _, row := range r.Rows {
		if row.Skipped != "" {
			continue
		}
		_, _ = fmt.Fprintln(t, strings.Join(row.cells(), "\t"))
		for _, o := range row.Others {
			_, _ = fmt.Fprintf(t, "\t\t\t\t\t%s\t%s\t%s\t%s\t\t\t\n", o.Contender, number(o.Value), o.bounds(), number(o.Ratio))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	r.writeNotes(w)
	for _, peer := range slices.Sorted(maps.Keys(r.Absent)) {
		_, _ = fmt.Fprintf(w, "NOT MEASURED BESIDE  %s: %s\n", peer, r.Absent[peer])
	}
	_, err := fmt.Fprintf(w, "\n%s; %s; %s; bounds hold the figure with 95 %% confidence: two runs agree where theirs overlap\n", r.Machine, r.versions(), r.Took)
	return err
}

// versions are those of all that took part, in one line.
func (r *Report) versions() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		all = append(all, name+": "+r.Versions[name])
	}
	return strings.Join(all, "; ")
}

// writeNotes says what the table cannot.
func (r *Report) writeNotes(w io.Writer) {
	for _, row := range r.Rows {
		for _, line := range row.unanswered() {
			_, _ = fmt.Fprintf(w, "NO ANSWER  %s: %s\n", row.Name, line)
		}
		if row.Skipped != "" && row.Skipped != notChosen {
			_, _ = fmt.Fprintf(w, "NOT MEASURED  %s: %s\n", row.Name, row.Skipped)
		}
	}
	for _, row := range r.Rows {
		if row.Met == nil || *row.Met {
			continue
		}
		_, _ = fmt.Fprintf(w, "\nMISSED  %s: %s %s, wanted %s\n", row.Name, number(row.Value), row.Unit, row.Target)
		for line := range strings.Lines(cmp.Or(row.Why, "NOT EXPLAINED")) {
			_, _ = fmt.Fprintln(w, strings.TrimRight("    "+strings.TrimSpace(line), " "))
		}
	}
	if names := r.Unexplained(); len(names) > 0 {
		_, _ = fmt.Fprintf(w, "\nNOT EXPLAINED  %s: say in testbed/bench/missed.md where the time goes\n", strings.Join(names, ", "))
	}
}

// Unexplained names the rows that missed their targets and of which missed.md says nothing.
func (r *Report) Unexplained() (names []string) {
	for _, row := range r.Rows {
		if row.Verdict() == verdictMissed && row.Why == "" {
			names = append(names, row.Name)
		}
	}
	return names
}

// unanswered says whose samples are no more than the time for which an answer was waited in vain.
func (r Result) unanswered() (lines []string) {
	say := func(who string, e Estimate) {
		if e.Unanswered > 0 {
			lines = append(lines, fmt.Sprintf("%d of %d of %s; each counts as long as it was waited for", e.Unanswered, e.Samples, who))
		}
	}
	say(Crosspoint, r.Estimate)
	if r.PeerEstimate != nil {
		say(r.Peer, *r.PeerEstimate)
	}
	for _, o := range r.Others {
		say(o.Contender, o.Estimate)
	}
	return lines
}

func (r Result) cells() []string {
	cells := []string{r.Name, number(r.Value), r.bounds(), r.Unit, r.Target, r.Peer, "", "", "", "", "", ""}
	if r.PeerEstimate != nil {
		cells[6], cells[7] = number(r.PeerEstimate.Value), r.PeerEstimate.bounds()
	}
	if r.Ratio != nil {
		cells[8] = number(*r.Ratio)
	}
	cells[9] = r.Verdict()
	if r.Usage != nil {
		cells[10], cells[11] = fmt.Sprintf("%.0f %%", 100*r.Usage.CPU), fmt.Sprintf("%.0f MiB", r.Usage.RSS)
	}
	return cells
}
