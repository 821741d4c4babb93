package ovs

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
)

const (
	agentStartPatience = 10 * time.Second       // for all of them
	agentStartTime     = 250 * time.Millisecond // and for each: they share the CPUs
	agentEndPatience   = 2 * time.Second
)

// agent is the process that acts for one host.
type agent struct {
	*traffic.AgentClient
	host   string
	cmd    *exec.Cmd
	stderr *tail
}

// startAgents starts one in each host's namespace, all at once, and waits until they answer. Those that run are returned
// with an error too.
func startAgents(ctx context.Context, t testbed.Topology, command []string, shells map[string]int) (map[string]*agent, error) {
	ctx, cancel := context.WithTimeout(ctx, agentStartPatience+time.Duration(len(t.Hosts))*agentStartTime)
	defer cancel()
	agents := map[string]*agent{}
	for _, h := range t.Hosts {
		a, err := startAgent(h.Name, command, shells[h.Name])
		if err != nil {
			return agents, fmt.Errorf("host %s: start agent: %w", h.Name, err)
		}
		agents[h.Name] = a
	}
	return agents, each(agents, func(a *agent) error {
		return a.explain(a.Reset(ctx)) // the first answer means that it is ready
	})
}

func startAgent(host string, command []string, shell int) (*agent, error) {
	args := append([]string{"-a", strconv.Itoa(shell)}, command...)
	a := &agent{host: host, stderr: &tail{}}
	a.cmd = exec.Command("mnexec", append(args, host+"-eth0")...)
	a.cmd.Stderr = a.stderr
	// Out of the reach of Ctrl-C in a terminal: an agent ends with its input.
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := a.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := a.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	a.AgentClient = traffic.NewAgentClient(stdin, stdout)
	return a, nil
}

// explain says whose error it is, and what the agent said when it ended.
func (a *agent) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, traffic.ErrAgentGone) && a.stderr.String() != "":
		return fmt.Errorf("host %s: %w: %s", a.host, err, a.stderr)
	}
	return fmt.Errorf("host %s: %w", a.host, err)
}

// close ends the agent, by force when it does not end with its input.
func (a *agent) close() error {
	_ = a.Close()
	timeout := time.AfterFunc(agentEndPatience, func() { _ = a.cmd.Process.Kill() })
	defer timeout.Stop()
	<-a.Done()
	if err := a.cmd.Wait(); err != nil {
		return fmt.Errorf("host %s: agent ended with %w: %s", a.host, err, a.stderr)
	}
	return nil
}

// each runs f for every agent at once and joins the errors, sorted, so that the same failure reads the same.
func each(agents map[string]*agent, f func(*agent) error) error {
	var (
		group sync.WaitGroup
		mu    sync.Mutex // of errs
		errs  []error
	)
	for _, a := range agents {
		group.Go(func() {
			if err := f(a); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	group.Wait()
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}
