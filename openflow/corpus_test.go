package openflow

import (
	"encoding/hex"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// named is one message of the corpus.
type named struct {
	name string
	m    Message
}

var (
	mac1  = MAC{2, 0, 0, 0, 0, 1}
	mac2  = MAC{2, 0, 0, 0, 0, 2}
	addr1 = netip.MustParseAddr("10.0.0.1")
	addrG = netip.MustParseAddr("239.1.1.1")
)

// senderMatch is the match of a media flow: six fields.
func senderMatch() Match {
	return NewMatch(InPort(3), EthSrc(mac1), EthType(EtherTypeIPv4), IPProto(IPProtoUDP), IPv4Src(addr1), IPv4Dst(addrG))
}

// allActions has every action once.
func allActions() []Action {
	return []Action{
		Output{Port: 3}, Output{PortController, CMLNoBuffer}, ApplyGroup{7}, SetField{IPDSCP(46)}, SetField{EthDst(mac1)},
		SetField{IPv6Dst(netip.MustParseAddr("ff0e::1"))}, SetQueue{5}, SetMPLSTTL{6}, DecMPLSTTL{}, SetIPTTL{7}, DecIPTTL{}, CopyTTLOut{},
		CopyTTLIn{}, PushVLAN{EtherTypeVLAN}, PopVLAN{}, PushMPLS{EtherTypeMPLS}, PopMPLS{EtherTypeIPv4}, PushPBB{EtherTypePBB}, PopPBB{},
		RawAction{Kind: 0xffff, Data: []byte{0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8}},
	}
}

// ovsActions are those that Open vSwitch knows.
func ovsActions() []Action {
	return []Action{Output{Port: 3}, Output{PortController, CMLNoBuffer}, ApplyGroup{7}, SetField{IPDSCP(46)}, SetQueue{5}, DecIPTTL{}, PushVLAN{EtherTypeVLAN}}
}

func allInstructions() []Instruction {
	return []Instruction{
		UseMeter{3}, ApplyActions{allActions()}, ClearActions{}, WriteActions{[]Action{Output{Port: 9}}}, WriteMetadata{5, 0xff}, GotoTable{2},
		RawInstruction{Kind: 0xffff, Data: []byte{0, 0, 0, 9}},
	}
}

func somePort() Port {
	return Port{No: 1, HWAddr: mac1, Name: "sw1-eth1", Config: PortNoFwd, State: PortLive, Curr: 0x840, Advertised: 1, Supported: 2, Peer: 4, CurrSpeed: 10_000_000, MaxSpeed: 40_000_000}
}

func someBuckets() []Bucket {
	return []Bucket{
		{WatchPort: PortAny, WatchGroup: GroupAny, Actions: []Action{Output{Port: 1}}},
		{Weight: 5, WatchPort: 2, WatchGroup: 6, Actions: []Action{SetField{IPDSCP(46)}, Output{Port: 2}}},
		{WatchPort: PortAny, WatchGroup: GroupAny},
	}
}

func plainBuckets() []Bucket {
	return []Bucket{
		{WatchPort: PortAny, WatchGroup: GroupAny, Actions: []Action{Output{Port: 1}}},
		{WatchPort: PortAny, WatchGroup: GroupAny, Actions: []Action{SetField{IPDSCP(46)}, Output{Port: 2}}},
	}
}

func someBands() []Band {
	return []Band{{Type: BandDrop, Rate: 5000, Burst: 600}, {Type: BandDSCPRemark, Rate: 1, Burst: 2, PrecLevel: 1}}
}

func exoticBands() []Band {
	return []Band{
		{Type: BandExperimenter, Rate: 1, Experimenter: 9, Data: []byte("12345678")},
		{Type: 77, Rate: 1, Data: []byte("abcd")},
	}
}

func someProperties() []ExperimenterProperty {
	return []ExperimenterProperty{{Kind: 0xffff, Data: []byte{0, 0, 0, 9, 1}}, {Kind: 3}}
}

func someTableFeatures() []TableFeatures {
	return []TableFeatures{{
		Table: 1, Name: "guard", MetadataMatch: 1, MetadataWrite: 2, Config: 3, MaxEntries: 1000,
		Properties: []TableProperty{{Kind: 0, Data: []byte{0, 1, 0, 4}}, {Kind: 2, Data: []byte{2, 3}}, {Kind: 8, Data: nil}},
	}}
}

// corpus has every message type, and every multipart type in both directions.
func corpus() []named {
	request := func(b RequestBody) Message { return &MultipartRequest{Body: b} }
	reply := func(b ReplyBody) Message { return &MultipartReply{Flags: MultipartMore, Body: b} }
	return []named{
		{"hello", &Hello{Versions: []uint8{1, 4, 6, 33}}},
		{"hello without bitmap", &Hello{}},
		{"hello with unknown element", &Hello{Versions: []uint8{4}, Unknown: []byte{0, 9, 0, 5, 7, 0, 0, 0}}},
		{"hello with unknown element in front", &Hello{Versions: []uint8{4}, Unknown: []byte{0, 9, 0, 4, 0, 0, 0, 0}, Elements: []byte{0, 9, 0, 4, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0x10}}},
		{"hello with long bitmap", &Hello{Versions: []uint8{4}, Elements: []byte{0, 1, 0, 12, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0}}},
		{"error", &ErrorMsg{ErrType: ErrBadMatch, Code: CodeBadMatchPrereq, Data: []byte{4, 20, 0, 8, 0, 0, 0, 9}}},
		{"error of experimenter", &ErrorMsg{ErrType: ErrExperimenter, Code: 2309, Experimenter: 0x4f4e4600, Data: []byte("x")}},
		{"echo request", &EchoRequest{Data: []byte("ping")}},
		{"echo reply", &EchoReply{}},
		{"experimenter", &Experimenter{ID: ExperimenterNicira, ExpType: 10, Data: []byte{0, 0, 0, 1, 0, 0, 0, 3}}},
		{"experimenter of the ONF, not known", &Experimenter{ID: ExperimenterONF, ExpType: 2350, Data: []byte{1, 2}}},
		{"bundle open", &BundleControl{Bundle: 7, Step: BundleOpenRequest, Flags: BundleAtomic | BundleOrdered}},
		{"bundle commit with property", &BundleControl{Bundle: 7, Step: BundleCommitReply, Properties: someProperties()}},
		{"bundle add", &BundleAdd{Bundle: 7, Flags: BundleAtomic, Message: &FlowMod{Table: 1, BufferID: NoBuffer, OutPort: PortAny, OutGroup: GroupAny, Match: senderMatch(), Instructions: []Instruction{ApplyActions{[]Action{ApplyGroup{7}}}}}}},
		{"bundle add with property", &BundleAdd{Bundle: 7, Message: &PacketOut{BufferID: NoBuffer, InPort: PortController, Data: []byte("\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x88\xcc!")}, Properties: someProperties()}},
		{"bundle in bundle", &BundleAdd{Bundle: 7, Message: &Experimenter{ID: ExperimenterONF, ExpType: ExpTypeBundleAdd, Data: []byte("raw")}}},
		{"flow monitor cancel", &FlowMonitorCancel{Monitor: 9}},
		{"flow monitor paused", &FlowMonitorPaused{}},
		{"flow monitor resumed", &FlowMonitorResumed{}},
		{"role status", &RoleStatus{Role: RoleSlave, Reason: RoleReasonMasterRequest, GenerationID: 1 << 63}},
		{"role status with property", &RoleStatus{Role: RoleEqual, Reason: RoleReasonConfig, Properties: someProperties()}},
		{"features request", &FeaturesRequest{}},
		{"features reply", &FeaturesReply{DatapathID: 0x1122, Buffers: 3, Tables: 254, AuxiliaryID: 1, Capabilities: CapFlowStats | CapGroupStats}},
		{"get config request", &GetConfigRequest{}},
		{"get config reply", &GetConfigReply{SwitchConfig{Flags: 1, MissSendLen: 128}}},
		{"set config", &SetConfig{SwitchConfig{MissSendLen: CMLNoBuffer}}},
		{"packet in", &PacketIn{BufferID: NoBuffer, TotalLen: 14, Reason: ReasonAction, Table: 2, Cookie: 0x1f, Match: NewMatch(InPort(3)), Data: []byte("\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x88\xcc")}},
		{"flow removed", &FlowRemoved{Cookie: 1, Priority: 2, Reason: RemovedDelete, Table: 3, DurationSec: 4, DurationNsec: 5, IdleTimeout: 6, HardTimeout: 7, PacketCount: 8, ByteCount: 9, Match: senderMatch()}},
		{"port status", &PortStatus{Reason: PortModified, Port: somePort()}},
		{"packet out", &PacketOut{BufferID: NoBuffer, InPort: PortController, Actions: ovsActions(), Data: []byte("\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x88\xcc")}},
		{"flow mod", &FlowMod{Cookie: 0x1f, CookieMask: 0xff, Table: 1, Command: FlowModifyStrict, IdleTimeout: 5, HardTimeout: 6, Priority: 7, BufferID: NoBuffer, OutPort: PortAny, OutGroup: GroupAny, Flags: FlagSendFlowRem, Match: senderMatch(), Instructions: []Instruction{UseMeter{3}, ApplyActions{ovsActions()}, GotoTable{2}}}},
		{"flow mod with everything", &FlowMod{BufferID: NoBuffer, OutPort: PortAny, OutGroup: GroupAny, Match: NewMatch(VLANVID(5), VLANPCP(3)), Instructions: allInstructions()}},
		{"group mod", &GroupMod{Command: GroupModify, GroupType: GroupTypeAll, Group: 7, Buckets: plainBuckets()}},
		{"group mod with everything", &GroupMod{Command: GroupModify, GroupType: GroupTypeFF, Group: 7, Buckets: someBuckets()}},
		{"port mod", &PortMod{Port: 1, HWAddr: mac2, Config: PortDown, Mask: PortDown, Advertise: 3}},
		{"table mod", &TableMod{Table: TableAll, Config: 3}},
		{"barrier request", &BarrierRequest{}},
		{"barrier reply", &BarrierReply{}},
		{"queue config request", &GetQueueRequest{Port: PortAny}},
		{"queue config reply", &GetQueueReply{Port: 1, Queues: []QueueConfig{{Queue: 2, Port: 1, Properties: []QueueProperty{{Kind: QueueMinRate, Data: []byte{0, 100, 0, 0, 0, 0, 0, 0}}}}, {Queue: 3, Port: 1}}}},
		{"role request", &RoleRequest{Role: RoleMaster, GenerationID: 1 << 63}},
		{"role reply", &RoleReply{Role: RoleSlave, GenerationID: 5}},
		{"get async request", &GetAsyncRequest{}},
		{"get async reply", &GetAsyncReply{AsyncConfig{[2]uint32{1, 2}, [2]uint32{3, 4}, [2]uint32{5, 6}}}},
		{"set async", &SetAsync{AsyncConfig{PacketIn: [2]uint32{7}}}},
		{"meter mod", &MeterMod{Command: MeterAdd, Flags: MeterKbps | MeterBurst, Meter: 3, Bands: someBands()}},
		{"meter mod with exotic bands", &MeterMod{Flags: MeterPktps, Meter: 3, Bands: exoticBands()}},
		{"unknown", &Unknown{MsgType: 200, Body: []byte{1, 2, 3}}},

		{"desc request", request(DescRequest{})},
		{"flow request", request(FlowStatsRequest{Table: TableAll, OutPort: PortAny, OutGroup: GroupAny, Cookie: 1, CookieMask: 2, Match: senderMatch()})},
		{"aggregate request", request(AggregateRequest{Table: 3, OutPort: 1, OutGroup: 2})},
		{"table request", request(TableStatsRequest{})},
		{"port stats request", request(PortStatsRequest{PortAny})},
		{"queue request", request(QueueStatsRequest{PortAny, QueueAll})},
		{"group request", request(GroupStatsRequest{GroupAll})},
		{"group desc request", request(GroupDescRequest{})},
		{"group features request", request(GroupFeaturesRequest{})},
		{"meter request", request(MeterStatsRequest{MeterAll})},
		{"meter config request", request(MeterConfigRequest{3})},
		{"meter features request", request(MeterFeaturesRequest{})},
		{"table features request", request(TableFeaturesRequest(nil))},
		{"table features set", request(TableFeaturesRequest(someTableFeatures()))},
		{"port desc request", request(PortDescRequest{})},
		{"experimenter request", request(ExperimenterRequest{ID: 1, ExpType: 2, Data: []byte{3}})},
		{"experimenter request of the ONF, not known", request(ExperimenterRequest{ID: ExperimenterONF, ExpType: 2, Data: []byte{3}})},
		{"flow monitor request", request(FlowMonitorRequest{{Monitor: 1, Flags: MonitorInitial | MonitorAdd | MonitorDelete | MonitorModify | MonitorInstructions | MonitorOwn, OutPort: PortAny, Table: 1, Match: senderMatch()}, {Monitor: 2, Flags: MonitorAdd, OutPort: 3, Table: TableAll}})},
		{"raw request", request(RawRequest{Kind: 99, Data: []byte{1, 2, 3}})},

		{"desc reply", reply(Desc{Manufacturer: "m", Hardware: "h", Software: "s", Serial: strings.Repeat("9", 32), Datapath: "d"})},
		{"flow reply", reply(FlowStatsReply{
			{Table: 1, DurationSec: 2, DurationNsec: 500_000_000, Priority: 5, IdleTimeout: 4, HardTimeout: 3, Flags: FlagSendFlowRem, Cookie: 0x1f, PacketCount: 3, ByteCount: 180, Match: senderMatch(), Instructions: []Instruction{UseMeter{3}, ApplyActions{[]Action{ApplyGroup{7}}}}},
			{Match: "", Instructions: nil},
		})},
		{"aggregate reply", reply(AggregateReply{1, 2, 3})},
		{"table reply", reply(TableStatsReply{{1, 2, 3, 4}, {5, 6, 7, 8}})},
		{"port stats reply", reply(PortStatsReply{{Port: 1, RxPackets: 2, TxPackets: 3, RxBytes: 4, TxBytes: 5, RxDropped: 6, TxDropped: 7, RxErrors: 8, TxErrors: 9, RxFrameErr: 10, RxOverErr: 11, RxCRCErr: 12, Collisions: 13, DurationSec: 14, DurationNsec: 15}})},
		{"queue reply", reply(QueueStatsReply{{1, 2, 3, 4, 5, 6, 7}})},
		{"group reply", reply(GroupStatsReply{{Group: 7, RefCount: 1, PacketCount: 2, ByteCount: 3, DurationSec: 4, DurationNsec: 5, Buckets: []BucketCounter{{1, 2}, {3, 4}}}, {Group: 8}})},
		{"group desc reply", reply(GroupDescReply{{GroupTypeSelect, 7, someBuckets()}, {GroupTypeAll, 8, nil}})},
		{"group desc reply, plain", reply(GroupDescReply{{GroupTypeAll, 7, plainBuckets()}, {GroupTypeIndirect, 8, plainBuckets()[:1]}})},
		{"group features reply", reply(GroupFeatures{15, 7, [4]uint32{1, 2, 3, 4}, [4]uint32{5, 6, 7, 8}})},
		{"meter reply", reply(MeterStatsReply{{Meter: 3, FlowCount: 1, PacketIn: 2, ByteIn: 3, DurationSec: 4, DurationNsec: 5, Bands: []BandCounter{{6, 7}}}})},
		{"meter config reply", reply(MeterConfigReply{{MeterKbps | MeterBurst, 3, someBands()}, {MeterPktps, 4, nil}})},
		{"meter features reply", reply(MeterFeatures{1, 2, 3, 4, 5})},
		{"table features reply", reply(TableFeaturesReply(someTableFeatures()))},
		{"port desc reply", reply(PortDescReply{somePort(), {No: PortLocal, Name: "sw1"}})},
		{"experimenter reply", reply(ExperimenterReply{ID: 1, ExpType: 2, Data: []byte{3}})},
		{"experimenter reply of the ONF, not known", reply(ExperimenterReply{ID: ExperimenterONF, ExpType: 2, Data: []byte{3}})},
		{"flow monitor reply", reply(FlowMonitorReply{
			{Event: FlowAdded, Priority: 5, IdleTimeout: 1, HardTimeout: 2, Table: 1, Cookie: 0x1f, Match: senderMatch(), Instructions: []Instruction{ApplyActions{[]Action{ApplyGroup{7}}}}},
			{Event: FlowDeleted, Reason: RemovedHardTimeout, Table: 1},
			{Event: FlowModified, Match: NewMatch(InPort(3))},
			{Event: FlowAbbrev, XID: 0x1234},
		})},
		{"flow monitor reply, unknown event", reply(FlowMonitorReply{{Event: 9, Data: []byte{1, 2, 3, 4}}})},
		{"raw reply", reply(RawReply{Kind: 99})},
	}
}

// encode writes a message that must have a wire form.
func encode(t testing.TB, m Message) []byte {
	t.Helper()
	b, err := Append(nil, 0x12345678, m)
	require.NoError(t, err)
	return b
}

// captured reads the messages in testdata.
func captured(t testing.TB) [][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/openvswitch.txt")
	require.NoError(t, err)
	var list [][]byte
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		b, err := hex.DecodeString(strings.TrimSpace(line[2:]))
		require.NoError(t, err)
		list = append(list, b)
	}
	require.NotEmpty(t, list)
	return list
}

// frames is everything: the corpus and what Open vSwitch sent.
func frames(t testing.TB) [][]byte {
	list := captured(t)
	for _, c := range corpus() {
		list = append(list, encode(t, c.m))
	}
	return list
}
