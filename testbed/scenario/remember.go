package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// memory is how things were: lines under the name of a switch or of a list of IS-06.
type memory map[string][]string

// rememberVerb notes the tables of all switches as they tell them themselves, and all endpoints and flows.
type rememberVerb struct{}

func (rememberVerb) run(ctx context.Context, r *Runner) (err error) {
	r.memory, err = r.recall(ctx)
	return err
}

// unchangedVerb wants all of it to be still the same.
type unchangedVerb struct{}

func (unchangedVerb) run(ctx context.Context, r *Runner) error {
	if r.memory == nil {
		return errors.New("nothing was remembered before")
	}
	now, err := r.recall(ctx)
	if err != nil {
		return err
	}
	var faults []error
	lines := 0
	for _, of := range r.recalled() {
		lines += len(now[of])
		for _, gone := range missing(r.memory[of], now[of]) {
			faults = append(faults, fmt.Errorf("%s lost: %s", of, gone))
		}
		for _, new := range missing(now[of], r.memory[of]) {
			faults = append(faults, fmt.Errorf("%s gained: %s", of, new))
		}
	}
	if len(faults) == 0 {
		r.say("%d entries, endpoints and flows are unchanged", lines)
	}
	return errors.Join(faults...)
}

func (r *Runner) recalled() []string {
	out := []string{"endpoints", "network-flows"}
	for _, sw := range r.plan.Topology.Switches {
		out = append(out, sw.Name)
	}
	return out
}

func (r *Runner) recall(ctx context.Context) (memory, error) {
	m := memory{}
	for _, of := range r.recalled() {
		read := r.fabric.Tables
		if of == "endpoints" || of == "network-flows" {
			read = r.listing
		}
		lines, err := read(ctx, of)
		if err != nil {
			return nil, err
		}
		slices.Sort(lines)
		m[of] = lines
	}
	return m, nil
}

// listing reads a list of IS-06, one resource a line.
func (r *Runner) listing(ctx context.Context, of string) ([]string, error) {
	got, err := r.api.send(ctx, http.MethodGet, of+"?paging.limit=1000", nil)
	if err != nil {
		return nil, err
	}
	if err := check(got, http.StatusOK, ""); err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(got.body, &list); err != nil {
		return nil, fmt.Errorf("read %s: %w", of, err)
	}
	var lines []string
	for _, one := range list {
		lines = append(lines, string(one))
	}
	return lines, nil
}

// missing lists what is in the first and not in the second; both are sorted.
func missing(in, from []string) []string {
	return slices.DeleteFunc(slices.Clone(in), func(line string) bool {
		_, found := slices.BinarySearch(from, line)
		return found
	})
}
