package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/scenario"
	"crosspoint/testbed/sim"
)

// Kinds of fabric for the lab.
const (
	fabricAuto = "auto"
	fabricOVS  = "ovs"
	fabricSim  = "sim"
)

// firstListenPort is where the first switch of a fabric listens that the controller dials; the next has the next port.
const firstListenPort = 16653

// startFabric brings up the switches and hosts of a plan. about says what they are, and why.
func startFabric(ctx context.Context, kind, program string, plan scenario.Plan, controller string) (f testbed.Fabric, about string, err error) {
	if kind != fabricSim {
		f, err = startOVS(ctx, program, plan, controller)
		if err == nil {
			return f, f.Kind(), nil
		}
		if kind == fabricOVS || ctx.Err() != nil {
			return nil, "", err
		}
	}
	why := err
	if f, err = startSim(ctx, plan, controller); err != nil {
		return nil, "", err
	}
	about = f.Kind()
	if why != nil {
		about += ": " + why.Error()
	}
	return f, about, nil
}

// startOVS fails where Open vSwitch cannot be had, and says what is missing.
func startOVS(ctx context.Context, program string, plan scenario.Plan, controller string) (testbed.Fabric, error) {
	o := ovs.Options{Controller: []string{"tcp:" + controller}, AgentCommand: []string{program, "agent"}}
	if plan.Listen {
		o.ControllerOf = ovs.Passive(plan.Topology, firstListenPort)
	}
	return ovs.Start(ctx, plan.Topology, o)
}

func startSim(ctx context.Context, plan scenario.Plan, controller string) (testbed.Fabric, error) {
	o := sim.FabricOptions{}
	if plan.Listen {
		o.Listen = func(sw testbed.Switch) string { return listenAddr(slices.Index(plan.Topology.Switches, sw)) }
	}
	// The fabric outlives an interrupted plan, so that it is taken down in order.
	return sim.Start(context.WithoutCancel(ctx), plan.Topology, controller, o)
}

// listenAddr is where a switch listens, by its place in the topology.
func listenAddr(i int) string { return fmt.Sprintf("127.0.0.1:%d", firstListenPort+i) }

// dialled lists where the controller finds switches that listen.
func dialled(plan scenario.Plan) []string {
	if !plan.Listen {
		return nil
	}
	var addrs []string
	for i := range plan.Topology.Switches {
		addrs = append(addrs, listenAddr(i))
	}
	return addrs
}

// ownProgram is this binary, to start itself as controller and as agent.
func ownProgram() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return program, nil
}
