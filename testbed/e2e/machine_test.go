package e2e

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine is what a lab could leave behind on it.
type machine []string

// look lists network interfaces and the state folder of the lab.
func look(t *testing.T) machine {
	var m machine
	interfaces, err := net.Interfaces()
	require.NoError(t, err)
	for _, i := range interfaces {
		m = append(m, "interface "+i.Name)
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

// descendants lists the processes that run with the lab's own folder for temporary files in their environment: it, and whatever it started,
// also what has another parent by now. A network namespace of the lab lives as long as a process in it, so this tells of both.
func (l *lab) descendants() (found []string) {
	folders, _ := filepath.Glob("/proc/[0-9]*") // the pattern is right
	for _, folder := range folders {
		environment, err := os.ReadFile(folder + "/environ")
		if err != nil || !slices.ContainsFunc(bytes.Split(environment, []byte{0}), func(v []byte) bool { return string(v) == "TMPDIR="+l.temp }) {
			continue // a zombie has no environment, and needs no more than to be reaped
		}
		command, _ := os.ReadFile(folder + "/cmdline") // it may have gone
		found = append(found, "process "+filepath.Base(folder)+" "+string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
	}
	return found
}
