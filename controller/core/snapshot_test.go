package core_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// checkSnapshot holds the snapshot, which shares what did not change with the last one, against one that is built whole: they differ when a
// change was not marked. And what the last one showed is what it still shows.
func (l *lab) checkSnapshot() {
	if l.state == nil {
		return
	}
	snap, whole := l.state.Snapshot(), l.state.Whole()
	requireSame(l.t, "switches", whole.Switches, snap.Switches)
	requireSame(l.t, "links", whole.Links, snap.Links)
	requireSame(l.t, "hosts", whole.Hosts, snap.Hosts)
	requireSame(l.t, "endpoints", whole.Endpoints, snap.Endpoints)
	requireSame(l.t, "flows", whole.Flows, snap.Flows)
	requireSame(l.t, "memberships", whole.Memberships, snap.Memberships)
	require.Equal(l.t, whole.Counters, snap.Counters)
	requireTimeline(l.t, snap.Switches, snap.SwitchesByTime, func(v *core.SwitchView) (created, updated flows.TAI) { return v.Created, v.Updated })
	requireTimeline(l.t, snap.Endpoints, snap.EndpointsByTime, func(v *core.EndpointView) (created, updated flows.TAI) { return v.Created, v.Updated })
	requireTimeline(l.t, snap.Flows, snap.FlowsByTime, func(v *core.FlowView) (created, updated flows.TAI) { return v.Created, v.Updated })
	requireSorted(l.t, snap)
	if l.shown != nil {
		requireSame(l.t, "flows of the last snapshot", l.shownFlows, l.shown.Flows)
		requireSame(l.t, "endpoints of the last snapshot", l.shownEndpoints, l.shown.Endpoints)
	}
	l.shown, l.shownFlows, l.shownEndpoints = snap, copies(snap.Flows), copies(snap.Endpoints)
}

// copies are views as they are now.
func copies[V any](views []*V) []*V {
	out := make([]*V, len(views))
	for i, v := range views {
		is := *v
		out[i] = &is
	}
	return out
}

func requireSame[V any](t require.TestingT, what string, want, have []*V) {
	require.Len(t, have, len(want), what)
	for i := range want {
		if !reflect.DeepEqual(want[i], have[i]) {
			require.Equal(t, want[i], have[i], "%s: a change was not marked", what)
		}
	}
}

// requireTimeline holds that a timeline has all of a list, each once, in the order of its times, which no two share.
func requireTimeline[V any](t require.TestingT, all []*V, line core.Timeline[V], times func(*V) (created, updated flows.TAI)) {
	for _, order := range []struct {
		list []*V
		at   func(*V) flows.TAI
	}{
		{line.Created, func(v *V) flows.TAI { c, _ := times(v); return c }},
		{line.Updated, func(v *V) flows.TAI { _, u := times(v); return u }},
	} {
		require.Len(t, order.list, len(all))
		there := map[*V]bool{}
		for i, v := range order.list {
			there[v] = true
			if i > 0 && order.at(order.list[i-1]) >= order.at(v) {
				require.Less(t, order.at(order.list[i-1]), order.at(v), "two of the same time, or not in order")
			}
		}
		for _, v := range all {
			if !there[v] {
				require.Fail(t, "not in the order by time", "%+v", v)
			}
		}
	}
}

func requireSorted(t require.TestingT, s *core.Snapshot) {
	sorted := []bool{
		slices.IsSortedFunc(s.Switches, func(a, b *core.SwitchView) int { return int(a.ID) - int(b.ID) }),
		slices.IsSortedFunc(s.Links, func(a, b *core.LinkView) int { return a.Compare(b.Link) }),
		slices.IsSortedFunc(s.Hosts, func(a, b *topology.Host) int { return a.Compare(*b) }),
		slices.IsSortedFunc(s.Endpoints, func(a, b *core.EndpointView) int { return bytes.Compare(a.ID[:], b.ID[:]) }),
		slices.IsSortedFunc(s.Flows, func(a, b *core.FlowView) int { return bytes.Compare(a.ID[:], b.ID[:]) }),
		slices.IsSortedFunc(s.Memberships, func(a, b *core.MembershipView) int { return a.Compare(b.Membership) }),
	}
	require.NotContains(t, sorted, false, "switches, links, hosts, endpoints, flows, memberships: %s", fmt.Sprint(sorted))
}

// TestAddressesInSnapshots moves an address from one endpoint to none, to another and back, while the host that has it is a member.
func TestAddressesInSnapshots(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 2))
	l.endpoints("h1", "h2")
	require.NoError(t, l.world.Join("h2", join("239.1.1.1", "")))
	require.NoError(t, l.world.Join("h3", join("239.1.1.1", "")))
	l.run(time.Second)
	was, other := l.host("h2").Addr, netip.MustParseAddr("10.9.9.9")
	patch := func(name string, addr netip.Addr) error {
		_, err := l.ask(core.PatchEndpoint{ID: id(name), Patch: flows.EndpointPatch{Addr: &addr}})
		return err
	}
	verdict := func() string { return l.state.Snapshot().Memberships[0].Verdict }
	require.NoError(t, patch("h2", other))
	require.Equal(t, "the host is no registered endpoint", verdict())
	require.NoError(t, patch("h2", was))
	require.Equal(t, "no flow to this group is registered", verdict())
	l.must(core.PutFlow{Flow: flowDef("f", "h1", "239.1.1.1", false, "h2")})
	require.Equal(t, "allowed", verdict())

	l.refuse = func(_ string, m openflow.Message) *openflow.ErrorMsg {
		if _, isFlow := m.(*openflow.FlowMod); isFlow {
			return &openflow.ErrorMsg{ErrType: openflow.ErrFlowModFailed, Code: openflow.CodeFlowModTableFull}
		}
		return nil
	}
	require.Error(t, patch("h1", other), "the guard would have another address, and is refused")
	l.refuse = nil
	l.run(time.Minute)
	require.NoError(t, patch("h1", other))
	l.must(core.DeleteFlow{ID: id("f")})
	l.must(core.DeleteEndpoint{ID: id("h2")})
	require.Equal(t, "the host is no registered endpoint", verdict())
	l.must(core.PutEndpoint{Endpoint: l.endpointOf("h3")})
}

// TestRefusedRepairInSnapshots has a switch lose an entry and refuse to take it back: the flow is shown as refused until it is tried again.
func TestRefusedRepairInSnapshots(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 1))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("f", "h1", "239.1.1.1", true, "h2")})
	l.must(core.PutFlow{Flow: flowDef("g", "h2", "239.1.1.2", true, "h1")})
	l.refuse = func(sw string, m openflow.Message) *openflow.ErrorMsg {
		if _, isFlow := m.(*openflow.FlowMod); isFlow && sw == "lf1" {
			return &openflow.ErrorMsg{ErrType: openflow.ErrFlowModFailed, Code: openflow.CodeFlowModTableFull}
		}
		return nil
	}
	require.NoError(t, l.world.Program("lf1", &openflow.FlowMod{
		Command: openflow.FlowDelete, Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, BufferID: openflow.NoBuffer,
		Cookie: flows.Owner{Kind: flows.KindFlow}.Cookie(), CookieMask: flows.CookieMaskKind,
	}))
	seen := map[core.ReceiverState]bool{}
	for range 700 {
		l.run(100 * time.Millisecond)
		l.checkSnapshot()
		seen[l.stateOf("f", "h2").State] = true
	}
	require.True(t, seen[core.Refused], "%v", seen)
	l.refuse = nil
	l.run(time.Minute)
	l.check()
}

// TestAwayInTheMiddleInSnapshots takes a switch's control away while it works on one flow: nobody knows then whether the others are served by it.
func TestAwayInTheMiddleInSnapshots(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(1, 2, 1))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("f", "h1", "239.1.1.1", true, "h2")})
	l.slow = func() time.Duration { return time.Second }
	l.step(core.Intent{Ticket: 1000, Change: core.PutFlow{Flow: flowDef("g", "h1", "239.1.1.2", true, "h2")}})
	l.disconnect("lf1")
	require.Equal(t, core.Programming, l.stateOf("f", "h2").State)
	l.slow = nil
	l.connect("lf1")
	l.run(5 * time.Second)
	require.Equal(t, core.Forwarding, l.stateOf("f", "h2").State)
	l.check()
}
