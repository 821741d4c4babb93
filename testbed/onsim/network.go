// Package onsim runs a controller with the simulated fabric connected to it over loopback, for the tests of what stands on the controller.
package onsim

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
)

// Network is a controller that runs until its test ends. Switches come by Connect.
type Network struct {
	*controller.Controller
	// Addr is where switches connect.
	Addr string
	// Audited is what came to the audit log.
	Audited *logtest.Hook

	t       testing.TB
	cancel  context.CancelFunc
	ended   chan error
	stopped bool
}

// Start starts a controller with the default configuration that logs nothing. Without a store (nil) it keeps nothing.
func Start(t testing.TB, keep controller.Store) *Network {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	audit, audited := logtest.NewNullLogger()
	cfg := controller.Config{Core: core.DefaultConfig(), Store: keep, Log: log, Audit: audit}
	cfg.Core.LLDPKey = []byte("a key for tests")
	c, err := controller.New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := ofconn.Listen(ctx, "127.0.0.1:0", cfg.OpenFlow)
	require.NoError(t, err)
	n := &Network{Controller: c, Audited: audited, Addr: listener.Addr().String(), t: t, cancel: cancel, ended: make(chan error, 1)}
	go func() { n.ended <- c.Run(ctx, listener, nil) }()
	t.Cleanup(n.Stop)
	return n
}

// Stop ends the controller in order. The second call does nothing.
func (n *Network) Stop() {
	if !n.stopped {
		n.stopped = true
		n.cancel()
		assert.NoError(n.t, <-n.ended)
	}
}

// Connect brings up switches and hosts that connect to the controller, and waits until it knows all links between them.
func (n *Network) Connect(topo testbed.Topology) *sim.Fabric {
	n.t.Helper()
	f := Fabric(n.t, topo, n.Addr)
	n.Until("links up", linksUp(2*len(topo.Links)))
	return f
}

// Fabric brings up switches and hosts that connect to a controller at an address, until the test ends.
func Fabric(t testing.TB, topo testbed.Topology, addr string) *sim.Fabric {
	t.Helper()
	f, err := sim.Start(context.Background(), topo, addr, sim.FabricOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, f.Close()) })
	return f
}

// Until waits for the state of the controller to be as wanted, and gives it.
func (n *Network) Until(what string, ok func(*core.Snapshot) bool) *core.Snapshot {
	n.t.Helper()
	var last *core.Snapshot
	require.Eventually(n.t, func() bool {
		snap, err := n.Snapshot(context.Background())
		last = snap
		return err == nil && ok(snap)
	}, 15*time.Second, 5*time.Millisecond, what)
	return last
}

// linksUp is a state in which n directed links are usable.
func linksUp(n int) func(*core.Snapshot) bool {
	return func(s *core.Snapshot) bool {
		up := 0
		for _, l := range s.Links {
			if l.Usable {
				up++
			}
		}
		return up == n
	}
}

// Located is a state with n endpoints that are all served.
func Located(n int) func(*core.Snapshot) bool {
	return func(s *core.Snapshot) bool {
		for _, e := range s.Endpoints {
			if e.Bound == nil {
				return false
			}
		}
		return len(s.Endpoints) == n
	}
}

// Register registers all hosts under the ids of their names, and waits until they are found.
func (n *Network) Register(topo testbed.Topology) {
	n.t.Helper()
	for _, h := range topo.Hosts {
		n.Must(core.PutEndpoint{Endpoint: flows.Endpoint{ID: ID(h.Name), MAC: h.MAC, Addr: h.Addr, Role: flows.RoleBoth}})
	}
	n.Until("endpoints located", Located(len(topo.Hosts)))
}

// Must has a change carried out.
func (n *Network) Must(change core.Change) {
	n.t.Helper()
	_, err := n.Submit(context.Background(), change)
	require.NoError(n.t, err)
}

// ID is an id that is always the same for a name.
func ID(name string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)) }
