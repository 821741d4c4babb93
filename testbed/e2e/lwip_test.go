package e2e

import (
	"bufio"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLwIPJoins has a host join and leave whose TCP/IP stack is lwIP, as in devices without an operating system: IGMPv2 and MLDv1 by a whole stack that is no
// kernel's. It is authorised as any other host, and its messages are read alike by Crosspoint and by Wireshark.
func TestLwIPJoins(t *testing.T) {
	if _, err := os.Stat("/usr/include/lwip/lwip/igmp.h"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "liblwip-dev is not installed")
		t.Skip("NOT TESTED WITH LWIP: Debian package liblwip-dev is not installed")
	}
	net := startNetwork(t, kernelPlan)
	host := net.Topology().Hosts[3]
	wire := tap(t, "s1-eth4")
	say := lwip(t, net.HostPID(host.Name), host.Name+"-eth0", host.Addr.String(), host.Addr6.String())
	for _, step := range []struct{ say, remembered, from string }{
		{"join 239.5.5.5", "IGMPv2 EXCLUDE", "10.0.0.1 10.0.0.2"},
		{"leave 239.5.5.5", "", ""},
		{"join ff15::5", "MLDv1 EXCLUDE", "fd00::1 fd00::2"},
		{"join 239.5.5.5", "IGMPv2 EXCLUDE", "10.0.0.1 10.0.0.2"},
		{"leave ff15::5", "", ""},
		{"leave 239.5.5.5", "", ""},
	} {
		assert.Equal(t, "ok", say(step.say))
		group := netip.MustParseAddr(strings.Fields(step.say)[1])
		net.becomes(t, step.remembered, macOf(host), group)
		net.gets(t, host.Name, group, strings.Fields(step.from)...)
	}
	said := wire.said()
	kinds := map[string]bool{}
	for _, packet := range said {
		kinds[kindOf(reads(t, packet))] = true
	}
	assert.Subset(t, slices.Collect(maps.Keys(kinds)), []string{"IGMPv2 report", "IGMPv2 leave", "MLDv1 report", "MLDv1 leave"})
	wiresharkAgrees(t, said)
}

// lwip starts a host in the namespace of a process, and gives what tells it something, which returns its answer.
func lwip(t *testing.T, pid int, words ...string) (say func(string) string) {
	binary := filepath.Join(t.TempDir(), "lwiphost")
	out, err := exec.CommandContext(t.Context(), "gcc", "-Wall", "-I/usr/include/lwip", "-o", binary, "testdata/lwiphost.c", "-llwip").CombinedOutput()
	require.NoError(t, err, "%s", out)
	host := exec.Command("mnexec", append([]string{"-a", strconv.Itoa(pid), binary}, words...)...)
	host.Stderr = os.Stderr
	in, err := host.StdinPipe()
	require.NoError(t, err)
	answers, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	t.Cleanup(func() { // without more to read it ends
		_ = in.Close()
		assert.NoError(t, host.Wait())
	})
	lines := bufio.NewScanner(answers)
	answer := func() string {
		lines.Scan()
		return lines.Text()
	}
	require.Equal(t, "ready", answer())
	return func(line string) string {
		_, err := in.Write([]byte(line + "\n"))
		require.NoError(t, err)
		return answer()
	}
}
