package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// edit makes a modify or delete from a line of text.
func edit(t *testing.T, command openflow.FlowModCommand, line string, change ...func(*openflow.FlowMod)) *openflow.FlowMod {
	m := flow(t, line)
	m.Command = command
	for _, c := range change {
		c(m)
	}
	return m
}

func cookie(value, mask uint64) func(*openflow.FlowMod) {
	return func(m *openflow.FlowMod) { m.Cookie, m.CookieMask = value, mask }
}

func table(id openflow.TableID) func(*openflow.FlowMod) {
	return func(m *openflow.FlowMod) { m.Table = id }
}

func TestFlowModRefuses(t *testing.T) {
	b := newBench(t, 2)
	b.ok(groupAdd(t, "group_id=1,type=all,bucket=actions=output:1"))
	add := func(change func(*openflow.FlowMod)) *openflow.FlowMod {
		m := flow(t, "ip actions=drop")
		change(m)
		return m
	}
	apply := func(a ...openflow.Action) func(*openflow.FlowMod) {
		return func(m *openflow.FlowMod) {
			m.Instructions = []openflow.Instruction{openflow.ApplyActions{Actions: a}}
		}
	}
	do := func(i ...openflow.Instruction) func(*openflow.FlowMod) {
		return func(m *openflow.FlowMod) { m.Instructions = i }
	}
	for name, c := range map[string]struct {
		change func(*openflow.FlowMod)
		typ    openflow.ErrorType
		code   openflow.ErrorCode
	}{
		"table 254":          {table(254), openflow.ErrFlowModFailed, openflow.CodeFlowModTableID},
		"table all":          {table(255), openflow.ErrFlowModFailed, openflow.CodeFlowModTableID},
		"command":            {func(m *openflow.FlowMod) { m.Command = 9 }, openflow.ErrFlowModFailed, openflow.CodeFlowModCommand},
		"flags":              {func(m *openflow.FlowMod) { m.Flags = 0x8000 }, openflow.ErrFlowModFailed, openflow.CodeFlowModFlags},
		"buffer":             {func(m *openflow.FlowMod) { m.BufferID = 1 }, openflow.ErrBadRequest, openflow.CodeBadRequestBufferUnknown},
		"absent group":       {apply(openflow.ApplyGroup{Group: 2}), openflow.ErrBadAction, openflow.CodeBadActionOutGroup},
		"absent group, set":  {do(openflow.WriteActions{Actions: []openflow.Action{openflow.ApplyGroup{Group: 2}}}), openflow.ErrBadAction, openflow.CodeBadActionOutGroup},
		"absent meter":       {do(openflow.UseMeter{Meter: 1}), openflow.ErrMeterModFailed, openflow.CodeMeterModInvalidMeter},
		"port any":           {apply(openflow.Output{Port: openflow.PortAny}), openflow.ErrBadAction, openflow.CodeBadActionOutPort},
		"port 0":             {apply(openflow.Output{}), openflow.ErrBadAction, openflow.CodeBadActionOutPort},
		"goto itself":        {do(openflow.GotoTable{Table: 0}), openflow.ErrBadInstruction, openflow.CodeBadInstructionTableID},
		"goto 254":           {do(openflow.GotoTable{Table: 254}), openflow.ErrBadInstruction, openflow.CodeBadInstructionTableID},
		"instruction twice":  {do(openflow.ClearActions{}, openflow.ClearActions{}), openflow.ErrBadInstruction, codeInstructionTwice},
		"raw instruction":    {do(openflow.RawInstruction{Kind: 99}), openflow.ErrBadInstruction, openflow.CodeBadInstructionUnknown},
		"MPLS":               {apply(openflow.PushMPLS{EtherType: 0x8847}), openflow.ErrBadAction, openflow.CodeBadActionType},
		"push what":          {apply(openflow.PushVLAN{EtherType: 1}), openflow.ErrBadAction, openflow.CodeBadActionArgument},
		"set in_port":        {apply(openflow.SetField{Field: openflow.InPort(1)}), openflow.ErrBadAction, openflow.CodeBadActionSetArgument},
		"set unknown":        {apply(openflow.SetField{Field: openflow.OXM{Header: 0x8000<<16 | 60<<9}}), openflow.ErrBadAction, openflow.CodeBadActionSetType},
		"set wrong length":   {apply(openflow.SetField{Field: openflow.OXM{Header: 0x8000<<16 | 12<<9 | 1, Payload: "x"}}), openflow.ErrBadAction, openflow.CodeBadActionSetLen},
		"set what is absent": {apply(openflow.SetField{Field: openflow.UDPDst(1)}), openflow.ErrBadAction, openflow.CodeBadActionMatchInconsistent},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.refuses(add(c.change), c.typ, c.code)
			assert.Zero(t, b.s.flows, "a refused entry leaves no trace")
		})
	}
}

func TestAddReplacesSameMatchAndPriority(t *testing.T) {
	b := newBench(t, 3)
	b.flow("priority=5,in_port=1,cookie=0x1 actions=output:2")
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	assert.Equal(t, ports(2), b.ports(1, f))
	b.flow("priority=5,in_port=1,cookie=0x2 actions=output:3")
	assert.Equal(t, ports(3), b.ports(1, f))
	assert.Equal(t, 1, b.s.flows)
	assert.Equal(t, uint64(2), dump(b)[0].PacketCount, "counters live on")
	assert.Equal(t, uint64(2), dump(b)[0].Cookie)
	b.flow("reset_counts,priority=5,in_port=1 actions=output:3")
	assert.Zero(t, dump(b)[0].PacketCount)
	b.flow("priority=6,in_port=1 actions=output:2")
	assert.Equal(t, 2, b.s.flows)
}

func dump(b *bench) openflow.FlowStatsReply {
	b.t.Helper()
	answers, refused := b.ask(&openflow.MultipartRequest{Body: openflow.FlowStatsRequest{
		Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
	}})
	require.Nil(b.t, refused)
	var all openflow.FlowStatsReply
	for _, a := range answers {
		all = append(all, a.(*openflow.MultipartReply).Body.(openflow.FlowStatsReply)...)
	}
	return all
}

func TestCheckOverlap(t *testing.T) {
	b := newBench(t, 2)
	b.flow("priority=5,ip,nw_dst=10.0.0.0/8 actions=drop")
	overlap := func(line string) *openflow.ErrorMsg { return b.send(flow(t, "check_overlap,"+line)) }
	require.NotNil(t, overlap("priority=5,in_port=1 actions=drop"))
	b.refuses(flow(t, "check_overlap,priority=5,ip,nw_dst=10.1.0.0/16 actions=drop"), openflow.ErrFlowModFailed, openflow.CodeFlowModOverlap)
	assert.Nil(t, overlap("priority=6,in_port=1 actions=drop"))
	assert.Nil(t, overlap("priority=5,ip,nw_dst=11.0.0.0/8 actions=drop"))
}

func TestModifyAndDelete(t *testing.T) {
	entries := []string{
		"table=0,cookie=0x11,priority=1,ip actions=output:1",
		"table=0,cookie=0x12,priority=1,ip,nw_dst=10.0.0.1 actions=output:2",
		"table=1,cookie=0x21,priority=1,ip actions=group:1",
		"table=1,cookie=0x22,priority=2,arp actions=write_actions(output:2)",
	}
	any := func(m *openflow.FlowMod) {}
	group1 := func(m *openflow.FlowMod) { m.OutGroup = 1 }
	port2 := func(m *openflow.FlowMod) { m.OutPort = 2 }
	prio := func(p uint16) func(*openflow.FlowMod) { return func(m *openflow.FlowMod) { m.Priority = p } }
	for name, c := range map[string]struct {
		command openflow.FlowModCommand
		line    string
		change  []func(*openflow.FlowMod)
		left    []uint64 // cookies, for deletes
	}{
		"everything":              {openflow.FlowDelete, "actions=", []func(*openflow.FlowMod){table(255)}, nil},
		"one table":               {openflow.FlowDelete, "actions=", []func(*openflow.FlowMod){table(1)}, []uint64{0x11, 0x12}},
		"loose, priority ignored": {openflow.FlowDelete, "ip actions=", []func(*openflow.FlowMod){prio(9)}, []uint64{0x21, 0x22}},
		"loose, narrower":         {openflow.FlowDelete, "ip,nw_dst=10.0.0.0/24 actions=", nil, []uint64{0x11, 0x21, 0x22}},
		"cookie mask":             {openflow.FlowDelete, "actions=", []func(*openflow.FlowMod){table(255), cookie(0x10, 0xf0)}, []uint64{0x21, 0x22}},
		"whole cookie":            {openflow.FlowDelete, "actions=", []func(*openflow.FlowMod){table(255), cookie(0x22, ^uint64(0))}, []uint64{0x11, 0x12, 0x21}},
		"out_port, action set":    {openflow.FlowDelete, "actions=", []func(*openflow.FlowMod){table(255), port2}, []uint64{0x11, 0x21}},
		"out_group":               {openflow.FlowDelete, "actions=", []func(*openflow.FlowMod){table(255), group1}, []uint64{0x11, 0x12, 0x22}},
		"strict":                  {openflow.FlowDeleteStrict, "ip actions=", []func(*openflow.FlowMod){prio(1)}, []uint64{0x12, 0x21, 0x22}},
		"strict, other priority":  {openflow.FlowDeleteStrict, "ip actions=", []func(*openflow.FlowMod){prio(2)}, []uint64{0x11, 0x12, 0x21, 0x22}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 3)
			b.ok(groupAdd(t, "group_id=1,type=all,bucket=actions=output:1"))
			b.flow(entries...)
			b.ok(edit(t, c.command, c.line, append(c.change, any)...))
			var left []uint64
			for _, e := range dump(b) {
				left = append(left, e.Cookie)
			}
			assert.ElementsMatch(t, c.left, left)
		})
	}
}

func TestModifyKeepsCookieAndCounters(t *testing.T) {
	b := newBench(t, 3)
	b.flow("cookie=0x1,priority=1,ip actions=output:2", "cookie=0x2,priority=2,ip,nw_dst=10.0.0.2 actions=output:2")
	f := udp(t, "10.0.0.1", "10.0.0.2", 1, 1)
	b.ports(1, f)
	b.now = b.now.Add(time.Second)
	b.ok(edit(t, openflow.FlowModify, "ip actions=output:3", cookie(2, 2)))
	assert.Equal(t, ports(3), b.ports(1, f))
	assert.Equal(t, ports(2), b.ports(1, udp(t, "10.0.0.1", "10.0.0.3", 1, 1)), "the other cookie was not meant")
	for _, e := range dump(b) {
		if e.Cookie == 2 {
			assert.Equal(t, uint64(2), e.PacketCount)
			assert.Equal(t, uint32(1), e.DurationSec)
		}
	}
	b.ok(edit(t, openflow.FlowModifyStrict, "priority=1,ip actions=drop"))
	assert.Empty(t, b.ports(1, udp(t, "10.0.0.1", "10.0.0.3", 1, 1)))
	b.ok(edit(t, openflow.FlowModify, "arp actions=drop"))
	assert.Equal(t, 2, b.s.flows, "a modify of nothing adds nothing")
}

func TestDeleteTellsWhoAsked(t *testing.T) {
	b := newBench(t, 2)
	b.flow("send_flow_rem,priority=3,in_port=1,cookie=0x5 actions=drop", "in_port=2 actions=drop")
	msgs, refused := b.ask(edit(t, openflow.FlowDelete, "actions="))
	require.Nil(t, refused)
	require.Len(t, msgs, 1)
	assert.Equal(t, openflow.RemovedDelete, msgs[0].(*openflow.FlowRemoved).Reason)
	assert.Equal(t, uint16(3), msgs[0].(*openflow.FlowRemoved).Priority)
}
