package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
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
	Rows     []Result          `json:"rows"`
}

func newReport(s *Stand, workloads []Workload, began time.Time) *Report {
	s.Versions["go"] = runtime.Version()
	return &Report{
		At: began.UTC().Truncate(time.Second), Took: time.Since(began).Round(time.Second).String(), Full: s.Full,
		Machine: fmt.Sprintf("%d × %s, %s", runtime.NumCPU(), processor(), kernel()), Versions: s.Versions,
		Rows: results(Rows(), workloads, s.Book),
	}
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

// WriteTable prints the rows for people. What was not chosen is left out; what could not be measured says why.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ROW\tVALUE\tSPREAD\tUNIT\tTARGET\tPEER\tPEER VALUE\tRATIO\tMET\tCPU\tMEMORY")
	var skipped []Result
	for _, row := range r.Rows {
		if row.Skipped != "" {
			skipped = append(skipped, row)
			continue
		}
		_, _ = fmt.Fprintln(t, strings.Join(row.cells(), "\t"))
		for _, o := range row.Others {
			_, _ = fmt.Fprintf(t, "\t\t\t\t\t%s\t%s ± %s\t%s\t\t\t\n", o.Contender, number(o.Value), number(o.Spread), number(o.Ratio))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, row := range skipped {
		if row.Skipped != "not chosen" {
			_, _ = fmt.Fprintf(w, "NOT MEASURED  %s: %s\n", row.Name, row.Skipped)
		}
	}
	_, err := fmt.Fprintf(w, "\n%s; %s; %s; spread is the distance between the quartiles of the rounds\n", r.Machine, r.Versions["fabric"], r.Took)
	return err
}

func (r Result) cells() []string {
	cells := []string{r.Name, number(r.Value), "± " + number(r.Spread), r.Unit, r.Target, r.Peer, "", "", "", "", ""}
	if r.PeerValue != nil {
		cells[6] = number(*r.PeerValue)
	}
	if r.Ratio != nil {
		cells[7] = number(*r.Ratio)
	}
	cells[8] = r.Verdict()
	if r.Usage != nil {
		cells[9], cells[10] = fmt.Sprintf("%.0f %%", 100*r.Usage.CPU), fmt.Sprintf("%.0f MiB", r.Usage.RSS)
	}
	return cells
}
