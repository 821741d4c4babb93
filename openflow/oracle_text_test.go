package openflow

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// moreTexts are flows as people write them for add-flow, which is more than dump-flows writes.
var moreTexts = []string{
	"table=1,priority=5,udp,in_port=3,nw_dst=239.1.1.1,tp_dst=5004,actions=meter:3,set_field:46->ip_dscp,group:7",
	"priority=65535,dl_src=02:00:00:00:00:01,dl_vlan=5,actions=pop_vlan,output:2",
	"eth_type=0x0800,ip_proto=17,nw_dst=224.0.0.0/4,udp_dst=5004 actions=controller:65535",
	"ipv6,ipv6_dst=ff00::/8,ip_dscp=46 actions=drop",
	"tcp,ip_src=10.0.0.0/255.0.0.0,tcp_dst=80 actions=goto_table:3",
	"metadata=0x5/0xff,tunnel_id=7 actions=write_actions(group:9)",
	"cookie=0x10,hard_timeout=3,send_flow_rem,arp,arp_op=1 actions=normal",
}

// badForParseFlows marks texts with actions that do not fit the match: Open vSwitch prints them, and Validate and it refuse them.
func badForParseFlows(t *testing.T, s string) bool {
	m, err := ParseFlow(s)
	require.NoError(t, err, s)
	return m.Validate() != nil
}

// TestParseFlowIsOpenVSwitchs has ovs-ofctl read flows and print what it would send, and print what we send for the same text.
func TestParseFlowIsOpenVSwitchs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flows")
	for _, s := range append(append([]string(nil), flowTexts...), moreTexts...) {
		if badForParseFlows(t, s) {
			t.Logf("left out: %s", s)
			continue
		}
		m, err := ParseFlow(s)
		require.NoError(t, err, s)
		require.NoError(t, os.WriteFile(file, []byte(s+"\n"), 0o600))
		want := flowModLine(t, ovsOfctl(t, "parse-flows", file))
		have := flowModLine(t, ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, &m))))
		assert.Equal(t, want, have, s)
	}
}

// flowModLine picks the line of a FLOW_MOD from what ovs-ofctl says, without the xid.
func flowModLine(t *testing.T, out string) string {
	t.Helper()
	for line := range strings.Lines(out) {
		if _, rest, ok := strings.Cut(line, "OFPT_FLOW_MOD (OF1.3)"); ok {
			_, rest, _ = strings.Cut(rest, "): ")
			return strings.TrimSpace(rest)
		}
	}
	t.Fatalf("no FLOW_MOD in %q", out)
	return ""
}
