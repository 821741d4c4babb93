package e2e

import (
	"net/http"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound/ops"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/scenario"
	"crosspoint/testbed/traffic"
)

// network is Open vSwitch under a controller, with the flows of a plan; what its hosts say is up to the test.
type network struct {
	*ovs.Fabric
	ops    ops.Client
	runner *scenario.Runner
}

// startNetwork carries out a plan, under a controller with further arguments.
func startNetwork(t *testing.T, text string, args ...string) *network {
	t.Helper()
	plan, n := prepareNetwork(t, text, args...)
	for _, part := range plan.Parts {
		n.carriesOut(t, part.Name)
	}
	return n
}

// carriesOut runs a part of the plan.
func (n *network) carriesOut(t *testing.T, part string) {
	t.Helper()
	require.NoError(t, n.runner.RunPart(t.Context(), part))
}

// prepareNetwork starts what a plan is carried out on.
func prepareNetwork(t *testing.T, text string, args ...string) (scenario.Plan, *network) {
	t.Helper()
	need(t, "ovs")
	plan, err := scenario.Parse("plan", text)
	require.NoError(t, err)
	controller, err := scenario.NewProcess(scenario.ProcessOptions{
		Program: program, Folder: t.TempDir(), OpenFlow: "127.0.0.1:0", HTTP: "127.0.0.1:0", Args: args,
	})
	require.NoError(t, err)
	require.NoError(t, controller.Start(t.Context()))
	t.Cleanup(func() { assert.NoError(t, controller.Stop()) })
	fabric, err := ovs.Start(t.Context(), plan.Topology, ovs.Options{
		Controller: []string{"tcp:" + controller.OpenFlow()}, AgentCommand: []string{program, "agent"}, Wait: patience,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, fabric.Close()) })
	runner := scenario.NewRunner(plan, fabric, controller, func(line string) { t.Log(line) })
	return plan, &network{fabric, ops.Client{Base: controller.API(), HTTP: &http.Client{Timeout: 10 * time.Second}}, runner}
}

// membership is what the controller remembers of a host and a group, such as "IGMPv3 INCLUDE 10.0.0.1"; "" for nothing.
func (n *network) membership(t *testing.T, mac string, group netip.Addr) string {
	list, err := n.ops.Memberships(t.Context(), ops.Filter{})
	require.NoError(t, err)
	for _, m := range list.Items {
		if m.Group != group || m.MAC.String() != mac {
			continue
		}
		out := m.Version + " " + m.Mode
		for _, s := range m.Sources {
			out += " " + s.String()
		}
		return out
	}
	return ""
}

// becomes waits until the controller remembers something of a host and a group.
func (n *network) becomes(t *testing.T, want, mac string, group netip.Addr) {
	t.Helper()
	holdsAtLast(t, want, func() string { return n.membership(t, mac, group) })
}

// arriving lists the senders of what arrives at a host for a group within a moment, sorted.
func (n *network) arriving(t *testing.T, host string, group netip.Addr) []string {
	require.NoError(t, n.ResetReceptions(t.Context()))
	time.Sleep(50 * time.Millisecond) // 25 packets of each stream
	receptions, err := n.Receptions(t.Context())
	require.NoError(t, err)
	from := []string{}
	for _, r := range receptions {
		if r.Host == host && r.Group == group {
			from = append(from, r.Source.String())
		}
	}
	slices.Sort(from)
	return from
}

// gets waits until a host gets a group from some senders and from no other.
func (n *network) gets(t *testing.T, host string, group netip.Addr, from ...string) {
	t.Helper()
	holdsAtLast(t, strings.Join(from, " "), func() string { return strings.Join(n.arriving(t, host, group), " ") })
}

// holdsAtLast asks again and again until something is as wanted. Unlike testify's Eventually it does so in the test's own goroutine, which may fail it.
func holdsAtLast(t *testing.T, want string, have func() string) {
	t.Helper()
	is := have()
	for end := time.Now().Add(5 * time.Second); is != want && time.Now().Before(end); is = have() {
		time.Sleep(5 * time.Millisecond)
	}
	require.Equal(t, want, is)
}

// inHost runs a command in the network namespace of a process.
func inHost(t *testing.T, pid int, command ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "mnexec", append([]string{"-a", strconv.Itoa(pid)}, command...)...).CombinedOutput()
	require.NoError(t, err, "%s: %s", strings.Join(command, " "), out)
}

// agentIn starts an agent on an interface of a network namespace; it ends with the test.
func agentIn(t *testing.T, pid int, nic string) *traffic.AgentClient {
	cmd := exec.Command("mnexec", "-a", strconv.Itoa(pid), program, "agent", nic)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	client := traffic.NewAgentClient(stdin, stdout)
	t.Cleanup(func() {
		_ = client.Close()
		<-client.Done()
		assert.NoError(t, cmd.Wait())
	})
	require.NoError(t, client.Reset(t.Context()))
	return client
}
