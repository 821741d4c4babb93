package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
	"crosspoint/testbed/traffic"
)

// fakeSwitch is one switch on a real socket that forwards nothing: it answers a controller, and says what it is told to, as fast as it can.
// So it shows what a controller takes, and not what a switch does.
type fakeSwitch struct {
	job   job
	by    traffic.By // how hosts report
	conn  *ofconn.Conn
	ended chan struct{}
	hosts map[openflow.PortNo]testbed.Host

	mu      sync.Mutex // of what the handler shares with who waits
	sw      *sim.Switch
	buckets map[openflow.GroupID]int
	told    chan struct{} // closed and made anew at each change
	changed int           // GROUP_MODs so far
	flows   int           // FLOW_MODs so far
	total   int           // buckets in all groups
	last    time.Time     // of the last of either
}

// dialFake connects the one switch of a job's topology to a controller.
func dialFake(ctx context.Context, j job, addr string) (*fakeSwitch, error) {
	s := &fakeSwitch{
		job: j, by: traffic.ByV3, ended: make(chan struct{}), hosts: map[openflow.PortNo]testbed.Host{},
		buckets: map[openflow.GroupID]int{}, told: make(chan struct{}),
	}
	var ports []openflow.Port
	for i, p := range j.topo.Ports() {
		s.hosts[openflow.PortNo(p.No)] = j.host(p.Peer)
		ports = append(ports, openflow.Port{
			No: openflow.PortNo(p.No), Name: p.Name, HWAddr: openflow.MAC{2, 0xbe, 0, 0, byte(i >> 8), byte(i)}, CurrSpeed: 400_000_000,
		})
	}
	s.sw = sim.NewSwitch(openflow.DatapathID(j.topo.Switches[0].DPID), j.topo.Switches[0].Name, ports)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("dial controller: %w", err)
	}
	if s.conn, err = ofconn.Attach(ctx, nc, ofconn.Config{QueueBytes: 64 << 20}); err != nil {
		return nil, fmt.Errorf("attach to controller: %w", err)
	}
	go func() {
		defer close(s.ended)
		_ = s.conn.Serve(ofconn.HandlerFunc(s.handle)) // ends with close
	}()
	return s, nil
}

func (s *fakeSwitch) close() {
	s.conn.Close(nil)
	<-s.ended
}

// handle carries out a message and answers it.
func (s *fakeSwitch) handle(h openflow.Header, m openflow.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	replies, out := s.sw.Control(time.Now(), h, m)
	for len(replies) > 0 {
		n := 1
		for n < len(replies) && replies[n].XID == replies[0].XID {
			n++
		}
		parts := make([]openflow.Message, n)
		for i := range parts {
			parts[i] = replies[i].Msg
		}
		_ = s.conn.Reply(replies[0].XID, parts...) // a connection that ended shows in what is waited for
		replies = replies[n:]
	}
	for _, e := range out {
		s.answerARP(e)
	}
	switch m := m.(type) {
	case *openflow.GroupMod:
		s.count(m)
	case *openflow.FlowMod:
		s.flows++
	default:
		return
	}
	s.last = time.Now()
	close(s.told)
	s.told = make(chan struct{})
}

// count keeps how many buckets flows have; mu is held.
func (s *fakeSwitch) count(g *openflow.GroupMod) {
	if g.Group < openflow.GroupID(flows.FirstObject) {
		return // of no flow: the tree of the infrastructure groups
	}
	n := len(g.Buckets)
	if g.Command == openflow.GroupDelete {
		n = 0
	}
	s.total += n - s.buckets[g.Group]
	s.buckets[g.Group] = n
	s.changed++
}

// modified is how many FLOW_MODs and GROUP_MODs came.
func (s *fakeSwitch) modified() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flows + s.changed
}

// wait waits until the counts of GROUP_MODs and of buckets are as wanted, and tells when the last change came.
func (s *fakeSwitch) wait(ctx context.Context, what string, done func(changed, total int) bool) (time.Time, error) {
	timeout := time.After(patience)
	for {
		s.mu.Lock()
		ok, last, told, changed, total := done(s.changed, s.total), s.last, s.told, s.changed, s.total
		s.mu.Unlock()
		if ok {
			return last, nil
		}
		select {
		case <-told:
		case <-ctx.Done():
			return last, ctx.Err()
		case <-s.ended:
			return last, fmt.Errorf("wait for %s: the controller closed the connection", what)
		case <-timeout:
			return last, fmt.Errorf("wait for %s: after %v there are %d group changes and %d buckets", what, patience, changed, total)
		}
	}
}

// answerARP has the host at a port answer when it is asked for (RFC 826).
func (s *fakeSwitch) answerARP(e sim.Emission) {
	f := e.Frame
	host, ok := s.hosts[e.Port]
	if !ok || len(f) < 42 || binary.BigEndian.Uint16(f[12:]) != 0x0806 || f[21] != 1 || netip.AddrFrom4([4]byte(f[38:42])) != host.Addr {
		return
	}
	_ = s.conn.Send(packetIn(e.Port, arpReply(host, f[6:12], f[22:28], f[28:32])))
}

// arpReply is the frame by which a host tells another its address.
func arpReply(host testbed.Host, frameTo, mac, addr []byte) []byte {
	own := host.Addr.As4()
	reply := append([]byte{}, frameTo...)
	reply = append(reply, host.MAC[:]...)
	reply = append(reply, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2)
	reply = append(append(reply, host.MAC[:]...), own[:]...)
	return append(append(reply, mac...), addr...)
}

// packetIn is what the pipeline punts.
func packetIn(port openflow.PortNo, frame []byte) *openflow.PacketIn {
	return &openflow.PacketIn{
		BufferID: openflow.NoBuffer, TotalLen: uint16(len(frame)), Reason: openflow.ReasonAction, Table: flows.TableClassify,
		Cookie: flows.OwnerBase.Cookie(), Match: openflow.NewMatch(openflow.InPort(port)), Data: frame,
	}
}

// report is the PACKET_IN of a host's report.
func (s *fakeSwitch) report(host string, group netip.Addr, join bool) *openflow.PacketIn {
	h := s.job.host(host)
	source := s.job.host(s.job.flows[0].sender).Addr
	return packetIn(openflow.PortNo(s.job.port(h.Switch, host)), traffic.ReportFrame(s.by, h.MAC, h.Addr, source, group, join))
}
