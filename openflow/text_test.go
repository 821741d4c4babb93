package openflow

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flowTexts are entries as "ovs-ofctl --no-stats dump-flows" writes them; each must come back as it is.
var flowTexts = []string{
	"actions=drop",
	"priority=0 actions=clear_actions",
	"cookie=0x1f, table=1, idle_timeout=50, hard_timeout=60, send_flow_rem check_overlap reset_counts no_packet_counts no_byte_counts priority=5,udp,in_port=1,dl_src=02:00:00:00:00:01,nw_src=10.0.0.1,nw_dst=239.1.1.1,tp_dst=5004 actions=meter:3,set_field:46->ip_dscp,group:7,goto_table:2",
	"priority=100,ipv6,tun_id=0x9,metadata=0x5/0xff,dl_vlan=5,dl_vlan_pcp=3,ipv6_dst=ff0e::/16,ipv6_label=0x00005/0x000ff actions=pop_vlan,push_vlan:0x8100,set_field:4102->vlan_vid,CONTROLLER:128,set_queue:3,dec_ttl,write_actions(output:2,group:9),write_metadata:0x5/0xff,goto_table:1",
	"table=3, icmp6,nw_tos=32,nw_ecn=1,icmp_type=135,icmp_code=0,nd_target=fe80::1,nd_sll=02:00:00:00:00:01 actions=set_field:fe80::2->nd_target,mod_nw_ttl:9,clear_actions",
	"arp,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,arp_spa=10.0.0.0/8,arp_tpa=10.0.0.1,arp_op=1,arp_sha=02:00:00:00:00:01,arp_tha=02:00:00:00:00:00/ff:ff:ff:00:00:00 actions=IN_PORT,LOCAL,FLOOD",
	"mpls,mpls_label=5,mpls_tc=2,mpls_bos=1 actions=set_field:6->mpls_label,set_mpls_ttl(7),dec_mpls_ttl,pop_mpls:0x0800",
	"icmp,icmp_type=8,icmp_code=0 actions=push_mpls:0x8847",
	"sctp,tp_src=1,tp_dst=2 actions=set_field:5->sctp_src",
	"tcp6,ipv6_src=::1,tp_src=1,tp_dst=2 actions=drop",
	"udp6,ipv6_src=fe80::/64,ipv6_label=0x00005 actions=set_field:0x5->ipv6_label,write_metadata:0x5",
	"ip,in_port=LOCAL,nw_src=1.2.0.4/255.255.0.255,nw_proto=89 actions=NORMAL,ALL,TABLE,output:5",
	"vlan_tci=0x1000/0x1000 actions=set_field:3->vlan_pcp",
	"vlan_tci=0x0000/0x1fff actions=drop",
	"vlan_tci=0x5004/0xf00f actions=drop",
	"dl_vlan_pcp=3 actions=drop",
	"dl_type=0x88cc actions=CONTROLLER:65535",
	"rarp actions=set_field:1->nw_ecn,set_field:00:00:00:00:00:01->eth_dst,set_field:1.2.3.4->ip_dst,set_field:2->arp_op,set_field:0x7->tun_id,set_field:0x5->metadata",
	"ip,nw_proto=2 actions=drop",
	"mplsm actions=drop",
	"ipv6,ipv6_dst=1::/ffff::1 actions=drop",
}

// ownTexts use what Open vSwitch does not have.
var ownTexts = []string{
	"in_port=1,in_phy_port=2,dl_type=0x88e7,pbb_isid=0x5/0xff actions=push_pbb:0x88e7,pop_pbb,copy_ttl_out,copy_ttl_in,raw:0xffff:000000090102030405060708",
	"ipv6,ipv6_exthdr=0x1/0x3 actions=raw_instruction:0xffff:00000009",
	"udp_dst=5 actions=drop", // without its prerequisite
	"vlan_pcp=3 actions=drop",
	"oxm_0x00010004=0x00000005 actions=set_field:0x00000005->oxm_0x00010004",
	"oxm_0x80000108=0x0000000100000003 actions=drop", // a mask on in_port
	"flags=0x8000 actions=write_metadata:0x0/0x0",
}

func TestFlowTextRoundTrip(t *testing.T) {
	for _, s := range append(append([]string(nil), flowTexts...), ownTexts...) {
		m, err := ParseFlow(s)
		require.NoError(t, err, s)
		assert.Equal(t, s, m.Text())

		_, parsed, err := Parse(encode(t, &m))
		require.NoError(t, err)
		assert.Equal(t, s, parsed.(*FlowMod).Text())

		full := m.Entry().String()
		again, err := ParseFlow(full)
		require.NoError(t, err, full)
		assert.Equal(t, m, again)
	}
}

func TestParseFlowForgives(t *testing.T) {
	for in, want := range map[string]string{
		"priority=5 ip nw_dst=10.0.0.1/24 actions=1,2":             "priority=5,ip,nw_dst=10.0.0.0/24 actions=output:1,output:2",
		"eth_type=0x800,ip_dscp=46,ipv4_dst=1.1.1.1,actions=":      "ip,nw_dst=1.1.1.1,nw_tos=184 actions=drop",
		"vlan_vid=0x1005/0x1fff actions=controller":                "dl_vlan=5 actions=CONTROLLER:65535",
		"dl_vlan=0xffff actions=strip_vlan":                        "vlan_tci=0x0000/0x1fff actions=pop_vlan",
		"eth_dst=01:00:5e:00:00:00/00:00:00:00:00:00 actions=drop": "actions=drop",
		"tp_dst=5,udp actions=write_actions(drop)":                 "udp,tp_dst=5 actions=drop",
		"OXM_OF_IN_PORT=local actions=output:controller":           "in_port=LOCAL actions=CONTROLLER:0",
		"igmp actions=drop":                                        "ip,nw_proto=2 actions=drop",
		"goto=1 actions=drop":                                      "",
		"actions=group:x":                                          "",
		"in_port=1":                                                "",
		"tp_dst=5 actions=drop":                                    "",
		"ipv4_dst=::1 actions=drop":                                "",
		"nw_dst=1.1.1.1/33 actions=drop":                           "",
		"vlan_tci=0x2000/0x2000 actions=drop":                      "",
		"dl_vlan=4096 actions=drop":                                "",
		"nw_tos=3 actions=drop":                                    "",
		"eth_dst=1 actions=drop":                                   "",
		"banana actions=drop":                                      "",
		"actions=set_field:5":                                      "",
		"actions=set_field:5->banana":                              "",
		"actions=set_field:1->oxm_0x0001":                          "",
		"actions=raw:1:zz":                                         "",
		"actions=banana":                                           "",
		"priority=70000 actions=drop":                              "",
	} {
		m, err := ParseFlow(in)
		if want == "" {
			assert.Error(t, err, in)
			continue
		}
		require.NoError(t, err, in)
		assert.Equal(t, want, m.Text())
	}
}

func TestFlowStatsString(t *testing.T) {
	f := FlowStats{
		Table: 1, DurationSec: 2, DurationNsec: 500_000_000, Priority: 5, IdleTimeout: 50, Flags: FlagSendFlowRem, Cookie: 0x1f,
		PacketCount: 3, ByteCount: 180, Match: senderMatch(), Instructions: []Instruction{GotoTable{2}, ApplyActions{[]Action{ApplyGroup{7}}}, UseMeter{3}},
	}
	assert.Equal(t, "cookie=0x1f, duration=2.500s, table=1, n_packets=3, n_bytes=180, idle_timeout=50, send_flow_rem "+
		"priority=5,udp,in_port=3,dl_src=02:00:00:00:00:01,nw_src=10.0.0.1,nw_dst=239.1.1.1 actions=meter:3,group:7,goto_table:2", f.String())
	f.DurationNsec, f.Match, f.Priority, f.Flags, f.IdleTimeout = 0, "", defaultPriority, 0, 0
	assert.Equal(t, "cookie=0x1f, duration=2s, table=1, n_packets=3, n_bytes=180, actions=meter:3,group:7,goto_table:2", f.String())
}

func TestGroupText(t *testing.T) {
	for _, s := range []string{
		"group_id=7,type=all,bucket=actions=output:1,bucket=actions=set_field:46->ip_dscp,output:2",
		"group_id=8,type=select,bucket=weight:5,actions=output:1,bucket=actions=output:2,bucket=weight:0,actions=drop",
		"group_id=9,type=ff,bucket=watch_port:1,actions=output:1,bucket=watch_port:2,watch_group:3,actions=output:2",
		"group_id=5,type=indirect,bucket=actions=drop",
		"group_id=5,type=all",
		"group_id=5,type=9",
	} {
		m, err := ParseGroup(s)
		require.NoError(t, err, s)
		assert.Equal(t, s, m.Desc().String())
		_, parsed, err := Parse(encode(t, &m))
		require.NoError(t, err)
		assert.Equal(t, &m, parsed)
	}
	for _, s := range []string{"", "type=all", "group_id=x", "group_id=1,type=banana", "group_id=1,bucket=weight:x", "group_id=1,bucket=banana", "group_id=1,x=2"} {
		_, err := ParseGroup(s)
		assert.Error(t, err, s)
	}
}

func TestMeterText(t *testing.T) {
	for _, s := range []string{
		"meter=3 kbps burst stats bands=type=drop rate=5000 burst_size=600",
		"meter=4 pktps bands=type=dscp_remark rate=6 prec_level=1 type=drop rate=7",
		"meter=5 bands=",
		"meter=6 pktps bands=type=65535 rate=1 experimenter=0x9 data=0x0102030405060708",
	} {
		m, err := ParseMeter(s)
		require.NoError(t, err, s)
		assert.Equal(t, s, m.Config().String())
		_, parsed, err := Parse(encode(t, &m))
		require.NoError(t, err)
		assert.Equal(t, &m, parsed)
	}
	for _, s := range []string{"", "kbps", "meter=x", "meter=1 banana", "meter=1 bands=rate=5", "meter=1 bands=type=banana", "meter=1 bands=type=drop rate=x", "meter=1 bands=type=drop x=1"} {
		_, err := ParseMeter(s)
		assert.Error(t, err, s)
	}
}

func TestPortNoText(t *testing.T) {
	for p, want := range map[PortNo]string{1: "1", PortInPort: "IN_PORT", PortLocal: "LOCAL", PortAny: "ANY", PortController: "CONTROLLER", PortMax: "4294967040"} {
		assert.Equal(t, want, p.String())
		back, err := ParsePortNo(want)
		require.NoError(t, err)
		assert.Equal(t, p, back)
	}
	_, err := ParsePortNo("nowhere")
	assert.Error(t, err)
}

func TestNames(t *testing.T) {
	assert.Equal(t, "FLOW_MOD", TypeFlowMod.String())
	assert.Equal(t, "TYPE_99", Type(99).String())
	assert.Equal(t, "OFPET_BAD_MATCH", ErrBadMatch.String())
	assert.Equal(t, "OFPET_EXPERIMENTER", ErrExperimenter.String())
	assert.Equal(t, "OFPET_77", ErrorType(77).String())
	assert.Equal(t, "OFPBMC_BAD_PREREQ", CodeName(ErrBadMatch, CodeBadMatchPrereq))
	assert.Equal(t, "77", CodeName(ErrBadMatch, 77))
	assert.Equal(t, "5", CodeName(ErrExperimenter, 5))
	assert.Equal(t, "switch refused: OFPET_BAD_REQUEST/OFPBRC_BAD_LEN", (&ErrorMsg{ErrType: ErrBadRequest, Code: CodeBadRequestLen}).Error())
	assert.Equal(t, "ip_dscp=46", IPDSCP(46).String())
	assert.Equal(t, "send_flow_rem check_overlap", (FlagSendFlowRem | FlagCheckOverlap).String())
	d, err := ParseDatapathID("0x1f")
	require.NoError(t, err)
	assert.Equal(t, "000000000000001f", d.String())
}
