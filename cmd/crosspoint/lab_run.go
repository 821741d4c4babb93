package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"crosspoint/northbound/dnssd"
	"crosspoint/testbed"
	"crosspoint/testbed/scenario"
)

const (
	refresh = time.Second
	// failureAfter is how long a lab that is watched goes on before a link is taken down, and then before it is up again.
	failureAfter = 10 * time.Second
	// maxEvents is how many events are shown below the table.
	maxEvents = 10
)

// runningLab is a network, a controller and a plan that runs on them.
type runningLab struct {
	*labOptions
	plan       scenario.Plan
	folder     string
	controller *scenario.Process
	network    testbed.Fabric
	runner     *scenario.Runner
	tell       func(string) // takes what the runner has to say
}

// startLab starts the controller, then the fabric, so that switches find it at once. When that fails nothing is left.
func startLab(ctx context.Context, o *labOptions, plan scenario.Plan) (*runningLab, error) {
	l := &runningLab{labOptions: o, plan: plan}
	if err := l.start(ctx); err != nil {
		return nil, errors.Join(err, l.close(true))
	}
	return l, nil
}

func (l *runningLab) start(ctx context.Context) error {
	program, err := ownProgram()
	if err != nil {
		return err
	}
	if l.folder, err = os.MkdirTemp("", "crosspoint-lab-"); err != nil {
		return fmt.Errorf("make a folder for store and log: %w", err)
	}
	l.controller, err = scenario.NewProcess(scenario.ProcessOptions{
		Program: program, Folder: l.folder, OpenFlow: l.openflow, HTTP: l.http, Dial: dialled(l.plan),
		Args: l.serveArgs(),
	})
	if err != nil {
		return err
	}
	if err := l.controller.Start(ctx); err != nil {
		return err
	}
	network, about, err := startFabric(ctx, l.fabric, program, l.plan, l.controller.OpenFlow())
	if err != nil {
		return err
	}
	l.network = network
	l.introduce(about)
	l.tell = func(line string) { fmt.Fprintln(l.out, "  "+line) }
	l.runner = scenario.NewRunner(l.plan, network, l.controller, func(line string) { l.tell(line) })
	return nil
}

// serveArgs are further arguments of the controller.
func (l *runningLab) serveArgs() []string {
	args := []string{"--log-level", l.logLevel}
	if l.mdns {
		args = append(args, "--mdns", "--mdns-pri", strconv.Itoa(dnssd.DevelopmentPriority))
	}
	return append(args, l.plan.Serve...)
}

func (l *runningLab) introduce(about string) {
	t := l.plan.Topology
	fmt.Fprintf(l.out, "%s\n", about)
	fmt.Fprintf(l.out, "%s: %d switches, %d links, %d hosts\n", t.Name, len(t.Switches), len(t.Links), len(t.Hosts))
	fmt.Fprintf(l.out, "controller: OpenFlow on %s, HTTP on %s, log in %s\n", l.controller.OpenFlow(), l.controller.API(), l.controller.LogFile())
}

// close takes down what is there. The controller's log is kept when something went wrong.
func (l *runningLab) close(failed bool) error {
	var err error
	if l.network != nil {
		err = l.network.Close()
	}
	if l.controller != nil {
		err = errors.Join(err, l.controller.Stop())
	}
	if l.folder == "" {
		return err
	}
	if failed || err != nil {
		fmt.Fprintf(l.err, "crosspoint: the controller's log is kept in %s\n", l.controller.LogFile())
		return err
	}
	return os.RemoveAll(l.folder)
}

// runOnce carries out the plan, and asks the oracle.
func (l *runningLab) runOnce(ctx context.Context) error {
	start := time.Now()
	for _, part := range l.plan.Parts {
		fmt.Fprintf(l.out, "\n%s\n", part.Name)
		if err := l.runner.RunPart(ctx, part.Name); err != nil {
			return err
		}
		if part.Name == "watch" {
			if err := l.show(ctx); err != nil {
				return err
			}
		}
	}
	if err := l.runner.Judge(ctx); err != nil {
		return err
	}
	fmt.Fprintf(l.out, "\nall is well, after %v: every receiver that may have a flow got each packet once, and nobody else got any\n",
		time.Since(start).Round(100*time.Millisecond))
	return nil
}

// show prints the table once.
func (l *runningLab) show(ctx context.Context) error {
	report, err := l.runner.Report(ctx)
	if err != nil {
		return err
	}
	return writeReport(l.out, report)
}

// watch starts the plan and shows the table until ctx ends or time is over.
func (l *runningLab) watch(ctx context.Context) error {
	if l.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.duration)
		defer cancel()
	}
	err := l.watchUntil(ctx)
	if ctx.Err() != nil {
		return nil // this is how it ends
	}
	return err
}

func (l *runningLab) watchUntil(ctx context.Context) error {
	fmt.Fprintf(l.out, "\nsetting up\n")
	if err := l.runner.RunPart(ctx, "start"); err != nil {
		return err
	}
	if err := l.runner.Mark(ctx); err != nil {
		return err
	}
	if l.terminal {
		fmt.Fprint(l.out, "\x1b[2J")
	}
	events := &eventList{}
	l.tell = events.add
	ticker := time.NewTicker(refresh)
	defer ticker.Stop()
	next, at := "failure", time.Now().Add(failureAfter)
	for {
		if err := l.redraw(ctx, events); err != nil {
			events.add(err.Error())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if time.Now().After(at) {
			next, at = l.disturb(ctx, next, events), time.Now().Add(failureAfter)
		}
	}
}

// disturb runs a part on a fabric with spare paths, and tells which is next.
func (l *runningLab) disturb(ctx context.Context, part string, events *eventList) string {
	if _, there := l.plan.Part(part); !there {
		return part
	}
	if err := l.runner.RunPart(ctx, part); err != nil {
		events.add(err.Error())
	}
	if part == "failure" {
		return "repair"
	}
	return "failure"
}

// redraw writes the table and what happened. On a terminal it takes the place of the one before, in one write and without clearing the
// screen first, so that nothing flickers.
func (l *runningLab) redraw(ctx context.Context, events *eventList) error {
	report, err := l.runner.Report(ctx)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	fmt.Fprintf(&page, "%s · %s · Ctrl-C ends\n", l.network.Kind(), l.plan.Topology.Name)
	if err := writeReport(&page, report); err != nil {
		return err
	}
	events.write(&page)
	text := page.Bytes()
	if l.terminal {
		const home, clearLine, clearBelow = "\x1b[H", "\x1b[K", "\x1b[J"
		text = bytes.ReplaceAll(text, []byte("\n"), []byte(clearLine+"\n"))
		text = slices.Concat([]byte(home), text, []byte(clearBelow))
	}
	_, err = l.out.Write(text)
	return err
}

// eventList keeps the last events.
type eventList struct{ lines []string }

func (e *eventList) add(line string) {
	e.lines = append(e.lines, time.Now().Format("15:04:05 ")+line)
	if over := len(e.lines) - maxEvents; over > 0 {
		e.lines = e.lines[over:]
	}
}

func (e *eventList) write(page *bytes.Buffer) {
	page.WriteByte('\n')
	for _, line := range e.lines {
		page.WriteString(line + "\n")
	}
}
