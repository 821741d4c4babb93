package core_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/igmp"
	"crosspoint/testbed"
)

// puntMLD hands the controller a message of MLD from a host of switch s1 at port 2.
func (l *lab) puntMLD(host string, src netip.Addr, m igmp.Message) {
	packet, err := igmp.AppendMLDPacket(nil, igmp.Packet{Src: src, Message: m})
	require.NoError(l.t, err)
	l.puntIP(2, l.host(host).MAC, igmp.Destination(m), packet)
	l.run(5 * time.Millisecond)
}

// TestMLDReportsAreTheInterfaces has reports from a link-local address served to the endpoint with the global one, source by
// source (RFC 3810 §5.2.12), and one from :: count for nothing.
func TestMLDReportsAreTheInterfaces(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints6()
	const g = "ff3e::8000:1"
	l.must(core.PutFlow{Flow: flowDef("one", "h1", g, false, "h2")})
	l.must(core.PutFlow{Flow: flowDef("two", "h3", g, false, "h2")})
	group, link := netip.MustParseAddr(g), igmp.LinkLocalOf(l.host("h2").MAC)
	say := func(src netip.Addr, typ igmp.RecordType, senders ...string) {
		r := igmp.Record{Type: typ, Group: group}
		for _, s := range senders {
			r.Sources = append(r.Sources, l.host(s).Addr6)
		}
		l.puntMLD("h2", src, &igmp.ReportV3{MLD: true, Records: []igmp.Record{r}})
	}
	say(netip.IPv6Unspecified(), igmp.AllowNewSources, "h1")
	l.wantStates("h2", map[string]core.ReceiverState{"one": core.Reserved, "two": core.Reserved})
	say(link, igmp.AllowNewSources, "h1")
	l.wantStates("h2", map[string]core.ReceiverState{"one": core.Forwarding, "two": core.Reserved})
	say(link, igmp.AllowNewSources, "h3")
	l.wantStates("h2", map[string]core.ReceiverState{"one": core.Forwarding, "two": core.Forwarding})
	l.check()
	say(link, igmp.BlockOldSources, "h1")
	l.wantStates("h2", map[string]core.ReceiverState{"one": core.Reserved, "two": core.Forwarding})
	say(link, igmp.BlockOldSources, "h3")
	l.wantStates("h2", map[string]core.ReceiverState{"one": core.Reserved, "two": core.Reserved})
	say(link, igmp.ChangeToExclude) // RFC 4604
	l.wantStates("h2", map[string]core.ReceiverState{"one": core.Reserved, "two": core.Reserved})
	assert.EqualValues(t, 2, l.state.Snapshot().Counters.IgnoredReports)
	l.check()
}

// TestMLDv1JoinAuthorisedLater has a standing any-source join of MLDv1 become effective, and end by a Done at once.
func TestMLDv1JoinAuthorisedLater(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints6()
	const g = "ff15::1"
	group, link := netip.MustParseAddr(g), igmp.LinkLocalOf(l.host("h2").MAC)
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", g, false, "h3")})
	l.puntMLD("h2", link, &igmp.Report{Version: igmp.MLDv1, Group: group})
	require.Len(t, l.state.Snapshot().Denials, 1)
	assert.Equal(t, id6("h2"), l.state.Snapshot().Denials[0].Endpoint)
	l.must(core.AddReceivers{Flow: id("cam"), Receivers: ids("h2 IPv6")})
	l.run(5 * time.Millisecond)
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Forwarding})
	l.check()
	l.puntMLD("h2", link, &igmp.Leave{Group: group})
	l.wantStates("h2", map[string]core.ReceiverState{"cam": core.Reserved})
	l.check()
}
