package e2e

import (
	_ "embed"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"crosspoint/northbound/ops"
)

//go:embed crafted.py
var crafted []byte

// TestScapySpeaks has what Scapy says by IGMP and MLD taken for what it means: its encoder is no kernel's, and not ours.
func TestScapySpeaks(t *testing.T) {
	needScapy(t)
	net := startNetwork(t, kernelPlan)
	script := filepath.Join(t.TempDir(), "crafted.py")
	require.NoError(t, os.WriteFile(script, crafted, 0o600))
	host, pid := net.Topology().Hosts[3], net.HostPID("h4")
	say := func(words string) {
		inHost(t, pid, append([]string{"/usr/bin/python3", "-I", "-W", "ignore", script, "h4-eth0"}, strings.Fields(words)...)...)
	}
	for _, step := range []struct{ say, remembered, from string }{
		{"IGMPv3 ALLOW 239.5.5.5 10.0.0.1", "IGMPv3 INCLUDE 10.0.0.1", "10.0.0.1"},
		{"IGMPv3 ALLOW 239.5.5.5 10.0.0.2", "IGMPv3 INCLUDE 10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2"},
		{"IGMPv3 BLOCK 239.5.5.5 10.0.0.1", "IGMPv3 INCLUDE 10.0.0.2", "10.0.0.2"},
		{"IGMPv3 TO_EX 239.5.5.5 10.0.0.2", "IGMPv3 EXCLUDE 10.0.0.2", "10.0.0.1"},
		{"IGMPv3 TO_IN 239.5.5.5", "", ""},
		{"IGMPv2 report 239.5.5.5", "IGMPv2 EXCLUDE", "10.0.0.1 10.0.0.2"},
		{"IGMPv2 leave 239.5.5.5", "", ""},
		{"MLDv2 ALLOW ff15::5 fd00::2", "MLDv2 INCLUDE fd00::2", "fd00::2"},
		{"MLDv2 BLOCK ff15::5 fd00::2", "", ""},
		{"MLDv1 report ff15::5", "MLDv1 EXCLUDE", "fd00::1 fd00::2"},
		{"MLDv1 leave ff15::5", "", ""},
	} {
		say(step.say)
		group := netip.MustParseAddr(strings.Fields(step.say)[2])
		net.becomes(t, step.remembered, macOf(host), group)
		net.gets(t, "h4", group, strings.Fields(step.from)...)
	}
	say("IGMPv2 query 0.0.0.0")
	holdsAtLast(t, "another querier asks hosts on this port; it is ignored", func() string { return net.deniedQuery(t) })
}

// deniedQuery is why a query of a host was denied; "" when none was.
func (n *network) deniedQuery(t *testing.T) string {
	list, err := n.ops.Denials(t.Context(), ops.Filter{})
	require.NoError(t, err)
	for _, d := range list.Items {
		if d.Kind == "query" {
			return d.Reason
		}
	}
	return ""
}

// needScapy skips a test where Scapy is not installed for the system's Python.
func needScapy(t *testing.T) {
	if err := exec.Command("/usr/bin/python3", "-I", "-c", "import scapy.contrib.igmpv3").Run(); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "python3-scapy is not installed")
		t.Skip("NOT TESTED WITH SCAPY: Debian package python3-scapy is not installed")
	}
}
