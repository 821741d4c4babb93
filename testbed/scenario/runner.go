package scenario

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
)

// requestTimeout is how long one HTTP request may take.
const requestTimeout = 15 * time.Second

// Runner carries out a plan. Its methods must be called by one goroutine at a time.
type Runner struct {
	plan       Plan
	fabric     testbed.Fabric
	controller Controller
	tell       func(string)

	api     *api
	ops     ops.Client
	hosts   map[string]testbed.Host
	ports   map[string]string // name of the switch port of each host
	account *account
	down    []testbed.Link // silent ones as well
	silent  []testbed.Link
	drained []drained
	memory  memory
}

// NewRunner runs a plan on a fabric that has the plan's topology, against a controller that runs. tell is given a line for each thing
// worth telling a person: measured gaps, links taken down.
func NewRunner(plan Plan, fabric testbed.Fabric, controller Controller, tell func(string)) *Runner {
	// Each request has a connection of its own, as the controller at the other end may be another one the next time.
	client := &http.Client{Timeout: requestTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	r := &Runner{
		plan: plan, fabric: fabric, controller: controller, tell: tell,
		api: &api{base: controller.API(), http: client}, ops: ops.Client{Base: controller.API(), HTTP: client},
		hosts: map[string]testbed.Host{}, ports: map[string]string{}, account: newAccount(),
	}
	for _, h := range plan.Topology.Hosts {
		r.hosts[h.Name] = h
	}
	for name := range r.hosts {
		r.ports[name] = plan.Topology.PortOf(name).Name
	}
	for _, hub := range plan.Topology.Hubs() {
		for _, name := range hub.Hosts {
			r.account.mates[name] = hub.Hosts
		}
	}
	return r
}

// Run carries out all parts and asks the oracle.
func (r *Runner) Run(ctx context.Context) error {
	for _, part := range r.plan.Parts {
		if err := r.RunPart(ctx, part.Name); err != nil {
			return err
		}
	}
	return r.Judge(ctx)
}

// RunPart carries out one part up to the first step that fails. The error says which and why.
func (r *Runner) RunPart(ctx context.Context, name string) error {
	part, ok := r.plan.Part(name)
	if !ok {
		return fmt.Errorf("%s has no part %q", r.plan.Name, name)
	}
	for _, step := range part.Steps {
		err := step.verb.run(ctx, r)
		r.account.note(r.hostNames())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w", r.plan.Name, step.Line, step.Text, err)
		}
	}
	return nil
}

// Judge asks the oracle for its opinion of everything up to now. It stops all streams.
func (r *Runner) Judge(ctx context.Context) error {
	err := r.judge(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: the oracle finds: %w", r.plan.Name, err)
	}
	return nil
}

// Mark waits until everything is settled and counts what arrives from zero.
func (r *Runner) Mark(ctx context.Context) error { return markVerb{}.run(ctx, r) }

func (r *Runner) say(format string, args ...any) { r.tell(fmt.Sprintf(format, args...)) }

func (r *Runner) hostNames() []string {
	var names []string
	for _, h := range r.plan.Topology.Hosts {
		names = append(names, h.Name)
	}
	return names
}

// markVerb counts arrivals from zero.
type markVerb struct{}

func (markVerb) run(ctx context.Context, r *Runner) error {
	if err := poll(ctx, patience, func() error { return settled(ctx, r) }); err != nil {
		return err
	}
	return r.mark(ctx)
}
