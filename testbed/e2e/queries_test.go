package e2e

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

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

// replug has the link of a port of s1 lost and found again.
func (n *network) replug(t *testing.T, peer, port string) {
	for _, up := range []bool{false, true} {
		_, err := n.SetLink(t.Context(), "s1", peer, up)
		require.NoError(t, err)
		holdsAtLast(t, fmt.Sprint("usable: ", up), func() string { return fmt.Sprint("usable: ", n.usable(t, port)) })
	}
}

// TestQueriesOnTheWire captures what the controller asks behind a real switch's port: in general when it comes up, about a group, and about a source.
// Each is read, written again as it was, and found right by Wireshark, which warns of nothing.
func TestQueriesOnTheWire(t *testing.T) {
	net := startNetwork(t, queriesPlan)
	port := tap(t, "s1-eth2")
	net.replug(t, "hub1", "s1-eth2")
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

// versionsPlan has a host at each port that is asked in its own way.
const versionsPlan = `topology single hosts 5
wait topology
endpoint h1 role sender
endpoint h1 role sender over IPv6
endpoint h2 h3 h4 h5 role receiver
endpoint h2 h3 h4 h5 role receiver over IPv6
wait located
flow four from h1 to 239.8.8.9 bandwidth 5Mbit/s forward no receivers h2 h3 h4 h5
flow six from h1 to ff15::9 bandwidth 5Mbit/s forward no receivers h2 h3 h4 h5
wait settled
`

// Fields of a query as tshark names them, and as they are in an older one and in a newer: TTL, router alert, checksum good, version, times and robustness.
var (
	igmpQueryFields = []string{
		"ip.src", "ip.dst", "ip.ttl", "ip.opt.ra", "igmp.checksum.status", "igmp.type", "igmp.version", "igmp.max_resp", "igmp.qrv", "igmp.qqic",
	}
	mldQueryFields = []string{
		"ipv6.dst", "ipv6.hlim", "ipv6.opt.router_alert", "icmpv6.checksum.status", "icmpv6.type", "icmpv6.mld.maximum_response_delay",
		"icmpv6.mld.maximum_response_code", "icmpv6.mld.flag.qrv", "icmpv6.mld.qqi",
	}
)

const (
	askedV1     = "0.0.0.0|224.0.0.1|1|0|1|0x11|1|||"
	askedV2     = "0.0.0.0|224.0.0.1|1|0|1|0x11|2|10||"
	askedV3     = "0.0.0.0|224.0.0.1|1|0|1|0x11|3|10|2|3"
	askedFirst  = "0.0.0.0|224.0.0.1|1|0|1|0x11|3|10|3|137" // 200 s: 25 × 2³
	askedSlow   = "0.0.0.0|224.0.0.1|1|0|1|0x11|3|120|3|137"
	askedMLDv1  = "ff02::1|1|0|1|130|1000|||"
	askedMLDv2  = "ff02::1|1|0|1|130||1000|2|3"
	askedFirst6 = "ff02::1|1|0|1|130||1000|3|200"
	askedSlow6  = "ff02::1|1|0|1|130||12000|3|200"
)

// TestQueriesOfEachVersion captures what really goes out at ports that are asked in each of the ways that --querier has, field by field as Wireshark
// sees it, and has the kernel there, which would speak the newest version, answer in the one that it was asked in.
func TestQueriesOfEachVersion(t *testing.T) {
	ports := []struct {
		querier           string
		igmp, mld         []string // general queries
		answers, answers6 string
	}{
		{"igmpv1,mldv1", []string{askedV1}, []string{askedMLDv1}, "IGMPv1 EXCLUDE", "MLDv1 EXCLUDE"},
		{"igmpv2,mldv1+v2", []string{askedV2}, []string{askedMLDv1, askedMLDv2}, "IGMPv2 EXCLUDE", "MLDv1 EXCLUDE"},
		{"igmpv2+v3,mldv2", []string{askedV2, askedV3}, []string{askedMLDv2}, "IGMPv2 EXCLUDE", "MLDv2 EXCLUDE"},
		{"igmpv3,interval=200s,response=12s,robustness=3,startup-interval=2s", []string{askedFirst, askedSlow}, []string{askedFirst6, askedSlow6}, "IGMPv3 EXCLUDE", "MLDv2 EXCLUDE"},
	}
	args := []string{"--querier", "interval=3s,response=1s,startup-interval=500ms"}
	for i, p := range ports {
		args = append(args, "--querier", fmt.Sprintf("s1:s1-eth%d=%s", i+2, p.querier))
	}
	net := startNetwork(t, versionsPlan, args...)
	hosts := net.Topology().Hosts
	groups := []netip.Addr{netip.MustParseAddr("239.8.8.9"), netip.MustParseAddr("ff15::9")}
	var wires []*wire
	for i := range ports {
		wires = append(wires, tap(t, fmt.Sprintf("s1-eth%d", i+2)))
		for _, group := range groups {
			socketIn(t, net.HostPID(hosts[i+1].Name), hosts[i+1].Name+"-eth0", group).set(unix.MCAST_JOIN_GROUP)
		}
		// A new link is asked at once, also where the next query would be long in coming.
		net.replug(t, hosts[i+1].Name, fmt.Sprintf("s1-eth%d", i+2))
	}
	for i, p := range ports {
		mac := macOf(hosts[i+1])
		// A query of version 1 asks for answers within ten seconds (RFC 1112 appendix I).
		for end := time.Now().Add(15 * time.Second); net.membership(t, mac, groups[0]) != p.answers && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
		assert.Equal(t, p.answers, net.membership(t, mac, groups[0]), p.querier)
		net.becomes(t, p.answers6, mac, groups[1])
		var four, six [][]byte
		holdsAtLast(t, fmt.Sprintf("%d and %d kinds", len(p.igmp), len(p.mld)), func() string {
			four, six = kindsOf(wires[i].asked())
			return fmt.Sprintf("%d and %d kinds", len(four), len(six))
		})
		asked(t, p.querier, p.igmp, four, igmpQueryFields)
		asked(t, p.querier, p.mld, six, mldQueryFields)
	}
}

// kindsOf gives those of IPv4 and of IPv6, each once.
func kindsOf(packets [][]byte) (four, six [][]byte) {
	slices.SortFunc(packets, bytes.Compare)
	for _, packet := range slices.CompactFunc(packets, bytes.Equal) {
		if packet[0]>>4 == 4 {
			four = append(four, packet)
		} else {
			six = append(six, packet)
		}
	}
	return four, six
}

// asked holds that packets are queries of some kinds, each one.
func asked(t *testing.T, querier string, want []string, packets [][]byte, fields []string) {
	if have, ok := dissected(t, packets, fields...); ok {
		slices.Sort(have)
		assert.Equal(t, want, have, querier)
	}
}
