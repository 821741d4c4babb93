package bench

import (
	"io"
	"net/netip"
	"os"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
	"crosspoint/topology"
)

func TestTreeAvoidsASpine(t *testing.T) {
	j := failingJob(1, "1Mbit/s", topology.Mbit)
	by := func(avoid ...string) map[string]flows.Part { return j.tree(j.flows[0], []string{"h4"}, avoid...) }
	assert.Equal(t, map[string]flows.Part{
		"lf1": {In: 3, Sender: true, Links: []topology.PortID{1}}, "sp1": {In: 1, Links: []topology.PortID{4}}, "lf4": {In: 1, Edges: []topology.PortID{3}},
	}, by())
	assert.Equal(t, map[string]flows.Part{
		"lf1": {In: 3, Sender: true, Links: []topology.PortID{2}}, "sp2": {In: 1, Links: []topology.PortID{4}}, "lf4": {In: 2, Edges: []topology.PortID{3}},
	}, by("sp1"))
}

func TestParseReport(t *testing.T) {
	at := topology.PortRef{Switch: 1, Port: 2}
	addr, source := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.1")
	for _, by := range []traffic.By{traffic.ByV2, traffic.ByV3} {
		frame := traffic.ReportFrame(by, [6]byte{2}, addr, source, groupAt(7), true)
		got, ok := parseReport(at, frame)
		require.True(t, ok)
		assert.Equal(t, reportKey{at, groupAt(7), true}, got)
		for n := range frame {
			parseReport(at, frame[:n]) // must not panic
		}
	}
	got, ok := parseReport(at, traffic.ReportFrame(traffic.ByV3, [6]byte{2}, addr, source, groupAt(7), false))
	assert.True(t, ok && !got.join)
}

// TestStorm sees that the joins are what they are said to be: no pair twice, and every pair on its flow.
func TestStorm(t *testing.T) {
	for _, groups := range []int{50, 1_000, 10_000} {
		j := stormJob(groups)
		seen := map[string]bool{}
		for _, f := range j.flows {
			assert.Len(t, f.receivers, stormJoins/groups)
			for _, r := range f.receivers {
				seen[f.name+r] = true
			}
		}
		assert.Len(t, seen, stormJoins)
	}
}

// TestRawClientOnFakeSwitch joins and leaves over real sockets, without a network.
func TestRawClientOnFakeSwitch(t *testing.T) {
	j := newJob(testbed.Single(2), onJoinFlow(0, "h1", "h2"))
	s := &Stand{Options: Options{Progress: io.Discard}, Book: newBook(), now: &Workload{Name: "test"}}
	require.NoError(t, s.onFake(t.Context(), &rawClient{}, j, func(f *fakeSwitch) error {
		for _, join := range []bool{true, false} {
			require.NoError(t, f.conn.Send(f.report("h2", groupAt(0), join)))
			_, err := f.wait(t.Context(), "an answer", func(_, total int) bool { return (total == 1) == join })
			require.NoError(t, err)
		}
		return nil
	}))
}

// TestContendersTakeTurns runs two at once on fake switches of their own, and sees that a take of the raw client empties one flow's groups.
func TestContendersTakeTurns(t *testing.T) {
	j := newJob(testbed.Single(2), jobFlow{name: "a", group: groupAt(0), sender: "h1", receivers: []string{"h2"}}, jobFlow{name: "b", group: groupAt(1), sender: "h1", receivers: []string{"h2"}})
	s := &Stand{Options: Options{Progress: io.Discard}, Book: newBook(), now: &Workload{Name: "test"}}
	raws := []contender{&rawClient{}, &rawClient{}}
	require.NoError(t, s.onFakes(t.Context(), raws, j, func(fakes []contenderSwitch) error {
		require.Len(t, fakes, 2)
		_, err := fakes[1].contender.(*rawClient).take(t.Context(), 1, -1)()
		require.NoError(t, err)
		assert.Equal(t, 1, fakes[1].total, "the first flow alone")
		assert.Equal(t, 2, fakes[0].total, "the other contender's switch is another")
		_, err = fakes[1].contender.(*rawClient).take(t.Context(), 0, 1)()
		require.NoError(t, err)
		assert.Equal(t, 1, fakes[1].total)
		return nil
	}))
}

// TestStrangePackets sees that frames are what they are said to be, so that a flood of them asks of a controller what it should.
func TestStrangePackets(t *testing.T) {
	f := &fakeSwitch{job: newJob(testbed.Single(4))}
	kinds := map[gopacket.LayerType]int{}
	for _, m := range f.strangePackets() {
		for _, l := range gopacket.NewPacket(m.(*openflow.PacketIn).Data, layers.LayerTypeEthernet, gopacket.Default).Layers() {
			kinds[l.LayerType()]++
		}
	}
	for _, want := range []gopacket.LayerType{
		layers.LayerTypeARP, layers.LayerTypeICMPv6NeighborSolicitation, layers.LayerTypeLinkLayerDiscovery, layers.LayerTypeUDP, gopacket.LayerTypeDecodeFailure,
	} {
		assert.Equal(t, strangeGroups, kinds[want], "%v", want)
	}
}

func TestHolds(t *testing.T) {
	var b []byte
	var err error
	for _, m := range []openflow.Message{&openflow.Hello{}, &openflow.BarrierReply{}} {
		b, err = openflow.Append(b, 1, m)
		require.NoError(t, err)
	}
	assert.True(t, holds(b, openflow.TypeBarrierReply))
	assert.False(t, holds(b, openflow.TypePacketIn))
	for n := range b {
		holds(b[:n], openflow.TypeBarrierReply) // must not panic, nor go on for ever
	}
}

func TestUsage(t *testing.T) {
	stop := watch(os.Getpid())
	assert.Positive(t, stop().RSS)
	assert.Zero(t, watch(0)())
	_, err := memory(os.Getpid(), "VmNothing")
	assert.ErrorContains(t, err, "does not tell VmNothing")
}

func TestMicros(t *testing.T) {
	s := &Stand{Book: newBook()}
	s.addMicros("./controller/core", "goos: linux\nBenchmarkJoin/50_flows-2   \t 1861\t    160342 ns/op\nBenchmarkJoin/50_flows \t 1861\t 160344 ns/op\nPASS\n")
	e, ok := s.Book.estimate("micro.join.50", Crosspoint, Median)
	require.True(t, ok)
	assert.Equal(t, []float64{160342, 160344}, e.Rounds)
}

// TestWhatIsLeftOut says why, in words.
func TestWhatIsLeftOut(t *testing.T) {
	s := &Stand{Options: Options{Only: []string{"join"}}}
	assert.Equal(t, "not chosen", s.leftOut(&Workload{Name: "zap"}))
	assert.Empty(t, s.leftOut(&Workload{Name: "join"}))
	assert.Equal(t, "only with FULL=1", s.leftOut(&Workload{Name: "join", Full: true}))
	assert.Equal(t, "only with make bench-peers", s.leftOut(&Workload{Name: "join", Peers: true}))
}

// TestMistypedWorkload: a run of nothing is no run in which all is well.
func TestMistypedWorkload(t *testing.T) {
	_, err := Measure(t.Context(), Options{Only: []string{"join", "jion"}})
	require.ErrorContains(t, err, `no workload is named like "jion": there are tools, join, graft`)
}
