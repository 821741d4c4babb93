package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// smcroutePlan has two senders to a group of each kind: any-source and source-specific, IPv4 and IPv6.
const smcroutePlan = `topology single hosts 3
wait topology
endpoint h1 h2 role sender
endpoint h1 h2 role sender over IPv6
endpoint h3 role receiver
endpoint h3 role receiver over IPv6
wait located
%s
wait settled
`

// TestSMCRouteJoins has SMCRoute, which many put before programs that cannot join by themselves, join and leave: any-source and source-specific groups, by
// IGMP and MLD. When it ends, whatever it had joined is left.
func TestSMCRouteJoins(t *testing.T) {
	if _, err := exec.LookPath("smcroutectl"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "smcroute is not installed")
		t.Skip("NOT TESTED WITH SMCROUTE: Debian package smcroute is not installed")
	}
	flows := ""
	for _, sender := range []string{"h1", "h2"} {
		for kind, group := range map[string]string{"any": "239.7.7.7", "ssm": "232.7.7.7", "any6": "ff15::7", "ssm6": "ff3e::8000:7"} {
			name := kind + sender
			flows += fmt.Sprintf("flow %s from %s to %s bandwidth 5Mbit/s forward no receivers h3\nsend %[1]s rate 500\n", name, sender, group)
		}
	}
	net := startNetwork(t, fmt.Sprintf(smcroutePlan, flows))
	ctl, stop := smcroute(t, net.HostPID("h3"))
	mac := macOf(net.Topology().Hosts[2])
	const a, b, a6, b6 = "10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"
	for _, step := range []struct{ say, remembered, from string }{
		{"join h3-eth0 239.7.7.7", "IGMPv3 EXCLUDE", a + " " + b},
		{"leave h3-eth0 239.7.7.7", "", ""},
		{"join h3-eth0 " + a + " 239.7.7.7", "IGMPv3 INCLUDE " + a, a},
		{"leave h3-eth0 " + a + " 239.7.7.7", "", ""},
		{"join h3-eth0 " + a + " 232.7.7.7", "IGMPv3 INCLUDE " + a, a},
		{"join h3-eth0 " + b + " 232.7.7.7", "IGMPv3 INCLUDE " + a + " " + b, a + " " + b},
		{"leave h3-eth0 " + a + " 232.7.7.7", "IGMPv3 INCLUDE " + b, b},
		{"leave h3-eth0 " + b + " 232.7.7.7", "", ""},
		{"join h3-eth0 ff15::7", "MLDv2 EXCLUDE", a6 + " " + b6},
		{"leave h3-eth0 ff15::7", "", ""},
		{"join h3-eth0 " + a6 + " ff3e::8000:7", "MLDv2 INCLUDE " + a6, a6},
		{"leave h3-eth0 " + a6 + " ff3e::8000:7", "", ""},
		{"join h3-eth0 " + b + " 232.7.7.7", "IGMPv3 INCLUDE " + b, b},
	} {
		words := strings.Fields(step.say)
		ctl(words...)
		group := netip.MustParseAddr(words[len(words)-1])
		net.becomes(t, step.remembered, mac, group)
		net.gets(t, "h3", group, strings.Fields(step.from)...)
	}
	stop()
	group := netip.MustParseAddr("232.7.7.7")
	net.becomes(t, "", mac, group)
	net.gets(t, "h3", group)
}

// smcroute starts the daemon in the namespace of a process, and gives what tells it something, and what ends it.
func smcroute(t *testing.T, pid int) (ctl func(words ...string), stop func()) {
	folder := t.TempDir()
	config, socket := filepath.Join(folder, "empty.conf"), filepath.Join(folder, "socket")
	require.NoError(t, os.WriteFile(config, nil, 0o600))
	daemon := exec.Command("mnexec", "-a", strconv.Itoa(pid), "smcrouted", "-n", "-N", "-f", config, "-P", filepath.Join(folder, "pid"), "-u", socket)
	require.NoError(t, daemon.Start())
	ended := false
	stop = func() {
		if !ended {
			ended = true
			_ = daemon.Process.Kill()
			_ = daemon.Wait()
		}
	}
	t.Cleanup(stop)
	holdsAtLast(t, "it listens", func() string {
		if _, err := os.Stat(socket); err != nil {
			return err.Error()
		}
		return "it listens"
	})
	return func(words ...string) {
		out, err := exec.CommandContext(t.Context(), "smcroutectl", append([]string{"-u", socket}, words...)...).CombinedOutput()
		assert.NoError(t, err, "%v: %s", words, out)
	}, stop
}
