package sim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

func TestGroupAllCopiesThePacket(t *testing.T) {
	b := newBench(t, 4)
	b.ok(groupAdd(t, "group_id=7,type=all,bucket=actions=set_field:46->ip_dscp,output:2,bucket=actions=output:3,bucket=actions=output:1"))
	b.flow("ip actions=group:7,output:4")
	f := udp(t, "10.0.0.1", "239.1.1.1", 5004, 20)
	out, _ := b.s.Receive(b.now, 1, f)
	require.Equal(t, ports(2, 3, 4), portsOf(out), "not to the port it came from")
	requireSound(t, out[0].Frame)
	assert.NotEqual(t, f, out[0].Frame)
	assert.Equal(t, f, out[1].Frame, "what one bucket does, the others do not see")
	assert.Equal(t, f, out[2].Frame)
}

func TestGroupModRefuses(t *testing.T) {
	b := newBench(t, 3)
	b.ok(groupAdd(t, "group_id=1,type=all,bucket=actions=output:1"), groupAdd(t, "group_id=2,type=all,bucket=actions=group:1"))
	change := func(line string, f func(*openflow.GroupMod)) *openflow.GroupMod {
		m := groupAdd(t, line)
		f(m)
		return m
	}
	modify := func(m *openflow.GroupMod) { m.Command = openflow.GroupModify }
	none := func(*openflow.GroupMod) {}
	for name, c := range map[string]struct {
		mod  *openflow.GroupMod
		typ  openflow.ErrorType
		code openflow.ErrorCode
	}{
		"exists":          {change("group_id=1,type=all", none), openflow.ErrGroupModFailed, openflow.CodeGroupModGroupExists},
		"unknown":         {change("group_id=9,type=all", modify), openflow.ErrGroupModFailed, openflow.CodeGroupModUnknownGroup},
		"reserved id":     {change("group_id=4294967040,type=all", func(m *openflow.GroupMod) { m.Group++ }), openflow.ErrGroupModFailed, openflow.CodeGroupModInvalidGroup},
		"type":            {change("group_id=9,type=all", func(m *openflow.GroupMod) { m.GroupType = 9 }), openflow.ErrGroupModFailed, openflow.CodeGroupModType},
		"command":         {change("group_id=9,type=all", func(m *openflow.GroupMod) { m.Command = 9 }), openflow.ErrGroupModFailed, openflow.CodeGroupModCommand},
		"indirect of two": {change("group_id=9,type=indirect,bucket=actions=output:1,bucket=actions=output:2", none), openflow.ErrGroupModFailed, openflow.CodeGroupModInvalidGroup},
		"weight in all":   {change("group_id=9,type=all,bucket=actions=output:1", func(m *openflow.GroupMod) { m.Buckets[0].Weight = 1 }), openflow.ErrGroupModFailed, openflow.CodeGroupModInvalidGroup},
		"watch in all":    {change("group_id=9,type=all,bucket=watch_port:1,actions=output:1", none), openflow.ErrGroupModFailed, openflow.CodeGroupModWatchUnsupported},
		"ff, no watch":    {change("group_id=9,type=ff,bucket=actions=output:1", none), openflow.ErrGroupModFailed, openflow.CodeGroupModInvalidGroup},
		"absent group":    {change("group_id=9,type=all,bucket=actions=group:8", none), openflow.ErrBadAction, openflow.CodeBadActionOutGroup},
		"itself":          {change("group_id=9,type=all,bucket=actions=group:9", none), openflow.ErrGroupModFailed, openflow.CodeGroupModLoop},
		"in a circle":     {change("group_id=1,type=all,bucket=actions=group:2", modify), openflow.ErrGroupModFailed, openflow.CodeGroupModLoop},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.refuses(c.mod, c.typ, c.code)
			assert.Len(t, b.s.groups, 2)
		})
	}
}

func TestGroupModifyChangesBuckets(t *testing.T) {
	b := newBench(t, 3)
	b.ok(groupAdd(t, "group_id=1,type=all,bucket=actions=output:2"))
	b.flow("actions=group:1")
	f := udp(t, "10.0.0.1", "239.1.1.1", 1, 1)
	assert.Equal(t, ports(2), b.ports(1, f))
	m := groupAdd(t, "group_id=1,type=all,bucket=actions=output:2,bucket=actions=output:3")
	m.Command = openflow.GroupModify
	b.ok(m)
	assert.Equal(t, ports(2, 3), b.ports(1, f))
	assert.Equal(t, uint64(1), b.s.groups[1].count.packets, "a modify resets counters")
}

func TestFastFailover(t *testing.T) {
	b := newBench(t, 4)
	b.ok(
		groupAdd(t, "group_id=2,type=ff,bucket=watch_port:4,actions=output:4"),
		groupAdd(t, "group_id=1,type=ff,bucket=watch_port:2,actions=output:2,bucket=watch_port:3,actions=output:3,bucket=watch_group:2,actions=group:2"),
	)
	b.flow("actions=group:1")
	f := udp(t, "10.0.0.1", "239.1.1.1", 1, 1)
	assert.Equal(t, ports(2), b.ports(1, f))
	b.s.SetPort(b.now, 2, false)
	assert.Equal(t, ports(3), b.ports(1, f))
	b.s.SetPort(b.now, 3, false)
	assert.Equal(t, ports(4), b.ports(1, f), "a live group counts as alive")
	b.s.SetPort(b.now, 4, false)
	assert.Empty(t, b.ports(1, f))
	b.s.SetPort(b.now, 2, true)
	assert.Equal(t, ports(2), b.ports(1, f))
}

func TestSelectSpreadsFlowsAndKeepsThemTogether(t *testing.T) {
	b := newBench(t, 3)
	b.ok(groupAdd(t, "group_id=1,type=select,bucket=weight:1,actions=output:2,bucket=weight:3,actions=output:3"))
	b.flow("actions=group:1")
	count := map[openflow.PortNo]int{}
	for port := range uint16(400) {
		f := udp(t, "10.0.0.1", "10.0.0.2", port+1, 1)
		out := b.ports(1, f)
		require.Len(t, out, 1)
		assert.Equal(t, out, b.ports(1, f))
		count[out[0]]++
	}
	assert.InDelta(t, 100, count[2], 40)
	assert.InDelta(t, 300, count[3], 40)
}

func TestIndirectAndChain(t *testing.T) {
	b := newBench(t, 3)
	b.ok(groupAdd(t, "group_id=1,type=indirect,bucket=actions=output:2"), groupAdd(t, "group_id=2,type=all,bucket=actions=group:1,bucket=actions=output:3"))
	b.flow("actions=write_actions(group:2,output:1)")
	assert.Equal(t, ports(2, 3), b.ports(1, udp(t, "10.0.0.1", "239.1.1.1", 1, 1)), "a group in the action set wins over an output")
}

func TestGroupDeleteCascades(t *testing.T) {
	b := newBench(t, 3)
	b.ok(groupAdd(t, "group_id=1,type=all,bucket=actions=output:2"), groupAdd(t, "group_id=2,type=all,bucket=actions=output:2"))
	b.flow(
		"cookie=0x1,send_flow_rem,priority=3,in_port=1 actions=group:1",
		"cookie=0x2,priority=2,table=4,in_port=1 actions=write_actions(group:1)",
		"cookie=0x3,priority=1,in_port=1 actions=group:2",
	)
	msgs, refused := b.ask(&openflow.GroupMod{Command: openflow.GroupDelete, Group: 1})
	require.Nil(t, refused)
	require.Len(t, msgs, 1)
	assert.Equal(t, openflow.RemovedGroupDelete, msgs[0].(*openflow.FlowRemoved).Reason)
	require.Len(t, dump(b), 1)
	assert.Equal(t, uint64(3), dump(b)[0].Cookie)
	b.ok(&openflow.GroupMod{Command: openflow.GroupDelete, Group: 1}) // not there: no error
	b.ok(&openflow.GroupMod{Command: openflow.GroupDelete, Group: openflow.GroupAll})
	assert.Empty(t, dump(b))
	assert.Empty(t, b.s.groups)
}
