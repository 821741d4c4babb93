package openflow

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestVectors holds messages against bytes laid out by hand from the structs of OpenFlow 1.3.5. Most messages are also held against what
// Open vSwitch writes; these are the ones that it does not, and the most used.
func TestVectors(t *testing.T) {
	for name, c := range map[string]struct {
		m   Message
		hex string // without the header
	}{
		"role request, struct ofp_role_request": {
			&RoleRequest{RoleMaster, 0x0102030405060708},
			"00000002 00000000 0102030405060708",
		},
		"set async, struct ofp_async_config": {
			&SetAsync{AsyncConfig{[2]uint32{1, 2}, [2]uint32{3, 4}, [2]uint32{5, 6}}},
			"00000001 00000002 00000003 00000004 00000005 00000006",
		},
		"table mod, struct ofp_table_mod": {&TableMod{TableAll, 3}, "ff 000000 00000003"},
		"port mod, struct ofp_port_mod": {
			&PortMod{Port: 1, HWAddr: mac1, Config: PortDown, Mask: PortDown | PortNoFwd, Advertise: 9},
			"00000001 00000000 020000000001 0000 00000001 00000021 00000009 00000000",
		},
		"error of experimenter, struct ofp_error_experimenter_msg": {
			&ErrorMsg{ErrType: ErrExperimenter, Code: 7, Experimenter: 9, Data: []byte{0xaa}},
			"ffff 0007 00000009 aa",
		},
		"packet in, struct ofp_packet_in": {
			&PacketIn{BufferID: NoBuffer, TotalLen: 60, Reason: ReasonAction, Table: 2, Cookie: 0x1f, Match: NewMatch(InPort(3)), Data: []byte{0xaa, 0xbb}},
			"ffffffff 003c 01 02 000000000000001f 0001 000c 80000004 00000003 00000000 0000 aabb",
		},
		"packet out, struct ofp_packet_out": {
			&PacketOut{BufferID: NoBuffer, InPort: PortController, Actions: []Action{Output{Port: 3}}, Data: []byte{0xaa}},
			"ffffffff fffffffd 0010 000000000000 0000 0010 00000003 0000 000000000000 aa",
		},
		"flow mod, struct ofp_flow_mod": {
			&FlowMod{
				Cookie: 1, CookieMask: 2, Table: 3, Command: FlowDelete, IdleTimeout: 4, HardTimeout: 5, Priority: 6, BufferID: 7, OutPort: 8, OutGroup: 9,
				Flags: FlagSendFlowRem, Match: NewMatch(EthType(EtherTypeIPv4), IPDSCP(46)),
				Instructions: []Instruction{UseMeter{3}, ApplyActions{[]Action{SetField{IPDSCP(10)}, ApplyGroup{7}}}, WriteMetadata{1, 2}, GotoTable{2}},
			},
			"0000000000000001 0000000000000002 03 03 0004 0005 0006 00000007 00000008 00000009 0001 0000" +
				"0001 000f 80000a02 0800 80001001 2e 00" +
				"0006 0008 00000003" +
				"0004 0020 00000000 0019 0010 80001001 0a 00000000000000 0016 0008 00000007" +
				"0002 0018 00000000 0000000000000001 0000000000000002" +
				"0001 0008 02 000000",
		},
		"group mod, structs ofp_group_mod and ofp_bucket": {
			&GroupMod{Command: GroupModify, GroupType: GroupTypeFF, Group: 7, Buckets: []Bucket{{Weight: 1, WatchPort: 2, WatchGroup: 3, Actions: []Action{Output{Port: 2}}}}},
			"0001 03 00 00000007 0020 0001 00000002 00000003 00000000 0000 0010 00000002 0000 000000000000",
		},
		"meter mod, structs ofp_meter_band_drop and _dscp_remark": {
			&MeterMod{Command: MeterModify, Flags: MeterKbps | MeterBurst, Meter: 3, Bands: someBands()},
			"0001 0005 00000003 0001 0010 00001388 00000258 00000000 0002 0010 00000001 00000002 01 000000",
		},
		"queue config, structs ofp_packet_queue and ofp_queue_prop_min_rate": {
			&GetQueueReply{Port: 1, Queues: []QueueConfig{{Queue: 2, Port: 1, Properties: []QueueProperty{{QueueMinRate, []byte{0, 100, 0, 0, 0, 0, 0, 0}}}}}},
			"00000001 00000000 00000002 00000001 0020 000000000000 0001 0010 00000000 0064 000000000000",
		},
		"table features, struct ofp_table_features": {
			&MultipartRequest{Body: TableFeaturesRequest(someTableFeatures())},
			"000c 0000 00000000 0058 01 0000000000" + "6775617264" + strings.Repeat("00", 27) +
				"0000000000000001 0000000000000002 00000003 000003e8 0000 0008 00010004 0002 0006 0203 0000 0008 0004 00000000",
		},
		"group features, struct ofp_group_features": {
			&MultipartReply{Body: GroupFeatures{15, 7, [4]uint32{1, 2, 3, 4}, [4]uint32{5, 6, 7, 8}}},
			"0008 0000 00000000 0000000f 00000007 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008",
		},
	} {
		body, err := hex.DecodeString(strings.ReplaceAll(c.hex, " ", ""))
		require.NoError(t, err, name)
		b := encode(t, c.m)
		assert.Equal(t, hex.EncodeToString(body), hex.EncodeToString(b[HeaderLen:]), name)
		_, m, err := Parse(b)
		require.NoError(t, err, name)
		assert.Equal(t, c.m, m, name)
	}
}

func TestQueueRate(t *testing.T) {
	rate, ok := QueueProperty{QueueMaxRate, []byte{1, 2, 0, 0, 0, 0, 0, 0}}.Rate()
	assert.True(t, ok)
	assert.Equal(t, uint16(0x102), rate)
	_, ok = QueueProperty{QueueExperimenter, []byte{1, 2}}.Rate()
	assert.False(t, ok)
}
