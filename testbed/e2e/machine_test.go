package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine is what a lab could leave behind: interfaces, network namespaces, processes, state.
type machine []string

// look lists what is there now. Processes count that belong to a lab, except the given one, which is the test's own child.
func look(t *testing.T, except *exec.Cmd) machine {
	var m machine
	interfaces, err := net.Interfaces()
	require.NoError(t, err)
	for _, i := range interfaces {
		m = append(m, "interface "+i.Name)
	}
	spaces := map[string]bool{}
	folders, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, folder := range folders {
		if space, err := os.Readlink(folder + "/ns/net"); err == nil && !spaces[space] {
			spaces[space] = true
			m = append(m, "network namespace "+space)
		}
		line, err := os.ReadFile(folder + "/cmdline")
		if err != nil || len(line) == 0 { // gone, or only not yet reaped
			continue
		}
		command := string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		own := except != nil && folder == fmt.Sprintf("/proc/%d", except.Process.Pid)
		if !own && slices.ContainsFunc([]string{program, "crosspoint-lab", "mininet:", "ovs-vswitchd", "ovsdb-server"}, func(mark string) bool { return strings.Contains(command, mark) }) {
			m = append(m, "process "+filepath.Base(folder)+" "+command)
		}
	}
	if _, err := os.Stat("/run/crosspoint-lab"); err == nil {
		m = append(m, "folder /run/crosspoint-lab")
	}
	return m
}

// without lists what was not there before.
func (m machine) without(before machine) machine {
	return slices.DeleteFunc(slices.Clone(m), func(thing string) bool { return slices.Contains(before, thing) })
}
