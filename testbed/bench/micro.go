package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// micros are the Go micro-benchmarks whose figures stand in the report, by the series that they fill. "make bench-micro" runs all there are.
var micros = []struct{ series, pkg, name, title string }{
	{"micro.join.50", "./controller/core", "BenchmarkJoin/50_flows", "a join or leave in the state machine, 50 flows"},
	{"micro.join.1000", "./controller/core", "BenchmarkJoin/1000_flows", "a join or leave in the state machine, 1,000 flows"},
	{"micro.join.10000", "./controller/core", "BenchmarkJoin/10000_flows", "a join or leave in the state machine, 10,000 flows"},
	{"micro.flow.50", "./controller/core", "BenchmarkFlow/50_flows", "a flow created and one deleted in the state machine, 50 flows"},
	{"micro.flow.1000", "./controller/core", "BenchmarkFlow/1000_flows", "a flow created and one deleted in the state machine, 1,000 flows"},
	{"micro.flow.10000", "./controller/core", "BenchmarkFlow/10000_flows", "a flow created and one deleted in the state machine, 10,000 flows"},
	{"micro.packetin", "./openflow", "BenchmarkParsePacketIn", "a PACKET_IN decoded"},
	{"micro.groupmod", "./openflow", "BenchmarkAppendGroupMod16", "a GROUP_MOD of 16 buckets encoded"},
	{"micro.pair", "./openflow/ofconn", "BenchmarkPacketInFlowMod", "a PACKET_IN read and a FLOW_MOD written, on a connection"},
}

func microWorkloads() []Workload {
	w := Workload{Name: "micro", About: "Go micro-benchmarks of the parts", Run: runMicros}
	for _, m := range micros {
		w.Series = append(w.Series, m.series)
	}
	return []Workload{w}
}

// microRows hold the cost of one join, and of one flow, against itself with 50 flows: it must not depend on how many there are.
func microRows() (rows []Row) {
	for _, m := range micros {
		r := Row{Name: m.series, Title: m.title, Unit: "ns", Series: m.series}
		for _, of50 := range []string{"micro.join.50", "micro.flow.50"} {
			if strings.HasPrefix(m.series, strings.TrimSuffix(of50, "50")) && m.series != of50 {
				r.Floor, r.FloorSeries, r.Target = Crosspoint, of50, within(1.5)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// benchmarkLine is a line of "go test -bench": the name without the number of processors, and the first figure.
var benchmarkLine = regexp.MustCompile(`(?m)^(Benchmark\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)

func runMicros(ctx context.Context, s *Stand) error {
	if _, err := os.Stat("go.mod"); err != nil {
		return fmt.Errorf("run from the top of the source: %w", err)
	}
	byPackage := map[string][]string{}
	var order []string
	for _, m := range micros {
		if byPackage[m.pkg] == nil {
			order = append(order, m.pkg)
		}
		name, _, _ := strings.Cut(m.name, "/")
		byPackage[m.pkg] = append(byPackage[m.pkg], name)
	}
	folder, err := os.MkdirTemp("", "crosspoint-micro")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	for _, pkg := range order {
		binary := filepath.Join(folder, filepath.Base(pkg)+".test")
		if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, pkg).CombinedOutput(); err != nil {
			return fmt.Errorf("go test -c %s: %w: %.300s", pkg, err, out)
		}
		pattern := "^(" + strings.Join(byPackage[pkg], "|") + ")$"
		for range s.rounds(4) { // in turn, so that what the machine does meanwhile hits all that are compared
			cmd := exec.CommandContext(ctx, binary, "-test.run", "^$", "-test.bench", pattern, "-test.benchmem", "-test.benchtime", "100ms")
			cmd.Dir = pkg
			out, err := cmd.CombinedOutput()
			if err != nil {
				return fmt.Errorf("benchmarks %s of %s: %w: %.300s", pattern, pkg, err, out)
			}
			s.micro.Write(out)
			s.addMicros(pkg, string(out))
		}
	}
	return nil
}

// addMicros files what go test printed.
func (s *Stand) addMicros(pkg, out string) {
	for _, line := range benchmarkLine.FindAllStringSubmatch(out, -1) {
		for _, m := range micros {
			if value, err := strconv.ParseFloat(line[2], 64); err == nil && m.pkg == pkg && m.name == line[1] {
				s.Book.Add(m.series, Crosspoint, value)
			}
		}
	}
}
