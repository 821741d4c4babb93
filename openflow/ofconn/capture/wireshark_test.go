package capture_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/openflow/ofconn/capture"
)

// tshark runs Wireshark's dissectors over a file and gives the words that it prints. Checksums are checked. What was connected to is taken
// for OpenFlow on whatever port.
func tshark(t *testing.T, file string, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("CI") == "true" {
			require.Fail(t, "tshark is not installed")
		}
		t.Skip("tshark is not installed")
	}
	args = append([]string{"-r", file, "-d", "tcp.port==" + listeningPort(t, file) + ",openflow", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"}, args...)
	cmd := exec.Command("tshark", args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	require.NoError(t, err, "%s", complaints.String())
	return strings.Fields(string(out))
}

// listeningPort is where the first packet goes.
func listeningPort(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	return strconv.Itoa(int(packets(t, f)[0].tcp.DstPort))
}

// requireClean fails when Wireshark finds anything wrong: a message that it cannot decode, a gap, a bad checksum.
func requireClean(t *testing.T, file string) {
	t.Helper()
	const wrong = "_ws.malformed || _ws.expert.severity >= warning || tcp.analysis.lost_segment || tcp.analysis.out_of_order || " +
		"tcp.checksum.status == bad || ip.checksum.status == bad"
	assert.Empty(t, tshark(t, file, "-Y", wrong, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message"))
}

// typesIn counts the OpenFlow 1.3 messages that Wireshark decoded, by type. A packet has one; what follows is the message that an error is about.
func typesIn(t *testing.T, file string) map[openflow.Type]uint64 {
	t.Helper()
	counts := map[openflow.Type]uint64{}
	for _, line := range tshark(t, file, "-Y", "openflow_v4", "-T", "fields", "-e", "openflow_v4.type") {
		first, _, _ := strings.Cut(line, ",")
		n, err := strconv.ParseUint(first, 0, 8)
		require.NoError(t, err)
		counts[openflow.Type(n)]++
	}
	return counts
}

// session connects a controller, which is captured, with a switch.
func session(t *testing.T, network, addr string, tap ofconn.Tap, atSwitch func(sw *ofconn.Conn) ofconn.Handler) (ctl, sw *ofconn.Conn, end func()) {
	t.Helper()
	ln, err := net.Listen(network, addr)
	require.NoError(t, err)
	defer ln.Close()
	attached := make(chan *ofconn.Conn, 1)
	switchDone := make(chan struct{})
	go func() {
		defer close(switchDone)
		nc, err := net.Dial(network, ln.Addr().String())
		if !assert.NoError(t, err) {
			return
		}
		sw, err := ofconn.Attach(context.Background(), nc, ofconn.Config{})
		if !assert.NoError(t, err) {
			return
		}
		attached <- sw
		_ = sw.Serve(atSwitch(sw)) // the test ends it
	}()
	nc, err := ln.Accept()
	require.NoError(t, err)
	ctl, err = ofconn.Connect(context.Background(), nc, ofconn.Config{Tap: tap})
	require.NoError(t, err)
	ctlDone := make(chan struct{})
	go func() {
		defer close(ctlDone)
		_ = ctl.Serve(ofconn.HandlerFunc(func(openflow.Header, openflow.Message) {}))
	}()
	return ctl, <-attached, func() {
		ctl.Close(nil)
		<-ctlDone
		<-switchDone
	}
}

// TestWiresharkReadsASession holds a session with every type of message to what Wireshark sees of it.
func TestWiresharkReadsASession(t *testing.T) {
	file := filepath.Join(t.TempDir(), "session.pcap")
	c, err := capture.Create(file, capture.Config{})
	require.NoError(t, err)
	ctl, sw, end := session(t, "tcp", "127.0.0.1:0", c, answering)
	talk(t, ctl, sw)
	end()
	require.NoError(t, c.Close())
	want := map[openflow.Type]uint64{}
	in, out := ctl.Stats().In, ctl.Stats().Out
	for typ := openflow.TypeHello; typ <= openflow.TypeMeterMod; typ++ {
		want[typ] = in.Of(typ).Messages + out.Of(typ).Messages
		assert.Positive(t, want[typ], "%s is missing in the session", typ)
	}
	assert.Zero(t, c.Stats().Dropped)
	assert.Equal(t, in.Total().Messages+out.Total().Messages, c.Stats().Messages)
	assert.Equal(t, want, typesIn(t, file))
	requireClean(t, file)
}

// talk has every message sent that one of the two ends may send.
func talk(t *testing.T, ctl, sw *ofconn.Conn) {
	match := openflow.NewMatch(openflow.InPort(3), openflow.EthType(openflow.EtherTypeIPv4))
	for _, m := range []openflow.Message{&openflow.EchoRequest{Data: []byte("x")}, &openflow.FeaturesRequest{}, &openflow.GetConfigRequest{},
		&openflow.GetQueueRequest{Port: 1}, &openflow.RoleRequest{Role: openflow.RoleMaster}, &openflow.GetAsyncRequest{},
		&openflow.Experimenter{ID: openflow.ExperimenterNicira, ExpType: 10}} {
		_, err := ctl.Request(t.Context(), m)
		require.NoError(t, err)
	}
	for _, body := range []openflow.RequestBody{openflow.DescRequest{}, openflow.FlowStatsRequest{Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, Match: match},
		openflow.GroupDescRequest{}, openflow.MeterConfigRequest{Meter: openflow.MeterAll}, openflow.PortStatsRequest{Port: openflow.PortAny}} {
		_, err := ctl.Multipart(t.Context(), body)
		require.NoError(t, err)
	}
	frame := []byte("\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x88\xb5!")
	require.NoError(t, sw.Send(
		&openflow.PacketIn{BufferID: openflow.NoBuffer, TotalLen: 15, Match: match, Data: frame},
		&openflow.FlowRemoved{Match: match}, &openflow.PortStatus{Reason: openflow.PortModified, Port: openflow.Port{No: 1, Name: "one"}},
	))
	done := make(chan ofconn.BatchResult, 1)
	ctl.Batch([][]openflow.Message{{
		&openflow.MeterMod{Flags: openflow.MeterKbps, Meter: 3, Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: 5000, Burst: 600}}},
		&openflow.GroupMod{GroupType: openflow.GroupTypeAll, Group: 7, Buckets: []openflow.Bucket{
			{WatchPort: openflow.PortAny, WatchGroup: openflow.GroupAny, Actions: []openflow.Action{openflow.Output{Port: 1}}},
		}},
	}, {
		&openflow.FlowMod{Table: 1, BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, Match: match,
			Instructions: []openflow.Instruction{openflow.UseMeter{Meter: 3}, openflow.ApplyActions{Actions: []openflow.Action{openflow.ApplyGroup{Group: 7}}}, openflow.GotoTable{Table: 2}}},
		&openflow.PortMod{Port: 1}, &openflow.TableMod{Table: openflow.TableAll}, &openflow.SetAsync{},
		&openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: openflow.PortController, Actions: []openflow.Action{openflow.Output{Port: 1}}, Data: frame},
	}}, func(r ofconn.BatchResult) { done <- r })
	r := <-done
	require.NoError(t, r.Err)
	require.Len(t, r.Refused, 1)
}

// answering is a switch that refuses TABLE_MOD.
func answering(sw *ofconn.Conn) ofconn.Handler {
	return ofconn.HandlerFunc(func(h openflow.Header, m openflow.Message) {
		if a := answerTo(m); a != nil {
			_ = sw.Reply(h.XID, a) // the end of the connection ends the test
		}
	})
}

func answerTo(m openflow.Message) openflow.Message {
	switch m := m.(type) {
	case *openflow.FeaturesRequest:
		return &openflow.FeaturesReply{DatapathID: 0x2a, Tables: 254}
	case *openflow.GetConfigRequest:
		return &openflow.GetConfigReply{SwitchConfig: openflow.SwitchConfig{MissSendLen: openflow.CMLNoBuffer}}
	case *openflow.GetQueueRequest:
		return &openflow.GetQueueReply{Port: m.Port}
	case *openflow.RoleRequest:
		return &openflow.RoleReply{Role: m.Role}
	case *openflow.GetAsyncRequest:
		return &openflow.GetAsyncReply{}
	case *openflow.BarrierRequest:
		return &openflow.BarrierReply{}
	case *openflow.TableMod:
		return &openflow.ErrorMsg{ErrType: openflow.ErrTableModFailed, Data: []byte("\x04\x11\x00\x10\x00\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00")}
	case *openflow.Experimenter:
		return &openflow.Experimenter{ID: m.ID, ExpType: m.ExpType + 1}
	case *openflow.MultipartRequest:
		return &openflow.MultipartReply{Body: partsOf(m.Body)}
	}
	return nil
}

func partsOf(body openflow.RequestBody) openflow.ReplyBody {
	switch body.(type) {
	case openflow.DescRequest:
		return openflow.Desc{Manufacturer: "Crosspoint"}
	case openflow.PortDescRequest:
		return openflow.PortDescReply{{No: 1, Name: "one"}}
	case openflow.FlowStatsRequest:
		return openflow.FlowStatsReply{{Table: 1, Match: openflow.NewMatch(openflow.InPort(3))}}
	case openflow.GroupDescRequest:
		return openflow.GroupDescReply{{GroupType: openflow.GroupTypeAll, Group: 7}}
	case openflow.MeterConfigRequest:
		return openflow.MeterConfigReply{{Flags: openflow.MeterKbps, Meter: 3}}
	}
	return openflow.PortStatsReply{{Port: 1}}
}

// TestWiresharkReassembles has messages of the largest size, and many in one write, both ways.
func TestWiresharkReassembles(t *testing.T) {
	for _, at := range []struct{ network, addr string }{{"tcp", "127.0.0.1:0"}, {"tcp", "[::1]:0"}, {"unix", "ctl.sock"}} {
		t.Run(at.network+" "+at.addr, func(t *testing.T) {
			t.Chdir(t.TempDir())
			c, err := capture.Create("large.pcap", capture.Config{})
			require.NoError(t, err)
			received := make(chan struct{}, 1000)
			ctl, sw, end := session(t, at.network, at.addr, c, func(sw *ofconn.Conn) ofconn.Handler {
				answer := answering(sw)
				return ofconn.HandlerFunc(func(h openflow.Header, m openflow.Message) {
					answer.HandleMessage(h, m)
					received <- struct{}{}
				})
			})
			largest := make([]byte, openflow.MaxMessageLen-openflow.HeaderLen)
			for range 20 {
				require.NoError(t, ctl.Send(&openflow.Experimenter{ID: 1, Data: largest[8:]}, &openflow.RoleRequest{}))
				require.NoError(t, sw.Send(&openflow.Experimenter{ID: 1, Data: largest[8:]}, &openflow.PortStatus{}))
			}
			for range 4 + 40 { // 4 belong to the handshake
				<-received
			}
			_, err = sw.Request(t.Context(), &openflow.EchoRequest{}) // all before it is captured
			require.NoError(t, err)
			end()
			require.NoError(t, c.Close())
			counts := typesIn(t, "large.pcap")
			assert.Equal(t, uint64(20+20+20), counts[openflow.TypeExperimenter], "the switch answers those that it gets")
			assert.Equal(t, uint64(20), counts[openflow.TypeRoleRequest])
			assert.Equal(t, uint64(20), counts[openflow.TypePortStatus])
			requireClean(t, "large.pcap")
		})
	}
}

// TestWiresharkGoesOnAfterAGap leaves messages out: what is there is decoded nonetheless.
func TestWiresharkGoesOnAfterAGap(t *testing.T) {
	file := &memory{gate: make(chan struct{})}
	c := capture.New(file, capture.Config{Backlog: 2000})
	w := c.Watch(here, there)
	for range 100 {
		w.Received(encode(t, &openflow.EchoRequest{Data: make([]byte, 92)}))
	}
	dropped := c.Stats().Dropped
	require.Positive(t, dropped)
	close(file.gate)
	require.Eventually(t, func() bool { return c.Stats().Messages == 100-dropped }, eventual, tick)
	w.Received(encode(t, &openflow.PortStatus{}))
	require.NoError(t, c.Close())
	path := filepath.Join(t.TempDir(), "gap.pcap")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	assert.Equal(t, map[openflow.Type]uint64{openflow.TypeEchoRequest: 100 - dropped, openflow.TypePortStatus: 1}, typesIn(t, path))
	assert.NotEmpty(t, tshark(t, path, "-Y", "tcp.analysis.lost_segment"))
	assert.Empty(t, tshark(t, path, "-Y", "_ws.malformed"))
}
