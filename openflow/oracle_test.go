package openflow

import (
	"encoding/hex"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ovsOfctl runs ovs-ofctl, which needs no switch for what is asked here.
func ovsOfctl(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("ovs-ofctl")
	if err != nil {
		const why = "ovs-ofctl is not installed, so nothing checks this package against Open vSwitch"
		if os.Getenv("CI") == "true" {
			t.Fatal(why)
		}
		t.Skip("SKIPPED: " + why)
	}
	out, err := exec.Command(path, append([]string{"-O", "OpenFlow13"}, args...)...).CombinedOutput()
	require.NoError(t, err, "%s: %s", args, out)
	return string(out)
}

// notInOpenVSwitch are messages of the corpus that Open vSwitch rightly or wrongly does not decode.
var notInOpenVSwitch = map[string]string{
	"experimenter":                               "an experimenter type of nobody",
	"experimenter of the ONF, not known":         "a request that is cut short",
	"experimenter request of the ONF, not known": "an experimenter type of nobody",
	"experimenter reply of the ONF, not known":   "an experimenter type of nobody",
	"bundle in bundle":                           "a bundle in a bundle",
	"flow monitor reply, unknown event":          "an event of nobody",
	"hello with unknown element in front":        "an element of nobody",
	"experimenter request":                       "an experimenter of nobody",
	"experimenter reply":                         "an experimenter of nobody",
	"raw request":                                "a multipart type of nobody",
	"raw reply":                                  "a multipart type of nobody",
	"unknown":                                    "a message type of nobody",
	"flow mod with everything":                   "actions that Open vSwitch does not have",
	"meter mod with exotic bands":                "bands that Open vSwitch does not have",
	"group mod with everything":                  "a bucket without a watch port in a failover group",
	"group desc reply":                           "a bucket with a watch port in a select group",
	"table features set":                         "an incomplete list of properties",
	"table features reply":                       "an incomplete list of properties",
	"hello with unknown element":                 "an element of nobody",
}

// TestOpenVSwitchReadsWhatWeWrite has ovs-ofctl decode the corpus.
func TestOpenVSwitchReadsWhatWeWrite(t *testing.T) {
	for _, c := range corpus() {
		if reason, ok := notInOpenVSwitch[c.name]; ok {
			t.Logf("left out: %s: %s", c.name, reason)
			continue
		}
		out := ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, c.m)))
		assert.NotContains(t, out, "***", c.name)
		assert.NotContains(t, out, "decode error", c.name)
		assert.True(t, strings.HasPrefix(out, "OFP") || strings.HasPrefix(out, "ONF"), "%s: %s", c.name, out)
	}
}

// flowStatsReply wraps entries, so that ovs-ofctl prints them one a line.
func flowStatsReply(t *testing.T, list ...FlowStats) string {
	t.Helper()
	return hex.EncodeToString(encode(t, &MultipartReply{Body: FlowStatsReply(list)}))
}

// TestTextIsOpenVSwitchs has ovs-ofctl print entries that we encoded, and wants our words exactly.
func TestTextIsOpenVSwitchs(t *testing.T) {
	for _, s := range flowTexts {
		m, err := ParseFlow(s)
		require.NoError(t, err)
		e := m.Entry()
		e.DurationSec, e.DurationNsec, e.PacketCount, e.ByteCount = 2, 340_000_000, 3, 180
		out := ovsOfctl(t, "ofp-print", flowStatsReply(t, e))
		_, line, ok := strings.Cut(out, "\n ")
		require.True(t, ok, "%s: %s", s, out)
		line, _, _ = strings.Cut(line, "\n")
		assert.Equal(t, line, e.String())
	}
}

func TestGroupTextIsOpenVSwitchs(t *testing.T) {
	for _, s := range []string{
		"group_id=7,type=all,bucket=actions=output:1,bucket=actions=set_field:46->ip_dscp,output:2",
		"group_id=8,type=select,bucket=weight:5,actions=output:1,bucket=actions=output:2",
		"group_id=9,type=ff,bucket=watch_port:1,actions=output:1,bucket=watch_port:2,watch_group:3,actions=output:2",
		"group_id=5,type=indirect,bucket=actions=drop",
		"group_id=5,type=all",
	} {
		m, err := ParseGroup(s)
		require.NoError(t, err)
		out := ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, &MultipartReply{Body: GroupDescReply{m.Desc()}})))
		assert.Contains(t, strings.Split(out, "\n"), " "+s)
	}
}

func TestMeterTextIsOpenVSwitchs(t *testing.T) {
	for _, s := range []string{
		"meter=3 kbps burst stats bands=type=drop rate=5000 burst_size=600",
		"meter=4 pktps bands=type=dscp_remark rate=6 prec_level=1 type=drop rate=7",
	} {
		m, err := ParseMeter(s)
		require.NoError(t, err)
		out := ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, &MultipartReply{Body: MeterConfigReply{m.Config()}})))
		_, text, _ := strings.Cut(out, "\n")
		words := strings.Join(strings.Fields(text), " ")
		assert.Equal(t, strings.Replace(s, "bands=", "bands= ", 1), words)
	}
}

func TestDurationIsOpenVSwitchs(t *testing.T) {
	for _, nsec := range []uint32{0, 1, 999, 1_000, 120_000, 340_000_000, 7_000_000, 999_999_999} {
		e := FlowStats{DurationSec: 5, DurationNsec: nsec}
		out := ovsOfctl(t, "ofp-print", flowStatsReply(t, e))
		assert.Contains(t, out, string(appendDuration([]byte("duration="), 5, nsec))+",")
	}
}

// otherNames are the names that Open vSwitch has for codes of 1.3, most of them from another version.
var otherNames = map[string]string{
	"OFPBRC_BAD_MULTIPART":    "OFPBRC_BAD_STAT",
	"OFPBRC_BAD_EXPERIMENTER": "OFPBRC_BAD_VENDOR",
	"OFPBRC_BAD_EXP_TYPE":     "OFPBRC_BAD_SUBTYPE",
	"OFPBRC_IS_SLAVE":         "OFPBRC_IS_SECONDARY",
	"OFPBAC_BAD_EXPERIMENTER": "OFPBAC_BAD_VENDOR",
	"OFPBAC_BAD_EXP_TYPE":     "OFPBAC_BAD_VENDOR_TYPE",
	"OFPTFFC_BAD_TYPE":        "OFPBPC_BAD_TYPE",
	"OFPTFFC_BAD_LEN":         "OFPBPC_BAD_LEN",
	"OFPTFFC_BAD_ARGUMENT":    "OFPBPC_BAD_VALUE",
}

// TestErrorNamesAreOpenVSwitchs prints every code of every type.
func TestErrorNamesAreOpenVSwitchs(t *testing.T) {
	for typ, info := range errorTypes {
		for code := range info.codes {
			frame := encode(t, &ErrorMsg{ErrType: ErrorType(typ), Code: ErrorCode(code)})
			out := ovsOfctl(t, "ofp-print", hex.EncodeToString(frame))
			want := CodeName(ErrorType(typ), ErrorCode(code))
			if other, ok := otherNames[want]; ok {
				want = other
			}
			assert.Contains(t, out, want)
		}
	}
}

// TestONFErrorNamesAreOpenVSwitchs prints every code that the ONF's extensions add.
func TestONFErrorNamesAreOpenVSwitchs(t *testing.T) {
	for code := range ErrorCode(5000) {
		if onfCodeName(code) == "" {
			continue
		}
		m := &ErrorMsg{ErrType: ErrExperimenter, Code: code, Experimenter: ExperimenterONF}
		out := ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, m)))
		assert.Contains(t, out, ": "+m.CodeName()+"\n")
	}
}

// TestONFNamesAreOpenVSwitchs prints every step of a bundle and every event of a flow monitor.
func TestONFNamesAreOpenVSwitchs(t *testing.T) {
	for step := range BundleDiscardReply + 1 {
		out := ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, &BundleControl{Bundle: 7, Step: step, Flags: BundleAtomic | BundleOrdered})))
		assert.Contains(t, out, "bundle_id=0x7 type="+step.String()+" flags=atomic ordered")
	}
	for event := range FlowAbbrev + 1 {
		out := ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, &MultipartReply{Body: FlowMonitorReply{{Event: event}}})))
		assert.Contains(t, out, "event="+event.String())
	}
}
