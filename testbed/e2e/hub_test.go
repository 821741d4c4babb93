package e2e

import (
	"bufio"
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/igmp"
	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
)

// hubPlan has a sender to three groups, and two hosts that are still to be plugged in.
const hubPlan = `topology single hosts 2
wait topology
endpoint h1 role sender
wait located
request PUT endpoints/$newa "{\"id\":\"$newa\",\"chassis_id\":null,\"port_id\":\"02-00-00-00-09-01\",\"ip_address\":\"10.0.9.1\"}" expect 201
request PUT endpoints/$newb "{\"id\":\"$newb\",\"chassis_id\":null,\"port_id\":\"02-00-00-00-09-02\",\"ip_address\":\"10.0.9.2\"}" expect 201
%s`

// hubFlow is a flow to both hosts for those who join.
const hubFlow = `request PUT network-flows/$new%[1]s "{\"id\":\"$new%[1]s\",\"multicast_address\":\"%[2]s\",\"sender_endpoint_id\":\"$h1\",` +
	`\"receiver_endpoint_ids\":[\"$newa\",\"$newb\"],\"bandwidth\":\"5Mbit/s\",\"forward_flow\":false}" expect 201
send %[1]s from h1 to %[2]s rate 1000
`

// TestTwoKernelsBehindAPort has one of two hosts behind an edge port leave: the other, which kept silent when it heard the first (RFC 2236 §3), goes
// on without a packet lost; when it leaves too, nothing comes any more.
func TestTwoKernelsBehindAPort(t *testing.T) {
	cases := []struct {
		about string
		a, b  int  // versions of IGMP
		quiet bool // the second host keeps silent
		group string
	}{
		{"IGMPv3", 3, 3, false, "239.6.6.1"},
		{"IGMPv3 under a querier of version 2", 3, 3, true, "239.6.6.2"},
		{"IGMPv2", 2, 2, true, "239.6.6.3"},
		{"IGMPv2 and IGMPv1", 2, 1, true, "239.6.6.4"},
	}
	flows := ""
	for i, c := range cases {
		flows += fmt.Sprintf(hubFlow, fmt.Sprint("f", i), c.group)
	}
	net := startNetwork(t, fmt.Sprintf(hubPlan, flows))
	hosts := twoBehind(t, net.HostPID("h2"), "h2-eth0")
	port := tap(t, "s1-eth2")
	for _, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			j := testbed.Join{Group: netip.MustParseAddr(c.group), Port: 5004}
			for i, version := range []int{c.a, c.b} {
				require.NoError(t, hosts[i].SetIGMPVersion(t.Context(), version))
				require.NoError(t, hosts[i].Join(t.Context(), j))
				net.becomes(t, fmt.Sprintf("IGMPv%d EXCLUDE", version), hosts[i].mac, j.Group)
			}
			if c.quiet {
				silences(t, port, j.Group)
			}
			leavesTheOther(t, net, hosts, j)
			if c.b == 1 {
				return // it says nothing when it leaves
			}
			require.NoError(t, hosts[1].Leave(t.Context(), j))
			net.becomes(t, "", hosts[1].mac, j.Group)
			holdsAtLast(t, "0 packets", func() string {
				require.NoError(t, hosts[1].Reset(t.Context()))
				time.Sleep(50 * time.Millisecond)
				return fmt.Sprint(hosts[1].receives(t, j.Group).Received, " packets")
			})
		})
	}
}

// silences asks as a querier of version 2 does until it was the first host that answered last: the second has heard it, and will neither answer nor
// say that it leaves.
func silences(t *testing.T, port *wire, group netip.Addr) {
	t.Helper()
	for range 20 {
		port.said()
		port.ask(&igmp.Query{Version: igmp.V2, Group: group, MaxResp: 200 * time.Millisecond})
		time.Sleep(300 * time.Millisecond)
		last := netip.Addr{}
		for _, packet := range port.said() {
			if p, err := igmp.ParsePacket(packet); err == nil {
				last = p.Src
			}
		}
		if last == netip.MustParseAddr("10.0.9.1") {
			return
		}
	}
	require.Fail(t, "the first host never answers last")
}

// leavesTheOther has the first host leave, and looks how the second fares until nobody is asked any more.
func leavesTheOther(t *testing.T, net *network, hosts [2]hubHost, j testbed.Join) {
	t.Helper()
	require.NoError(t, hosts[1].Reset(t.Context()))
	require.NoError(t, hosts[0].Leave(t.Context(), j))
	net.becomes(t, "", hosts[0].mac, j.Group)
	time.Sleep(3 * time.Second) // whoever is asked has two to answer (RFC 3376 §8.10)
	got := hosts[1].receives(t, j.Group)
	assert.Greater(t, got.Received, uint64(2900))
	assert.Zero(t, got.Lost+got.Duplicated, "%+v", got)
	assert.NotEmpty(t, net.membership(t, hosts[1].mac, j.Group))
	t.Logf("the other got %d packets, the longest gap was %v", got.Received, got.MaxGap)
}

// hubHost is a host behind a hub.
type hubHost struct {
	*traffic.AgentClient
	mac string
}

func (h hubHost) receives(t *testing.T, group netip.Addr) testbed.Reception {
	t.Helper()
	all, dropped, err := h.Receptions(t.Context())
	require.NoError(t, err)
	require.Zero(t, dropped)
	for _, r := range all {
		if r.Group == group {
			return r
		}
	}
	return testbed.Reception{}
}

// twoBehind makes the namespace of a host a plain Linux bridge, which floods as a hub does, and puts two hosts behind it.
func twoBehind(t *testing.T, pid int, nic string) (hosts [2]hubHost) {
	inHost(t, pid, "ip", "link", "add", "hub", "up", "type", "bridge", "mcast_snooping", "0", "ageing_time", "0")
	inHost(t, pid, "ip", "addr", "flush", "dev", nic)
	inHost(t, pid, "ip", "link", "set", nic, "master", "hub")
	for i := range hosts {
		name := string(rune('a' + i))
		mac := fmt.Sprintf("02:00:00:00:09:%02x", i+1)
		own := namespace(t)
		inHost(t, pid, "ip", "link", "add", "hub-"+name, "type", "veth", "peer", "name", name+"-eth0", "address", mac, "netns", strconv.Itoa(own))
		inHost(t, pid, "ip", "link", "set", "hub-"+name, "master", "hub", "up")
		inHost(t, own, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
		inHost(t, own, "ip", "addr", "add", fmt.Sprintf("10.0.9.%d/16", i+1), "dev", name+"-eth0")
		inHost(t, own, "ip", "link", "set", name+"-eth0", "up")
		hosts[i] = hubHost{agentIn(t, own, name+"-eth0"), mac}
	}
	return hosts
}

// namespace makes a network namespace that lives as long as the test, and gives the process that holds it.
func namespace(t *testing.T) int {
	cmd := exec.Command("unshare", "-n", "sh", "-c", "echo ready; exec sleep 600")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	return cmd.Process.Pid
}
