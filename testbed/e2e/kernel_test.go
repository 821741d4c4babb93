package e2e

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"crosspoint/igmp"
	"crosspoint/testbed"
)

// kernelPlan has two senders to a group of IPv4 and to one of IPv6, so that a source makes a difference.
const kernelPlan = `topology single hosts 5
wait topology
endpoint h1 h2 role sender
endpoint h1 h2 role sender over IPv6
endpoint h3 h4 h5 role receiver
endpoint h3 h4 role receiver over IPv6
wait located
flow east from h1 to 239.5.5.5 bandwidth 5Mbit/s forward no receivers h3 h4 h5
flow west from h2 to 239.5.5.5 bandwidth 5Mbit/s forward no receivers h3 h4 h5
flow wide6 from h1 to ff15::5 bandwidth 5Mbit/s forward no receivers h3 h4
flow wide6b from h2 to ff15::5 bandwidth 5Mbit/s forward no receivers h3 h4
send east rate 500
send west rate 500
send wide6 rate 500
send wide6b rate 500
wait settled
`

// speaker is a host's kernel that speaks one version.
type speaker struct {
	*testing.T
	net   *network
	host  testbed.Host
	group netip.Addr
	a, b  netip.Addr // two senders
	wire  *wire
	name  string // of the version
	all   [][]byte
	kinds map[string]bool // of messages that were seen
}

// TestKernelSpeaks has Linux say all that it can say of IGMP and MLD, and holds that each message is read, written again byte for byte, found right
// by Wireshark, remembered, and acted on.
func TestKernelSpeaks(t *testing.T) {
	net := startNetwork(t, kernelPlan)
	for _, v := range []struct {
		version igmp.Version
		host    int
		group   string
		talk    func(*speaker)
		kinds   []string
	}{
		{igmp.V3, 2, "239.5.5.5", sourcesTalk, recordKinds("IGMPv3")},
		{igmp.V2, 3, "239.5.5.5", groupsTalk, []string{"IGMPv2 report", "IGMPv2 leave"}},
		{igmp.V1, 4, "239.5.5.5", silentTalk, []string{"IGMPv1 report"}},
		{igmp.MLDv2, 2, "ff15::5", sourcesTalk, recordKinds("MLDv2")},
		{igmp.MLDv1, 3, "ff15::5", groupsTalk, []string{"MLDv1 report", "MLDv1 leave"}},
	} {
		t.Run(v.version.String(), func(t *testing.T) {
			group := netip.MustParseAddr(v.group)
			hosts := net.Topology().Hosts
			s := &speaker{
				T: t, net: net, host: hosts[v.host], group: group, a: hosts[0].AddrFor(group), b: hosts[1].AddrFor(group),
				wire: tap(t, fmt.Sprintf("s1-eth%d", v.host+1)), name: v.version.String(), kinds: map[string]bool{},
			}
			s.speak(v.version)
			v.talk(s)
			s.listen()
			for _, kind := range v.kinds {
				assert.True(t, s.kinds[kind], "%s was not seen, only %v", kind, s.kinds)
			}
			wiresharkAgrees(t, s.all)
			t.Logf("%d messages of Linux", len(s.all))
		})
	}
}

// recordKinds are all that hosts can say with sources (RFC 3376 §4.2.12).
func recordKinds(version string) (kinds []string) {
	for r := igmp.ModeIsInclude; r <= igmp.BlockOldSources; r++ {
		kinds = append(kinds, version+" "+r.String())
	}
	return kinds
}

// speak has the kernel speak a version only.
func (s *speaker) speak(v igmp.Version) {
	path, number := "ipv4/conf/%s-eth0/force_igmp_version", int(v)
	if v.MLD() {
		path, number = "ipv6/conf/%s-eth0/force_mld_version", int(v-igmp.MLDv1)+1
	}
	inHost(s.T, s.net.HostPID(s.host.Name), "sh", "-c", fmt.Sprintf("echo %d > /proc/sys/net/"+path, number, s.host.Name))
	s.wire.said() // in another version
}

func (s *speaker) socket() *kernelSocket {
	return socketIn(s.T, s.net.HostPID(s.host.Name), s.host.Name+"-eth0", s.group)
}

// listen takes in what the host has said.
func (s *speaker) listen() {
	for _, packet := range s.wire.said() {
		s.all = append(s.all, packet)
		switch m := readsLinux(s.T, packet).(type) {
		case *igmp.ReportV3:
			for _, r := range m.Records {
				s.kinds[s.name+" "+r.Type.String()] = true
			}
		default:
			s.kinds[kindOf(m)] = true
		}
	}
}

// holds waits until the host is remembered with a filter, and gets what comes from some senders alone.
func (s *speaker) holds(filter string, from ...netip.Addr) {
	s.Helper()
	want := ""
	if filter != "" {
		want = s.name + " " + filter
	}
	s.net.becomes(s.T, want, macOf(s.host), s.group)
	var senders []string
	for _, a := range from {
		senders = append(senders, a.String())
	}
	s.net.gets(s.T, s.host.Name, s.group, senders...)
	s.listen()
}

// sourcesTalk goes through all records, and the answers to each kind of query.
func sourcesTalk(s *speaker) {
	a, b, both := s.a, s.b, s.a.String()+" "+s.b.String()
	one := s.socket()
	one.set(unix.MCAST_JOIN_SOURCE_GROUP, a)
	s.holds("INCLUDE "+a.String(), a)
	one.set(unix.MCAST_JOIN_SOURCE_GROUP, b)
	s.holds("INCLUDE "+both, a, b)
	s.answers(&igmp.Query{Group: s.group, Sources: []netip.Addr{a}}, igmp.ModeIsInclude)
	s.answers(&igmp.Query{}, igmp.ModeIsInclude)
	one.set(unix.MCAST_LEAVE_SOURCE_GROUP, a)
	s.holds("INCLUDE "+b.String(), b)
	one.set(unix.MCAST_LEAVE_SOURCE_GROUP, b)
	s.holds("")

	any := s.socket()
	any.set(unix.MCAST_JOIN_GROUP)
	s.holds("EXCLUDE", a, b)
	s.answers(&igmp.Query{Group: s.group}, igmp.ModeIsExclude)
	any.set(unix.MCAST_BLOCK_SOURCE, a)
	s.holds("EXCLUDE "+a.String(), b)
	any.set(unix.MCAST_BLOCK_SOURCE, b)
	s.holds("EXCLUDE " + both)
	any.set(unix.MCAST_UNBLOCK_SOURCE, a)
	s.holds("EXCLUDE "+b.String(), a)
	any.filter(unix.MCAST_INCLUDE, b)
	s.holds("INCLUDE "+b.String(), b)
	any.filter(unix.MCAST_EXCLUDE, b)
	s.holds("EXCLUDE "+b.String(), a)
	any.set(unix.MCAST_LEAVE_GROUP)
	s.holds("")

	crash := s.socket() // of a program that ends without leaving: the kernel leaves for it
	crash.set(unix.MCAST_JOIN_SOURCE_GROUP, a)
	s.holds("INCLUDE "+a.String(), a)
	crash.close()
	s.holds("")
}

// groupsTalk joins, answers and leaves in a version without sources.
func groupsTalk(s *speaker) {
	any := s.socket()
	any.set(unix.MCAST_JOIN_GROUP)
	s.holds("EXCLUDE", s.a, s.b)
	s.answers(&igmp.Query{}, 0)
	s.answers(&igmp.Query{Group: s.group}, 0)
	s.holds("EXCLUDE", s.a, s.b)
	any.set(unix.MCAST_LEAVE_GROUP)
	s.holds("")
}

// silentTalk joins and answers in IGMPv1, where nobody leaves (RFC 1112 §7.1): the group goes on until the membership runs out.
func silentTalk(s *speaker) {
	any := s.socket()
	any.set(unix.MCAST_JOIN_GROUP)
	s.holds("EXCLUDE", s.a, s.b)
	s.answers(&igmp.Query{}, 0)
	any.set(unix.MCAST_LEAVE_GROUP)
	time.Sleep(100 * time.Millisecond)
	s.listen()
	assert.NotContains(s, s.kinds, "IGMPv2 leave")
	s.holds("EXCLUDE", s.a, s.b)
}

// answers asks in the host's own version and waits for its answer, with a record of a type where there are records.
func (s *speaker) answers(q *igmp.Query, record igmp.RecordType) {
	s.Helper()
	s.listen()
	q.Version = map[string]igmp.Version{
		"IGMPv1": igmp.V1, "IGMPv2": igmp.V2, "IGMPv3": igmp.V3, "MLDv1": igmp.MLDv1, "MLDv2": igmp.MLDv2,
	}[s.name]
	if q.Version != igmp.V1 {
		q.MaxResp = 100 * time.Millisecond
	}
	if q.Version == igmp.V3 || q.Version == igmp.MLDv2 {
		q.Robustness, q.Interval = 2, 125*time.Second
	}
	kind := s.name + " report"
	if record != 0 {
		kind = s.name + " " + record.String()
	}
	delete(s.kinds, kind)
	s.wire.ask(q)
	// A query of version 1 asks for answers within ten seconds (RFC 1112 appendix I).
	for end := time.Now().Add(11 * time.Second); !s.kinds[kind] && time.Now().Before(end); s.listen() {
		time.Sleep(5 * time.Millisecond)
	}
	require.True(s, s.kinds[kind], "no %s to %v", kind, q)
}
