package ovs

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
)

var group = netip.MustParseAddr("239.1.1.1")

// ofctl programs a switch by hand, as no controller does here.
func ofctl(t *testing.T, args ...string) {
	t.Helper()
	_, err := runTool(t.Context(), "ovs-ofctl", append([]string{"-O", "OpenFlow13"}, args...)...)
	require.NoError(t, err)
}

// portNo is the number of a switch's port to a peer.
func portNo(t *testing.T, topo testbed.Topology, sw, peer string) uint32 {
	t.Helper()
	for _, p := range topo.Ports() {
		if p.Switch == sw && p.Peer == peer {
			return p.No
		}
	}
	require.Fail(t, "no such port", "%s to %s", sw, peer)
	return 0
}

// forward has a switch pass what comes from one neighbour for the group on to others.
func forward(t *testing.T, topo testbed.Topology, sw, from string, to ...string) {
	t.Helper()
	buckets := "group_id=1,type=all"
	for _, peer := range to {
		buckets += fmt.Sprintf(",bucket=output:%d", portNo(t, topo, sw, peer))
	}
	ofctl(t, "add-group", sw, buckets)
	ofctl(t, "add-flow", sw, fmt.Sprintf("priority=100,in_port=%d,ip,nw_dst=%s,actions=group:1", portNo(t, topo, sw, from), group))
}

// received counts what has arrived at each host, once that has come to rest.
func received(t *testing.T, f *Fabric) map[string]uint64 {
	t.Helper()
	var last, now map[string]uint64
	require.Eventually(t, func() bool {
		last = now
		rs, err := f.Receptions(t.Context())
		require.NoError(t, err)
		now = map[string]uint64{}
		for _, r := range rs {
			now[r.Host] += r.Received
		}
		return last != nil && fmt.Sprint(last) == fmt.Sprint(now)
	}, 5*time.Second, 50*time.Millisecond)
	return now
}

func TestTrafficThroughTheFabric(t *testing.T) {
	topo := testbed.LeafSpine(2, 4, 3)
	f, ctx := start(t, topo, agentOptions()), t.Context()
	forward(t, topo, "lf1", "h1", "h2", "sp1")
	forward(t, topo, "sp1", "lf1", "lf2", "lf4")
	forward(t, topo, "lf2", "sp1", "h4")
	forward(t, topo, "lf4", "sp1", "h11", "h12")
	require.NoError(t, f.Join(ctx, "h12", testbed.Join{Group: group, Port: 5004}))

	require.NoError(t, f.Send(ctx, "h1", testbed.Stream{ID: 9, Group: group, Port: 5004, Rate: 2000, Size: 1000}))
	<-time.After(time.Second)
	running, err := f.Sent(ctx)
	require.NoError(t, err)
	sent, err := f.StopSend(ctx, "h1", 9)
	require.NoError(t, err)
	assert.InDelta(t, 2000, sent, 200)
	assert.Positive(t, running[9])
	assert.Equal(t, map[string]uint64{"h2": sent, "h4": sent, "h11": sent, "h12": sent}, received(t, f))

	rs, err := f.Receptions(ctx)
	require.NoError(t, err)
	for _, r := range rs {
		t.Logf("%s: %d received, longest gap %v, delay p50 %v, p99 %v", r.Host, r.Received, r.MaxGap, r.DelayP50, r.DelayP99)
		assert.Zero(t, r.Lost+r.Duplicated+r.Reordered, r.Host)
		assert.Equal(t, topo.Hosts[0].Addr, r.Source)
	}
	assert.Equal(t, []string{"h2", "h4", "h11", "h12"}, []string{rs[0].Host, rs[1].Host, rs[2].Host, rs[3].Host})
	assert.Equal(t, sent, rs[3].Delivered, "h12 has joined")
	assert.Zero(t, rs[2].Delivered, "h11 has not")

	require.NoError(t, f.ResetReceptions(ctx))
	assert.Empty(t, received(t, f))
}

func TestPingAndQuiet(t *testing.T) {
	topo := testbed.Single(3)
	f, ctx := start(t, topo, agentOptions()), t.Context()
	n, err := f.Ping(ctx, "h1", topo.Hosts[1].Addr, 1)
	require.NoError(t, err)
	assert.Zero(t, n, "the switch has no flows, and fail_mode secure")

	ofctl(t, "add-flow", "s1", "priority=1,ipv6,actions=drop")
	ofctl(t, "add-flow", "s1", "priority=0,actions=FLOOD")
	n, err = f.Ping(ctx, "h1", topo.Hosts[1].Addr, 3)
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	out, err := runTool(ctx, "ovs-ofctl", "-O", "OpenFlow13", "dump-flows", "s1", "ipv6")
	require.NoError(t, err)
	assert.Contains(t, out, "n_packets=0", "something speaks IPv6")
}

func TestTables(t *testing.T) {
	f, ctx := start(t, testbed.Single(2), agentOptions()), t.Context()
	empty, err := f.Tables(ctx, "s1")
	require.NoError(t, err)
	assert.Empty(t, empty)
	ofctl(t, "add-group", "s1", "group_id=5,type=all,bucket=output:1,bucket=output:2")
	ofctl(t, "add-flow", "s1", "cookie=0x7,table=1,priority=9,ip,nw_dst=239.1.1.1,actions=group:5")
	ofctl(t, "add-flow", "s1", "priority=1,actions=goto_table:1")
	table, err := f.Tables(ctx, "s1")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"cookie=0x7, table=1, priority=9,ip,nw_dst=239.1.1.1 actions=group:5",
		"group_id=5,type=all,bucket=actions=output:1,bucket=actions=output:2",
		"priority=1 actions=goto_table:1",
	}, table)
	_, err = f.Tables(ctx, "s9")
	assert.ErrorContains(t, err, "s9: not in topology")
}

func TestLinkDownAndSilentDrop(t *testing.T) {
	topo := testbed.LeafSpine(1, 2, 1)
	f, ctx := start(t, topo, agentOptions()), t.Context()
	forward(t, topo, "lf1", "h1", "sp1")
	forward(t, topo, "sp1", "lf1", "lf2")
	forward(t, topo, "lf2", "sp1", "h2")
	require.NoError(t, f.Send(ctx, "h1", testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 5000, Size: 100}))

	arrives := func() bool {
		require.NoError(t, f.ResetReceptions(ctx))
		<-time.After(100 * time.Millisecond)
		rs, err := f.Receptions(ctx)
		require.NoError(t, err)
		return len(rs) > 0
	}
	require.True(t, arrives())

	cut, err := f.SetLink(ctx, "lf1", "sp1", false)
	took := time.Since(cut)
	require.NoError(t, err)
	rs, err := f.Receptions(ctx)
	require.NoError(t, err)
	t.Logf("link down: the call took %v, the last packet arrived %v after its start", took, rs[0].Last.Sub(cut))
	assert.Less(t, rs[0].Last.Sub(cut).Abs(), 50*time.Millisecond)
	assert.False(t, arrives(), "the link is down")
	_, err = f.SetLink(ctx, "sp1", "lf1", true)
	require.NoError(t, err)
	assert.False(t, arrives(), "that was the other end")
	_, err = f.SetLink(ctx, "lf1", "sp1", true)
	require.NoError(t, err)
	assert.True(t, arrives(), "the link is up again")

	_, err = f.SetLink(ctx, "h2", "lf2", false)
	require.NoError(t, err, "a link to a host, named from its end")
	assert.False(t, arrives())
	_, err = f.SetLink(ctx, "lf2", "h2", true)
	require.NoError(t, err)
	assert.True(t, arrives())

	require.NoError(t, f.SilentDrop(ctx, "sp1", "lf2", true))
	assert.False(t, arrives(), "dropped in silence")
	assert.True(t, isUp(t, "sp1-eth2") && isUp(t, "lf2-eth1"), "yet both ports are up")
	require.NoError(t, f.SilentDrop(ctx, "sp1", "lf2", false))
	assert.True(t, arrives())

	_, err = f.SetLink(ctx, "h1", "h2", false)
	assert.ErrorContains(t, err, "not in topology")
}

func isUp(t *testing.T, name string) bool {
	t.Helper()
	i, err := net.InterfaceByName(name)
	require.NoError(t, err)
	return i.Flags&net.FlagRunning != 0
}

// TestFailSwitch takes a switch out and brings it back: its neighbour loses the carrier, its controller the connection, and it loses nothing.
func TestFailSwitch(t *testing.T) {
	topo := testbed.LeafSpine(1, 2, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	o := agentOptions()
	o.Controller = []string{"tcp:" + l.Addr().String()}
	f, ctx := start(t, topo, o), t.Context()
	forward(t, topo, "sp1", "lf1", "lf2")
	before, err := f.Tables(ctx, "sp1")
	require.NoError(t, err)

	_, revive, err := f.FailSwitch(ctx, "sp1")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !isUp(t, "lf1-eth1") && !isUp(t, "lf2-eth1") }, 5*time.Second, time.Millisecond)
	targets, err := runTool(ctx, "ovs-vsctl", "get-controller", "sp1")
	require.NoError(t, err)
	assert.Equal(t, nobody, strings.TrimSpace(targets))

	require.NoError(t, revive(ctx))
	require.Eventually(t, func() bool { return isUp(t, "lf1-eth1") && isUp(t, "lf2-eth1") }, 5*time.Second, time.Millisecond)
	targets, err = runTool(ctx, "ovs-vsctl", "get-controller", "sp1")
	require.NoError(t, err)
	assert.Equal(t, o.Controller[0], strings.TrimSpace(targets))
	after, err := f.Tables(ctx, "sp1")
	require.NoError(t, err)
	assert.Equal(t, before, after, "it lost what it held")
	_, _, err = f.FailSwitch(ctx, "sp9")
	assert.ErrorContains(t, err, "fail switch sp9")
}

func TestControllerTargets(t *testing.T) {
	topo := testbed.Ring(2, 1)
	o := agentOptions()
	o.ControllerOf = Passive(topo, 16653)
	start(t, topo, o)
	for port := range 2 {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", 16653+port), 5*time.Second)
		require.NoError(t, err)
		hello := make([]byte, 2)
		require.NoError(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
		_, err = conn.Read(hello)
		require.NoError(t, err)
		assert.Equal(t, []byte{4, 0}, hello, "a HELLO of OpenFlow 1.3")
		require.NoError(t, conn.Close())
	}
}

func TestSwitchesDialTheController(t *testing.T) {
	needFabric(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { assert.NoError(t, listener.Close()) }()
	o := agentOptions()
	o.Controller = []string{"tcp:" + listener.Addr().String()}
	start(t, testbed.Single(1), o)
	require.NoError(t, listener.(*net.TCPListener).SetDeadline(time.Now().Add(10*time.Second)))
	conn, err := listener.Accept()
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}

func TestTwiceInARow(t *testing.T) {
	for range 2 {
		f := start(t, testbed.LeafSpine(2, 4, 3), agentOptions())
		began := time.Now()
		require.NoError(t, f.Close())
		assert.Less(t, time.Since(began), 6*time.Second, "about 1 s when the machine is idle")
	}
}

func TestOneLabAtATime(t *testing.T) {
	f := start(t, testbed.Single(1), agentOptions())
	impatient := agentOptions()
	impatient.Wait = 0
	_, err := Start(t.Context(), testbed.Single(2), impatient)
	require.ErrorContains(t, err, fmt.Sprintf("a lab is running already: close it first (process %d)", os.Getpid()))
	_, err = f.Tables(t.Context(), "s1")
	assert.NoError(t, err, "the first goes on")
}

func TestStartWaitsForAnotherLab(t *testing.T) {
	first := start(t, testbed.Single(1), agentOptions())
	closed := make(chan error, 1)
	time.AfterFunc(300*time.Millisecond, func() { closed <- first.Close() })
	start(t, testbed.Single(1), agentOptions())
	assert.NoError(t, <-closed, "the second is not a leftover of the first")
}

// holder starts a program that holds a fabric.
func holder(t *testing.T) (*exec.Cmd, held) {
	t.Helper()
	needFabric(t)
	cmd := exec.Command(os.Args[0], holdFabric)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, err)
	var h held
	require.NoError(t, json.Unmarshal(line, &h))
	require.Greater(t, len(h.Processes), 18+12, "shells, agents, daemons")
	return cmd, h
}

// kill ends a program without giving it a chance.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Process.Kill())
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
}

// nothingLeft has ten seconds to come true.
func nothingLeft(t *testing.T, pids ...int) {
	t.Helper()
	gone := &Fabric{topology: testbed.LeafSpine(2, 4, 3), lab: &lab{}}
	var left error
	if !assert.Eventually(t, func() bool {
		gone.lab.made = gone.lab.made[:0]
		for _, pid := range pids {
			gone.lab.made = append(gone.lab.made, processOf(pid))
		}
		left = gone.leftovers()
		return left == nil
	}, 10*time.Second, 50*time.Millisecond) {
		assert.NoError(t, left)
	}
}

func TestKilledProgramLeavesNothing(t *testing.T) {
	cmd, h := holder(t)
	kill(t, cmd)
	began := time.Now()
	nothingLeft(t, append(h.Processes, h.Script)...)
	t.Logf("gone after %v", time.Since(began).Round(time.Millisecond))
	assert.Equal(t, untouched(), sysctls())
}

func TestStartRightAfterAKill(t *testing.T) {
	cmd, _ := holder(t)
	kill(t, cmd)
	start(t, testbed.LeafSpine(2, 4, 3), agentOptions()) // waits until the old one is gone
}

func TestStartCleansUpAfterAKilledScript(t *testing.T) {
	cmd, h := holder(t)
	require.NoError(t, syscall.Kill(h.Script, syscall.SIGKILL))
	kill(t, cmd)
	_, err := os.Stat(stateDir)
	require.NoError(t, err, "there is something to clean up")
	f := start(t, testbed.LeafSpine(2, 4, 3), agentOptions())
	require.NoError(t, f.Close())
	nothingLeft(t, h.Processes...)
}

func TestCloseCleansUpAfterAKilledScript(t *testing.T) {
	f := start(t, testbed.LeafSpine(2, 2, 2), agentOptions())
	require.NoError(t, syscall.Kill(f.lab.self.pid, syscall.SIGKILL))
	require.NoError(t, f.Close())
}

// odd is a topology with a switch that no other test has.
func odd() testbed.Topology {
	return testbed.Topology{Name: "odd", Switches: []testbed.Switch{{Name: "xq", DPID: 1}, {Name: "xp", DPID: 2}}, Links: []testbed.Link{{A: "xq", B: "xp"}}}
}

func TestForeignInterfaceIsRefused(t *testing.T) {
	needFabric(t)
	ip := func(args ...string) {
		_, err := runTool(context.Background(), "ip", args...)
		require.NoError(t, err)
	}
	ip("link", "add", "xq-eth1", "type", "veth", "peer", "name", "xpforeign")
	defer ip("link", "del", "xq-eth1")
	_, err := Start(t.Context(), odd(), agentOptions())
	require.ErrorContains(t, err, "interface xq-eth1 exists and is not a lab's; remove it: ip link del xq-eth1")
	assert.True(t, exists("xq-eth1"))
}

func exists(iface string) bool {
	_, err := net.InterfaceByName(iface)
	return err == nil
}

func TestDaemonsThatRanBeforeGoOn(t *testing.T) {
	require.NoError(t, start(t, testbed.Single(1), agentOptions()).Close()) // leaves a database
	require.NoError(t, os.MkdirAll("/var/run/openvswitch", 0o755))
	server := daemon(t, "ovsdb-server", "/etc/openvswitch/conf.db", "--remote=punix:"+ovsSocket)
	require.Eventually(t, func() bool { return exec.Command("ovs-vsctl", "--no-wait", "init").Run() == nil }, 5*time.Second, 20*time.Millisecond)
	switchd := daemon(t, "ovs-vswitchd", "unix:"+ovsSocket)
	// A run that was killed may have left the bridge in the database.
	_, err := runTool(t.Context(), "ovs-vsctl", "--timeout=5",
		"--if-exists", "del-br", "xpother", "--", "add-br", "xpother", "--", "set", "bridge", "xpother", "datapath_type=netdev")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := runTool(context.Background(), "ovs-vsctl", "--timeout=5", "del-br", "xpother")
		assert.NoError(t, err)
	})

	f := start(t, testbed.Single(2), agentOptions())
	require.NoError(t, f.Close())
	assert.True(t, server.alive() && switchd.alive(), "daemons of somebody else were ended")
	out, err := runTool(t.Context(), "ovs-vsctl", "--timeout=5", "list-br")
	require.NoError(t, err)
	assert.Equal(t, "xpother\n", out)
}

// daemon runs one of Open vSwitch's in its default run directory until the test ends.
func daemon(t *testing.T, name string, args ...string) process {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	cmd := exec.Command(name, append([]string{"--pidfile", "-vconsole:off", "-vsyslog:off", "--log-file=" + log}, args...)...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		_ = cmd.Wait() // ended by the signal
	})
	return processOf(cmd.Process.Pid)
}

func TestForeignBridgeIsRefusedAndStays(t *testing.T) {
	f, ctx := start(t, testbed.Single(1), agentOptions()), t.Context()
	vsctl := func(args ...string) string {
		out, err := runTool(ctx, "ovs-vsctl", args...)
		require.NoError(t, err)
		return strings.TrimSpace(out)
	}
	// A bridge that somebody else made meanwhile is none of ours, and survives in the database.
	vsctl("add-br", "xq", "--", "set", "bridge", "xq", "datapath_type=netdev")
	require.NoError(t, f.Close())
	_, err := Start(ctx, odd(), agentOptions())
	require.ErrorContains(t, err, "bridge xq exists and is not a lab's; remove it: ovs-vsctl del-br xq")

	other := start(t, testbed.Single(1), agentOptions())
	assert.Equal(t, "s1\nxq", vsctl("list-br"))
	vsctl("del-br", "xq")
	require.NoError(t, other.Close())
}

func TestFailedStartLeavesNothing(t *testing.T) {
	needFabric(t)
	t.Run("agent that does not work", func(t *testing.T) {
		_, err := Start(t.Context(), testbed.Single(2), Options{
			AgentCommand: []string{"sh", "-c", "echo no such thing >&2; exit 3"}, Wait: 2 * time.Minute,
		})
		require.ErrorContains(t, err, "host h1")
		require.ErrorContains(t, err, "no such thing")
		nothingLeft(t)
	})
	t.Run("time is up", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := Start(ctx, testbed.LeafSpine(2, 4, 3), agentOptions())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		nothingLeft(t)
	})
}

func TestErrorsNameTheHost(t *testing.T) {
	f, ctx := start(t, testbed.Single(1), agentOptions()), t.Context()
	assert.ErrorContains(t, f.Send(ctx, "h9", testbed.Stream{}), "host h9: not in topology")
	assert.ErrorContains(t, f.Send(ctx, "h1", testbed.Stream{ID: 1}), "host h1: send stream 1")
	_, err := f.StopSend(ctx, "h1", 4)
	assert.ErrorContains(t, err, "host h1: stop stream 4")
	assert.ErrorContains(t, f.Leave(ctx, "h1", testbed.Join{Group: group}), "host h1: leave 239.1.1.1: not joined")
	assert.Positive(t, f.HostPID("h1"))
	require.NoError(t, f.Close())
	assert.ErrorContains(t, f.Join(ctx, "h1", testbed.Join{Group: group}), "the traffic agent has ended")
}
