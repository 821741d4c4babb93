package scenario

import (
	"context"

	"crosspoint/testbed"
)

// Plan is a parsed scenario.
type Plan struct {
	Name     string
	Topology testbed.Topology
	// Listen says that switches listen and the controller dials them.
	Listen bool
	// Serve are further arguments of the controller.
	Serve []string
	Parts []Part
}

// Part is a run of steps under a name.
type Part struct {
	Name  string
	Steps []Step
}

// Step is one line of a plan.
type Step struct {
	Line int
	Text string // as it was written
	verb verb
}

// verb is what a step does. The set is closed; each is in the file named for what it is about.
type verb interface {
	run(ctx context.Context, r *Runner) error
}

// Part finds a part by name.
func (p Plan) Part(name string) (Part, bool) {
	for _, part := range p.Parts {
		if part.Name == name {
			return part, true
		}
	}
	return Part{}, false
}
