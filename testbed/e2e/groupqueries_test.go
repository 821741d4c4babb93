package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"crosspoint/igmp"
	"crosspoint/testbed"
)

// groupQueriesPlan has two hosts behind each of two ports.
const groupQueriesPlan = `topology single hosts 5 hub h2 h3 hub h4 h5
wait topology
endpoint h1 role sender
endpoint h1 role sender over IPv6
endpoint h2 h3 h4 h5 role receiver
endpoint h2 h3 h4 h5 role receiver over IPv6
wait located
flow four from h1 to 239.8.8.7 bandwidth 5Mbit/s forward no receivers h2 h3 h4 h5
flow six from h1 to ff15::87 bandwidth 5Mbit/s forward no receivers h2 h3 h4 h5
send four rate 1000
send six rate 1000
wait settled
`

// Queries about a group, as tshark sees them: see igmpQueryFields and mldQueryFields, and the group.
const (
	groupV2    = "0.0.0.0|239.8.8.7|1|0|1|0x11|2|10|||239.8.8.7"
	groupV3    = "0.0.0.0|239.8.8.7|1|0|1|0x11|3|10|2|125|239.8.8.7"
	groupMLDv1 = "ff15::87|1|0|1|130|1000||||ff15::87"
	groupMLDv2 = "ff15::87|1|0|1|130||1000|2|125|ff15::87"
)

// TestGroupQueriesOfEachVersion has one of two kernels behind a port leave that is asked in an older version. What goes out about the group is what that
// version says, alone or before what the newer says; the other kernel, which would speak the newest, answers in it and loses nothing. When that leaves
// too, the same is asked, and nobody answers.
func TestGroupQueriesOfEachVersion(t *testing.T) {
	four, six := netip.MustParseAddr("239.8.8.7"), netip.MustParseAddr("ff15::87")
	ports := []struct {
		querier   string
		igmp, mld []string
	}{
		{"igmpv2,mldv1", []string{groupV2}, []string{groupMLDv1}},
		{"igmpv2+v3,mldv1+v2", []string{groupV2, groupV3}, []string{groupMLDv1, groupMLDv2}},
	}
	var args []string
	for i, p := range ports {
		// One general query, which tells the kernels what to speak, and no second that would have them answer.
		args = append(args, "--querier", fmt.Sprintf("s1:s1-eth%d=%s,startup-count=1", 2+i, p.querier))
	}
	net := startNetwork(t, groupQueriesPlan, args...)
	hosts := net.Topology().Hosts
	for i, p := range ports {
		name := fmt.Sprintf("s1-eth%d", 2+i)
		port := tap(t, name)
		net.replug(t, fmt.Sprintf("hub%d", i+1), name)
		kinds := len(p.igmp) + len(p.mld)
		holdsAtLast(t, fmt.Sprint(kinds, " queries"), func() string { return fmt.Sprint(len(port.asked()), " queries") })
		pair := &neighbours{t, net, port, hosts[1+2*i], hosts[2+2*i]}
		t.Run(p.querier+"/IGMPv2", func(t *testing.T) {
			pair.T = t
			pair.leave(four, igmp.V2)
			pair.wereAsked(four, p.igmp, append(igmpQueryFields, "igmp.maddr"))
		})
		t.Run(p.querier+"/MLDv1", func(t *testing.T) {
			pair.T = t
			pair.leave(six, igmp.MLDv1)
			pair.wereAsked(six, p.mld, append(mldQueryFields, "icmpv6.mld.multicast_address"))
		})
	}
}

// neighbours are two hosts behind a port.
type neighbours struct {
	*testing.T
	net           *network
	port          *wire
	first, second testbed.Host
}

func (n *neighbours) join(host testbed.Host, group netip.Addr, version igmp.Version) *kernelSocket {
	s := socketIn(n.T, n.net.HostPID(host.Name), host.Name+"-eth0", group)
	s.set(unix.MCAST_JOIN_GROUP)
	n.net.becomes(n.T, version.String()+" EXCLUDE", macOf(host), group)
	return s
}

// leave has both join, and leave one after the other.
func (n *neighbours) leave(group netip.Addr, version igmp.Version) {
	first, second := n.join(n.first, group, version), n.join(n.second, group, version)
	n.net.gets(n.T, n.first.Name, group, n.net.Topology().Hosts[0].AddrFor(group).String())
	require.NoError(n, n.net.ResetReceptions(n.Context()))
	n.port.said()

	// The first has heard the second's report, so that only the second says that it leaves (RFC 2236 §3, RFC 2710 §4).
	second.set(unix.MCAST_LEAVE_GROUP)
	n.net.becomes(n.T, "", macOf(n.second), group)
	leaves, reports := n.said(group, version)
	assert.Equal(n, []netip.Addr{addrOnLink(n.second, group)}, leaves)
	assert.Equal(n, []netip.Addr{addrOnLink(n.first, group)}, slices.Compact(reports), "who stays answers")
	got := n.receives(n.first, group)
	assert.Greater(n, got.Received, uint64(1800), "it had two seconds to answer (RFC 3376 §8.10)")
	assert.Zero(n, got.Lost+got.Duplicated, "%+v", got)
	assert.NotEmpty(n, n.net.membership(n.T, macOf(n.first), group))

	first.set(unix.MCAST_LEAVE_GROUP)
	n.net.becomes(n.T, "", macOf(n.first), group)
	leaves, reports = n.said(group, version)
	assert.Equal(n, []netip.Addr{addrOnLink(n.first, group)}, leaves)
	assert.Empty(n, reports)
	n.net.gets(n.T, n.first.Name, group)
}

// said tells who has left a group and who has reported it since the last call, all in a version.
func (n *neighbours) said(group netip.Addr, version igmp.Version) (leaves, reports []netip.Addr) {
	packets := n.port.said()
	wiresharkAgrees(n.T, packets)
	for _, packet := range packets {
		p := parsed(n.T, packet)
		switch m := p.Message.(type) {
		case *igmp.Leave:
			if m.Group == group {
				leaves = append(leaves, p.Src)
			}
		case *igmp.Report:
			if m.Group == group {
				assert.Equal(n, version, m.Version)
				reports = append(reports, p.Src)
			}
		default:
			assert.Fail(n, "neither a report nor a leave of an older version", "%v", m)
		}
	}
	return leaves, reports
}

func (n *neighbours) receives(host testbed.Host, group netip.Addr) testbed.Reception {
	all, err := n.net.Receptions(n.Context())
	require.NoError(n, err)
	i := slices.IndexFunc(all, func(r testbed.Reception) bool { return r.Host == host.Name && r.Group == group })
	require.GreaterOrEqual(n, i, 0, "%s gets nothing of %v", host.Name, group)
	return all[i]
}

// wereAsked holds what was asked about a group, for either leave twice (RFC 3376 §8.9).
func (n *neighbours) wereAsked(group netip.Addr, want, fields []string) {
	about := slices.DeleteFunc(n.port.asked(), func(packet []byte) bool { return reads(n.T, packet).(*igmp.Query).Group != group })
	assert.Len(n, about, 4*len(want))
	if have, ok := dissected(n.T, about, fields...); ok {
		slices.Sort(have)
		assert.Equal(n, want, slices.Compact(have))
	}
}

// addrOnLink is the address from which a host speaks of a group: MLD is spoken from that of the link (RFC 2710 §3).
func addrOnLink(host testbed.Host, group netip.Addr) netip.Addr {
	if group.Is4() {
		return host.Addr
	}
	return igmp.LinkLocalOf(host.MAC)
}
