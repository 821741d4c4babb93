package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/igmp"
	"crosspoint/northbound/ops"
	"crosspoint/testbed"
)

// queriesPlan has two hosts behind a port, so that what one leaves is asked about.
const queriesPlan = `topology single hosts 3 hub h2 h3
wait topology
endpoint h1 role sender
endpoint h1 role sender over IPv6
endpoint h2 h3 role receiver
endpoint h2 h3 role receiver over IPv6
wait located
flow old from h1 to 239.8.8.8 bandwidth 5Mbit/s forward no receivers h2 h3
flow old6 from h1 to ff15::8 bandwidth 5Mbit/s forward no receivers h2 h3
wait settled
`

// usable is what the controller knows of a port.
func (n *network) usable(t *testing.T, port string) bool {
	list, err := n.ops.Ports(t.Context(), ops.Filter{})
	require.NoError(t, err)
	return slices.ContainsFunc(list.Items, func(p ops.Port) bool { return p.PortName == port && p.Usable })
}

// TestQueriesOnTheWire captures what the controller asks behind a real switch's port: in general when it comes up, about a group, and about a source.
// Each is read, written again as it was, and found right by Wireshark, which warns of nothing.
func TestQueriesOnTheWire(t *testing.T) {
	net := startNetwork(t, queriesPlan)
	port := tap(t, "s1-eth2")
	for _, up := range []bool{false, true} {
		_, err := net.SetLink(t.Context(), "s1", "hub1", up)
		require.NoError(t, err)
		holdsAtLast(t, fmt.Sprint("usable: ", up), func() string { return fmt.Sprint("usable: ", net.usable(t, "s1-eth2")) })
	}
	hosts := net.Topology().Hosts
	for _, group := range []netip.Addr{netip.MustParseAddr("239.8.8.8"), netip.MustParseAddr("ff15::8")} {
		older, name, newest := 2, "IGMPv2 EXCLUDE", "IGMPv3 INCLUDE "
		if group.Is6() {
			older, name, newest = 1, "MLDv1 EXCLUDE", "MLDv2 INCLUDE "
		}
		join := func(host int, j testbed.Join, becomes string) {
			j.Group = group
			require.NoError(t, net.Join(t.Context(), hosts[host].Name, j))
			net.becomes(t, becomes, macOf(hosts[host]), group)
		}
		leave := func(host int, source netip.Addr) {
			require.NoError(t, net.Leave(t.Context(), hosts[host].Name, testbed.Join{Group: group, Source: source}))
			net.becomes(t, "", macOf(hosts[host]), group)
		}
		source := hosts[0].AddrFor(group)
		join(1, testbed.Join{Version: older}, name)
		join(2, testbed.Join{Version: older + 1, Source: source}, newest+source.String())
		leave(2, source) // BLOCK beside a host that may be silent
		// Until nobody answers any more: a host that hears the answer of another keeps its own report back (RFC 2236 §3).
		time.Sleep(2500 * time.Millisecond)
		join(2, testbed.Join{Version: older}, name)
		leave(2, netip.Addr{})
	}
	time.Sleep(1200 * time.Millisecond) // the last question is repeated after a second
	packets, kinds := port.asked(), map[string]int{}
	for _, p := range packets {
		q, is := reads(t, p).(*igmp.Query)
		require.True(t, is)
		kind := q.Version.String() + " general"
		if !q.General() {
			kind = q.Version.String() + " group"
		}
		if len(q.Sources) > 0 {
			kind += " and source"
		}
		kinds[kind]++
	}
	for _, version := range []string{"IGMPv3", "MLDv2"} {
		assert.Positive(t, kinds[version+" general"], "%v", kinds)
		assert.GreaterOrEqual(t, kinds[version+" group"], 2, "%v", kinds)
		assert.GreaterOrEqual(t, kinds[version+" group and source"], 2, "%v", kinds)
	}
	wiresharkAgrees(t, packets)
	t.Logf("%d queries: %v", len(packets), kinds)
}
