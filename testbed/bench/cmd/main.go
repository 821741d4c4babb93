// Command bench is the measuring stand: it prints one table and writes report.json and report.html. "make bench" runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"

	"crosspoint/testbed/bench"
	"crosspoint/testbed/traffic"
)

func main() {
	// The hosts of a fabric run this program as their agent.
	if len(os.Args) == 3 && os.Args[1] == "agent" {
		exit(traffic.RunAgent(context.Background(), os.Stdin, os.Stdout, os.Args[2]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx))
}

func exit(err error) {
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context) error {
	r, err := readRequest()
	if err != nil {
		return err
	}
	if r.after != nil {
		return compare(r.before, r.after)
	}
	after, err := r.measure(ctx)
	if err != nil {
		return err
	}
	if names := after.Unexplained(); len(names) > 0 {
		err = fmt.Errorf("missed, and not explained in testbed/bench/missed.md: %s; everything is measured and written", strings.Join(names, ", "))
	}
	if r.before != nil {
		err = errors.Join(err, compare(r.before, after))
	}
	return err
}

// request is what the command line asks for.
type request struct {
	bench.Options
	folder  string // for the report
	profile string // a file for a profile of this process; "" for none
	// before is to be compared with what is measured, or with after when there is one: then nothing is measured.
	before, after *bench.Report
}

// readRequest reads the command line, and the reports that it names: not after minutes of measuring.
func readRequest() (r request, err error) {
	r.Progress = os.Stderr
	flag.StringVar(&r.Crosspoint, "crosspoint", "bin/crosspoint", "binary to measure")
	flag.BoolVar(&r.Full, "full", false, "measure the rows of scale too, and more rounds of all")
	flag.BoolVar(&r.Peers, "peers", false, "measure peers too, where they can be had")
	flag.BoolVar(&r.Flame, "flame", false, "profile the controller too, and draw flame graphs of the two hottest workloads beside the report")
	flag.StringVar(&r.folder, "out", "testbed/bench", "folder for report.json and report.html")
	flag.StringVar(&r.profile, "cpuprofile", "", "write a CPU profile to this file, with the controller within this process: its figures are not comparable")
	only := flag.String("only", "", "run only workloads whose names contain one of these, separated by commas")
	before := flag.String("compare", "", "an earlier report.json: say what this run differs in by more than its bounds, or the report.json that is named as argument, without a run")
	flag.Parse()
	if *only != "" {
		r.Only = strings.Split(*only, ",")
	}
	if *before != "" {
		if r.before, err = bench.ReadReport(*before); err != nil {
			return r, err
		}
	}
	switch {
	case flag.NArg() == 0:
		return r, nil
	case flag.NArg() == 1 && r.before != nil:
		r.after, err = bench.ReadReport(flag.Arg(0))
		return r, err
	default:
		return r, fmt.Errorf("argument %q: want flags only, or -compare OLD.json NEW.json", flag.Arg(0))
	}
}

// measure does what is asked for, and writes the report.
func (r request) measure(ctx context.Context) (*bench.Report, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r.Agent = []string{self, "agent"}
	if _, err := os.Stat(r.Crosspoint); err != nil {
		return nil, fmt.Errorf("find what to measure: %w; run make build first, or name it with --crosspoint", err)
	}
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for the report: %w", err)
	}
	if r.profile != "" {
		r.Inside = true
		stop, err := startProfile(r.profile)
		if err != nil {
			return nil, err
		}
		defer stop()
	}
	report, err := bench.Measure(ctx, r.Options)
	if errors.Is(err, context.Canceled) {
		return nil, errors.New("interrupted; everything is taken down, nothing is written")
	}
	if err != nil {
		return nil, err
	}
	return report, write(report, r.folder)
}

// write prints the table and puts everything else into a folder.
func write(r *bench.Report, folder string) error {
	return errors.Join(
		r.WriteTable(os.Stdout), r.WriteJSON(filepath.Join(folder, "report.json")), r.WriteHTML(filepath.Join(folder, "report.html")),
		r.WriteMicro(filepath.Join(folder, "micro.txt")), r.WriteFlames(folder),
	)
}

// errDiffers is for the exit status: what differs was printed.
var errDiffers = errors.New("the two runs differ by more than their bounds")

func compare(before, after *bench.Report) error {
	differ, err := bench.Compare(os.Stdout, before, after)
	if err == nil && differ > 0 {
		err = errDiffers
	}
	return err
}

// startProfile profiles this process until the function that it gives is called.
func startProfile(path string) (stop func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // what could not be written shows when it is read
	}, nil
}
