package core_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/openflow"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// BenchmarkJoin is the controller's work for one join or leave on one switch: packet-in in, GROUP_MOD out, with authorisation and
// admission, whatever the number of flows. A flow a group, one sender, one receiver.
func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{50, 1000, 10000} {
		b.Run(fmt.Sprintf("%d flows", n), func(b *testing.B) {
			l, turns := crowded(b, n), 0
			for i := n / 2; i < n; i++ {
				l.say(0, i)
			}
			for ; turns < 2*n; turns++ { // all maps have grown as far as they will
				l.turn(turns)
			}
			runtime.GC()   // of what the set-up left, which 10,000 flows leave more of
			for b.Loop() { // sets up once, where b.N would do so for every guess at how many there is time for
				l.turn(turns)
				turns++
			}
			require.Equal(b, n/2+turns, l.programs, "each join and leave is one batch")
		})
	}
}

// BenchmarkFlow is the controller's work for one flow that a client creates, and one that it deletes: from the intent to the answer, with what is to be
// saved of it, whatever the number of flows.
func BenchmarkFlow(b *testing.B) {
	for _, n := range []int{50, 1000, 10000} {
		b.Run(fmt.Sprintf("%d flows", n), func(b *testing.B) {
			l, replaced := crowded(b, n), 0
			for range n {
				l.replace(replaced)
				replaced++
			}
			runtime.GC()
			for b.Loop() {
				l.replace(replaced)
				replaced++
			}
			require.Equal(b, 2*replaced, l.answers)
		})
	}
}

// BenchmarkSnapshot is what a reader costs the controller after a join or leave was confirmed, and when nothing happened.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{50, 1000, 10000} {
		l := crowded(b, n)
		for i := range n {
			l.toggle(i) // everything is joined
		}
		l.state.Snapshot()
		b.Run(fmt.Sprintf("%d flows, nothing changed", n), func(b *testing.B) {
			for b.Loop() {
				l.state.Snapshot()
			}
		})
		b.Run(fmt.Sprintf("%d flows, one changed", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				l.toggle(i)
				b.StartTimer()
				l.state.Snapshot()
			}
		})
	}
}

// crowd is a lab with many flows, each to a group of its own, that one host may join and leave.
type crowd struct {
	*lab
	reports  [2][]byte // joins and leaves, by flow, one behind the other
	size     int       // of one of them
	packet   *openflow.PacketIn
	order    []int
	programs int
	seq      uint64 // of the last batch
	flows    []flows.NetworkFlow
	answers  int // to intents
}

func (l *crowd) note(o core.Order) {
	if p, ok := o.(core.Program); ok {
		l.programs++
		l.seq = p.Seq
	}
}

func crowded(b *testing.B, n int) *crowd {
	l := &crowd{lab: newLab(b, testbed.Single(3))}
	l.kill()
	q := &l.cfg.Querier // one host joins them all, and time stands still
	q.MaxGroupsPerHost, q.MaxGroupsPerPort = n, n
	q.PortRate, q.PortBurst, q.HostRate, q.HostBurst = 1<<30, 1<<30, 1<<30, 1<<30
	l.start()
	l.connect("s1")
	l.run(time.Second)
	l.endpoints()
	l.unchecked = true
	most := 10 * topology.Gbit
	l.must(core.PatchEndpoint{ID: id("h1"), Patch: flows.EndpointPatch{MaxBandwidth: &most}})
	src, mac := l.host("h2").Addr, l.host("h2").MAC
	for i := range n {
		group := netip.AddrFrom4([4]byte{239, 2, byte(i >> 8), byte(i)})
		def := flowDef(fmt.Sprint(i), "h1", group.String(), false, "h2")
		def.Bandwidth = 100 * topology.Kbit
		l.must(core.PutFlow{Flow: def})
		l.flows = append(l.flows, def)
		for k, t := range []igmp.RecordType{igmp.ChangeToExclude, igmp.ChangeToInclude} {
			l.packet = report(b, mac, src, group, t, 2)
			l.reports[k], l.size = append(l.reports[k], l.packet.Data...), len(l.packet.Data)
		}
	}
	l.run(time.Second)
	l.order = rand.New(rand.NewPCG(1, 1)).Perm(n)
	return l
}

// toggle joins the flows one after the other, then leaves them in the same order, and so on.
func (l *crowd) toggle(i int) {
	n := len(l.order)
	l.say((i/n)%2, i%n)
}

// turn joins the flow that was left longest ago, and next time leaves the one that was joined longest ago, when half of the flows are joined to begin with.
func (l *crowd) turn(i int) {
	n := len(l.order)
	l.say(i%2, (i/2+i%2*(n/2))%n)
}

// say joins (0) or leaves (1) one flow. They are in an order that is not that of memory; but as from a connection, each report comes in memory that was
// written a moment ago.
func (l *crowd) say(what, flow int) {
	at := l.order[flow] * l.size
	copy(l.packet.Data, l.reports[what][at:at+l.size])
	l.seq = 0
	l.state.Step(l.world.Now(), core.PacketIn{Switch: 1, Conn: l.conn, Message: l.packet}, l.note)
	l.state.Step(l.world.Now(), core.BatchDone{Switch: 1, Conn: l.conn, Seq: l.seq}, l.note)
}

// replace deletes the flows one after the other, each for one that is as it was, but for its id.
func (l *crowd) replace(i int) {
	def := &l.flows[l.order[i%len(l.flows)]]
	l.change(core.DeleteFlow{ID: def.ID})
	binary.BigEndian.PutUint64(def.ID[:], uint64(i))
	l.change(core.PutFlow{Flow: *def})
}

// change has an intent carried out, and the switch confirm all that it is told for it.
func (l *crowd) change(c core.Change) {
	l.seq, l.ticket = 0, l.ticket+1
	l.answered(l.state.Step(l.world.Now(), core.Intent{Ticket: l.ticket, Change: c}, l.note))
	for l.seq != 0 {
		done := core.BatchDone{Switch: 1, Conn: l.conn, Seq: l.seq}
		l.seq = 0
		l.answered(l.state.Step(l.world.Now(), done, l.note))
	}
}

// answered counts the answers of a step.
func (l *crowd) answered(effects []core.Effect) {
	for _, e := range effects {
		if r, is := e.(core.Reply); is && r.Err == nil {
			l.answers++
		}
	}
}

// report is a punted IGMPv3 report with one record.
func report(t require.TestingT, mac [6]byte, src, group netip.Addr, kind igmp.RecordType, port openflow.PortNo) *openflow.PacketIn {
	packet, err := igmp.AppendPacket(nil, igmp.Packet{Src: src, Message: &igmp.ReportV3{Records: []igmp.Record{{Type: kind, Group: group}}}})
	require.NoError(t, err)
	frame := append([]byte{1, 0, 0x5e, 0, 0, 22}, mac[:]...)
	frame = append(append(frame, 8, 0), packet...)
	return &openflow.PacketIn{
		BufferID: openflow.NoBuffer, Table: flows.TableClassify, Cookie: flows.OwnerBase.Cookie(),
		Match: openflow.NewMatch(openflow.InPort(port)), Data: frame,
	}
}

// BenchmarkReroute is what the controller does when a link fails that 500 flows run over: from the PORT_STATUS to the last batch of the new trees,
// without the time that switches take.
func BenchmarkReroute(b *testing.B) {
	const n = 500
	l := newLab(b, testbed.LeafSpine(2, 4, 4))
	l.kill()
	l.cfg.Flapping.Losses = 1 << 30
	l.start()
	for _, sw := range l.world.Topology().Switches {
		l.connect(sw.Name)
	}
	l.run(time.Second)
	l.endpoints()
	l.unchecked = true
	l.must(core.Drain{What: core.SwitchOrCable{Switch: l.idOf("sp2")}})
	for i := range n {
		def := flowDef(fmt.Sprint(i), fmt.Sprintf("h%d", 1+i%4), fmt.Sprintf("239.2.%d.%d", i>>8, i&255), true, "h5", "h9", "h13")
		def.Bandwidth = topology.Mbit
		l.must(core.PutFlow{Flow: def})
	}
	l.must(core.Undrain{What: core.SwitchOrCable{Switch: l.idOf("sp2")}})
	l.run(time.Second)
	spines, leaf := [2]string{"sp1", "sp2"}, "lf2"
	var mended time.Duration
	l.spent = 0
	b.ResetTimer()
	for i := range b.N {
		require.NoError(b, l.world.SetLink(spines[i%2], leaf, false))
		l.run(15 * time.Millisecond)
		b.StopTimer()
		mended += l.spent
		require.NoError(b, l.world.SetLink(spines[i%2], leaf, true))
		l.run(time.Second)
		l.spent = 0
		b.StartTimer()
	}
	b.ReportMetric(float64(mended.Microseconds())/1000/float64(b.N), "ms/reroute")
}
