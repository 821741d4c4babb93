package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
	"crosspoint/testbed"
)

// With InstallDelay a barrier is answered at once, and packets follow the change later, as on Open vSwitch.
func TestPacketsFollowAfterTheBarrier(t *testing.T) {
	w := newWorld(t, testbed.Single(3), Options{InstallDelay: 5 * time.Millisecond})
	install(t, w, "s1", []string{"group_id=1,type=all,bucket=actions=output:2"}, []string{"cookie=0x1,idle_timeout=1,send_flow_rem actions=group:1"})
	var got []openflow.Message
	require.NoError(t, w.Attach("s1", func(o Outgoing) { got = append(got, o.Msg) }))
	require.NoError(t, w.Send("h1", media))
	w.Run(10*time.Millisecond + time.Millisecond/2)

	m := groupAdd(t, "group_id=1,type=all,bucket=actions=output:3")
	m.Command = openflow.GroupModify
	deliver := func(m openflow.Message) { require.NoError(t, w.Deliver("s1", openflow.Header{XID: 1}, m)) }
	deliver(m)
	deliver(groupAdd(t, "group_id=1,type=all"))
	deliver(&openflow.BarrierRequest{})
	deliver(&openflow.MultipartRequest{Body: openflow.GroupDescRequest{}})
	deliver(&openflow.MultipartRequest{Body: everything})
	w.Run(0)
	require.Len(t, got, 4)
	assert.Equal(t, openflow.CodeGroupModGroupExists, got[0].(*openflow.ErrorMsg).Code)
	assert.Equal(t, &openflow.BarrierReply{}, got[1])
	assert.Contains(t, got[2].(*openflow.MultipartReply).Body.(openflow.GroupDescReply)[0].String(), "output:3", "a dump tells what was asked for")
	assert.Equal(t, uint64(11), got[3].(*openflow.MultipartReply).Body.(openflow.FlowStatsReply)[0].PacketCount)

	w.Run(20 * time.Millisecond)
	r := w.Receptions()
	require.Len(t, r, 2)
	assert.Equal(t, uint64(16), r[0].Received, "5 ms more by the old way")
	assert.Equal(t, time.Millisecond, r[1].First.Sub(r[0].Last), "no packet is lost or doubled on the way")

	got = nil
	deliver(&openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: openflow.PortController, Data: make([]byte, 60),
		Actions: []openflow.Action{openflow.Output{Port: 9}}})
	deliver(&openflow.MultipartRequest{Body: openflow.PortStatsRequest{Port: 1}})
	deliver(&openflow.RoleRequest{Role: openflow.RoleSlave})
	require.NoError(t, w.SetLink("s1", "h3", false))
	w.Run(0)
	require.Len(t, got, 4)
	assert.Greater(t, got[0].(*openflow.MultipartReply).Body.(openflow.PortStatsReply)[0].RxPackets, uint64(20))
	deliver(&openflow.RoleRequest{Role: openflow.RoleEqual})

	w.Run(3 * second)
	got = nil
	_, err := w.StopSend("h1", 1)
	require.NoError(t, err)
	w.Run(3 * second)
	require.Len(t, got, 1, "packets kept the entry; silence ends it")
	assert.Equal(t, openflow.RemovedIdleTimeout, got[0].(*openflow.FlowRemoved).Reason)
	assert.Greater(t, got[0].(*openflow.FlowRemoved).PacketCount, uint64(3000))
}
