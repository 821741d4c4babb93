package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"crosspoint/testbed/ovs"
)

// Options say what a run measures and where things are.
type Options struct {
	// Crosspoint is the binary under test.
	Crosspoint string
	// Agent is the program, with its arguments, that calls traffic.RunAgent on the interface in its last argument.
	Agent []string
	// Full measures the rows of scale too, and more rounds of all.
	Full bool
	// Peers measures what else a user could run, where it can be had.
	Peers bool
	// Inside runs the controller within this process, so that a profile of this process shows what it does. Its figures are not comparable.
	Inside bool
	// Flame takes CPU profiles of the controller and draws the hottest workloads. Taking them costs a little.
	Flame bool
	// Only narrows the run to workloads whose names contain one of these; empty: all.
	Only []string
	// Progress is told what is being done.
	Progress io.Writer
}

// Workload is one thing that contenders do while it is measured.
type Workload struct {
	Name   string
	About  string   // what is done, for people
	Series []string // what it measures
	// Full is for what takes too long for a quick run.
	Full bool
	// OVS is for what needs Open vSwitch.
	OVS bool
	// Peers is for what also measures what else a user could run.
	Peers bool
	Run   func(ctx context.Context, s *Stand) error
}

// Stand is one run of the measuring stand.
type Stand struct {
	Options
	Book   *Book
	folder string // for temporary files
	now    *Workload
	// profiles are of Crosspoint's process, by workload.
	profiles map[string][]*profile.Profile
	micro    strings.Builder // what "go test -bench" printed
	// Versions are those of the software that took part, for the report.
	Versions map[string]string
	// Absent says of peers why they were not measured, or not in all rounds.
	Absent map[string]string
}

// Measure runs all workloads and works out all rows. A workload that fails costs its rows, not the run; the end of ctx ends it.
func Measure(ctx context.Context, o Options) (*Report, error) {
	workloads := Workloads()
	if err := o.check(workloads); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "crosspoint-bench-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s := &Stand{Options: o, Book: newBook(), folder: folder, Versions: map[string]string{}, Absent: map[string]string{}, profiles: map[string][]*profile.Profile{}}
	began := time.Now()
	for i := range workloads {
		s.now = &workloads[i]
		if err := s.one(ctx, i, len(workloads)); err != nil {
			return nil, err
		}
	}
	return newReport(s, workloads, began)
}

// check refuses to look for a workload that there is not.
func (o Options) check(workloads []Workload) error {
	var names []string
	for _, w := range workloads {
		names = append(names, w.Name)
	}
	for _, part := range o.Only {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, part) }) {
			return fmt.Errorf("no workload is named like %q: there are %s", part, strings.Join(names, ", "))
		}
	}
	return nil
}

// one runs a workload, or says why not.
func (s *Stand) one(ctx context.Context, i, of int) error {
	w := s.now
	if why := s.leftOut(w); why != "" {
		s.Book.skip(w.Series, why)
		if s.chosen(w) {
			s.say("[%d/%d] %-12s NOT MEASURED: %s", i+1, of, w.Name, why)
		}
		return nil
	}
	s.say("[%d/%d] %-12s %s", i+1, of, w.Name, w.About)
	began := time.Now()
	err := w.Run(ctx, s)
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	if err != nil {
		s.Book.skip(w.Series, err.Error())
		s.say("        %-12s FAILED after %v: %v", w.Name, time.Since(began).Round(100*time.Millisecond), err)
		return nil
	}
	s.say("        %-12s done in %v", w.Name, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// notChosen is why most rows have no value in a run of some workloads.
const notChosen = "not chosen"

func (s *Stand) chosen(w *Workload) bool {
	return len(s.Only) == 0 || slices.ContainsFunc(s.Only, func(part string) bool { return strings.Contains(w.Name, part) })
}

// leftOut says why a workload is not run; "" when it is.
func (s *Stand) leftOut(w *Workload) string {
	switch {
	case !s.chosen(w):
		return notChosen
	case w.Full && !s.Full:
		return "only with FULL=1"
	case w.Peers && !s.Peers:
		return "only with make bench-peers"
	case w.OVS:
		if err := ovs.Available(); err != nil {
			return err.Error()
		}
	}
	return ""
}

func (s *Stand) say(format string, args ...any) { _, _ = fmt.Fprintf(s.Progress, format+"\n", args...) }

// rounds is how often a workload is repeated: more in a full run.
func (s *Stand) rounds(quick int) int {
	if s.Full {
		return 2*quick + 1
	}
	return quick
}

// contenders are Crosspoint and the floor, in the order in which they take turns.
func (s *Stand) contenders() []contender {
	if s.Inside {
		return []contender{&rawClient{}, &crosspointInside{crosspointProcess: *s.crosspoint()}}
	}
	return []contender{&rawClient{}, s.crosspoint()}
}

func (s *Stand) crosspoint() *crosspointProcess {
	return &crosspointProcess{program: s.Crosspoint, folder: s.folder, profile: s.Flame}
}

// inTurn has all contenders do the same on fabrics of their own, round after round.
func (s *Stand) inTurn(ctx context.Context, rounds int, all func() []contender, j job, do func(c contender, f *ovs.Fabric) error) error {
	for round := range rounds {
		for _, c := range all() {
			if err := s.onFabric(ctx, c, j, func(f *ovs.Fabric) error { return do(c, f) }); err != nil {
				return fmt.Errorf("%s, round %d: %w", c.name(), round+1, err)
			}
		}
		s.say("        %-12s round %d of %d", s.now.Name, round+1, rounds)
	}
	return nil
}

// onFabric has a contender run Open vSwitch while something is measured, and takes all of it down again.
func (s *Stand) onFabric(ctx context.Context, c contender, j job, do func(f *ovs.Fabric) error) (err error) {
	addr, err := c.start(ctx, j)
	defer func() { err = errors.Join(err, c.stop()) }()
	if err != nil {
		return err
	}
	o := ovs.Options{AgentCommand: s.Agent, Wait: time.Minute}
	if addr != "" {
		o.Controller = []string{"tcp:" + addr}
	}
	f, err := ovs.Start(ctx, j.topo, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	s.Versions["fabric"] = f.Kind()
	if err := c.prepare(ctx, f); err != nil {
		return err
	}
	return s.observe(ctx, c, func() error { return do(f) })
}
