package ovs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// python is Debian's own, for which the mininet package is; one further ahead in the path may not have it.
const python = "/usr/bin/python3"

// needed is each program that is run, with the Debian package it is in.
func needed() []struct{ program, pkg string } {
	return []struct{ program, pkg string }{
		{"ovsdb-server", "openvswitch-switch"},
		{"ovsdb-tool", "openvswitch-switch"},
		{"ovs-vswitchd", "openvswitch-switch"},
		{"ovs-vsctl", "openvswitch-switch"},
		{"ovs-ofctl", "openvswitch-switch"},
		{"mnexec", "mininet"},
		{"ethtool", "ethtool"},
		{"ifconfig", "net-tools"},
		{"ip", "iproute2"},
		{"tc", "iproute2"},
		{python, "python3"},
	}
}

// Available tells whether Start can work here. The error says all that is missing, and how to get it.
func Available() error {
	if os.Geteuid() != 0 {
		return errors.New("open vswitch fabric: needs root to make network namespaces and switches: run it with sudo")
	}
	var missing, packages []string
	lack := func(what, pkg string) {
		missing = append(missing, what)
		if !slices.Contains(packages, pkg) {
			packages = append(packages, pkg)
		}
	}
	for _, n := range needed() {
		if _, err := exec.LookPath(n.program); err != nil {
			lack(n.program, n.pkg)
		}
	}
	find := "import importlib.util, sys; sys.exit(importlib.util.find_spec('mininet') is None)"
	if err := exec.Command(python, "-I", "-c", find).Run(); err != nil {
		lack("mininet for "+python, "mininet")
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("open vswitch fabric: not found: %s; on Debian: apt-get install %s",
		strings.Join(missing, ", "), strings.Join(packages, " "))
}
