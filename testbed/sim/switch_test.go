package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// ports is short for a list of port numbers.
func ports(n ...openflow.PortNo) []openflow.PortNo { return n }

func TestPriorityAndMiss(t *testing.T) {
	b := newBench(t, 4)
	f := udp(t, "10.0.0.1", "239.1.1.1", 5004, 10)
	assert.Empty(t, b.ports(1, f), "no entry: dropped")
	b.flow(
		"priority=0 actions=output:2",
		"priority=10,ip,nw_dst=239.0.0.0/8 actions=output:3",
		"priority=20,udp,nw_dst=239.1.1.1,tp_dst=5005 actions=output:4",
	)
	assert.Equal(t, ports(3), b.ports(1, f))
	assert.Equal(t, ports(4), b.ports(1, udp(t, "10.0.0.1", "239.1.1.1", 5005, 10)))
	assert.Equal(t, ports(2), b.ports(1, udp(t, "10.0.0.1", "10.0.0.2", 5005, 10)))
}

func TestTablesMetadataAndActionSet(t *testing.T) {
	b := newBench(t, 5)
	b.flow(
		"table=0,in_port=1 actions=write_actions(output:2),write_metadata:0x5/0xf,goto_table:3",
		"table=0,in_port=2 actions=write_actions(output:3),goto_table:3",
		"table=3,priority=2,metadata=0x5/0xf actions=write_actions(output:4),goto_table:253",
		"table=3,priority=1 actions=clear_actions,goto_table:253",
		"table=253,in_port=1 actions=output:5",
		"table=253,in_port=2 actions=drop",
	)
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	assert.Equal(t, ports(5, 4), b.ports(1, f), "apply first, then the last output that was written")
	assert.Empty(t, b.ports(2, f), "the action set was cleared")
}

func TestReservedPorts(t *testing.T) {
	b := newBench(t, 4)
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	for actions, want := range map[string][]openflow.PortNo{
		"output:1":                    nil, // the port it came from
		"output:1,output:2":           ports(2),
		"IN_PORT":                     ports(1),
		"ALL":                         ports(2, 3, 4),
		"FLOOD":                       ports(2, 3, 4),
		"output:99":                   nil,
		"output:2,output:2,output:3":  ports(2, 2, 3),
		"IN_PORT,output:4,CONTROLLER": ports(1, 4),
	} {
		b.flow("actions=" + actions)
		assert.Equal(t, want, b.ports(1, f), actions)
	}
}

func TestPacketIn(t *testing.T) {
	b := newBench(t, 2)
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 200)
	b.flow(
		"priority=0,cookie=0x7 actions=CONTROLLER:65535",
		"priority=1,in_port=2,cookie=0x8 actions=write_metadata:0x9,goto_table:4",
		"table=4,cookie=0x9 actions=CONTROLLER:64",
	)
	_, ctrl := b.s.Receive(b.now, 1, f)
	require.Len(t, ctrl, 1)
	in := ctrl[0].(*openflow.PacketIn)
	assert.Equal(t, &openflow.PacketIn{
		BufferID: openflow.NoBuffer, TotalLen: uint16(len(f)), Reason: openflow.ReasonNoMatch, Cookie: 7,
		Match: openflow.NewMatch(openflow.InPort(1)), Data: f,
	}, in)
	_, ctrl = b.s.Receive(b.now, 2, f)
	require.Len(t, ctrl, 1)
	in = ctrl[0].(*openflow.PacketIn)
	assert.Equal(t, openflow.ReasonAction, in.Reason)
	assert.Equal(t, openflow.TableID(4), in.Table)
	assert.Equal(t, f[:64], in.Data)
	assert.Equal(t, uint16(len(f)), in.TotalLen)
	assert.Equal(t, openflow.NewMatch(openflow.InPort(2), openflow.Metadata(9)), in.Match)
}

func TestPacketOut(t *testing.T) {
	b := newBench(t, 3)
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	b.flow("priority=1,in_port=2 actions=output:3", "priority=0 actions=CONTROLLER:65535")
	out := func(in openflow.PortNo, actions ...openflow.Action) ([]Outgoing, []Emission) {
		return b.s.Control(b.now, openflow.Header{}, &openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: in, Actions: actions, Data: f})
	}
	_, em := out(openflow.PortController, openflow.Output{Port: openflow.PortAll})
	assert.Equal(t, ports(1, 2, 3), portsOf(em))
	_, em = out(1, openflow.Output{Port: openflow.PortFlood})
	assert.Equal(t, ports(2, 3), portsOf(em))
	_, em = out(2, openflow.Output{Port: openflow.PortTable})
	assert.Equal(t, ports(3), portsOf(em))
	replies, em := out(openflow.PortController, openflow.Output{Port: openflow.PortTable})
	assert.Empty(t, em)
	require.Len(t, replies, 1, "the table miss entry sends it back to the controller")
	assert.Equal(t, openflow.PortController, replies[0].Msg.(*openflow.PacketIn).InPort())

	b.refuses(&openflow.PacketOut{BufferID: 3, InPort: 1, Data: f}, openflow.ErrBadRequest, openflow.CodeBadRequestBufferUnknown)
	b.refuses(&openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: openflow.PortAll, Data: f}, openflow.ErrBadRequest, openflow.CodeBadRequestPort)
	b.refuses(&openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: 1, Data: f[:10]}, openflow.ErrBadRequest, openflow.CodeBadRequestPacket)
	b.refuses(&openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: 1, Data: f, Actions: []openflow.Action{openflow.ApplyGroup{Group: 9}}},
		openflow.ErrBadAction, openflow.CodeBadActionOutGroup)
}

func TestSetFieldKeepsChecksumsAndOriginal(t *testing.T) {
	f := udp(t, "10.0.0.1", "239.1.1.1", 5004, 11)
	before := string(f)
	for _, set := range []string{
		"set_field:46->ip_dscp", "set_field:2->nw_ecn", "set_field:10.9.8.7->ip_src", "set_field:239.255.255.255->ip_dst",
		"set_field:65535->udp_dst", "set_field:0->udp_src", "set_field:ff:ff:ff:ff:ff:ff->eth_dst", "set_field:02:00:00:00:00:01->eth_src",
		"mod_nw_ttl:3", "dec_ttl",
	} {
		b := newBench(t, 3)
		b.flow("udp actions=output:2," + set + ",output:3,output:2")
		out, _ := b.s.Receive(b.now, 1, f)
		require.Len(t, out, 3, set)
		assert.Equal(t, before, string(out[0].Frame), "%s: what left before must not change", set)
		assert.NotEqual(t, before, string(out[1].Frame), set)
		requireSound(t, out[1].Frame)
	}
	assert.Equal(t, before, string(f))
}

func TestDSCPIsWritten(t *testing.T) {
	b := newBench(t, 2)
	b.flow("table=0,ip actions=set_field:46->ip_dscp,goto_table:1", "table=1,ip,ip_dscp=46 actions=output:2")
	assert.Equal(t, ports(2), b.ports(1, udp(t, "10.0.0.1", "239.1.1.1", 5004, 11)), "later tables see the new value")
}

func TestVLANTags(t *testing.T) {
	b := newBench(t, 3)
	b.flow(
		"priority=1,in_port=1 actions=push_vlan:0x8100,set_field:4103->vlan_vid,output:2",
		"priority=1,in_port=2,dl_vlan=7 actions=pop_vlan,output:3",
	)
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	out, _ := b.s.Receive(b.now, 1, f)
	require.Len(t, out, 1)
	out, _ = b.s.Receive(b.now, 2, out[0].Frame)
	require.Len(t, out, 1)
	assert.Equal(t, f, out[0].Frame)
}

func TestExpiredTTLGoesToController(t *testing.T) {
	b := newBench(t, 2)
	b.flow("ip actions=mod_nw_ttl:1,dec_ttl,output:2")
	out, ctrl := b.s.Receive(b.now, 1, udp(t, "10.0.0.1", "10.0.0.2", 1, 1))
	assert.Empty(t, out)
	require.Len(t, ctrl, 1)
	assert.Equal(t, openflow.ReasonInvalidTTL, ctrl[0].(*openflow.PacketIn).Reason)
}

func TestPortDownAndUp(t *testing.T) {
	b := newBench(t, 2)
	b.flow("actions=output:2")
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	msgs := b.s.SetPort(b.now, 2, false)
	require.Len(t, msgs, 2, "Open vSwitch tells it twice")
	assert.Equal(t, openflow.PortState(0), msgs[0].(*openflow.PortStatus).Port.State)
	assert.Equal(t, openflow.PortLinkDown, msgs[1].(*openflow.PortStatus).Port.State)
	assert.Empty(t, b.s.SetPort(b.now, 2, false), "no change, no word")
	assert.Empty(t, b.ports(1, f))
	assert.Empty(t, b.ports(2, f), "a port that is down takes nothing")
	msgs = b.s.SetPort(b.now, 2, true)
	require.Len(t, msgs, 1)
	assert.Equal(t, openflow.PortLive, msgs[0].(*openflow.PortStatus).Port.State)
	assert.Equal(t, ports(2), b.ports(1, f))
}

func TestSymmetricAndRoles(t *testing.T) {
	b := newBench(t, 2)
	answer := func(m openflow.Message) openflow.Message {
		t.Helper()
		list, refused := b.ask(m)
		require.Nil(t, refused)
		require.Len(t, list, 1)
		return list[0]
	}
	assert.Equal(t, &openflow.EchoReply{Data: []byte("x")}, answer(&openflow.EchoRequest{Data: []byte("x")}))
	assert.Equal(t, &openflow.BarrierReply{}, answer(&openflow.BarrierRequest{}))
	assert.Equal(t, uint8(254), answer(&openflow.FeaturesRequest{}).(*openflow.FeaturesReply).Tables)
	b.ok(&openflow.SetConfig{SwitchConfig: openflow.SwitchConfig{MissSendLen: 99}})
	assert.Equal(t, uint16(99), answer(&openflow.GetConfigRequest{}).(*openflow.GetConfigReply).MissSendLen)

	assert.Equal(t, &openflow.RoleReply{Role: openflow.RoleEqual, GenerationID: ^uint64(0)}, answer(&openflow.RoleRequest{}))
	assert.Equal(t, &openflow.RoleReply{Role: openflow.RoleSlave, GenerationID: 5}, answer(&openflow.RoleRequest{Role: openflow.RoleSlave, GenerationID: 5}))
	b.refuses(flow(t, "actions=drop"), openflow.ErrBadRequest, openflow.CodeBadRequestIsSlave)
	b.refuses(&openflow.RoleRequest{Role: openflow.RoleMaster, GenerationID: 4}, openflow.ErrRoleRequestFailed, openflow.CodeRoleRequestStale)
	b.refuses(&openflow.RoleRequest{Role: 9}, openflow.ErrRoleRequestFailed, openflow.CodeRoleRequestRole)
	answer(&openflow.RoleRequest{Role: openflow.RoleMaster, GenerationID: 5})
	b.flow("actions=CONTROLLER")
	answer(&openflow.RoleRequest{Role: openflow.RoleSlave, GenerationID: 6})
	_, ctrl := b.s.Receive(b.now, 1, udp(t, "10.0.0.1", "10.0.0.2", 1, 1))
	assert.Empty(t, ctrl, "a slave gets no packet-in")
	b.s.Connect()
	_, ctrl = b.s.Receive(b.now, 1, udp(t, "10.0.0.1", "10.0.0.2", 1, 1))
	assert.Len(t, ctrl, 1, "a new connection is equal again, and entries are still there")

	b.refuses(&openflow.Experimenter{ID: 1}, openflow.ErrBadRequest, openflow.CodeBadRequestExperimenter)
	b.refuses(&openflow.Unknown{MsgType: 99}, openflow.ErrBadRequest, openflow.CodeBadRequestType)
}

func TestTimeouts(t *testing.T) {
	b := newBench(t, 2)
	b.flow(
		"priority=1,in_port=1,idle_timeout=2,send_flow_rem,cookie=0x1 actions=output:2",
		"priority=2,in_port=2,hard_timeout=3,send_flow_rem,cookie=0x2 actions=output:1",
		"priority=3,udp,tp_dst=9,idle_timeout=2 actions=drop",
		"priority=4,udp,tp_dst=10 actions=drop",
	)
	require.Equal(t, 3, b.s.Timed())
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	tick := func(d time.Duration) []openflow.Message { b.now = b.now.Add(d); return b.s.Tick(b.now) }
	assert.Empty(t, tick(1900*time.Millisecond))
	b.ports(1, f)
	b.ports(2, f)
	assert.Empty(t, tick(100*time.Millisecond), "the silent one goes without a word")
	assert.Equal(t, 2, b.s.Timed())
	gone := tick(time.Second)
	require.Len(t, gone, 1)
	hard := gone[0].(*openflow.FlowRemoved)
	assert.Equal(t, openflow.RemovedHardTimeout, hard.Reason)
	assert.Equal(t, uint64(2), hard.Cookie)
	assert.Equal(t, uint32(3), hard.DurationSec)
	assert.Equal(t, uint64(1), hard.PacketCount)
	assert.Equal(t, uint64(len(f)), hard.ByteCount)
	gone = tick(time.Second)
	require.Len(t, gone, 1)
	assert.Equal(t, openflow.RemovedIdleTimeout, gone[0].(*openflow.FlowRemoved).Reason)
	assert.Zero(t, b.s.Timed())
}
