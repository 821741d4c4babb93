package ovs

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"crosspoint/testbed"
)

// toolPatience is how long ovs-ofctl and tc may take.
const toolPatience = 20 * time.Second

// Tables reads flows and groups as ovs-ofctl dumps them, without counters and ages, sorted: first "cookie=…" lines, then "group_id=…".
func (f *Fabric) Tables(ctx context.Context, sw string) ([]string, error) {
	if !slices.ContainsFunc(f.Topology().Switches, func(s testbed.Switch) bool { return s.Name == sw }) {
		return nil, fmt.Errorf("switch %s: not in topology %s", sw, f.Topology().Name)
	}
	var table []string
	for _, dump := range []string{"dump-flows", "dump-groups"} {
		out, err := runTool(ctx, "ovs-ofctl", "-O", "OpenFlow13", "--no-names", "--no-stats", dump, sw)
		if err != nil {
			return nil, fmt.Errorf("switch %s: %w", sw, err)
		}
		table = append(table, tableLines(out)...)
	}
	slices.Sort(table)
	return table, nil
}

// tableLines keeps the entries of a dump: not the heading, nor the indentation.
func tableLines(dump string) (entries []string) {
	for line := range strings.Lines(dump) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "OFPST_") || strings.HasPrefix(line, "NXST_") {
			continue
		}
		entries = append(entries, line)
	}
	return entries
}

// runTool runs a program and returns what it printed; an error has what it said.
func runTool(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err == nil {
		return string(out), nil
	}
	var said *exec.ExitError
	if errors.As(err, &said) && len(said.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(said.Stderr)))
	}
	return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
}
