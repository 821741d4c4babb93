package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound/ops"
)

// routerPlan has three switches in a circle, so that what is sent to all could come twice. Ports take part in the tree when no switch was heard there for long
// enough.
const routerPlan = `topology ring switches 3 hosts 1
wait topology
endpoint h1 h2 h3
endpoint h1 h2 h3 over IPv6
wait located
run 8s
`

// TestRoutersAtTheirPorts has the kernels of hosts take as their router the one at the port that --router-port names, with its prefix, and nobody else.
func TestRoutersAtTheirPorts(t *testing.T) {
	needScapy(t)
	net := startNetwork(t, routerPlan, "--router-port", "s1:s1-eth3")
	for _, h := range net.Topology().Hosts { // hosts of the stand take no router otherwise
		inHost(t, net.HostPID(h.Name), "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/"+h.Name+"-eth0/accept_ra")
	}
	script := filepath.Join(t.TempDir(), "crafted.py")
	require.NoError(t, os.WriteFile(script, crafted, 0o600))
	advertise := func(host, prefix string) {
		inHost(t, net.HostPID(host), "/usr/bin/python3", "-I", "-W", "ignore", script, host+"-eth0", "router", "advertises", prefix)
	}
	routers := func(host string) string {
		out, err := exec.CommandContext(t.Context(), "mnexec", "-a", strconv.Itoa(net.HostPID(host)), "ip", "-6", "route", "show", "proto", "ra", "default").Output()
		require.NoError(t, err)
		return strings.Join(regexp.MustCompile(`via (\S+)`).FindAllString(string(out), -1), ", ")
	}
	addresses := func(host string) string {
		out, err := exec.CommandContext(t.Context(), "mnexec", "-a", strconv.Itoa(net.HostPID(host)), "ip", "-6", "addr", "show", "dynamic").Output()
		require.NoError(t, err)
		return string(out)
	}

	advertise("h2", "fd00:bad::")
	holdsAtLast(t, "it sends IPv6 router advertisements; they reach nobody", func() string { return net.deniedRouter(t, macOf(net.Topology().Hosts[1])) })
	advertise("h1", "fd00:900d::")
	for _, host := range []string{"h2", "h3"} {
		holdsAtLast(t, "via fe80::200:ff:fe00:1", func() string { return routers(host) })
		assert.Contains(t, addresses(host), "fd00:900d::", host)
	}
	time.Sleep(100 * time.Millisecond)
	assert.Empty(t, routers("h1"), "no packet comes back to who sent it")
	for _, host := range []string{"h1", "h3"} {
		assert.NotContains(t, addresses(host), "fd00:bad:", host)
	}
}

// deniedRouter is why router advertisements of a host were denied; "" when none were.
func (n *network) deniedRouter(t *testing.T, mac string) string {
	list, err := n.ops.Denials(t.Context(), ops.Filter{})
	require.NoError(t, err)
	for _, d := range list.Items {
		if d.MAC.String() == mac && strings.Contains(d.Reason, "router") {
			return d.Reason
		}
	}
	return ""
}
