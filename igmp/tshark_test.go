package igmp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pcapRaw writes IP packets as a capture file, each 65535 bytes at most (LINKTYPE_RAW).
func pcapRaw(t *testing.T, packets [][]byte) string {
	t.Helper()
	var out bytes.Buffer
	for _, n := range []uint32{0xa1b2c3d4, 2<<16 | 4, 0, 0, 65535, 101} {
		require.NoError(t, binary.Write(&out, binary.BigEndian, n))
	}
	for _, p := range packets {
		for _, n := range []uint32{0, 0, uint32(len(p)), uint32(len(p))} {
			require.NoError(t, binary.Write(&out, binary.BigEndian, n))
		}
		out.Write(p)
	}
	file := filepath.Join(t.TempDir(), "packets.pcap")
	require.NoError(t, os.WriteFile(file, out.Bytes(), 0o600))
	return file
}

// tshark gives what Wireshark's dissectors make of a file, one line a packet, checksums checked.
func tshark(t *testing.T, file string, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("CI") == "true" {
			require.Fail(t, "tshark is not installed")
		}
		t.Skip("tshark is not installed")
	}
	cmd := exec.Command("tshark", append([]string{"-n", "-r", file, "-o", "ip.check_checksum:TRUE"}, args...)...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	require.NoError(t, err, "%s", complaints.String())
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// TestWiresharkReadsPackets holds every kind of message to what Wireshark sees of it: types, groups, sources, counts and
// checksums, and nothing that it finds wrong.
func TestWiresharkReadsPackets(t *testing.T) {
	var packets [][]byte
	var want []string
	add := func(p Packet) {
		write, fields := AppendPacket, igmpFields
		if Destination(p.Message).Is6() {
			p.Src, write, fields = mldSrc, AppendMLDPacket, mldFields
		}
		b, err := write(nil, p)
		require.NoError(t, err)
		packets = append(packets, b)
		want = append(want, fields(p.Message))
	}
	for _, v := range vectors {
		add(Packet{Src: addr("10.0.0.1"), Message: v.message})
	}
	for _, v := range mldVectors {
		add(Packet{Message: v.message})
	}
	for _, c := range everyAsking() {
		q := NewQuerier()
		q.AddPort(at(0), port1, portMAC, c)
		queries := append(q.Due(at(0)), q.Due(at(3600))...)
		for _, ask := range []Ask{
			{Group: group(1)}, {Group: group(1), Suppress: true}, {Group: group(1), Sources: letters("abc")}, {Group: group(1), Sources: letters("a"), Suppress: true},
			{Group: addr("ff15::1")}, {Group: addr("ff15::1"), Sources: addrs("2001:db8::1 2001:db8::2"), Suppress: true},
		} {
			ask.Port = port1
			queries = append(queries, q.Specific(at(0), ask)...)
		}
		for _, due := range queries {
			packets = append(packets, due.Packet) // as it goes out
			fields := igmpFields
			if due.Dst.Is6() {
				fields = mldFields
			}
			want = append(want, fields(due.Query))
		}
	}
	file := pcapRaw(t, packets)
	assert.Empty(t, tshark(t, file, "-Y", "_ws.malformed || _ws.expert.severity >= warning || icmpv6.checksum.status == bad || igmp.checksum.status == bad || ip.checksum.status == bad"))
	have := tshark(t, file, "-T", "fields", "-E", "separator=|", "-e", "igmp.type", "-e", "igmp.max_resp", "-e", "igmp.qqic", "-e", "igmp.maddr", "-e", "igmp.saddr",
		"-e", "icmpv6.type", "-e", "icmpv6.mld.maximum_response_delay", "-e", "icmpv6.mld.maximum_response_code", "-e", "icmpv6.mld.qqi", "-e", "icmpv6.mld.multicast_address",
		"-e", "icmpv6.mld.source_address", "-e", "icmpv6.mldr.mar.multicast_address", "-e", "icmpv6.mldr.mar.source_address", "-e", "icmpv6.checksum.status")
	require.Len(t, have, len(want))
	for i := range want {
		assert.Equal(t, want[i], have[i], "packet %d", i+1)
	}
}

// everyAsking are configurations of a port that between them send every query that there is, with short times and with long ones.
func everyAsking() (all []PortConfig) {
	for _, v := range []struct{ igmp, mld Version }{{V1, MLDv1}, {V2, MLDv2}, {V3, 0}} {
		c := DefaultQuerierConfig().Port()
		c.Version, c.MLDVersion = v.igmp, v.mld
		all = append(all, c)
		c.QueryInterval, c.ResponseInterval, c.Robustness, c.Source = 3584*time.Second, 20*time.Second, 7, addr("10.0.0.254")
		all = append(all, c)
	}
	both := DefaultQuerierConfig().Port()
	both.AlsoV2, both.AlsoMLDv1 = true, true
	return append(all, both)
}

// igmpFields and mldFields are the fields of a message as tshark prints them.
func igmpFields(m Message) string {
	var typ int
	var resp, qqic string
	groups, sources := listed(m)
	switch m := m.(type) {
	case *Query:
		typ = typeQuery
		if m.Version != V1 {
			resp = fmt.Sprint(int(m.MaxResp / maxRespUnit))
		}
		if m.Version == V3 {
			qqic = fmt.Sprint(EncodeCode(uint32(m.Interval / time.Second))) // as it stands there
		}
	case *Report:
		typ = map[Version]int{V1: typeReportV1, V2: typeReportV2}[m.Version]
		resp = "0"
		if m.Version == V1 {
			resp = ""
		}
	case *Leave:
		typ, resp = typeLeave, "0"
	case *ReportV3:
		typ = typeReportV3
	}
	return fmt.Sprintf("0x%02x|%s|%s|%s|%s|||||||||", typ, resp, qqic, groups, sources)
}

func mldFields(m Message) string {
	groups, sources := listed(m)
	switch m := m.(type) {
	case *Query:
		if m.Version == MLDv1 {
			return fmt.Sprintf("|||||130|%d|||%s||||1", m.MaxResp.Milliseconds(), groups)
		}
		return fmt.Sprintf("|||||130||%d|%d|%s|%s|||1", m.MaxResp.Milliseconds(), int(m.Interval/time.Second), groups, sources)
	case *Report:
		return fmt.Sprintf("|||||131|0|||%s||||1", groups)
	case *Leave:
		return fmt.Sprintf("|||||132|0|||%s||||1", groups)
	}
	return fmt.Sprintf("|||||143||||||%s|%s|1", groups, sources)
}

// listed gives the groups and the sources that a message speaks of.
func listed(m Message) (groups, sources string) {
	join := func(all []netip.Addr) string {
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ","), "[]")
	}
	switch m := m.(type) {
	case *Query:
		return m.Group.String(), join(m.Sources)
	case *Report:
		return m.Group.String(), ""
	case *Leave:
		return m.Group.String(), ""
	case *ReportV3:
		var all, from []netip.Addr
		for _, r := range m.Records {
			all, from = append(all, r.Group), append(from, r.Sources...)
		}
		return join(all), join(from)
	}
	return "", ""
}
