package ovs

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
)

func TestSpec(t *testing.T) {
	topo := testbed.LeafSpine(1, 2, 1)
	s, err := newSpec(topo, Options{ControllerOf: Passive(topo, 7000), Wait: 1500 * time.Millisecond})
	require.NoError(t, err)
	s.Owner = 0
	got, err := json.MarshalIndent(s, "", " ")
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"owner": 0,
		"patience": 1.5,
		"switches": [
			{"name": "sp1", "dpid": "0000000000000001", "targets": ["ptcp:7000:127.0.0.1"]},
			{"name": "lf1", "dpid": "0000000000000002", "targets": ["ptcp:7001:127.0.0.1"]},
			{"name": "lf2", "dpid": "0000000000000003", "targets": ["ptcp:7002:127.0.0.1"]}
		],
		"links": [
			{"a": "sp1-eth1", "aSwitch": "sp1", "aPort": 1, "b": "lf1-eth1", "bSwitch": "lf1", "bPort": 1},
			{"a": "sp1-eth2", "aSwitch": "sp1", "aPort": 2, "b": "lf2-eth1", "bSwitch": "lf2", "bPort": 1}
		],
		"hosts": [
			{"name": "h1", "ip": "10.0.0.1/16", "ip6": "fd00::1/64", "mac": "00:00:00:00:00:01", "switch": "lf1", "port": "lf1-eth2", "portNo": 2},
			{"name": "h2", "ip": "10.0.0.2/16", "ip6": "fd00::2/64", "mac": "00:00:00:00:00:02", "switch": "lf2", "port": "lf2-eth2", "portNo": 2}
		]
	}`, string(got))
}

// TestSpecOfHub has a hub be a bridge without a controller, with the switch at its first port.
func TestSpecOfHub(t *testing.T) {
	topo := testbed.Single(3)
	require.NoError(t, topo.ShareHub("h1", "h3"))
	s, err := newSpec(topo, Options{Controller: []string{"tcp:127.0.0.1:6653"}})
	require.NoError(t, err)
	assert.Equal(t, switchSpec{Name: "hub1", DPID: "00000000ffff0000", Targets: []string{}, Plain: true}, s.Switches[1])
	assert.Equal(t, []linkSpec{{A: "s1-eth1", ASwitch: "s1", APort: 1, B: "hub1-eth1", BSwitch: "hub1", BPort: 1}}, s.Links)
	var at []string
	for _, h := range s.Hosts {
		at = append(at, h.Switch+" "+h.Port)
	}
	assert.Equal(t, []string{"hub1 hub1-eth2", "s1 s1-eth2", "hub1 hub1-eth3"}, at)
}

func TestSpecRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testbed.Topology)
		want   string
	}{
		"a name for the shell": {func(t *testbed.Topology) { t.Switches[0].Name = "s1;reboot" }, "must be unique"},
		"a name twice":         {func(t *testbed.Topology) { t.Hosts[0].Name = "s1" }, "must be unique"},
		"a long name":          {func(t *testbed.Topology) { t.Hosts[0].Name = "abcdefghijk" }, "at most 10 long"},
		"no datapath id":       {func(t *testbed.Topology) { t.Switches[0].DPID = 0 }, "datapath id"},
		"a datapath id twice":  {func(t *testbed.Topology) { t.Switches[0].DPID = t.Switches[1].DPID }, "datapath id"},
		"a link to itself":     {func(t *testbed.Topology) { t.Links[0].B = t.Links[0].A }, "does not join two switches"},
		"a link to nowhere":    {func(t *testbed.Topology) { t.Links[0].B = "s9" }, "does not join two switches"},
		"a host on nothing":    {func(t *testbed.Topology) { t.Hosts[0].Switch = "h2" }, "which does not exist"},
		"no address":           {func(t *testbed.Topology) { t.Hosts[0].Addr = testbed.Host{}.Addr }, "is not IPv4"},
		"no IPv6 address":      {func(t *testbed.Topology) { t.Hosts[0].Addr6 = t.Hosts[0].Addr }, "is not IPv6"},
	} {
		t.Run(name, func(t *testing.T) {
			topo := testbed.Ring(3, 1)
			c.change(&topo)
			_, err := newSpec(topo, Options{})
			assert.ErrorContains(t, err, c.want)
		})
	}
	_, err := newSpec(testbed.Single(1), Options{Controller: []string{"tcp:127.0.0.1:6653; reboot"}})
	assert.ErrorContains(t, err, "controller target")
}

func TestTableLines(t *testing.T) {
	dump := "OFPST_FLOW reply (OF1.3) (xid=0x2):\n cookie=0x7, priority=9,ip actions=group:5\n\n"
	assert.Equal(t, []string{"cookie=0x7, priority=9,ip actions=group:5"}, tableLines(dump))
	assert.Empty(t, tableLines("OFPST_GROUP_DESC reply (OF1.3) (xid=0x2):\n"))
}

func TestStartNeedsAnAgent(t *testing.T) {
	_, err := Start(t.Context(), testbed.Single(1), Options{})
	assert.ErrorContains(t, err, "AgentCommand is missing")
}

func TestProcess(t *testing.T) {
	assert.True(t, processOf(os.Getpid()).alive())
	cmd := exec.Command("true")
	require.NoError(t, cmd.Start())
	p := processOf(cmd.Process.Pid)
	require.NoError(t, cmd.Wait())
	assert.False(t, p.alive())
	assert.False(t, processOf(cmd.Process.Pid).alive(), "remembered too late")
}

func TestTailKeepsTheEnd(t *testing.T) {
	var kept tail
	for range 1000 {
		_, _ = kept.Write([]byte("0123456789"))
	}
	_, _ = kept.Write([]byte("the end\n"))
	assert.Len(t, kept.kept, tailSize)
	assert.Regexp(t, "9the end$", kept.String())
}
