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
	o := bench.Options{Progress: os.Stderr}
	only := flag.String("only", "", "run only workloads whose names contain one of these, separated by commas")
	out := flag.String("out", "testbed/bench", "folder for report.json and report.html")
	flag.StringVar(&o.Crosspoint, "crosspoint", "bin/crosspoint", "binary to measure")
	flag.BoolVar(&o.Full, "full", false, "measure the rows of scale too, and more rounds of all")
	flag.BoolVar(&o.Peers, "peers", false, "measure peers too, where they can be had")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file, with the controller within this process: its figures are not comparable")
	flag.BoolVar(&o.Flame, "flame", false, "profile the controller too, and draw flame graphs of the two hottest workloads beside the report")
	before := flag.String("compare", "", "an earlier report.json: say what this run differs in by more than its bounds, or the report.json that is named as argument, without a run")
	flag.Parse()
	var earlier *bench.Report
	if *before != "" {
		var err error
		if earlier, err = bench.ReadReport(*before); err != nil { // not after minutes
			return err
		}
	}
	if earlier != nil && flag.NArg() == 1 {
		after, err := bench.ReadReport(flag.Arg(0))
		if err != nil {
			return err
		}
		return compare(earlier, after)
	}
	if flag.NArg() > 0 {
		return fmt.Errorf("argument %q: want flags only, or -compare OLD.json NEW.json", flag.Arg(0))
	}
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	o.Agent = []string{self, "agent"}
	if _, err := os.Stat(o.Crosspoint); err != nil {
		return fmt.Errorf("find what to measure: %w; run make build first, or name it with --crosspoint", err)
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return fmt.Errorf("make folder for the report: %w", err)
	}
	if *profile != "" {
		o.Inside = true
		stop, err := startProfile(*profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	r, err := bench.Measure(ctx, o)
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; everything is taken down, nothing is written")
	}
	if err != nil {
		return err
	}
	if err := write(r, *out); err != nil {
		return err
	}
	if names := r.Unexplained(); len(names) > 0 {
		err = fmt.Errorf("missed, and not explained in testbed/bench/missed.md: %s; everything is measured and written", strings.Join(names, ", "))
	}
	if earlier != nil {
		err = errors.Join(err, compare(earlier, r))
	}
	return err
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
