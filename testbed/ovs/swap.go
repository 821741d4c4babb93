package ovs

import (
	"context"
	"fmt"
	"strings"

	"crosspoint/testbed"
)

// SwapHosts exchanges the cables of two hosts: the switches' ends change names and bridges, so each port is gone for some milliseconds and is then there
// again, with its number, in front of another host.
func (f *Fabric) SwapHosts(ctx context.Context, a, b string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	swapped, err := f.topology.Swapped(a, b)
	if err != nil {
		return err
	}
	x, y := f.topology.PortOf(a), f.topology.PortOf(b)
	steps := [][]string{
		{"ip", "link", "set", x.Name, "down"},
		{"ip", "link", "set", y.Name, "down"},
		{"ovs-vsctl", "del-port", x.Switch, x.Name, "--", "del-port", y.Switch, y.Name},
		{"ip", "link", "set", x.Name, "name", swapName},
		{"ip", "link", "set", y.Name, "name", x.Name},
		{"ip", "link", "set", swapName, "name", y.Name},
		{"ip", "link", "set", x.Name, "up"},
		{"ip", "link", "set", y.Name, "up"},
		strings.Fields("ovs-vsctl " + addPort(x) + " -- " + addPort(y)),
	}
	for _, step := range steps {
		if _, err := runTool(ctx, step[0], step[1:]...); err != nil {
			return fmt.Errorf("swap hosts %s and %s: %w", a, b, err)
		}
	}
	f.topology = swapped
	return nil
}

// swapName is what one of two interfaces is called while the other takes its name. It goes with its host when it is left behind.
const swapName = "crosspoint-swap"

// addPort is what has ovs-vsctl add a port under its number.
func addPort(p testbed.PortNo) string {
	return fmt.Sprintf("add-port %s %s -- set interface %s ofport_request=%d", p.Switch, p.Name, p.Name, p.No)
}
