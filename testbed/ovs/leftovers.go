package ovs

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"crosspoint/testbed"
)

const (
	stateDir  = "/run/crosspoint-lab" // of lab.py
	ovsSocket = "/var/run/openvswitch/db.sock"
)

// labLock is the abstract socket that lab.py holds while a lab lives.
const labLock = "@crosspoint-lab"

// leftovers looks at the machine itself for what should be gone after the lab was closed, and names it in an error. When
// another lab has started since, names say nothing any more, and only processes are looked for.
func (f *Fabric) leftovers() error {
	var left []string
	for _, p := range append(slices.Clone(f.lab.made), f.lab.self) {
		if p.alive() {
			left = append(left, fmt.Sprintf("process %d", p.pid))
		}
	}
	lock, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: labLock, Net: "unixgram"})
	if err == nil {
		names, lookErr := f.leftNames()
		left, err = append(left, names...), errors.Join(lookErr, lock.Close())
	} else if errors.Is(err, unix.EADDRINUSE) {
		err = nil
	}
	if len(left) > 0 {
		err = errors.Join(fmt.Errorf("left behind: %s", strings.Join(left, ", ")), err)
	}
	return err
}

// leftNames looks for what a lab would have named as this one did; no other must be running.
func (f *Fabric) leftNames() ([]string, error) {
	left, err := f.leftInterfaces()
	left = append(left, f.leftBridges()...)
	if _, missing := os.Stat(stateDir); missing == nil {
		left = append(left, "directory "+stateDir)
	}
	return left, err
}

func (f *Fabric) leftInterfaces() (left []string, err error) {
	have, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("look for leftovers: %w", err)
	}
	ours := map[string]bool{}
	for _, p := range f.Topology().Ports() {
		ours[p.Name] = true
	}
	for _, sw := range f.Topology().Switches {
		ours[sw.Name] = true
	}
	for _, hub := range f.Topology().Hubs() {
		ours[hub.Name], ours[hubPort(hub, 1).Name] = true, true
	}
	for _, h := range f.Topology().Hosts {
		ours[h.Name+"-eth0"], ours[cableTo(f.Topology(), h).Name] = true, true
	}
	for _, i := range have {
		if ours[i.Name] {
			left = append(left, "interface "+i.Name)
		}
	}
	return left, nil
}

// leftBridges asks Open vSwitch when it still runs; when it does not, lab.py removed them before it ended it.
func (f *Fabric) leftBridges() (left []string) {
	if _, err := os.Stat(ovsSocket); err != nil {
		return nil
	}
	out, err := exec.Command("ovs-vsctl", "--timeout=5", "list-br").Output()
	if err != nil {
		return []string{fmt.Sprintf("perhaps bridges (ovs-vsctl list-br: %v)", err)}
	}
	for _, name := range strings.Fields(string(out)) {
		if slices.ContainsFunc(f.Topology().Switches, func(sw testbed.Switch) bool { return sw.Name == name }) {
			left = append(left, "bridge "+name)
		}
	}
	return left
}
