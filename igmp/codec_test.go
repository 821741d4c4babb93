package igmp

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// addr is short for an address in a test.
func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// addrs are several addresses, given in one string.
func addrs(s string) []netip.Addr {
	var all []netip.Addr
	for _, f := range strings.Fields(s) {
		all = append(all, addr(f))
	}
	return all
}

// unhex reads bytes; blanks and | are there for the reader only.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "|", "").Replace(s))
	require.NoError(t, err)
	return b
}

// slowChecksum is the Internet checksum by its definition in arithmetic: the one's complement sum is the sum
// modulo 65535, where a multiple other than zero is 65535.
func slowChecksum(b []byte) uint16 {
	sum := 0
	for i, octet := range b {
		if i%2 == 0 {
			sum += int(octet) * 256
		} else {
			sum += int(octet)
		}
	}
	if sum > 0 && sum%65535 == 0 {
		return 0
	}
	return uint16(65535 - sum%65535)
}

// seal writes the right checksum at offset at of b.
func seal(b []byte, at int) []byte {
	b[at], b[at+1] = 0, 0
	binary.BigEndian.PutUint16(b[at:], slowChecksum(b))
	return b
}

// vectors are messages written out by the layouts of the standards.
var vectors = []struct {
	name    string
	bytes   string
	message Message
	text    string
}{
	{
		name: "v1 query", bytes: "11 00 ee ff 00000000",
		message: &Query{Version: V1, Group: addr("0.0.0.0")},
		text:    "IGMPv1 query general",
	},
	{
		name: "v1 report", bytes: "12 00 fd fc ef010101",
		message: &Report{Version: V1, Group: addr("239.1.1.1")},
		text:    "IGMPv1 report 239.1.1.1",
	},
	{
		name: "v2 general query, 10 s", bytes: "11 64 ee 9b 00000000",
		message: &Query{Version: V2, MaxResp: 10 * time.Second, Group: addr("0.0.0.0")},
		text:    "IGMPv2 query general max-resp 10s",
	},
	{
		name: "v2 group query, 1 s", bytes: "11 0a fe f2 ef010101",
		message: &Query{Version: V2, MaxResp: time.Second, Group: addr("239.1.1.1")},
		text:    "IGMPv2 query 239.1.1.1 max-resp 1s",
	},
	{
		name: "v2 query, code is linear above 127", bytes: "11 ff ee 00 00000000",
		message: &Query{Version: V2, MaxResp: 25500 * time.Millisecond, Group: addr("0.0.0.0")},
		text:    "IGMPv2 query general max-resp 25.5s",
	},
	{
		name: "v2 report", bytes: "16 00 f9 fc ef010101",
		message: &Report{Version: V2, Group: addr("239.1.1.1")},
		text:    "IGMPv2 report 239.1.1.1",
	},
	{
		name: "v2 leave", bytes: "17 00 f8 fc ef010101",
		message: &Leave{Group: addr("239.1.1.1")},
		text:    "IGMPv2 leave 239.1.1.1",
	},
	{
		name: "v3 general query", bytes: "11 64 ec 1e 00000000 | 02 7d 0000",
		message: &Query{Version: V3, MaxResp: 10 * time.Second, Group: addr("0.0.0.0"), Robustness: 2, Interval: 125 * time.Second},
		text:    "IGMPv3 query general max-resp 10s interval 2m5s robustness 2",
	},
	{
		name: "v3 general query, code zero and floating-point interval", bytes: "11 00 e7 70 00000000 | 07 8f 0000",
		message: &Query{Version: V3, Group: addr("0.0.0.0"), Robustness: 7, Interval: 248 * time.Second},
		text:    "IGMPv3 query general max-resp 0s interval 4m8s robustness 7",
	},
	{
		name: "v3 group and source query, suppressed", bytes: "11 0a e0 70 ef010101 | 0a 7d 0002 | 0a000001 0a000002",
		message: &Query{
			Version: V3, MaxResp: time.Second, Group: addr("239.1.1.1"), Sources: addrs("10.0.0.1 10.0.0.2"),
			SuppressRouter: true, Robustness: 2, Interval: 125 * time.Second,
		},
		text: "IGMPv3 query 239.1.1.1 {10.0.0.1 10.0.0.2} max-resp 1s interval 2m5s robustness 2 suppress",
	},
	{
		name: "v3 report without records", bytes: "22 00 dd ff 0000 0000",
		message: &ReportV3{Records: []Record{}},
		text:    "IGMPv3 report",
	},
	{
		name: "v3 report TO_EX {}", bytes: "22 00 e9 fb 0000 0001 | 04 00 0000 ef010101",
		message: &ReportV3{Records: []Record{{Type: ChangeToExclude, Group: addr("239.1.1.1")}}},
		text:    "IGMPv3 report CHANGE_TO_EXCLUDE_MODE 239.1.1.1 {}",
	},
	{
		name: "v3 report of two records",
		bytes: "22 00 d4 ed 0000 0002 | 05 00 0001 ef010101 0a000002 |" +
			"06 00 0002 ef010102 0a000001 0a000003",
		message: &ReportV3{Records: []Record{
			{Type: AllowNewSources, Group: addr("239.1.1.1"), Sources: addrs("10.0.0.2")},
			{Type: BlockOldSources, Group: addr("239.1.1.2"), Sources: addrs("10.0.0.1 10.0.0.3")},
		}},
		text: "IGMPv3 report ALLOW_NEW_SOURCES 239.1.1.1 {10.0.0.2}, BLOCK_OLD_SOURCES 239.1.1.2 {10.0.0.1 10.0.0.3}",
	},
	{
		name:  "v3 report with auxiliary data and an unknown type",
		bytes: "22 00 7f de 0000 0002 | 63 02 0001 ef010101 0a000001 01020304 05060708 | 01 00 0000 ef010102",
		message: &ReportV3{Records: []Record{
			{Type: 99, Group: addr("239.1.1.1"), Sources: addrs("10.0.0.1"), Aux: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
			{Type: ModeIsInclude, Group: addr("239.1.1.2")},
		}},
		text: "IGMPv3 report RECORD_TYPE_99 239.1.1.1 {10.0.0.1}, MODE_IS_INCLUDE 239.1.1.2 {}",
	},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			b := unhex(t, v.bytes)
			require.Equal(t, hex.EncodeToString(seal(unhex(t, v.bytes), 2)), hex.EncodeToString(b),
				"the vector's own checksum")

			m, err := Parse(b)
			require.NoError(t, err)
			assert.Equal(t, v.message, m)
			assert.Equal(t, v.text, m.String())

			out, err := Append([]byte("before"), v.message)
			require.NoError(t, err)
			assert.Equal(t, "before", string(out[:6]), "what was there stays")
			assert.Equal(t, b, out[6:])
		})
	}
}

func TestParseTruncated(t *testing.T) {
	for _, v := range vectors {
		whole := unhex(t, v.bytes)
		for n := range whole {
			t.Run(fmt.Sprintf("%s/%d", v.name, n), func(t *testing.T) {
				_, err := Parse(whole[:n:n])
				checkTruncated(t, whole, n, err)
				if n >= 4 { // once more with a checksum that lets the lengths be looked at
					_, err = Parse(seal(append([]byte{}, whole[:n]...), 2))
					checkTruncated(t, whole, n, err)
				}
			})
		}
	}
}

// checkTruncated wants a ParseError, unless the first eight bytes of a query happen to be one of an older version.
func checkTruncated(t *testing.T, whole []byte, n int, err error) {
	t.Helper()
	if whole[0] == typeQuery && n == headerLen && err == nil {
		return
	}
	var bad *ParseError
	require.ErrorAs(t, err, &bad)
	assert.LessOrEqual(t, bad.Offset, n)
	assert.NotEmpty(t, bad.What)
	assert.NotEmpty(t, bad.Reason)
}

func TestParseRefusesEveryFlippedBit(t *testing.T) {
	for _, v := range vectors {
		for i := range unhex(t, v.bytes) {
			for bit := range 8 {
				b := unhex(t, v.bytes)
				b[i] ^= 1 << bit
				_, err := Parse(b)
				require.Error(t, err, "%s, byte %d bit %d", v.name, i, bit)
			}
		}
	}
}

func TestParseIgnoresAdditionalData(t *testing.T) {
	// RFC 3376 §4.1.10 and §4.2.11: it counts for the checksum and for nothing else. RFC 2236 §2.5 too.
	for _, v := range vectors {
		if q, ok := v.message.(*Query); ok && q.Version != V3 {
			continue // its length is what tells the version
		}
		b := seal(append(unhex(t, v.bytes), 0xde, 0xad, 0xbe), 2)
		m, err := Parse(b)
		require.NoError(t, err, v.name)
		assert.Equal(t, v.message, m)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name, bytes, want string
	}{
		{"empty", "", "igmp: message at offset 0: 0 bytes, need 8"},
		{"checksum", "16 00 f9 fd ef010101", "igmp: checksum at offset 2: 0xf9fd is wrong"},
		{"query of 9 bytes", "11 64 ee 9b 00000000 00", "igmp: query at offset 0: 9 bytes is the length of no version"},
		{
			"general query with a source", "11 64 0000 00000000 02 7d 0001 0a000001",
			"igmp: query at offset 10: 1 sources in a general query",
		},
		{
			"query with a source too few", "11 64 0000 ef010101 02 7d 0002 0a000001",
			"igmp: query at offset 10: 2 sources in 4 bytes",
		},
		{
			"report with 65535 records", "22 00 0000 0000 ffff",
			"igmp: report at offset 6: 65535 group records in 0 bytes",
		},
		{
			"record with 65535 sources", "22 00 0000 0000 0001 01 00 ffff ef010101",
			"igmp: group record at offset 8: 65535 sources and 0 bytes of auxiliary data in 0 bytes",
		},
		{
			"record with auxiliary data that is not there", "22 00 0000 0000 0001 01 ff 0000 ef010101 00000000",
			"igmp: group record at offset 8: 0 sources and 1020 bytes of auxiliary data in 4 bytes",
		},
		{
			"second record missing, though the length allowed for it",
			"22 00 0000 0000 0002 01 00 0002 ef010101 0a000001 0a000002",
			"igmp: group record at offset 24: 0 bytes, need 8",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := unhex(t, test.bytes)
			if len(b) >= 4 && b[2] == 0 && b[3] == 0 {
				seal(b, 2)
			}
			_, err := Parse(b)
			assert.EqualError(t, err, test.want)
		})
	}
}

func TestParseUnknownType(t *testing.T) {
	known := map[uint8]bool{0x11: true, 0x12: true, 0x16: true, 0x17: true, 0x22: true}
	for typ := range 256 {
		_, err := Parse(seal([]byte{uint8(typ), 0, 0, 0, 0, 0, 0, 0}, 2))
		if known[uint8(typ)] {
			assert.NoError(t, err, "type 0x%02x", typ)
		} else {
			assert.ErrorIs(t, err, ErrUnknownType, "type 0x%02x", typ)
		}
	}
}

func TestParseQueryVersion(t *testing.T) {
	// RFC 3376 §7.1.
	for length := headerLen; length < 20; length++ {
		for _, code := range []uint8{0, 1, 255} {
			b := make([]byte, length)
			b[0], b[1] = typeQuery, code
			m, err := Parse(seal(b, 2))
			switch {
			case length == 8 && code == 0:
				assert.Equal(t, V1, m.(*Query).Version)
			case length == 8:
				assert.Equal(t, V2, m.(*Query).Version)
			case length < 12:
				assert.Error(t, err)
			default:
				assert.Equal(t, V3, m.(*Query).Version)
			}
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	g := addr("239.1.1.1")
	six := addr("ff02::1")
	tests := []struct {
		name    string
		message Message
		want    string
	}{
		{"nil", nil, "it is nil"},
		{"v1 query of a group", &Query{Version: V1, Group: g}, "no fields"},
		{"v1 query with max resp", &Query{Version: V1, MaxResp: time.Second}, "no fields"},
		{"v1 query with robustness", &Query{Version: V1, Robustness: 2}, "no fields"},
		{"v2 query without max resp", &Query{Version: V2}, "100ms to 25.5s"},
		{"v2 query too slow", &Query{Version: V2, MaxResp: 26 * time.Second}, "(not 26s)"},
		{"v2 query with sources", &Query{Version: V2, MaxResp: time.Second, Group: g, Sources: addrs("10.0.0.1")}, "no sources"},
		{"v3 query too slow", &Query{Version: V3, MaxResp: time.Hour}, "max resp: 1h0m0s is not between"},
		{"v3 query in the past", &Query{Version: V3, MaxResp: -1}, "max resp: -1ns"},
		{"v3 query too seldom", &Query{Version: V3, Interval: 9 * time.Hour}, "interval: 9h0m0s"},
		{"v3 general query with sources", &Query{Version: V3, Sources: addrs("10.0.0.1")}, "has no sources"},
		{"v3 query of IPv6", &Query{Version: V3, Group: six}, "ff02::1 is not IPv4"},
		{"v3 query with IPv6 source", &Query{Version: V3, Group: g, Sources: []netip.Addr{six}}, "ff02::1 is not IPv4"},
		{"query without version", &Query{}, "IGMPv0 does not exist"},
		{"report without version", &Report{Group: g}, "IGMPv0"},
		{"v3 report as v2", &Report{Version: V3, Group: g}, "IGMPv3 has another form"},
		{"report without group", &Report{Version: V2}, "invalid IP is not IPv4"},
		{"report of mapped address", &Report{Version: V2, Group: addr("::ffff:239.1.1.1")}, "not IPv4"},
		{"leave of IPv6", &Leave{Group: six}, "not IPv4"},
		{"record of IPv6", &ReportV3{Records: []Record{{Group: six}}}, "append group record 0: append address"},
		{"source of IPv6", &ReportV3{Records: []Record{{Group: g, Sources: []netip.Addr{six}}}}, "not IPv4"},
		{"part of a word", &ReportV3{Records: []Record{{Group: g, Aux: []byte{1}}}}, "1 bytes of auxiliary data"},
		{"too many words", &ReportV3{Records: []Record{{Group: g, Aux: make([]byte, 1024)}}}, "1024 bytes of auxiliary data"},
		{"too many records", &ReportV3{Records: make([]Record, 65536)}, "65536 group records do not fit"},
		{"too many sources", &ReportV3{Records: []Record{{Group: g, Sources: make([]netip.Addr, 65536)}}}, "65536 sources do not fit"},
		{"too long", &ReportV3{Records: longRecords(g)}, "at most 65511 fit a packet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := Append([]byte("before"), test.message)
			assert.ErrorContains(t, err, test.want)
			assert.Equal(t, "before", string(b), "nothing is written")
		})
	}
}

// longRecords are two records, each of which fits a packet.
func longRecords(group netip.Addr) []Record {
	sources := make([]netip.Addr, 10000)
	for i := range sources {
		sources[i] = addr("10.0.0.1")
	}
	return []Record{{Type: 1, Group: group, Sources: sources}, {Type: 1, Group: group, Sources: sources}}
}

func TestAppendQueryDefaults(t *testing.T) {
	t.Run("zero group is a general query", func(t *testing.T) {
		b, err := Append(nil, &Query{Version: V3})
		require.NoError(t, err)
		assert.Equal(t, []byte{0, 0, 0, 0}, b[4:8])
	})
	t.Run("robustness above 7 is not said", func(t *testing.T) {
		for robustness, want := range map[uint8]uint8{7: 0x07, 8: 0, 9: 0, 255: 0} {
			b, err := Append(nil, &Query{Version: V3, Robustness: robustness})
			require.NoError(t, err)
			assert.Equal(t, want, b[8], "robustness %d", robustness)
		}
	})
	t.Run("times are rounded down", func(t *testing.T) {
		b, err := Append(nil, &Query{Version: V3, MaxResp: 13500 * time.Millisecond, Interval: 130 * time.Second})
		require.NoError(t, err)
		m, err := Parse(b)
		require.NoError(t, err)
		assert.Equal(t, 12800*time.Millisecond, m.(*Query).MaxResp)
		assert.Equal(t, 128*time.Second, m.(*Query).Interval)
	})
}

func TestRecordTypeString(t *testing.T) {
	// The words of RFC 3376 §4.2.12.
	assert.Equal(t, "MODE_IS_INCLUDE", RecordType(1).String())
	assert.Equal(t, "MODE_IS_EXCLUDE", RecordType(2).String())
	assert.Equal(t, "CHANGE_TO_INCLUDE_MODE", RecordType(3).String())
	assert.Equal(t, "CHANGE_TO_EXCLUDE_MODE", RecordType(4).String())
	assert.Equal(t, "ALLOW_NEW_SOURCES", RecordType(5).String())
	assert.Equal(t, "BLOCK_OLD_SOURCES", RecordType(6).String())
	assert.Equal(t, "RECORD_TYPE_7", RecordType(7).String())
}

func TestDestination(t *testing.T) {
	g := addr("239.1.1.1")
	assert.Equal(t, addr("224.0.0.1"), Destination(&Query{Version: V3}))
	assert.Equal(t, g, Destination(&Query{Version: V3, Group: g}))
	assert.Equal(t, g, Destination(&Report{Version: V2, Group: g}))
	assert.Equal(t, addr("224.0.0.2"), Destination(&Leave{Group: g}))
	assert.Equal(t, addr("224.0.0.22"), Destination(&ReportV3{}))
	assert.False(t, Destination(nil).IsValid())
}
