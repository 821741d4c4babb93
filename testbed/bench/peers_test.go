package bench

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
)

// TestMain is also the agent of a host, as the stand's own program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "agent" {
		if err := traffic.RunAgent(context.Background(), os.Stdin, os.Stdout, os.Args[2]); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func needsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to make namespaces")
	}
}

// TestMachine sees that what is in a machine is not outside, and that it ends with it.
func TestMachine(t *testing.T) {
	needsRoot(t)
	const folder = "/var/tmp/crosspoint-bench-test"
	defer func() { _ = os.Remove(folder) }()
	m, err := newMachine(t.Context(), "root", folder)
	require.NoError(t, err)
	require.NoError(t, m.write(t.Context(), folder+"/note", "hello"))
	out, err := m.run(t.Context(), "cat "+folder+"/note; ip -o link show | wc -l")
	require.NoError(t, err)
	assert.Equal(t, []string{"hello1"}, strings.Fields(out), "a loopback alone")
	assert.NoFileExists(t, folder+"/note")

	_, err = m.run(t.Context(), "echo this is why; false; echo not reached")
	assert.ErrorContains(t, err, "this is why")
	assert.NotContains(t, err.Error(), "not reached")

	_, err = m.run(t.Context(), "sleep 300 >/dev/null 2>&1 & echo started")
	require.NoError(t, err)
	group := m.holder.Process.Pid
	m.close()
	assert.ErrorIs(t, syscall.Kill(group, 0), syscall.ESRCH)
}

func TestMissingNeighbours(t *testing.T) {
	const shown = `
Neighbor ID     Pri State           Up Time         Dead Time Address         Interface                        RXmtL RqstL DBsmL
10.254.0.2        1 Full/-          6.241s             3.049s 10.255.0.1      sp1-eth1:10.255.0.0                  2     0     0
10.254.0.3        1 Init/-          5.753s             3.535s 10.255.1.1      sp1-eth2:10.255.1.0                  1     0     0

 Interface  Neighbor    Uptime    Holdtime  DR Pri
 sp1-eth2   10.255.1.1  00:00:06  00:00:02  1

Session count: 2
SessionId  LocalAddress                             PeerAddress                             Status
=========  ============                             ===========                             ======
754320172  0.0.0.0                                  10.255.1.1                              up
754320173  0.0.0.0                                  10.255.0.1                              down
10.0.2.0/24 nhid 14 via 10.255.0.0 dev lf1-eth1 proto ospf metric 20
`
	assert.Empty(t, missingNeighbours(shown, 1))
	assert.Equal(t, "of 2 neighbours there are 1 by OSPF, 1 by PIM, 1 by BFD", missingNeighbours(shown, 2))
	assert.Empty(t, missingNeighbours("", 0))
}

// TestRouterPorts wants both ends of a link in one subnet, hosts beside their router, and no address twice.
func TestRouterPorts(t *testing.T) {
	j := newJob(inSubnets(testbed.LeafSpine(2, 4, 2)))
	r := &routers{job: j}
	used, subnets := map[netip.Addr]bool{}, map[netip.Prefix]int{}
	for _, h := range j.topo.Hosts {
		used[h.Addr] = true
	}
	require.Len(t, used, len(j.topo.Hosts))
	for _, sw := range j.topo.Switches {
		ports := r.ports(sw.Name)
		require.Len(t, ports, len(j.peers[sw.Name]))
		for _, p := range ports {
			assert.False(t, used[p.addr.Addr()], "%s twice", p.addr)
			used[p.addr.Addr()] = true
			subnets[p.addr.Masked()]++
			assert.Equal(t, p.link, p.addr.Bits() == 31)
		}
	}
	for subnet, ends := range subnets {
		assert.Equal(t, ends == 2, subnet.Bits() == 31, "%s", subnet)
	}
}

func TestGapsOf(t *testing.T) {
	now := time.Now()
	receptions := []testbed.Reception{
		{Host: "h4", Stream: 1, Last: now, MaxGap: 3 * time.Millisecond},
		{Host: "h4", Stream: 2, Last: now.Add(-time.Second), MaxGap: time.Millisecond},
		{Host: "h3", Stream: 1, Last: now.Add(-time.Second), MaxGap: time.Hour},
	}
	gaps, away := gapsOf(receptions, "h4", now, 100*time.Millisecond)
	assert.Equal(t, []float64{3, 1000}, gaps, "who stays away has the longest gap so far")
	assert.Equal(t, 1, away)
}

// TestFRR has a router forward a stream to a host that asks, where FRR is installed.
func TestFRR(t *testing.T) {
	needsRoot(t)
	if v, err := (frr{}).version(); err != nil {
		t.Skip(err)
	} else {
		assert.NotContains(t, v, "pimd")
	}
	j := newJob(inSubnets(testbed.Single(2)), onJoinFlow(0, "h1", "h2"))
	n, err := frr{}.up(t.Context(), []string{os.Args[0], "agent"}, j)
	require.NoError(t, err)
	defer func() { assert.NoError(t, n.close()) }()
	require.NoError(t, j.send(t.Context(), n, 0, 500))
	require.NoError(t, n.ResetReceptions(t.Context()))
	settle(t.Context(), 200*time.Millisecond)
	receptions, err := n.Receptions(t.Context())
	require.NoError(t, err)
	assert.Empty(t, receptions, "nobody has asked")
	require.NoError(t, j.joinAll(t.Context(), n, "h2"))
	assert.Eventually(t, func() bool {
		receptions, err := n.Receptions(t.Context())
		return err == nil && len(receptions) == 1 && receptions[0].Host == "h2"
	}, 10*time.Second, 50*time.Millisecond)
}

// brokenNetwork is a peer that is there and cannot be brought up.
type brokenNetwork struct{}

func (brokenNetwork) name() string             { return "broken" }
func (brokenNetwork) version() (string, error) { return "1.0", nil }
func (brokenNetwork) up(context.Context, []string, job) (builtNetwork, error) {
	return nil, os.ErrInvalid
}

// absentNetwork is one that is not installed.
type absentNetwork struct{ brokenNetwork }

func (absentNetwork) name() string             { return "absent" }
func (absentNetwork) version() (string, error) { return "", errNotHere }

// TestPeersThatFail cost no more than their own figures, and the report tells of them.
func TestPeersThatFail(t *testing.T) {
	var said strings.Builder
	s := &Stand{Options: Options{Progress: &said}, Book: newBook(), now: &Workload{Name: "test"}, Versions: map[string]string{}, Absent: map[string]string{}}
	all := func() []player { return s.players(nil, absentNetwork{}, brokenNetwork{}) }
	err := s.byTurns(t.Context(), 2, all, job{}, func(player, ground) error { return nil })
	require.NoError(t, err)
	assert.Contains(t, said.String(), "SKIPPED: absent: not installed")
	assert.Contains(t, said.String(), "broken FAILED in round 2")
	assert.Equal(t, map[string]string{"broken": "1.0"}, s.Versions)

	report := &Report{Versions: s.Versions, Absent: s.Absent}
	var table strings.Builder
	require.NoError(t, report.WriteTable(&table))
	page, err := report.html()
	require.NoError(t, err)
	for _, shown := range []string{table.String(), page} {
		assert.Contains(t, shown, "absent: "+errNotHere.Error())
		assert.Contains(t, shown, "broken in test: failed in round 2, invalid argument")
		assert.Contains(t, shown, "broken: 1.0")
	}
}
