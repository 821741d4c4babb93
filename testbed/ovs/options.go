package ovs

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"crosspoint/testbed"
)

// Options say what the switches connect to, and what runs on the hosts.
type Options struct {
	// Controller has the targets that every switch gets, such as "tcp:127.0.0.1:6653" (ovs-vsctl(8), set-controller). Empty: none.
	Controller []string
	// ControllerOf, when set, gives the targets of one switch in place of Controller. Passive makes one.
	ControllerOf func(testbed.Switch) []string
	// AgentCommand is the program, with its arguments, that calls traffic.RunAgent on its standard input and output, and on
	// the interface that it finds as its last argument. Required.
	AgentCommand []string
	// Wait is how long Start waits for another lab on this machine to be closed. 0: it fails at once.
	Wait time.Duration
	// Log gets what the lab says meanwhile. Nil: nothing is logged.
	Log logrus.FieldLogger
}

// Passive has each switch listen on loopback for a controller that dials: the first of the topology on port base, the next on base+1.
func Passive(t testbed.Topology, base uint16) func(testbed.Switch) []string {
	return func(sw testbed.Switch) []string {
		i := slices.Index(t.Switches, sw)
		return []string{fmt.Sprintf("ptcp:%d:127.0.0.1", int(base)+i)}
	}
}

func (o Options) log() logrus.FieldLogger {
	if o.Log != nil {
		return o.Log
	}
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	return quiet
}

func (o Options) targets(sw testbed.Switch) ([]string, error) {
	targets := o.Controller
	if o.ControllerOf != nil {
		targets = o.ControllerOf(sw)
	}
	// Mininet hands them to a shell.
	plain := regexp.MustCompile(`^p?(tcp|ssl|unix):[0-9A-Za-z.:/_\[\]-]+$`)
	for _, t := range targets {
		if !plain.MatchString(t) {
			return nil, fmt.Errorf("switch %s: controller target %q is not like tcp:ADDRESS:PORT or ptcp:PORT", sw.Name, t)
		}
	}
	return targets, nil
}

func (o Options) check() error {
	if len(o.AgentCommand) == 0 {
		return errors.New("start open vswitch fabric: Options.AgentCommand is missing")
	}
	return nil
}
