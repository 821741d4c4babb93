package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"crosspoint/testbed/ovs"
	"crosspoint/testbed/scenario"
)

// contender is who runs a fabric. Its methods are called in this order, each once; stop also when an earlier one failed.
type contender interface {
	name() string
	// start gets ready for switches to connect, and says where; "" for switches that are to have no controller.
	start(ctx context.Context, j job) (openflow string, err error)
	// prepare brings the flows of the job up on a fabric whose switches are connecting. f is nil on switches that are not Open vSwitch.
	prepare(ctx context.Context, f *ovs.Fabric) error
	// pid is the contender's process, or 0 when it is part of this one.
	pid() int
	stop() error
}

// crosspointProcess is "crosspoint serve" as it comes, with its store on disk.
type crosspointProcess struct {
	program string
	folder  string
	profile bool // it can be profiled
	socket  string
	job     job
	process *scenario.Process
	api     *api
}

func (c *crosspointProcess) name() string { return Crosspoint }

func (c *crosspointProcess) start(ctx context.Context, j job) (string, error) {
	folder, err := os.MkdirTemp(c.folder, "serve")
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	c.job = j
	args := []string{"--log-level", "warn", "--audit-log", filepath.Join(folder, "audit.log")}
	if c.profile {
		c.socket = filepath.Join(folder, "profile")
		args = append(args, "--profile-socket", c.socket)
	}
	c.process, err = scenario.NewProcess(scenario.ProcessOptions{
		Program: c.program, Folder: folder, OpenFlow: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Args: args,
	})
	if err != nil {
		return "", err
	}
	if err := c.process.Start(ctx); err != nil {
		return "", err
	}
	c.api = newAPI(c.process.API())
	return c.process.OpenFlow(), nil
}

func (c *crosspointProcess) prepare(ctx context.Context, _ *ovs.Fabric) error {
	if err := c.api.linksUp(ctx, c.job.topo); err != nil {
		return err
	}
	if err := c.registerHosts(ctx); err != nil {
		return err
	}
	_, err := inParallel(len(c.job.flows), 16, func(i int) error { return c.api.putFlow(ctx, c.job.flows[i]) })
	return err
}

func (c *crosspointProcess) registerHosts(ctx context.Context) error {
	hosts := c.job.topo.Hosts
	if _, err := inParallel(len(hosts), 16, func(i int) error { return c.api.putEndpoint(ctx, hosts[i]) }); err != nil {
		return err
	}
	return c.api.hostsFound(ctx, len(hosts))
}

func (c *crosspointProcess) profileSocket() string { return c.socket }

func (c *crosspointProcess) pid() int { return c.process.PID() }

func (c *crosspointProcess) stop() error {
	if c.api != nil {
		c.api.close()
	}
	if c.process == nil {
		return nil
	}
	return c.process.Stop()
}
