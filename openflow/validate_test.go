package openflow

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// invalid is a message that breaks one rule.
type invalid struct {
	name  string
	m     Message
	field string // the path in the error
	typ   ErrorType
	code  ErrorCode
	ovs   string // what Open vSwitch says when that is another name; "-" where it has no such check when it decodes
}

// entry is a flow to add to table 1.
func entry(m Match, list ...Instruction) *FlowMod {
	return &FlowMod{Table: 1, BufferID: NoBuffer, OutPort: PortAny, OutGroup: GroupAny, Match: m, Instructions: list}
}

func apply(list ...Action) Instruction { return ApplyActions{list} }

func write(list ...Action) Instruction { return WriteActions{list} }

// group is one to add, of one type and with buckets that watch nothing.
func group(typ GroupType, buckets ...[]Action) *GroupMod {
	m := &GroupMod{GroupType: typ, Group: 7}
	for _, list := range buckets {
		m.Buckets = append(m.Buckets, Bucket{Weight: typ.defaultWeight(), WatchPort: PortAny, WatchGroup: GroupAny, Actions: list})
	}
	return m
}

func watching(typ GroupType, port PortNo, g GroupID) *GroupMod {
	return &GroupMod{GroupType: typ, Group: 7, Buckets: []Bucket{{WatchPort: port, WatchGroup: g}}}
}

func meter(f MeterFlags, bands ...Band) *MeterMod {
	return &MeterMod{Flags: f, Meter: 3, Bands: bands}
}

func packetOut(list ...Action) *PacketOut {
	return &PacketOut{BufferID: NoBuffer, InPort: PortController, Actions: list, Data: make([]byte, ethernetHeaderLen)}
}

var (
	matchIPv4 = NewMatch(EthType(EtherTypeIPv4))
	matchUDP  = NewMatch(EthType(EtherTypeIPv4), IPProto(IPProtoUDP))
	matchVLAN = NewMatch(AnyVLAN())
	matchMPLS = NewMatch(EthType(EtherTypeMPLS))
)

// invalids has every rule of Validate at least once, save those of Match.Validate, which have their own test.
func invalids() []invalid {
	return append(append(invalidFlows(), invalidActions()...), invalidOthers()...)
}

func invalidFlows() []invalid {
	flow := func(change func(*FlowMod)) *FlowMod {
		m := entry("")
		change(m)
		return m
	}
	flags := OXM{NewOXMHeader(ClassBasic, FieldIPProto, false, 1), "\x11"}
	return []invalid{
		{"command", flow(func(m *FlowMod) { m.Command = 5 }), "command", ErrFlowModFailed, CodeFlowModCommand, ""},
		{"flags", flow(func(m *FlowMod) { m.Flags = 0x20 }), "flags", ErrFlowModFailed, CodeFlowModFlags, ""},
		{"add to all tables", flow(func(m *FlowMod) { m.Table = TableAll }), "table", ErrFlowModFailed, CodeFlowModTableID, ""},
		{"match", entry(Match(appendOXM(nil, flags))), "match.ip_proto", ErrBadMatch, CodeBadMatchPrereq, ""},
		{"goto itself", entry("", GotoTable{1}), "instructions[0].table", ErrBadInstruction, CodeBadInstructionTableID, ""},
		{"goto back", entry("", GotoTable{0}), "instructions[0].table", ErrBadInstruction, CodeBadInstructionTableID, ""},
		{"goto all", entry("", GotoTable{TableAll}), "instructions[0].table", ErrBadInstruction, CodeBadInstructionTableID, "-"},
		{"goto twice", entry("", GotoTable{2}, GotoTable{3}), "instructions[1]", ErrExperimenter, CodeDupInstruction, ""},
		{"apply twice", entry("", apply(), apply()), "instructions[1]", ErrExperimenter, CodeDupInstruction, ""},
		{"clear twice", entry("", ClearActions{}, ClearActions{}), "instructions[1]", ErrExperimenter, CodeDupInstruction, ""},
		{"meter 0", entry("", UseMeter{0}), "instructions[0].meter", ErrMeterModFailed, CodeMeterModInvalidMeter, ""},
		{"meter of the slow path", entry("", UseMeter{MeterSlowpath}), "instructions[0].meter", ErrMeterModFailed, CodeMeterModInvalidMeter, ""},
		{"unknown instruction", entry("", RawInstruction{Kind: 9, Data: make([]byte, 4)}), "instructions[0]", ErrBadInstruction, CodeBadInstructionUnknown, ""},
		{"no instruction", entry("", nil), "instructions[0]", ErrBadInstruction, CodeBadInstructionUnknown, "-"},
	}
}

func invalidActions() []invalid {
	const first = "instructions[0].actions[0]"
	wide, masked := IPDSCP(64), OXM{NewOXMHeader(ClassBasic, FieldEthDst, true, 12), string(mac1[:]) + string(mac1[:])}
	nameless := OXM{NewOXMHeader(ClassBasic, 99, false, 1), "x"}
	bare := basic(FieldVLANVID, be16(5), "")
	return []invalid{
		{"output 0", entry("", apply(Output{})), first + ".port", ErrBadAction, CodeBadActionOutPort, "-"},
		{"output any", entry("", apply(Output{Port: PortAny})), first + ".port", ErrBadAction, CodeBadActionOutPort, ""},
		{"output reserved", entry("", apply(Output{Port: PortMax + 1})), first + ".port", ErrBadAction, CodeBadActionOutPort, ""},
		{"output table", entry("", apply(Output{Port: PortTable})), first + ".port", ErrBadAction, CodeBadActionOutPort, "-"},
		{"max_len", entry("", apply(Output{PortController, 0xfffe})), first + ".max_len", ErrBadAction, CodeBadActionArgument, "-"},
		{"group all", entry("", apply(ApplyGroup{GroupAll})), first + ".group", ErrBadAction, CodeBadActionOutGroup, "-"},
		{"queue all", entry("", apply(SetQueue{QueueAll})), first + ".queue", ErrBadAction, CodeBadActionQueue, "-"},
		{"push vlan", entry("", apply(PushVLAN{EtherTypeIPv4})), first + ".ethertype", ErrBadAction, CodeBadActionArgument, ""},
		{"push mpls", entry("", apply(PushMPLS{EtherTypeIPv4})), first + ".ethertype", ErrBadAction, CodeBadActionArgument, ""},
		{"push pbb", entry("", apply(PushPBB{EtherTypeIPv4})), first + ".ethertype", ErrBadAction, CodeBadActionArgument, "OFPBAC_BAD_TYPE"},
		{"pop vlan", entry("", apply(PopVLAN{})), first, ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"pop mpls", entry("", apply(PopMPLS{EtherTypeIPv4})), first, ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"pop pbb", entry("", apply(PopPBB{})), first, ErrBadAction, CodeBadActionMatchInconsistent, "OFPBAC_BAD_TYPE"},
		{"ip ttl", entry("", apply(DecIPTTL{})), first, ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"set ip ttl", entry(matchMPLS, apply(SetIPTTL{3})), first, ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"mpls ttl", entry(matchIPv4, apply(DecMPLSTTL{})), first, ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"set mpls ttl", entry("", apply(SetMPLSTTL{3})), first, ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"write without prerequisite", entry("", write(PushVLAN{EtherTypeVLAN}, SetField{IPDSCP(1)})), "instructions[0].actions[1].field.ip_dscp", ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"copy ttl", entry("", apply(CopyTTLOut{})), first, ErrBadAction, CodeBadActionMatchInconsistent, "OFPBAC_BAD_TYPE"},
		{"unknown action", entry("", apply(RawAction{Kind: 99, Data: make([]byte, 4)})), first, ErrBadAction, CodeBadActionType, ""},
		{"no action", entry("", apply(nil)), first, ErrBadAction, CodeBadActionType, "-"},
		{"set in_port", entry("", apply(SetField{InPort(3)})), first + ".field.in_port", ErrBadAction, CodeBadActionSetType, "OFPBAC_BAD_SET_ARGUMENT"},
		{"set metadata", entry("", apply(SetField{Metadata(3)})), first + ".field.metadata", ErrBadAction, CodeBadActionSetType, "-"},
		{"set unknown", entry("", apply(SetField{nameless})), first + ".field.field_99", ErrBadAction, CodeBadActionSetType, ""},
		{"set masked", entry("", apply(SetField{masked})), first + ".field.eth_dst", ErrExperimenter, CodeSetMask, ""},
		{"set wide", entry(matchIPv4, apply(SetField{wide})), first + ".field.ip_dscp", ErrBadAction, CodeBadActionSetArgument, ""},
		{"set vlan_vid without bit", entry(matchVLAN, apply(SetField{bare})), first + ".field.vlan_vid", ErrBadAction, CodeBadActionSetArgument, ""},
		{"set without prerequisite", entry("", apply(SetField{IPDSCP(1)})), first + ".field.ip_dscp", ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"set of another protocol", entry(matchUDP, apply(SetField{TCPDst(1)})), first + ".field.tcp_dst", ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"set pcp without tag", entry("", apply(SetField{VLANPCP(1)})), first + ".field.vlan_pcp", ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"set under a label", entry(matchUDP, apply(PushMPLS{EtherTypeMPLS}, SetField{UDPDst(1)})), "instructions[0].actions[1].field.udp_dst", ErrBadAction, CodeBadActionMatchInconsistent, ""},
		{"set length", entry("", apply(SetField{OXM{NewOXMHeader(ClassBasic, FieldEthDst, false, 2), "ab"}})), first + ".field.eth_dst", ErrBadAction, CodeBadActionSetLen, "-"},
		{"behind apply", entry(matchUDP, write(SetField{UDPDst(1)}), apply(PushMPLS{EtherTypeMPLS})), first + ".field.udp_dst", ErrBadAction, CodeBadActionMatchInconsistent, ""},
	}
}

func invalidOthers() []invalid {
	out := func(change func(*PacketOut)) *PacketOut {
		m := packetOut()
		change(m)
		return m
	}
	reserved, loop := group(GroupTypeAll), group(GroupTypeAll, []Action{ApplyGroup{7}})
	reserved.Group = GroupMax + 1
	meterAll := meter(MeterKbps)
	meterAll.Meter = MeterAll
	bundled := func(f BundleFlags, m Message) *BundleAdd { return &BundleAdd{Flags: f, Message: m} }
	return []invalid{
		{"group command", &GroupMod{Command: 9}, "command", ErrGroupModFailed, CodeGroupModCommand, ""},
		{"group type", group(4), "type", ErrGroupModFailed, CodeGroupModType, ""},
		{"group reserved", reserved, "group", ErrGroupModFailed, CodeGroupModInvalidGroup, "-"},
		{"indirect of two", group(GroupTypeIndirect, nil, nil), "buckets", ErrGroupModFailed, CodeGroupModInvalidGroup, ""},
		{"indirect of none", group(GroupTypeIndirect), "buckets", ErrGroupModFailed, CodeGroupModInvalidGroup, ""},
		{"failover without watch", group(GroupTypeFF, nil), "buckets[0].watch_port", ErrGroupModFailed, CodeGroupModInvalidGroup, ""},
		{"watch port 0", watching(GroupTypeFF, 0, GroupAny), "buckets[0].watch_port", ErrGroupModFailed, CodeGroupModWatch, "-"},
		{"watch port reserved", watching(GroupTypeFF, PortController, GroupAny), "buckets[0].watch_port", ErrGroupModFailed, CodeGroupModWatch, "-"},
		{"watch group all", watching(GroupTypeFF, PortAny, GroupAll), "buckets[0].watch_group", ErrGroupModFailed, CodeGroupModWatch, "-"},
		{"watch itself", watching(GroupTypeFF, 1, 7), "buckets[0].watch_group", ErrGroupModFailed, CodeGroupModLoop, "-"},
		{"group in itself", loop, "buckets[0].actions[0]", ErrGroupModFailed, CodeGroupModLoop, "-"},
		{"bucket to any", group(GroupTypeAll, nil, []Action{Output{Port: PortAny}}), "buckets[1].actions[0].port", ErrBadAction, CodeBadActionOutPort, ""},

		{"meter command", &MeterMod{Command: 3, Meter: 1}, "command", ErrMeterModFailed, CodeMeterModCommand, ""},
		{"meter flags", meter(0x10), "flags", ErrMeterModFailed, CodeMeterModFlags, "-"},
		{"meter both units", meter(MeterKbps | MeterPktps), "flags", ErrMeterModFailed, CodeMeterModFlags, ""},
		{"add meter 0", &MeterMod{Flags: MeterKbps}, "meter", ErrMeterModFailed, CodeMeterModInvalidMeter, "-"},
		{"add all meters", meterAll, "meter", ErrMeterModFailed, CodeMeterModInvalidMeter, "-"},
		{"band type", meter(MeterKbps, Band{Type: 9, Data: make([]byte, 4)}), "bands[0].type", ErrMeterModFailed, CodeMeterModBand, ""},
		{"prec_level of drop", meter(MeterKbps, Band{Type: BandDrop, PrecLevel: 1}), "bands[0].prec_level", ErrMeterModFailed, CodeMeterModBandValue, "-"},
		{"experimenter of drop", meter(MeterKbps, Band{Type: BandDrop, Experimenter: 1}), "bands[0].experimenter", ErrMeterModFailed, CodeMeterModBandValue, "-"},
		{"prec_level", meter(MeterKbps, Band{Type: BandDSCPRemark, PrecLevel: 64}), "bands[0].prec_level", ErrMeterModFailed, CodeMeterModBandValue, "-"},

		{"packet from nowhere", out(func(m *PacketOut) { m.InPort = 0 }), "in_port", ErrBadRequest, CodeBadRequestPort, "-"},
		{"packet from all", out(func(m *PacketOut) { m.InPort = PortAll }), "in_port", ErrBadRequest, CodeBadRequestPort, ""},
		{"packet without packet", out(func(m *PacketOut) { m.Data = nil }), "data", ErrBadRequest, CodeBadRequestPacket, "-"},
		{"packet to any", packetOut(Output{Port: PortAny}), "actions[0].port", ErrBadAction, CodeBadActionOutPort, ""},
		{"packet in without port", &PacketIn{}, "match", ErrBadMatch, CodeBadMatchField, "-"},
		{"packet in", &PacketIn{Match: NewMatch(IPDSCP(1))}, "match.ip_dscp", ErrBadMatch, CodeBadMatchPrereq, "-"},
		{"flow removed", &FlowRemoved{Match: NewMatch(IPDSCP(1))}, "match.ip_dscp", ErrBadMatch, CodeBadMatchPrereq, ""},

		{"bundle step", &BundleControl{Step: 8}, "step", ErrExperimenter, CodeBundleType, "-"},
		{"bundle flags", &BundleControl{Flags: 4}, "flags", ErrExperimenter, CodeBundleFlags, "-"},
		{"bundle add flags", bundled(4, entry("")), "flags", ErrExperimenter, CodeBundleFlags, "-"},
		{"bundled flow", bundled(0, entry("", GotoTable{1})), "instructions[0].table", ErrBadInstruction, CodeBadInstructionTableID, ""},
		{"bundled barrier", bundled(0, &BarrierRequest{}), "message", ErrExperimenter, CodeBundleMsgUnsup, ""},
		{"nothing bundled", bundled(0, nil), "message", ErrExperimenter, CodeBundleMsgUnsup, "-"},

		{"flow request", &MultipartRequest{Body: FlowStatsRequest{Match: NewMatch(IPDSCP(1))}}, "match.ip_dscp", ErrBadMatch, CodeBadMatchPrereq, ""},
		{"aggregate request", &MultipartRequest{Body: AggregateRequest{Match: NewMatch(IPDSCP(1))}}, "match.ip_dscp", ErrBadMatch, CodeBadMatchPrereq, ""},
		{"monitor request", &MultipartRequest{Body: FlowMonitorRequest{{Flags: MonitorAdd}, {Flags: MonitorAdd, Match: NewMatch(IPDSCP(1))}}}, "monitors[1].match.ip_dscp", ErrBadMatch, CodeBadMatchPrereq, ""},
		{"flow reply", &MultipartReply{Body: FlowStatsReply{{Match: NewMatch(IPDSCP(1))}}}, "flows[0].match.ip_dscp", ErrBadMatch, CodeBadMatchPrereq, ""},
		{"group reply", &MultipartReply{Body: GroupDescReply{{GroupType: 9}}}, "groups[0].type", ErrGroupModFailed, CodeGroupModType, "-"},
		{"meter reply", &MultipartReply{Body: MeterConfigReply{{Flags: 0x10}}}, "meters[0].flags", ErrMeterModFailed, CodeMeterModFlags, "-"},
		{"monitor reply", &MultipartReply{Body: FlowMonitorReply{{Event: FlowAdded, Instructions: []Instruction{apply(), apply()}}}}, "updates[0].instructions[1]", ErrExperimenter, CodeDupInstruction, ""},
	}
}

func TestValidateRefuses(t *testing.T) {
	for _, c := range invalids() {
		err := Validate(c.m)
		var e *ValidationError
		require.True(t, errors.As(err, &e), c.name)
		typ, code := e.Answer()
		want := &ErrorMsg{ErrType: c.typ, Code: c.code, Experimenter: ExperimenterONF}
		have, ok := AnswerError(err, make([]byte, 100))
		require.True(t, ok)
		assert.Equal(t, want.CodeName(), have.CodeName(), "%s: %v", c.name, err)
		assert.Equal(t, []any{c.typ, c.code}, []any{typ, code}, c.name)
		assert.Equal(t, c.field, e.Field, c.name)
		assert.NotEmpty(t, e.Reason, c.name)
		assert.Regexp(t, `^(OpenFlow 1\.3\.5 §\d|EXT-\d)`, e.Section, c.name)
		assert.Len(t, have.Data, answerDataLen)
	}
}

// exoticCorpus are the messages of the corpus that break a rule, so that the codec is tried on them too.
var exoticCorpus = map[string]string{
	"flow mod with everything":    "instructions[1].actions[3].field.ip_dscp",
	"group mod with everything":   "buckets[0].watch_port",
	"meter mod with exotic bands": "bands[1].type",
}

func TestValidateAcceptsCorpus(t *testing.T) {
	for _, c := range corpus() {
		err := Validate(c.m)
		if field, ok := exoticCorpus[c.name]; ok {
			var e *ValidationError
			require.True(t, errors.As(err, &e), c.name)
			assert.Equal(t, field, e.Field, c.name)
			continue
		}
		assert.NoError(t, err, c.name)
	}
	for _, frame := range captured(t) {
		h, m, err := Parse(frame)
		require.NoError(t, err)
		assert.NoError(t, Validate(m), "%s %x", h.Type, frame)
	}
}

func TestValidateAccepts(t *testing.T) {
	for name, m := range map[string]Message{
		"delete from all tables":    &FlowMod{Command: FlowDelete, Table: TableAll},
		"goto forward":              entry("", GotoTable{2}),
		"each instruction once":     entry(matchUDP, UseMeter{1}, apply(), ClearActions{}, write(), WriteMetadata{1, 1}, GotoTable{TableMax}),
		"two of experimenters":      entry("", RawInstruction{Kind: 0xffff, Data: make([]byte, 4)}, RawInstruction{Kind: 0xffff, Data: make([]byte, 4)}),
		"set with prerequisite":     entry(matchUDP, apply(SetField{UDPDst(1)}, SetField{IPDSCP(1)})),
		"set of what was set":       entry(matchIPv4, apply(SetField{IPProto(IPProtoTCP)}, SetField{TCPDst(1)})),
		"set in pushed tag":         entry("", apply(PushVLAN{EtherTypeVLAN}, SetField{VLANVID(5)}, SetField{VLANPCP(1)})),
		"set in pushed label":       entry("", apply(PushMPLS{EtherTypeMPLS}, SetField{MPLSLabel(5)}, DecMPLSTTL{})),
		"label off":                 entry(matchMPLS, apply(PopMPLS{EtherTypeIPv4}, DecIPTTL{})),
		"tag off, tag off":          entry(matchVLAN, apply(PopVLAN{}, PopVLAN{})),
		"action set in its order":   entry("", write(SetField{VLANPCP(1)}, PushVLAN{EtherTypeVLAN})),
		"set below a written label": entry(matchUDP, write(SetField{UDPDst(1)}, PushMPLS{EtherTypeMPLS})),
		"set above a written label": entry(matchUDP, write(PushMPLS{EtherTypeMPLS}, SetField{UDPDst(1)})),
		"tag of a later table":      entry("", write(PopVLAN{}, DecMPLSTTL{}), GotoTable{2}),
		"pbb":                       entry("", apply(PushPBB{EtherTypePBB}, SetField{PBBISID(1)}, PopPBB{}, DecIPTTL{})),
		"copy ttl":                  entry(matchMPLS, apply(CopyTTLIn{}, CopyTTLOut{})),
		"copy ttl of ip":            entry(matchIPv4, apply(CopyTTLIn{})),
		"behind an experimenter":    entry("", apply(RawAction{Kind: 0xffff, Data: make([]byte, 4)}, DecIPTTL{})),
		"field of an experimenter":  entry("", apply(SetField{OXM{NewOXMHeader(1, 2, false, 1), "x"}})),
		"service tag":               entry("", apply(PushVLAN{etherTypeServiceVLAN})),
		"all buffers":               entry("", apply(Output{PortController, CMLNoBuffer}, Output{PortController, CMLMax})),
		"delete all groups":         &GroupMod{Command: GroupDelete, Group: GroupAll},
		"delete with any type":      &GroupMod{Command: GroupDelete, Group: 7, GroupType: 9},
		"select with watch":         watching(GroupTypeSelect, 3, GroupAny),
		"failover of group":         watching(GroupTypeFF, PortAny, 8),
		"failover of local":         watching(GroupTypeFF, PortLocal, GroupAny),
		"bucket sets any field":     group(GroupTypeAll, []Action{SetField{TCPDst(1)}, Output{Port: 1}}),
		"delete all meters":         &MeterMod{Command: MeterDelete, Meter: MeterAll},
		"virtual meter":             &MeterMod{Meter: MeterController, Flags: MeterPktps},
		"meter without bands":       meter(MeterKbps),
		"packet to the tables":      packetOut(Output{Port: PortTable}),
		"packet in a buffer":        &PacketOut{BufferID: 3, InPort: 1},
		"bundled meter":             &BundleAdd{Message: meter(MeterKbps)},
		"no rules":                  &EchoRequest{},
	} {
		assert.NoError(t, Validate(m), name)
	}
	for _, m := range []interface{ Validate() error }{entry(""), group(GroupTypeAll), meter(MeterKbps), packetOut()} {
		assert.NoError(t, m.Validate())
	}
}

func TestValidationErrorText(t *testing.T) {
	err := Validate(entry("", apply(), GotoTable{1}))
	assert.EqualError(t, err, "validate FLOW_MOD: instructions[1].table: 1 does not lie behind table 1 (OpenFlow 1.3.5 §5.9)")

	err = Validate(entry(NewMatch(IPDSCP(1))))
	var e *MatchError
	require.True(t, errors.As(err, &e))
	assert.Equal(t, FieldIPDSCP, e.Field)

	_, ok := AnswerError(errors.New("another"), nil)
	assert.False(t, ok)
}

// TestValidateNeverPanics validates whatever a change of one byte makes of the corpus.
func TestValidateNeverPanics(t *testing.T) {
	for _, c := range corpus() {
		frame := encode(t, c.m)
		for i := range frame {
			old := frame[i]
			for _, v := range [...]byte{0, 1, 0x7f, 0xff, old + 1, old ^ 0x10} {
				frame[i] = v
				if _, m, err := Parse(frame); err == nil {
					_ = Validate(m)
				}
			}
			frame[i] = old
		}
	}
}
