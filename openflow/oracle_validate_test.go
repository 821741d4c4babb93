package openflow

import (
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var decodeError = regexp.MustCompile(`decode error: (\w+)`)

// TestValidateIsOpenVSwitchs has ovs-ofctl decode each invalid message, which applies the rules that need no state of a switch, and compares the
// error it names. Where it has no such rule, it must not find another fault either: the message breaks one rule alone.
func TestValidateIsOpenVSwitchs(t *testing.T) {
	for _, c := range invalids() {
		frame, err := Append(nil, 9, c.m)
		if err != nil {
			require.Equal(t, "-", c.ovs, c.name)
			continue
		}
		want := c.ovs
		switch want {
		case "":
			want = (&ErrorMsg{ErrType: c.typ, Code: c.code, Experimenter: ExperimenterONF}).CodeName()
		case "-":
			want = ""
		}
		have := ""
		out := ovsOfctl(t, "ofp-print", hex.EncodeToString(frame))
		if m := decodeError.FindStringSubmatch(out); m != nil {
			have = m[1]
		}
		assert.Equal(t, want, have, "%s: %s", c.name, out)
	}
}

// TestValidateOfRandomFlowsIsOpenVSwitchs compares the answer to flows of random matches and actions. What Open vSwitch does not let a
// set-field write at all (eth_type, ip_proto) and where it wants more than the standard (vlan_vid without a tag) is left out.
func TestValidateOfRandomFlowsIsOpenVSwitchs(t *testing.T) {
	nd := netip.MustParseAddr("fe80::1")
	matches := []Match{
		"", matchIPv4, matchUDP, matchVLAN, matchMPLS, NewMatch(EthType(EtherTypeARP)), NewMatch(NoVLAN(), EthType(EtherTypeIPv4)),
		NewMatch(VLANVID(5), EthType(EtherTypeIPv6), IPProto(IPProtoTCP)), NewMatch(EthType(EtherTypeIPv6), IPProto(IPProtoICMPv6), ICMPv6Type(135)),
	}
	actions := []Action{
		Output{Port: 1}, Output{PortController, CMLNoBuffer}, ApplyGroup{3}, SetQueue{4}, SetField{IPDSCP(3)}, SetField{IPECN(1)}, SetField{UDPDst(3)},
		SetField{TCPDst(3)}, SetField{VLANPCP(3)}, SetField{IPv4Dst(addrG)}, SetField{EthDst(mac1)}, SetField{MPLSLabel(4)}, SetField{ARPOp(1)},
		SetField{IPv6NDTarget(nd)}, SetField{IPv6NDSLL(mac1)}, SetField{TunnelID(5)}, PopVLAN{}, PushMPLS{EtherTypeMPLS}, PopMPLS{EtherTypeIPv4},
		PopMPLS{EtherTypeMPLS}, DecIPTTL{}, SetIPTTL{4}, DecMPLSTTL{}, SetMPLSTTL{4},
	}
	const flows = 300
	r := rand.New(rand.NewPCG(1, 2)) // the same flows every time
	for range flows {
		list := make([]Action, 1+r.IntN(3))
		for i := range list {
			list[i] = actions[r.IntN(len(actions))]
		}
		m := entry(matches[r.IntN(len(matches))], apply(list...))
		want := ""
		if found := decodeError.FindStringSubmatch(ovsOfctl(t, "ofp-print", hex.EncodeToString(encode(t, m)))); found != nil {
			want = found[1]
		}
		have := ""
		if answer, bad := AnswerError(Validate(m), nil); bad {
			have = answer.CodeName()
		}
		assert.Equal(t, want, have, m.Text())
	}
}
